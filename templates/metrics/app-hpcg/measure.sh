# shellcheck shell=sh disable=SC2154  # entrypoint.sh and launcher.sh set and read mo_* variables and np
# HPCG: writes its input file, and prints its file of results.

measure_init() {
  mo_count_tasks
}

# HPCG reads the sizes from the third line, and the time from the fourth.
measure_before() {
  {
    printf '%s\n' 'HPCG benchmark input file' 'written by mocompile' \
      "$MO_OPT_NX $MO_OPT_NY $MO_OPT_NZ" "$MO_OPT_SECONDS" >./hpcg.dat
  } 2>/dev/null || mo_die 73 "cannot write hpcg.dat in the working directory, $PWD"
}

# The names of the files have the version and the time in them.
measure_sample() {
  rm -f ./HPCG-Benchmark*.txt ./HPCG-Benchmark*.yaml || mo_die 73 "cannot remove HPCG's results in the working directory, $PWD"
}

measure_after() {
  mo_value=1
  for mo_file in ./HPCG-Benchmark*.txt ./HPCG-Benchmark*.yaml; do
    [ -e "$mo_file" ] || continue
    cat "$mo_file"
    mo_value=0
  done
  [ "$mo_value" -eq 0 ] || [ "$mo_code" -ne 0 ] || mo_log "HPCG wrote no results in the working directory, $PWD"
  return "$mo_value"
}
