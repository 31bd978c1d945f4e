# shellcheck shell=sh disable=SC2016,SC2034,SC2154  # entrypoint.sh and launcher.sh set and read mo_* variables
# perftest: every worker runs the tests as a server, in the order of the list; the launcher is the client of each worker in turn.

measure_init() {
  mo_perftest_line=$mo_line
  mo_get_variable "${MO_EACH}_COUNT"
  mo_perftest_tests=${mo_value:-0}
  mo_perftest_list=$MO_EACH
  [ "${MO_ROLE-}" != launcher ] || mo_perftest_list_pairs
}

# Replaces the list of tests by one of tests and workers: every test with the first worker, then with the second.
mo_perftest_list_pairs() {
  MO_EACH=mo_perftest_pairs
  mo_perftest_pairs_COUNT=0
  mo_perftest_worker=0
  while [ "$mo_perftest_worker" -lt $((${MO_PODS:-1} - 1)) ]; do
    mo_perftest_number=0
    while [ "$mo_perftest_number" -lt "$mo_perftest_tests" ]; do
      mo_get_variable "${mo_perftest_list}_$mo_perftest_number"
      eval "mo_perftest_pairs_$mo_perftest_pairs_COUNT=\"\$mo_perftest_worker \$mo_value\""
      mo_perftest_pairs_COUNT=$((mo_perftest_pairs_COUNT + 1))
      mo_perftest_number=$((mo_perftest_number + 1))
    done
    mo_perftest_worker=$((mo_perftest_worker + 1))
  done
}

# mo_value = the line of a test: as a client of the host, or without one as a server.
mo_perftest_make_line() { # test host
  case $1 in
    *_bw) mo_perftest_qps="-q ${MO_OPT_QPS:-1}" ;;
    *) mo_perftest_qps= ;;
  esac
  mo_value=$mo_perftest_line
  mo_value=$1${mo_value#*\$test}
  mo_value=${mo_value%%\$qps*}$mo_perftest_qps${mo_value#*\$qps}
  mo_value=${mo_value%\$server*}$2
}

measure_setup() {
  [ "${MO_ROLE-}" = worker ] || return 0
  mo_block='mo_perftest_serve >"$mo_state/perftest" 2>&1 &'
}

# A server ends with its client. Where a server cannot start, the next second is soon enough.
mo_perftest_serve() {
  while :; do
    mo_perftest_number=0
    while [ "$mo_perftest_number" -lt "$mo_perftest_tests" ]; do
      mo_get_variable "${mo_perftest_list}_$mo_perftest_number"
      mo_perftest_make_line "$mo_value" ''
      if eval "$mo_value"; then
        mo_perftest_number=$((mo_perftest_number + 1))
      else
        sleep 1
      fi
    done
  done
}

measure_item() {
  mo_get_pod_host "$MO_WORKER_JOB" "${mo_line%% *}"
  mo_perftest_make_line "${mo_line#* }" "$mo_host"
  mo_shown="server ${mo_line%% *}: ${mo_line#* }"
  mo_line=$mo_value
}

# A server that is not ready yet refuses its client: the client is tried until it is taken.
measure_wrap() {
  mo_line="mo_set_wait_deadline
until $mo_line >\"\$mo_state/client\" 2>&1; do
  mo_code=\$?
  mo_read_clock
  if [ \"\$mo_now\" -ge \"\$mo_deadline\" ] || ! grep -q \"Couldn't connect to\" \"\$mo_state/client\"; then
    cat \"\$mo_state/client\"
    (exit \"\$mo_code\")
    exit
  fi
  mo_pause
done
cat \"\$mo_state/client\""
}
