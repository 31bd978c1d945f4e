# shellcheck shell=sh disable=SC2034,SC2154  # entrypoint.sh sets and reads mo_* variables
# Samples one process of another container of the pod with pidstat.
#
# A timepoint is complete or missing: all its samples are taken before the timepoint begins, and are dropped if the process ended
# meanwhile. jc turns them into JSON afterwards, as that takes longer than the sampling.

measure_init() {
  mo_get_variable "MO_MAP_COMMANDS_${JOB_COMPLETION_INDEX:-0}"
  mo_watched=${mo_value:-${MO_MAP_COMMANDS_all:-${MO_OPT_COMMAND-}}}
  mo_samples=0
  [ "${MO_OPT_COLOR:-false}" = true ] || export NO_COLOR=1
}

measure_before() {
  printf 'PIDSTAT COMMAND START\n%s\nPIDSTAT COMMAND END\n' "$mo_watched"
  [ -n "$mo_watched" ] || mo_die 78 "no command to watch in the pod of index ${JOB_COMPLETION_INDEX:-0}"
  for mo_word in pidstat jc; do
    mo_has_command "$mo_word" || mo_die 127 "this image has no $mo_word"
  done
  mo_wait_for_process
}

mo_wait_for_process() {
  mo_watched_normalized=$(printf '%s' "$mo_watched" | mo_normalize)
  mo_watched_first=${mo_watched_normalized%% *}
  mo_set_wait_deadline
  mo_next_notice=$((mo_now + 30))
  until mo_find_process; do
    mo_read_clock
    [ "$mo_now" -lt "$mo_deadline" ] ||
      mo_die 124 "gave up after ${MO_WAIT_SECONDS:-1800} s: no process of this pod has the command line: $mo_watched"
    if [ "$mo_now" -ge "$mo_next_notice" ]; then
      mo_log "waiting for a process with the command line: $mo_watched"
      mo_next_notice=$((mo_now + 30))
    fi
    mo_pause
  done
}

# Prints a command line from stdin in one form, without quotes and with single blanks: the arguments of a process have no quotes.
mo_normalize() {
  tr '\000\n\t' '   ' | tr -d "'\"\\\\" | tr -s ' ' | sed -e 's/^ //' -e 's/ $//'
}

# mo_found = id of the process with the watched command line, or else of a process that runs it as a script
# (`/bin/bash ./run.sh 5`); mo_found_start = its start time. A shell that has the command line as text (`sh -c 'lmp -v x 2'`) does
# not count.
mo_find_process() {
  mo_found=
  mo_script=
  for mo_file in /proc/[0-9]*/cmdline; do
    # A cheap check first: few processes have the first word. `read` drops the zero bytes between arguments.
    mo_glued=
    read -r mo_glued 2>/dev/null <"$mo_file"
    case $mo_glued in
      *"$mo_watched_first"*) ;;
      *) continue ;;
    esac
    mo_pid=${mo_file#/proc/}
    mo_pid=${mo_pid%/cmdline}
    mo_normalized_line=$(mo_normalize 2>/dev/null <"$mo_file")
    if [ "$mo_normalized_line" = "$mo_watched_normalized" ]; then
      mo_found=$mo_pid
      break
    elif [ "${mo_normalized_line#* }" = "$mo_watched_normalized" ]; then
      case ${mo_normalized_line%% *} in
        *sh | *python* | *perl | *ruby | *node | *Rscript) mo_script=$mo_pid ;;
      esac
    fi
  done
  mo_found=${mo_found:-$mo_script}
  [ -n "$mo_found" ] || return 1
  mo_read_start_time "$mo_found"
  mo_found_start=$mo_start_time
  [ -n "$mo_found_start" ]
}

mo_process_is_alive() {
  mo_read_start_time "$mo_found"
  [ "$mo_start_time" = "$mo_found_start" ]
}

# Calls the function for every block of a timepoint, with the block's title and pidstat's flags.
mo_for_each_block() { # function
  "$1" 'CPU STATISTICS TASK' -u -T TASK &&
    "$1" 'CPU STATISTICS CHILD' -u -T CHILD &&
    "$1" 'IO STATISTICS' -d -T ALL &&
    "$1" POLICY -R -T ALL &&
    "$1" 'PAGEFAULTS TASK' -r -T TASK &&
    "$1" 'PAGEFAULTS CHILD' -r -T CHILD &&
    "$1" 'STACK UTILIZATION' -s -T ALL &&
    "$1" 'THREADS TASK' -T TASK &&
    "$1" 'THREADS CHILD' -T CHILD &&
    "$1" 'KERNEL TABLES' -v -T ALL &&
    "$1" 'TASK SWITCHING' -w -T ALL
}

mo_sample_block() { # title flags...
  mo_title=$1
  shift
  process=$mo_found
  # jc reads the time as the C locale writes it.
  eval "LC_ALL=C $mo_pidstat_line \"\$@\"" >"$mo_state/sample $mo_title"
}

mo_print_block() { # title flags...
  printf '%s\n' "$1"
  jc --pidstat <"$mo_state/sample $1"
}

# Saves the list of the pod's processes at the time of the samples.
mo_sample_processes() {
  [ "${MO_OPT_PIDS:-false}" = true ] || return 0
  ps aux >"$mo_state/processes" && pstree "$mo_found" >>"$mo_state/processes"
}

# Called before each timepoint.
measure_sample() {
  if mo_process_is_alive && mo_sample_processes && mo_for_each_block mo_sample_block && mo_process_is_alive; then
    mo_samples=$((mo_samples + 1))
    return 0
  fi
  if [ "$mo_samples" -eq 0 ]; then
    mo_log "no samples: the process ended too soon, or pidstat failed"
    mo_code=1
  fi
  return 1
}

# The data sheet's line takes the samples, before each timepoint. The line in a timepoint prints them.
measure_line() {
  mo_pidstat_line=$mo_line
  mo_line=mo_print_samples
}

mo_print_samples() {
  [ "${MO_OPT_PIDS:-false}" != true ] || cat "$mo_state/processes"
  mo_for_each_block mo_print_block
}
