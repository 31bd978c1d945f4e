# shellcheck shell=sh disable=SC2154  # mo_state and mo_now are set by entrypoint.sh
# Lists the processes that descend from this one, and ends them. Sourced by entrypoint.sh; it only defines functions and variables.
#
# mo_read_start_time needs nothing else. The other functions need the state folder, mo_state, and functions of entrypoint.sh.

# The processes that got TERM, each as ID:START_TIME.
mo_signalled=

# mo_start_time = when a process started, in clock ticks. Empty where the process does not exist or is a zombie.
# The kernel uses ids again; the id and the start time together name one process for good.
mo_read_start_time() { # id
  mo_stat=
  mo_start_time=
  # The name of a process, in parentheses, may hold any character, newlines too. So the last line is kept, and what follows its
  # last parenthesis. mo_rest is emptied each time: when the process ends meanwhile, bash's `read` fails and does not change it.
  mo_rest=
  while read -r mo_rest || [ -n "$mo_rest" ]; do
    mo_stat=$mo_rest
    mo_rest=
  done 2>/dev/null <"/proc/$1/stat" || return 0
  mo_stat=${mo_stat##*) }
  case $mo_stat in
    '' | [ZX]*) return 0 ;;
  esac
  # shellcheck disable=SC2086  # split into words on purpose
  set -- $mo_stat
  shift 19
  mo_start_time=$1
}

# mo_living = ids of the living processes that descend from this one (from mo_ancestor, where it is set), or from one that got TERM from
#   us. (Where the containers of a pod share their processes, the child of a process that ended is no longer a descendant of this one.)
# mo_to_signal = those of them that must get TERM: not the processes below one that got it already, which that one ends in good order.
mo_list_descendants() {
  mo_descendants=" ${mo_ancestor:-$$} "
  mo_shielded=' '
  mo_living=
  mo_to_signal=
  for mo_entry in $mo_signalled; do
    mo_read_start_time "${mo_entry%:*}"
    [ "$mo_start_time" = "${mo_entry#*:}" ] || continue
    mo_living="$mo_living ${mo_entry%:*}"
    mo_descendants="$mo_descendants${mo_entry%:*} "
    mo_shielded="$mo_shielded${mo_entry%:*} "
  done
  # The shell lists the files before it starts sed, so that the list does not have the process of sed.
  set -- /proc/[0-9]*/status
  sed -n -e 's/^State:[^A-Za-z]*\([A-Za-z]\).*/\1/p' -e 's/^Pid:[^0-9]*//p' -e 's/^PPid:[^0-9]*//p' \
    "$@" >"$mo_state/processes" 2>/dev/null
  mo_found_more=1
  while [ -n "$mo_found_more" ]; do
    mo_found_more=
    while read -r mo_process_state && read -r mo_pid && read -r mo_parent; do
      case $mo_descendants in
        *" $mo_pid "*) ;;
        *" $mo_parent "*) mo_add_descendant ;;
      esac
    done <"$mo_state/processes"
  done
}

# Adds the process mo_pid, a child of mo_parent, to the lists of mo_list_descendants.
mo_add_descendant() {
  mo_descendants="$mo_descendants$mo_pid "
  mo_found_more=1
  case $mo_process_state in
    [ZX]) return ;;
  esac
  mo_living="$mo_living $mo_pid"
  case $mo_shielded in
    *" $mo_parent "*) mo_shielded="$mo_shielded$mo_pid " ;;
    *) mo_to_signal="$mo_to_signal $mo_pid" ;;
  esac
}

# Sends TERM to every descendant, once to each: some programs take a second TERM as a request to end at once.
mo_terminate_descendants() {
  mo_list_descendants
  for mo_pid in $mo_to_signal; do
    mo_read_start_time "$mo_pid"
    [ -n "$mo_start_time" ] || continue
    mo_signalled="$mo_signalled $mo_pid:$mo_start_time"
    kill -s TERM "$mo_pid" 2>/dev/null
  done
}

# Ends every descendant: TERM, and KILL after MO_GRACE_SECONDS. Returns when no descendant is left, or three seconds after KILL.
mo_kill_descendants() {
  mo_read_clock
  mo_deadline=$((mo_now + ${MO_GRACE_SECONDS:-20}))
  while mo_terminate_descendants && [ -n "$mo_living" ]; do
    mo_read_clock
    [ "$mo_now" -lt "$mo_deadline" ] || break
    mo_pause
  done
  [ -n "$mo_living" ] || return 0
  mo_log "killed after ${MO_GRACE_SECONDS:-20} s:$mo_living"
  mo_deadline=$((mo_now + 3))
  while [ -n "$mo_living" ] && [ "$mo_now" -lt "$mo_deadline" ]; do
    for mo_pid in $mo_living; do kill -s KILL "$mo_pid" 2>/dev/null; done
    mo_pause
    mo_list_descendants
    mo_read_clock
  done
}
