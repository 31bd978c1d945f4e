# shellcheck shell=sh disable=SC2034,SC2154  # mo_* variables are entrypoint.sh's
# Netmark leaves its table of times in a file.

measure_init() {
  mo_count_tasks
}

# A table that is there was left by an earlier run.
measure_sample() {
  rm -f ./RTT.csv || mo_fail 73 "cannot remove RTT.csv in the working directory, $PWD"
}

measure_after() {
  if [ ! -e ./RTT.csv ]; then
    [ "$mo_code" -ne 0 ] || mo_say "netmark wrote no RTT.csv in the working directory, $PWD"
    return 1
  fi
  printf 'NETMARK RTT.CSV START\n'
  cat ./RTT.csv
  # Its last line may have no end.
  [ -z "$(tail -c 1 ./RTT.csv)" ] || printf '\n'
  printf 'NETMARK RTT.CSV END\n'
}
