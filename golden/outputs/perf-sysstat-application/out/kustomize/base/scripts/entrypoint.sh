#!/bin/sh
# The entrypoint of every container that measures. The same file for every metric: what a user wrote
# comes in the environment (the table in docs/architecture.md), the program line as the first argument.
#
# What happens, in order
#
#   1. METADATA line, ADDON METADATA lines.
#   2. LauncherWorker: ./problem.sh and sshd in every pod; the launcher writes ./hostlist.txt and waits until it
#      can reach every worker; a worker stays until the launcher's container has ended.
#   3. preBlocks of the addons, measure_before, the option `pre`.
#   4. The collection: the line runs once for each timepoint.
#   5. postBlocks of the addons, the option `post`, measure_cleanup.
#
# The user's blocks run at the top level of one shell, so that exports, functions, `cd`, `set -e` reach the
# measurement; every run of the line has a subshell of its own. That shell is a child of this script, which itself does
# little more than wait: so the collection is closed, and the test file removed, whatever the user's text does
# (exit, exec, trap), whatever kills it, and whenever a signal comes.
#
# On TERM, INT, HUP or QUIT every process that descends from this one gets TERM, and KILL after MO_GRACE_SECONDS (20); then the
# collection is closed and measure_cleanup runs, but no block. Other processes are never touched.
#
# A failing round is the last one, of a repetition too. Items of a list (MO_EACH) all run. The first failure counts.
#
# Exit codes
#
#   that of the program; where it is 0 or never ran, that with which a block of the user's left the shell
#   128+n after signal n (143: TERM); a worker: 0
#   124   a wait ran out of MO_WAIT_SECONDS
#   73    a file could not be written
#   78    the environment is not what the compiler makes
#
# What measure-NAME.sh may define (functions, and nothing else)
#
#   measure_init      in the waiting shell, before all else: sets variables that the others and the user's text read
#   measure_setup     in every pod, workers too, before ssh is there: leaves text for the top level in mo_block, such as what
#                     sets up the image's own environment
#   measure_before    prints or checks what comes before the collection; may leave text for the top level in mo_block
#   measure_line      may change the program line, mo_line; may set mo_shown, what is printed in its place
#   measure_item      the same for each item of the list
#   measure_wrap      may change mo_line once more, now with the addons around it
#   measure_sample    before each timepoint; fails when there is nothing more to measure (a normal end)
#   measure_after     after each timepoint's line, inside the collection: prints what the program left in files; its
#                     failure counts as the line's
#   measure_cleanup   at the very end, whatever happened (after a signal: within ten seconds)
#   and any other, to be named in the program line.
#
# What addon-NAME.sh may define; sourced anew for each addon, mo_addon_option NAME sets mo_value
#
#   addon_before      leaves the text to run before the collection in mo_block
#   addon_wrap        may change the program line, mo_line (the first-written addon comes first, so is innermost)
#   addon_after       leaves the text to run after the collection in mo_block
#
# addon_before may add to mo_line_setup: text that is run in the line's subshell before the line, and whose exports every
# session over ssh has. It may use the functions below too.
#
# Names that begin with mo_ are this script's own.

# shellcheck disable=SC2329  # some functions are called by traps and by the sourced scripts only

# Under bash where the image has it: the text of the user's is run as it was written.
if [ -n "${BASH_VERSION-}" ]; then
  # shellcheck disable=SC3040  # only bash comes here
  set +o posix
elif [ -z "${MO_SHELL-}" ] && command -v bash >/dev/null 2>&1; then
  MO_SHELL=bash exec bash "$0" "$@"
fi
unset MO_SHELL

mo_scripts=${0%/*}
mo_line=${1-}
mo_signal=
mo_flow=
mo_told=
mo_line_setup=
mo_code=0
mo_wait_hint=
mo_lf='
'
mo_tab=$(printf '\t')
mo_cr=$(printf '\r')
mo_ifs=" $mo_tab$mo_lf"

# --- messages, values, time -------------------------------------------------------------------------------------

mo_say() {
  printf 'mocompile: %s\n' "$*" >&2
}

mo_fail() { # code message...
  mo_code=$1
  shift
  mo_say "$@"
  exit "$mo_code"
}

# mo_value = the value of the variable with that name.
mo_get() {
  case $1 in
    '' | *[!A-Za-z0-9_]*) mo_fail 78 "not the name of a variable: '$1'" ;;
  esac
  eval "mo_value=\${$1-}"
}

mo_defines() {
  command -v "$1" >/dev/null 2>&1
}

# mo_now = seconds since the machine started: unlike the date it never jumps.
mo_clock() {
  read -r mo_now mo_rest </proc/uptime
  mo_now=${mo_now%.*}
}

# A short pause between two looks at something. Not every sleep knows fractions.
mo_pause() {
  sleep 0.2 2>/dev/null || sleep 1
}

# mo_value = the text as one word of shell; as it stands where that is one.
mo_quote() {
  mo_value=$1
  case $1 in
    '' | *[!A-Za-z0-9_./=:,@%+-]*) mo_value="'$(printf '%s.' "$1" | LC_ALL=C sed -e "s/'/'\\\\''/g")" && mo_value="${mo_value%.}'" ;;
  esac
}

# mo_value = 32 random hexadecimal digits.
mo_random() {
  mo_value=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
}

# --- JSON -------------------------------------------------------------------------------------------------------

# mo_value = the text as a JSON string. Control characters but tab, LF and CR do not come here: the compiler refuses them.
mo_json_string() {
  mo_value=$1
  case $1 in
    *\"* | *\\* | *"$mo_tab"* | *"$mo_cr"* | *"$mo_lf"*)
      mo_value=$(
        printf '%s\n' "$1" |
          LC_ALL=C sed -e 's/[\\"]/\\&/g' -e "s/$mo_tab/\\\\t/g" -e "s/$mo_cr/\\\\r/g" -e '$!s/$/\\n/' |
          tr -d '\n'
      )
      ;;
  esac
  mo_value="\"$mo_value\""
}

# mo_value = the list PREFIX_0, PREFIX_1 ... as JSON.
mo_json_list() {
  mo_get "${1}_COUNT"
  mo_count=${mo_value:-0}
  mo_index=0
  mo_list=
  while [ "$mo_index" -lt "$mo_count" ]; do
    mo_get "${1}_$mo_index"
    mo_json_string "$mo_value"
    mo_list="$mo_list${mo_list:+,}$mo_value"
    mo_index=$((mo_index + 1))
  done
  mo_value="[$mo_list]"
}

# mo_value = the JSON object that a description says: words, three for each key (key, type, variable).
mo_json_object() {
  mo_json=
  mo_comma=
  # shellcheck disable=SC2086  # words it is
  set -- $1
  while [ $# -ge 3 ]; do
    case $2 in
      '{')
        mo_json="$mo_json$mo_comma\"$1\":{"
        mo_comma=
        shift 3
        continue
        ;;
      '}')
        mo_json="$mo_json}"
        mo_comma=,
        shift 3
        continue
        ;;
      s)
        mo_get "$3"
        mo_json_string "$mo_value"
        ;;
      n)
        mo_get "$3"
        mo_value=${mo_value:-null}
        # One repetition is not worth a word; how many there are is known in the cluster only.
        if [ "$1" = repetitions ] && { [ "$mo_value" = 1 ] || [ "$mo_value" = null ]; }; then
          shift 3
          continue
        fi
        ;;
      l) mo_json_list "$3" ;;
      *) mo_fail 78 "unknown type '$2' of the key '$1' in the metadata" ;;
    esac
    mo_json="$mo_json$mo_comma\"$1\":$mo_value"
    mo_comma=,
    shift 3
  done
  mo_value="{$mo_json}"
}

mo_print_metadata() {
  mo_json_object "${MO_METADATA-}"
  printf 'METADATA START %s\nMETADATA END\n' "$mo_value"
  for mo_addon in ${MO_ADDONS-}; do
    mo_get "MO_ADDON_${mo_addon%%:*}_METADATA"
    [ -n "$mo_value" ] || continue
    mo_json_object "$mo_value"
    printf 'ADDON METADATA START %s\nADDON METADATA END\n' "$mo_value"
  done
}

# --- processes --------------------------------------------------------------------------------------------------

# mo_start = when a process started, in clock ticks; empty where there is none, or only its remains (a zombie). With the id it
# names a process for good: ids are used again. A process' name, in parentheses, may hold anything, line ends too.
mo_started() {
  mo_stat=
  mo_start=
  # Emptied each time: where the process goes meanwhile, bash's `read` fails and leaves the variable as it was.
  mo_rest=
  while read -r mo_rest || [ -n "$mo_rest" ]; do
    mo_stat=$mo_rest
    mo_rest=
  done 2>/dev/null <"/proc/$1/stat" || return 0
  mo_stat=${mo_stat##*) }
  case $mo_stat in
    '' | [ZX]*) return 0 ;;
  esac
  # shellcheck disable=SC2086  # words it is
  set -- $mo_stat
  shift 19
  mo_start=$1
}

# mo_left = ids of the living processes that descend from this one or from one that was told to end (where the pod shares
# its processes, the child of a process that ended is no longer a descendant of ours). mo_untold = those of them
# that are to be told: not what a program starts to end in good order.
mo_find_left() {
  mo_family=" $$ "
  mo_minded=' '
  mo_left=
  mo_untold=
  for mo_entry in $mo_told; do
    mo_started "${mo_entry%:*}"
    [ "$mo_start" = "${mo_entry#*:}" ] || continue
    mo_left="$mo_left ${mo_entry%:*}"
    mo_family="$mo_family${mo_entry%:*} "
    mo_minded="$mo_minded${mo_entry%:*} "
  done
  # The list of files is made here, so that sed's own process is not in it.
  set -- /proc/[0-9]*/status
  sed -n -e 's/^State:[^A-Za-z]*\([A-Za-z]\).*/\1/p' -e 's/^Pid:[^0-9]*//p' -e 's/^PPid:[^0-9]*//p' \
    "$@" >"$mo_state/processes" 2>/dev/null
  mo_grown=1
  while [ -n "$mo_grown" ]; do
    mo_grown=
    while read -r mo_kind && read -r mo_pid && read -r mo_parent; do
      case $mo_family in
        *" $mo_pid "*) ;;
        *" $mo_parent "*) mo_adopt ;;
      esac
    done <"$mo_state/processes"
  done
}

# One more descendant: mo_pid, of mo_parent.
mo_adopt() {
  mo_family="$mo_family$mo_pid "
  mo_grown=1
  case $mo_kind in
    [ZX]) return ;;
  esac
  mo_left="$mo_left $mo_pid"
  case $mo_minded in
    *" $mo_parent "*) mo_minded="$mo_minded$mo_pid " ;;
    *) mo_untold="$mo_untold $mo_pid" ;;
  esac
}

# TERM once to each: for some programs a second one means 'at once'.
mo_tell_left() {
  mo_find_left
  for mo_pid in $mo_untold; do
    mo_started "$mo_pid"
    [ -n "$mo_start" ] || continue
    mo_told="$mo_told $mo_pid:$mo_start"
    kill -s TERM "$mo_pid" 2>/dev/null
  done
}

# Ends every descendant; returns when there is none.
mo_end_left() {
  mo_clock
  mo_deadline=$((mo_now + ${MO_GRACE_SECONDS:-20}))
  while mo_tell_left && [ -n "$mo_left" ]; do
    mo_clock
    [ "$mo_now" -lt "$mo_deadline" ] || break
    mo_pause
  done
  [ -n "$mo_left" ] || return 0
  mo_say "killed after ${MO_GRACE_SECONDS:-20} s:$mo_left"
  mo_deadline=$((mo_now + 3))
  while [ -n "$mo_left" ] && [ "$mo_now" -lt "$mo_deadline" ]; do
    for mo_pid in $mo_left; do kill -s KILL "$mo_pid" 2>/dev/null; done
    mo_pause
    mo_find_left
    mo_clock
  done
}

# A signal: told at once, not after the wait, or a shell that ends first would hide its children from us.
mo_on_signal() {
  [ -z "$mo_signal" ] || return 0
  mo_signal=$1
  : >"$mo_state/stop"
  mo_tell_left
}

# --- the collection ---------------------------------------------------------------------------------------------

# TERM may come between the two halves of opening and closing, which must not be parted.
mo_hold_signals() {
  trap '' TERM INT HUP QUIT
}

mo_let_signals() {
  trap - TERM INT HUP QUIT
  [ ! -e "$mo_state/stop" ] || exit 143
}

mo_open_collection() {
  mo_hold_signals
  : >"$mo_state/open"
  printf 'METRICS OPERATOR COLLECTION START\n'
  mo_let_signals
}

mo_close_collection() {
  mo_hold_signals
  printf 'METRICS OPERATOR COLLECTION END\n'
  rm -f "$mo_state/open"
  mo_let_signals
}

# --- the user's text --------------------------------------------------------------------------------------------

# Shell options and IFS that a block sets hold for the user's text that follows, not for this script.
mo_user_flags=
mo_user_ifs=$mo_ifs

mo_enter_user() {
  IFS=$mo_user_ifs
  [ -z "$mo_user_flags" ] || set "-$mo_user_flags"
}

mo_leave_user() {
  mo_user_flags=$-
  set +aefuvxC
  mo_user_ifs=${IFS-$mo_ifs}
  IFS=$mo_ifs
  mo_user_flags=$(printf '%s' "$mo_user_flags" | LC_ALL=C tr -cd 'aefuvxC')
}

# Sets out one addon, `POSITION:NAME`.
mo_load_addon() {
  mo_addon_position=${1%%:*}
  unset -f addon_before addon_wrap addon_after
  # shellcheck source=/dev/null
  . "$mo_scripts/addon-${1#*:}.sh"
}

# mo_value = an option of that addon.
mo_addon_option() {
  mo_get "MO_ADDON_${mo_addon_position}_$1"
}

# mo_block = what an addon wants run before or after the collection.
mo_addon_block() { # addon function
  mo_block=
  mo_load_addon "$1"
  ! mo_defines "$2" || "$2"
}

# mo_line with the addons around it; mo_shown = what it was before.
mo_wrap_line() {
  mo_shown=${mo_shown:-$mo_line}
  for mo_addon in ${MO_ADDONS-}; do
    mo_load_addon "$mo_addon"
    ! mo_defines addon_wrap || addon_wrap
  done
  ! mo_defines measure_wrap || measure_wrap
}

# --- the measurement --------------------------------------------------------------------------------------------

# Runs mo_line in a subshell of its own; returns its code. What bash says of a killed process (a piece of this script)
# stays out of the collection: mo_report_code says it afterwards.
mo_run_line() {
  { (
    exec 2>&9 9>&-
    eval "$mo_line_setup"
    mo_enter_user
    eval "$mo_line"
  ); } 9>&2 2>/dev/null
}

mo_keep_code() {
  [ "$1" -eq 0 ] || [ "$mo_code" -ne 0 ] || mo_code=$1
}

mo_take_timepoint() {
  printf 'METRICS OPERATOR TIMEPOINT\n'
  [ -z "${MO_ECHO-}${MO_EACH-}" ] || printf '%s\n' "$mo_shown"
  mo_run_line
  mo_keep_code $?
  mo_defines measure_after || return 0
  measure_after
  mo_keep_code $?
}

# One timepoint for each item of the list; an item stands in the place of the program line.
mo_measure_items() {
  mo_get "${MO_EACH}_COUNT"
  mo_items=${mo_value:-0}
  mo_item=0
  while [ "$mo_item" -lt "$mo_items" ]; do
    mo_get "${MO_EACH}_$mo_item"
    mo_line=$mo_value
    mo_shown=
    ! mo_defines measure_item || measure_item
    mo_wrap_line
    mo_take_timepoint
    mo_item=$((mo_item + 1))
  done
}

# MO_ROUNDS timepoints of the program line, MO_RATE seconds apart.
mo_measure_rounds() {
  mo_round=1
  while :; do
    if mo_defines measure_sample; then measure_sample || return 0; fi
    mo_take_timepoint
    [ "$mo_code" -eq 0 ] && [ "$mo_round" -ne "${MO_ROUNDS:-1}" ] || return 0
    mo_round=$((mo_round + 1))
    sleep "${MO_RATE:-0}"
  done
}

# Everything inside the collection; sets mo_code.
mo_measure() {
  mo_code=0
  mo_repetition=1
  mo_shown=
  ! mo_defines measure_line || measure_line
  [ -n "${MO_EACH-}" ] || mo_wrap_line
  while :; do
    if [ -n "${MO_EACH-}" ]; then mo_measure_items; else mo_measure_rounds; fi
    [ "$mo_code" -eq 0 ] && [ "$mo_repetition" -lt "${MO_REPETITIONS:-1}" ] || break
    mo_repetition=$((mo_repetition + 1))
  done
  printf '%s\n' "$mo_code" >"$mo_state/code"
}

mo_report_code() {
  case $mo_code in
    0) ;;
    127) mo_say "the measurement ended with code 127: a program is missing" ;;
    137) mo_say "the measurement ended with code 137: killed (out of memory?)" ;;
    *) mo_say "the measurement ended with code $mo_code" ;;
  esac
}

# --- launcher and workers ---------------------------------------------------------------------------------------

mo_ssh() {
  mo_ssh_with_input "$@" </dev/null
}

mo_ssh_with_input() {
  ssh -o BatchMode=yes -o ConnectTimeout="$mo_connect_seconds" -o StrictHostKeyChecking=no \
    -o UserKnownHostsFile=/dev/null -o GlobalKnownHostsFile=/dev/null -o LogLevel=ERROR -o ControlPath=none "$@"
}
mo_connect_seconds=5

mo_deadline_of_wait() {
  mo_clock
  mo_deadline=$((mo_now + ${MO_WAIT_SECONDS:-1800}))
}

# np = MPI tasks in all: the option `tasks`, or one for every processor of every pod; mo_processors = those of this pod.
# nproc would take OpenMP's variables, which count the threads of one task, for the number of processors.
mo_count_tasks() {
  mo_processors=$(
    unset OMP_NUM_THREADS OMP_THREAD_LIMIT
    nproc 2>/dev/null
  ) || mo_processors=$(grep -c '^processor' /proc/cpuinfo)
  np=${MO_OPT_TASKS:-0}
  [ "$np" -gt 0 ] || np=$((mo_processors * ${MO_PODS:-1}))
}

# mo_host = the host name of a pod: job, index.
mo_name_host() {
  mo_host="$MO_SET-$1-0-$2.${MO_SUBDOMAIN:-$MO_SET}"
}

mo_write_problem() {
  [ -n "${MO_PROBLEM-}" ] || return 0
  mo_problem_shell=$(command -v bash) || mo_problem_shell=/bin/sh
  { printf '#!%s\n%s\n' "$mo_problem_shell" "$MO_PROBLEM" >./problem.sh && chmod 755 ./problem.sh; } 2>/dev/null ||
    mo_fail 73 "cannot write problem.sh in the working directory, $PWD"
}

# What a session over ssh is to have: sshd starts it with next to nothing. Read by session.sh, under the same shell.
mo_save_environment() {
  (
    umask 077
    unset HOME PWD OLDPWD SHLVL TERM USER LOGNAME SHELL MAIL
    eval "$mo_line_setup"
    export -p >"$mo_state/environment.new" && mv "$mo_state/environment.new" "$mo_state/environment"
  )
}

# mo_over_ssh = 1 where this pod has both ends of ssh; the other pods of the metric are taken to be as this one.
mo_start_sshd() {
  mo_over_ssh=
  if [ -n "${BASH_VERSION-}" ]; then mo_shell=$(command -v bash); else mo_shell=/bin/sh; fi
  mo_sshd=$(PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin" command -v sshd) || {
    [ "${MO_PODS:-1}" -le 1 ] || mo_say "this image has no sshd: other pods cannot reach this one over ssh"
    return 0
  }
  mkdir -p /run/sshd 2>/dev/null
  set -- /etc/ssh/ssh_host_*_key
  [ -e "$1" ] || ssh-keygen -A >/dev/null 2>&1
  # MaxStartups: an MPI launcher and all the workers come at once.
  "$mo_sshd" -o "ForceCommand=$mo_shell $mo_scripts/session.sh $mo_state" \
    -o MaxStartups=1000:30:5000 -o MaxSessions=1000 >"$mo_state/sshd" 2>&1 || {
    [ "${MO_PODS:-1}" -le 1 ] || mo_say "sshd does not start: $(cat "$mo_state/sshd")"
    return 0
  }
  ! mo_defines ssh || mo_over_ssh=1
}

# Open MPI cuts host names at the first dot, and no DNS knows a pod's short name.
mo_keep_host_names() {
  export OMPI_MCA_orte_keep_fqdn_hostnames="${OMPI_MCA_orte_keep_fqdn_hostnames-1}"
  export PRTE_MCA_prte_keep_fqdn_hostnames="${PRTE_MCA_prte_keep_fqdn_hostnames-1}"
}

mo_prepare_pod() {
  mo_keep_host_names
  mo_write_problem
  mo_save_environment
  mo_start_sshd
}

# The address of a host; fails where its name does not resolve (yet).
mo_resolve() {
  if mo_defines getent; then
    mo_address=$(getent ahostsv4 "$1" 2>/dev/null || getent hosts "$1" 2>/dev/null) || return 1
    mo_address=${mo_address%%[!0-9a-fA-F.:]*}
    [ -n "$mo_address" ]
  else
    # Without a way to ask, ssh has to find out.
    mo_address=$1
  fi
}

# Can the launcher use this host? Leaves NUMBER.up (its address) and maybe NUMBER.denied in the state folder.
mo_probe() { # number host
  mo_resolve "$2" || return 0
  if [ "$1" -gt 0 ] && [ -n "$mo_over_ssh" ]; then
    # Over there the launcher must have a name too: mpirun's daemons call back.
    mo_name_host "$MO_LAUNCHER_JOB" 0
    mo_answer=$(mo_ssh "$2" "getent hosts $mo_host >/dev/null 2>&1 || ! command -v getent >/dev/null || exit 7" 2>&1)
    # 255 is ssh's own; with any other but 7 a command has run.
    case $? in
      7) return 0 ;;
      255)
        case $mo_answer in
          *'ermission denied'*) : >"$mo_state/hosts/$1.denied" ;;
          *) return 0 ;;
        esac
        ;;
    esac
  fi
  printf '%s\n' "$mo_address" >"$mo_state/hosts/$1.up"
}

# mo_host = the host of that number in the list: the launcher, then the workers.
mo_number_host() {
  if [ "$1" -eq 0 ]; then
    mo_name_host "$MO_LAUNCHER_JOB" 0
  else
    mo_name_host "$MO_WORKER_JOB" $(($1 - 1))
  fi
}

# One look at every host that is still missing, sixteen at a time; mo_missing = names of those that then are.
mo_probe_hosts() {
  mo_missing=
  mo_number=0
  mo_busy=0
  while [ "$mo_number" -lt "$MO_PODS" ]; do
    if [ ! -e "$mo_state/hosts/$mo_number.up" ]; then
      mo_number_host "$mo_number"
      mo_probe "$mo_number" "$mo_host" &
      mo_busy=$((mo_busy + 1))
      [ $((mo_busy % 16)) -ne 0 ] || wait
    fi
    mo_number=$((mo_number + 1))
  done
  wait
  mo_number=0
  while [ "$mo_number" -lt "$MO_PODS" ]; do
    mo_number_host "$mo_number"
    [ -e "$mo_state/hosts/$mo_number.up" ] || mo_missing="$mo_missing $mo_host"
    mo_number=$((mo_number + 1))
  done
}

mo_wait_for_hosts() {
  mkdir -p "$mo_state/hosts"
  [ "$MO_PODS" -gt 1 ] || return 0
  [ -n "$mo_over_ssh" ] || mo_say "no ssh in this pod: waiting for the names of the hosts only"
  mo_deadline_of_wait
  mo_next_word=$((mo_now + 30))
  while mo_probe_hosts && [ -n "$mo_missing" ]; do
    mo_clock
    [ "$mo_now" -lt "$mo_deadline" ] ||
      mo_fail 124 "gave up after ${MO_WAIT_SECONDS:-1800} s; hosts that did not answer:$mo_missing$mo_wait_hint"
    if [ "$mo_now" -ge "$mo_next_word" ]; then
      mo_say "waiting for hosts:$mo_missing"
      mo_next_word=$((mo_now + 30))
    fi
    mo_pause
  done
  set -- "$mo_state"/hosts/*.denied
  [ ! -e "$1" ] || mo_say "ssh to $# of the hosts is refused (permission denied): a program that needs it will fail"
}

# A pod alone does not wait for its name in DNS. While that does not resolve, mpirun would go to itself over ssh, and fail;
# the name that the kernel has stands in the pod's own list of hosts.
mo_name_alone() {
  [ "${MO_PODS:-1}" -eq 1 ] && [ -n "$mo_over_ssh" ] && ! mo_resolve "$mo_host" || return 0
  read -r mo_own </proc/sys/kernel/hostname
  ! mo_resolve "$mo_own" || mo_host=$mo_own
}

mo_print_hosts() {
  mo_number=0
  while [ "$mo_number" -lt "${MO_PODS:-1}" ]; do
    mo_number_host "$mo_number"
    mo_name_alone
    if [ "${MO_HOSTS:-names}" = addresses ]; then
      mo_address=
      read -r mo_address 2>/dev/null <"$mo_state/hosts/$mo_number.up" || mo_resolve "$mo_host"
      mo_host=${mo_address:-$mo_host}
    fi
    printf '%s\n' "$mo_host"
    mo_number=$((mo_number + 1))
  done
}

mo_write_hostlist() {
  { mo_print_hosts >./hostlist.txt; } 2>/dev/null || mo_fail 73 "cannot write hostlist.txt in the working directory, $PWD"
}

# A session to the launcher that does nothing. When it breaks, the launcher's container has ended, or does not answer:
# for up to four seconds here, and then for three to the next session, which decides.
mo_hold_session() {
  mo_connect_seconds=3
  # By the address from when its name last resolved: a name server that does not answer must not keep the worker.
  if [ -z "$mo_was_there" ]; then mo_launcher=$mo_host && mo_resolve "$mo_host" && mo_launcher=$mo_address; fi
  mo_ssh -N -o ServerAliveInterval=2 -o ServerAliveCountMax=1 -o PermitLocalCommand=yes \
    -o "LocalCommand=: >$mo_state/connected" "$mo_launcher" 2>"$mo_state/session"
}

# One look at the launcher, which lasts as long as the launcher does when all is well. mo_seen = `there`; `gone`; or `unsure`:
# no answer, or none that tells.
mo_look_at_launcher() {
  if [ -z "$mo_over_ssh" ]; then
    # Nothing better than the name, which goes when the launcher's pod has ended.
    mo_seen=there
    mo_resolve "$mo_host" || { sleep 1 && mo_resolve "$mo_host"; } || mo_seen=gone
    sleep 2
    return
  fi
  rm -f "$mo_state/connected"
  mo_hold_session
  mo_seen=there
  [ ! -e "$mo_state/connected" ] || return
  case $(cat "$mo_state/session") in
    *'ermission denied'*) sleep 2 ;;
    *refused* | *resolve* | *'No route'* | *'timed out'*) mo_seen=gone ;;
    *) mo_seen=unsure ;;
  esac
}

# Returns when the launcher's container has ended. Before it was there it cannot have ended: until then the wait is that for a
# host. A launcher that was done before we came to it had been here: session.sh leaves `visited`; and a name that
# was asked for too early may be unknown for some seconds more.
mo_stay_with_launcher() {
  mo_name_host "$MO_LAUNCHER_JOB" 0
  mo_deadline_of_wait
  mo_next_word=$((mo_now + 30))
  mo_was_there=
  mo_tries=0
  while :; do
    mo_look_at_launcher
    mo_clock
    if [ "$mo_seen" = there ]; then
      mo_was_there=1
      mo_tries=0
    elif [ -n "$mo_was_there" ]; then
      mo_tries=$((mo_tries + 1))
      [ "$mo_seen" = unsure ] && [ "$mo_tries" -lt 3 ] || return 0
    elif [ -e "$mo_state/visited" ] && [ "$mo_deadline" -gt $((mo_now + 7)) ]; then
      mo_deadline=$((mo_now + 7))
    elif [ "$mo_now" -ge "$mo_deadline" ]; then
      [ ! -e "$mo_state/visited" ] || return 0
      mo_fail 124 "gave up after ${MO_WAIT_SECONDS:-1800} s; the launcher, $mo_host, does not answer: $(cat "$mo_state/session")"
    elif [ "$mo_now" -ge "$mo_next_word" ]; then
      mo_say "waiting for the launcher, $mo_host"
      mo_next_word=$((mo_now + 30))
    fi
    mo_pause
  done
}

# --- this shell's part ------------------------------------------------------------------------------------------

mo_make_state_folder() {
  mo_random
  for mo_state in "${TMPDIR:-/tmp}" /dev/shm "$PWD"; do
    mo_state="$mo_state/mocompile-$mo_value"
    (umask 077 && mkdir "$mo_state") 2>/dev/null && return 0
  done
  mo_fail 73 "no folder to write to: tried ${TMPDIR:-/tmp}, /dev/shm and the working directory, $PWD"
}

# Waits for the shell with the user's text; mo_flow_code = its code, unless a signal came.
mo_await_flow() {
  mo_flow_code=0
  [ -n "$mo_signal" ] || wait "$mo_flow" 2>/dev/null || mo_flow_code=$?
}

# Closes the collection where that shell could not, with none of its processes left that could still print.
mo_settle() {
  if [ -n "$mo_signal" ] || [ -e "$mo_state/open" ]; then mo_end_left; fi
  [ ! -e "$mo_state/open" ] || printf 'METRICS OPERATOR COLLECTION END\n'
  rm -f "$mo_state/open"
}

# measure_cleanup, unless the other shell has come to it.
mo_clean_up() {
  if [ -e "$mo_state/clean" ] || ! mo_defines measure_cleanup; then return 0; fi
  measure_cleanup &
  mo_pid=$!
  mo_clock
  mo_deadline=$((mo_now + 10))
  while kill -0 "$mo_pid" 2>/dev/null && [ "$mo_now" -lt "$mo_deadline" ]; do
    mo_pause
    mo_clock
  done
}

mo_choose_code() {
  mo_code=$mo_flow_code
  if [ -e "$mo_state/code" ]; then
    read -r mo_measured <"$mo_state/code"
    [ "$mo_measured" -eq 0 ] || mo_code=$mo_measured
  fi
  [ -z "$mo_signal" ] || mo_code=$mo_signal
  if [ -n "$mo_signal" ] && [ "${MO_ROLE-}" = worker ]; then mo_code=0; fi
}

# Keeps the container for a person to look at, until a signal comes.
mo_stay() {
  [ "${MO_INTERACTIVE-}" = true ] && [ "${MO_ROLE-}" != worker ] || return 0
  mo_say "the run is over (code $mo_code); this container stays until it is deleted"
  while [ -z "$mo_signal" ]; do
    sleep 3600 &
    wait $! 2>/dev/null
  done
  mo_end_left
}

mo_make_state_folder
trap 'mo_on_signal 143' TERM
trap 'mo_on_signal 130' INT
trap 'mo_on_signal 129' HUP
trap 'mo_on_signal 131' QUIT

if [ -n "${MO_MEASURE-}" ]; then
  # shellcheck source=/dev/null
  . "$mo_scripts/measure-$MO_MEASURE.sh"
fi
mo_print_metadata
! mo_defines measure_init || measure_init

# The shell that runs the user's text. Text that a block brings is run here, at the top level, and not in a function: there
# `declare` would be local.
(
  mo_let_signals

  mo_block=
  ! mo_defines measure_setup || measure_setup
  mo_enter_user
  eval "$mo_block"
  mo_leave_user

  case ${MO_ROLE-} in
    launcher)
      mo_prepare_pod
      mo_wait_for_hosts
      mo_write_hostlist
      ;;
  esac

  for mo_addon in ${MO_ADDONS-}; do
    mo_addon_block "$mo_addon" addon_before
    mo_enter_user
    eval "$mo_block"
    mo_leave_user
  done

  if [ "${MO_ROLE-}" = worker ]; then
    # Only now: a worker that answers is ready.
    mo_prepare_pod
    mo_stay_with_launcher
  else
    mo_block=
    ! mo_defines measure_before || measure_before
    mo_enter_user
    eval "$mo_block"
    mo_leave_user
    mo_enter_user
    eval "${MO_OPT_PRE-}"
    mo_leave_user

    [ "${MO_ROLE-}" != launcher ] || mo_save_environment
    mo_open_collection
    mo_measure
    mo_close_collection
    mo_report_code
  fi

  for mo_addon in ${MO_ADDONS-}; do
    mo_addon_block "$mo_addon" addon_after
    mo_enter_user
    eval "$mo_block"
    mo_leave_user
  done
  if [ "${MO_ROLE-}" != worker ]; then
    mo_enter_user
    eval "${MO_OPT_POST-}"
    mo_leave_user
  fi

  if mo_defines measure_cleanup; then
    : >"$mo_state/clean"
    measure_cleanup
  fi
  exit 0
) &
mo_flow=$!
mo_await_flow
mo_settle
mo_clean_up
mo_choose_code
mo_stay
rm -rf "$mo_state"
exit "$mo_code"
