# shellcheck shell=sh disable=SC2154  # entrypoint.sh sets and reads mo_* variables
# RAJAPerf: prints the mean times, which are in a file.

measure_sample() {
  rm -rf ./raja-perf || mo_die 73 "cannot remove raja-perf in the working directory, $PWD"
}

measure_after() {
  mo_value=1
  for mo_file in ./raja-perf/*-timing-Average.csv; do
    [ -e "$mo_file" ] || continue
    cat "$mo_file"
    mo_value=0
  done
  [ "$mo_value" -eq 0 ] || [ "$mo_code" -ne 0 ] || mo_log "RAJAPerf wrote no *-timing-Average.csv in $PWD/raja-perf"
  return "$mo_value"
}
