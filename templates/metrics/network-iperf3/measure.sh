# shellcheck shell=sh disable=SC2016,SC2034,SC2154  # entrypoint.sh and launcher.sh set and read mo_* variables
# iperf3: a server on every worker, and a test from the launcher to each of them. With pairs, a server on every pod, and a test from a to b.

measure_init() {
  mo_iperf3_line=$mo_line
  mo_iperf3_port=${MO_OPT_PORT:-5201}
  mo_iperf3_own_servers=
  if [ -n "${MO_PAIRS-}" ]; then
    MO_EACH=
    return
  fi
  [ "${MO_ROLE-}" != launcher ] || [ "${MO_LIST_SERVERS_COUNT:-0}" -ne 0 ] || mo_iperf3_list_workers
}

# Replaces the user's list, which is empty, by the workers. MO_EACH is the prefix of the list's variables.
mo_iperf3_list_workers() {
  mo_iperf3_own_servers=1
  MO_EACH=mo_iperf3_workers
  mo_iperf3_workers_COUNT=0
  while [ "$mo_iperf3_workers_COUNT" -lt $((${MO_PODS:-1} - 1)) ]; do
    mo_get_pod_host "$MO_WORKER_JOB" "$mo_iperf3_workers_COUNT"
    eval "mo_iperf3_workers_$mo_iperf3_workers_COUNT=\$mo_host"
    mo_iperf3_workers_COUNT=$((mo_iperf3_workers_COUNT + 1))
  done
}

# The server of a worker runs until the container ends. It must be ready when ssh is, as the launcher begins then.
measure_setup() {
  [ "${MO_ROLE-}" = worker ] || [ -n "${MO_PAIRS-}" ] || return 0
  mo_has_command iperf3 || mo_die 127 "this image has no iperf3"
  mo_block='iperf3 --server --port "$mo_iperf3_port" >"$mo_state/iperf3" 2>&1 &'
}

# Without ssh, only the names of the workers are known to be there, so each server is tried until it answers.
measure_before() {
  mo_has_command iperf3 || mo_die 127 "this image has no iperf3"
  [ -n "$mo_iperf3_own_servers" ] || return 0
  mo_set_wait_deadline
  mo_iperf3_number=0
  while [ "$mo_iperf3_number" -lt "$mo_iperf3_workers_COUNT" ]; do
    mo_get_variable "mo_iperf3_workers_$mo_iperf3_number"
    mo_iperf3_wait "$mo_value"
    mo_iperf3_number=$((mo_iperf3_number + 1))
  done
}

mo_iperf3_wait() { # host
  until iperf3 --client "$1" --port "$mo_iperf3_port" --bytes 1 >"$mo_state/iperf3" 2>&1; do
    mo_read_clock
    [ "$mo_now" -lt "$mo_deadline" ] ||
      mo_die 124 "gave up after ${MO_WAIT_SECONDS:-1800} s; the iperf3 server of $1 does not answer: $(tail -n 1 "$mo_state/iperf3")"
    mo_pause
  done
}

measure_item() {
  # The number of a worker is the same in the next set of pods, and its name may be another.
  mo_iperf3_server=$mo_line
  [ -z "$mo_iperf3_own_servers" ] || mo_iperf3_server=$mo_item
  mo_quote_word "$mo_line"
  mo_line=${mo_iperf3_line%%\$server*}$mo_value${mo_iperf3_line#*\$server}
  mo_shown="server $mo_iperf3_server: $mo_line"
}

measure_pair() {
  mo_quote_word "$mo_b_host"
  mo_line=${mo_iperf3_line%%\$server*}$mo_value${mo_iperf3_line#*\$server}
  mo_shown=$mo_line
}

# The server of b may not have seen the end of the test before, and then takes no other for a moment. With --json, iperf3 3.12 ends with
# 0 whatever happened.
measure_wrap() {
  [ -n "${MO_PAIRS-}" ] || return 0
  mo_line="mo_try=0
while :; do
  mo_out=\$($mo_line
)
  mo_code=\$?
  case \$mo_out in
    *'server is busy'* | *'unable to connect to server'*)
      mo_try=\$((mo_try + 1))
      [ \"\$mo_try\" -ge 20 ] || { sleep 1 && continue; }
      ;;
  esac
  break
done
printf '%s\\n' \"\$mo_out\"
case \$mo_out in
  *'\"error\":'*) exit 1 ;;
esac
exit \"\$mo_code\""
}
