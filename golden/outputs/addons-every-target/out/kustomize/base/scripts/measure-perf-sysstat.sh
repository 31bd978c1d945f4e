# shellcheck shell=sh disable=SC2034,SC2154  # mo_* variables are entrypoint.sh's
# pidstat's figures of one process of another container of the pod.
#
# A timepoint is all or nothing: its samples are taken at once, before it is opened, and are thrown away if the process went
# away meanwhile. They become JSON afterwards, which takes longer than the sampling.

measure_init() {
  mo_get "MO_MAP_COMMANDS_${JOB_COMPLETION_INDEX:-0}"
  mo_watched=${mo_value:-${MO_MAP_COMMANDS_all:-${MO_OPT_COMMAND-}}}
  mo_samples=0
  [ "${MO_OPT_COLOR:-false}" = true ] || export NO_COLOR=1
}

measure_before() {
  printf 'PIDSTAT COMMAND START\n%s\nPIDSTAT COMMAND END\n' "$mo_watched"
  [ -n "$mo_watched" ] || mo_fail 78 "no command to watch in the pod of index ${JOB_COMPLETION_INDEX:-0}"
  for mo_word in pidstat jc; do
    mo_defines "$mo_word" || mo_fail 127 "this image has no $mo_word"
  done
  mo_wait_for_process
}

mo_wait_for_process() {
  mo_watched_plain=$(printf '%s' "$mo_watched" | mo_plain)
  mo_watched_first=${mo_watched_plain%% *}
  mo_deadline_of_wait
  mo_next_word=$((mo_now + 30))
  until mo_find_process; do
    mo_clock
    [ "$mo_now" -lt "$mo_deadline" ] ||
      mo_fail 124 "gave up after ${MO_WAIT_SECONDS:-1800} s: no process of this pod has the command line: $mo_watched"
    if [ "$mo_now" -ge "$mo_next_word" ]; then
      mo_say "waiting for a process with the command line: $mo_watched"
      mo_next_word=$((mo_now + 30))
    fi
    mo_pause
  done
}

# A command line in one form: the arguments of a process have no quotes left, and one blank between them.
mo_plain() {
  tr '\000\n\t' '   ' | tr -d "'\"\\\\" | tr -s ' ' | sed -e 's/^ //' -e 's/ $//'
}

# mo_found, mo_found_start = the process whose command line is the watched one, or else one that runs it as a script
# (`/bin/bash ./run.sh 5`). A shell that was given it as text (`sh -c 'lmp -v x 2'`) is neither.
mo_find_process() {
  mo_found=
  mo_script=
  for mo_file in /proc/[0-9]*/cmdline; do
    # A cheap look first: few have the first word. `read` leaves out the bytes 0 between arguments.
    mo_glued=
    read -r mo_glued 2>/dev/null <"$mo_file"
    case $mo_glued in
      *"$mo_watched_first"*) ;;
      *) continue ;;
    esac
    mo_pid=${mo_file#/proc/}
    mo_pid=${mo_pid%/cmdline}
    mo_plain_line=$(mo_plain 2>/dev/null <"$mo_file")
    if [ "$mo_plain_line" = "$mo_watched_plain" ]; then
      mo_found=$mo_pid
      break
    elif [ "${mo_plain_line#* }" = "$mo_watched_plain" ]; then
      case ${mo_plain_line%% *} in
        *sh | *python* | *perl | *ruby | *node | *Rscript) mo_script=$mo_pid ;;
      esac
    fi
  done
  mo_found=${mo_found:-$mo_script}
  [ -n "$mo_found" ] || return 1
  mo_started "$mo_found"
  mo_found_start=$mo_start
  [ -n "$mo_found_start" ]
}

mo_process_lives() {
  mo_started "$mo_found"
  [ "$mo_start" = "$mo_found_start" ]
}

# Every block of a timepoint: calls the function with title and flags of pidstat.
mo_each_block() {
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
  [ "${MO_OPT_THREADS:-false}" != true ] || set -- -t "$@"
  # The time as jc reads it: not as a locale writes it.
  LC_ALL=C pidstat -p "$mo_found" -h "$@" >"$mo_state/sample $mo_title"
}

mo_print_block() { # title flags...
  printf '%s\n' "$1"
  jc --pidstat <"$mo_state/sample $1"
}

# The pod's processes as they are when the sample is taken.
mo_sample_processes() {
  [ "${MO_OPT_PIDS:-false}" = true ] || return 0
  ps aux >"$mo_state/processes" && pstree "$mo_found" >>"$mo_state/processes"
}

# Called before each timepoint.
measure_sample() {
  if mo_process_lives && mo_sample_processes && mo_each_block mo_sample_block && mo_process_lives; then
    mo_samples=$((mo_samples + 1))
    return 0
  fi
  if [ "$mo_samples" -eq 0 ]; then
    mo_say "no sample: the process ended too soon, or pidstat failed"
    mo_code=1
  fi
  return 1
}

# The program line of the data sheet.
measure_program() {
  [ "${MO_OPT_PIDS:-false}" != true ] || cat "$mo_state/processes"
  mo_each_block mo_print_block
}
