# shellcheck shell=sh disable=SC2034,SC2154  # entrypoint.sh sets and reads mo_* variables
# Netmark writes its table of times to a file, RTT.csv, which is printed in the collection.

measure_init() {
  mo_count_tasks
}

# Removes the table of an earlier run.
measure_sample() {
  rm -f ./RTT.csv || mo_die 73 "cannot remove RTT.csv in the working directory, $PWD"
}

measure_after() {
  if [ ! -e ./RTT.csv ]; then
    [ "$mo_code" -ne 0 ] || mo_log "netmark wrote no RTT.csv in the working directory, $PWD"
    return 1
  fi
  printf 'NETMARK RTT.CSV START\n'
  cat ./RTT.csv
  # The last line may have no newline.
  [ -z "$(tail -c 1 ./RTT.csv)" ] || printf '\n'
  printf 'NETMARK RTT.CSV END\n'
}
