#!/bin/sh
# The entrypoint of every container that measures. It is the same file for every metric. The user's values come in the environment
# (the table in docs/architecture.md), the program line is the first argument.
#
# It sources other files of its folder:
#
#   metadata.sh       prints the METADATA lines
#   environment.sh    prints the ENVIRONMENT line; reads version.sh
#   processes.sh      lists and ends the processes below this one
#   launcher.sh       only in launchers and workers: host list, ssh, waits
#   pairs.sh          only where a metric has two sides: runs it over pairs of pods
#   measure-NAME.sh   only where the metric has a measure.sh
#   addon-NAME.sh     one for each addon with an addon.sh; may source view.sh
#
# What happens, in order
#
#   1. METADATA line, ADDON METADATA lines, ENVIRONMENT line.
#   2. A launcher and its workers write ./problem.sh and start sshd. The launcher waits until it can reach every worker and writes
#      ./hostlist.txt. A worker waits until the launcher's container has ended.
#   3. preBlocks of the addons, measure_before, the option `pre`.
#   4. The collection: the line runs once for each timepoint.
#   5. postBlocks of the addons, the option `post`, measure_cleanup.
#
# Two shells do this. The user's shell runs the blocks and the collection. The blocks run at its top level, so that their exports,
# functions, `cd` and `set -e` reach the measurement; each run of the line has a subshell. The user's shell is a child of this
# script, which waits for it. So this script can close the collection and call measure_cleanup whatever the user's text does (exit,
# exec, trap), whatever kills the user's shell, and whenever a signal comes.
#
# On TERM, INT, HUP or QUIT every process below this one gets TERM, and KILL after MO_GRACE_SECONDS (20). Then the collection is
# closed and measure_cleanup runs, but no block. Other processes get no signal.
#
# A round that fails is the last one, and so is its repetition. The items of a list (MO_EACH) all run. The first failure gives the
# exit code.
#
# Exit codes
#
#   the program's; where the program ended with 0 or did not run, that with which a user's block ended the shell
#   128+n after signal n (143: TERM); a worker: 0
#   124   a wait took longer than MO_WAIT_SECONDS, or a pair longer than MO_OPT_PAIRSSECONDS
#   64    the pairs cannot be made as asked
#   73    a file could not be written
#   78    a variable has a value that the compiler does not write
#
# Functions that measure-NAME.sh may define; it must do nothing else
#
#   measure_init      before the user's shell starts: sets variables for the other functions and the user's text
#   measure_setup     in every pod, workers too, before ssh is ready: puts text for the top level in mo_block, such as the text that
#                     sets up the image's own environment
#   measure_before    prints or checks what comes before the collection; may put text for the top level in mo_block
#   measure_line      may change the program line, mo_line; may set mo_shown, the line that is printed
#   measure_item      the same for each item of the list
#   measure_pair      the same for each pair of pods, in place of measure_item; mo_a_host and mo_b_host are the hosts
#   measure_wrap      may change mo_line once more, after the addons have changed it
#   measure_sample    before each timepoint; fails when there is nothing more to measure (a normal end)
#   measure_after     after each timepoint's line, inside the collection: prints what the program left in files; a failure counts
#                     as a failure of the line
#   measure_cleanup   at the very end, also after failures and signals (after a signal it has ten seconds)
#   and any other function that the program line names.
#
# Functions that addon-NAME.sh may define; the file is sourced anew for each addon, mo_addon_option NAME sets mo_value
#
#   addon_before      puts the text to run before the collection in mo_block
#   addon_wrap        may change the program line, mo_line (called in the order of the document, so the first addon is innermost)
#   addon_after       puts the text to run after the collection in mo_block
#
# addon_before may append to mo_line_setup: text that runs in the line's subshell before the line. Every session over ssh has the
# variables that this text exports. It may call functions of this file and of launcher.sh too.
#
# How the functions are called
#
#   A function returns text in the variable mo_value, or in the variables that its comment names ("mo_host = ..."). A `$(...)` would
#   cost a process. The comment behind the opening brace names the arguments. The exit code says whether it succeeded, or answers a
#   question (mo_is_...). mo_die ends the shell. All variables are global. Names that begin with mo_ belong to these scripts.

# shellcheck disable=SC2329  # traps and the sourced scripts call some of the functions

# --- messages, values, time -------------------------------------------------------------------------------------

mo_log() { # message...
  printf 'mocompile: %s\n' "$*" >&2
}

mo_die() { # code message...
  mo_code=$1
  shift
  mo_log "$@"
  exit "$mo_code"
}

# mo_value = the value of the variable with that name.
mo_get_variable() { # name
  case $1 in
    '' | *[!A-Za-z0-9_]*) mo_die 78 "not the name of a variable: '$1'" ;;
  esac
  eval "mo_value=\${$1-}"
}

# Whether there is a function or a program with that name.
mo_has_command() { # name
  command -v "$1" >/dev/null 2>&1
}

# mo_now = seconds since the machine started. Unlike the date, this clock never jumps.
mo_read_clock() {
  # shellcheck disable=SC2034  # the rest of the line is not needed
  read -r mo_now mo_rest </proc/uptime
  mo_now=${mo_now%.*}
}

# mo_hundredths = the same clock in hundredths of seconds.
mo_read_hundredths() {
  # shellcheck disable=SC2034  # the rest of the line is not needed
  read -r mo_hundredths mo_rest </proc/uptime
  mo_hundredths=$((${mo_hundredths%.*} * 100 + 1${mo_hundredths#*.} - 100))
}

# mo_deadline = when a wait that begins now must give up; mo_now as well.
mo_set_wait_deadline() {
  mo_read_clock
  mo_deadline=$((mo_now + ${MO_WAIT_SECONDS:-1800}))
}

# A short pause between two checks. Some sleep programs refuse fractions.
mo_pause() {
  sleep 0.2 2>/dev/null || sleep 1
}

# mo_value = the text as one word of shell, with quotes only where it needs them.
mo_quote_word() { # text
  mo_value=$1
  case $1 in
    '' | *[!A-Za-z0-9_./=:,@%+-]*) mo_value="'$(printf '%s.' "$1" | LC_ALL=C sed -e "s/'/'\\\\''/g")" && mo_value="${mo_value%.}'" ;;
  esac
}

# mo_value = 32 random hexadecimal digits.
mo_make_random_id() {
  mo_value=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
}

# --- the collection ---------------------------------------------------------------------------------------------

# The line of a marker and the file `open` must change together, so signals are ignored while they do.
mo_ignore_signals() {
  trap '' TERM INT HUP QUIT
}

# Ends the shell where a signal came meanwhile.
mo_accept_signals() {
  trap - TERM INT HUP QUIT
  [ ! -e "$mo_state/stop" ] || exit 143
}

mo_open_collection() {
  mo_ignore_signals
  : >"$mo_state/open"
  printf 'METRICS OPERATOR COLLECTION START\n'
  mo_accept_signals
}

mo_close_collection() {
  mo_ignore_signals
  printf 'METRICS OPERATOR COLLECTION END\n'
  rm -f "$mo_state/open"
  mo_accept_signals
}

# --- the user's text and the addons -----------------------------------------------------------------------------

# Shell options and IFS that a block sets hold for the user's text that follows, but not for these scripts.
mo_apply_user_settings() {
  IFS=$mo_user_ifs
  [ -z "$mo_user_flags" ] || set "-$mo_user_flags"
}

mo_save_user_settings() {
  mo_user_flags=$-
  set +aefuvxC
  mo_user_ifs=${IFS-$mo_ifs}
  IFS=$mo_ifs
  mo_user_flags=$(printf '%s' "$mo_user_flags" | LC_ALL=C tr -cd 'aefuvxC')
}

# Defines the functions of one addon.
mo_load_addon() { # POSITION:NAME
  mo_addon_position=${1%%:*}
  unset -f addon_before addon_wrap addon_after
  # shellcheck source=/dev/null
  . "$mo_scripts/addon-${1#*:}.sh"
}

# mo_value = an option of the addon that was loaded last.
mo_addon_option() { # name
  mo_get_variable "MO_ADDON_${mo_addon_position}_$1"
}

# mo_block = the text that an addon wants to run before or after the collection.
mo_get_addon_block() { # POSITION:NAME function
  mo_block=
  mo_load_addon "$1"
  ! mo_has_command "$2" || "$2"
}

# Puts the addons around mo_line. mo_shown = the line without them, unless it is set.
mo_wrap_line() {
  mo_shown=${mo_shown:-$mo_line}
  for mo_addon in ${MO_ADDONS-}; do
    mo_load_addon "$mo_addon"
    ! mo_has_command addon_wrap || addon_wrap
  done
  ! mo_has_command measure_wrap || measure_wrap
}

# --- the measurement --------------------------------------------------------------------------------------------

# Runs mo_line in a subshell and returns its code. When a signal kills the line, bash prints a piece of this script; that stays out of
# the collection, and mo_report_code prints a message afterwards.
mo_run_line() {
  { (
    exec 2>&9 9>&-
    eval "$mo_line_setup"
    mo_apply_user_settings
    eval "$mo_line"
  ); } 9>&2 2>/dev/null
}

# mo_code = the first code that is not 0.
mo_keep_first_failure() { # code
  [ "$1" -eq 0 ] || [ "$mo_code" -ne 0 ] || mo_code=$1
}

mo_measure_timepoint() {
  if [ -n "${MO_PAIRS-}" ]; then
    mo_measure_pairs
    return
  fi
  printf 'METRICS OPERATOR TIMEPOINT\n'
  [ -z "${MO_ECHO-}${MO_EACH-}" ] || printf '%s\n' "$mo_shown"
  mo_run_line
  mo_keep_first_failure $?
  mo_has_command measure_after || return 0
  measure_after
  mo_keep_first_failure $?
}

# One timepoint for each item of the list. The item replaces the program line.
mo_measure_items() {
  mo_get_variable "${MO_EACH}_COUNT"
  mo_items=${mo_value:-0}
  mo_item=0
  while [ "$mo_item" -lt "$mo_items" ]; do
    mo_get_variable "${MO_EACH}_$mo_item"
    mo_line=$mo_value
    mo_shown=
    # The line of a pair is made for each pair.
    if [ -z "${MO_PAIRS-}" ]; then
      ! mo_has_command measure_item || measure_item
      mo_wrap_line
    fi
    mo_measure_timepoint
    mo_item=$((mo_item + 1))
  done
}

# Sleeps until the next multiple of MO_RATE seconds since mo_first_round. However long a round takes, those that follow begin at such
# multiples. Multiples that passed during a round are left out.
mo_sleep_until_next_round() {
  [ "${MO_RATE:-0}" -gt 0 ] || return 0
  mo_read_hundredths
  mo_left=$((MO_RATE * 100 - (mo_hundredths - mo_first_round) % (MO_RATE * 100)))
  mo_fraction=$((mo_left % 100 + 100))
  # A code above 128 is that of a signal. Other failures: some sleep programs refuse fractions.
  sleep "$((mo_left / 100)).${mo_fraction#1}" 2>/dev/null || [ $? -gt 128 ] || sleep $(((mo_left + 99) / 100))
}

# MO_ROUNDS timepoints of the program line, MO_RATE seconds from the beginning of one to the beginning of the next.
mo_measure_rounds() {
  mo_round=1
  mo_read_hundredths
  mo_first_round=$mo_hundredths
  while :; do
    if mo_has_command measure_sample; then measure_sample || return 0; fi
    mo_measure_timepoint
    [ "$mo_code" -eq 0 ] && [ "$mo_round" -ne "${MO_ROUNDS:-1}" ] || return 0
    mo_round=$((mo_round + 1))
    mo_sleep_until_next_round
  done
}

# Runs everything inside the collection. mo_code = the code of the measurement, which the file `code` has too.
mo_measure() {
  mo_code=0
  mo_repetition=1
  mo_shown=
  ! mo_has_command measure_line || measure_line
  [ -n "${MO_EACH-}${MO_PAIRS-}" ] || mo_wrap_line
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
    127) mo_log "the measurement ended with code 127: a program is missing" ;;
    137) mo_log "the measurement ended with code 137: killed (out of memory?)" ;;
    *) mo_log "the measurement ended with code $mo_code" ;;
  esac
}

mo_run_collection() {
  [ "${MO_ROLE-}" != launcher ] || mo_save_environment
  mo_open_collection
  mo_measure
  mo_close_collection
  mo_report_code
}

# The file `clean` says that the user's shell has come to this point.
mo_run_cleanup_in_user_shell() {
  mo_has_command measure_cleanup || return 0
  : >"$mo_state/clean"
  measure_cleanup
}

# --- the waiting shell ------------------------------------------------------------------------------------------

mo_set_initial_values() {
  mo_signal=
  mo_line_setup=
  mo_code=0
  mo_ifs=$(printf ' \t\n.')
  mo_ifs=${mo_ifs%.}
  mo_user_flags=
  mo_user_ifs=$mo_ifs
}

# mo_state = a new folder for the files of these scripts.
mo_make_state_folder() {
  mo_make_random_id
  for mo_state in "${TMPDIR:-/tmp}" /dev/shm "$PWD"; do
    mo_state="$mo_state/mocompile-$mo_value"
    (umask 077 && mkdir "$mo_state") 2>/dev/null && return 0
  done
  mo_die 73 "no folder to write to: tried ${TMPDIR:-/tmp}, /dev/shm and the working directory, $PWD"
}

# Terminates the descendants at once, not after the wait: when the user's shell ends first, its children are no longer found below it.
mo_handle_signal() { # exit code
  [ -z "$mo_signal" ] || return 0
  mo_signal=$1
  : >"$mo_state/stop"
  mo_terminate_descendants
}

# Everything before the user's shell.
mo_start() {
  mo_make_state_folder
  trap 'mo_handle_signal 143' TERM
  trap 'mo_handle_signal 130' INT
  trap 'mo_handle_signal 129' HUP
  trap 'mo_handle_signal 131' QUIT
  mo_print_metadata
  mo_print_environment
  ! mo_has_command measure_init || measure_init
}

# mo_user_shell_code = the exit code of the user's shell; 0 where a signal came first.
mo_wait_for_user_shell() {
  mo_user_shell_code=0
  [ -n "$mo_signal" ] || wait "$mo_user_shell" 2>/dev/null || mo_user_shell_code=$?
}

# Closes the collection where the user's shell could not. Its processes are ended first, as they could still print.
mo_close_open_collection() {
  if [ -n "$mo_signal" ] || [ -e "$mo_state/open" ]; then mo_kill_descendants; fi
  [ ! -e "$mo_state/open" ] || printf 'METRICS OPERATOR COLLECTION END\n'
  rm -f "$mo_state/open"
}

# Calls measure_cleanup, unless the user's shell has called it. Waits ten seconds at most.
mo_run_cleanup() {
  if [ -e "$mo_state/clean" ] || ! mo_has_command measure_cleanup; then return 0; fi
  measure_cleanup &
  mo_pid=$!
  mo_read_clock
  mo_deadline=$((mo_now + 10))
  while kill -0 "$mo_pid" 2>/dev/null && [ "$mo_now" -lt "$mo_deadline" ]; do
    mo_pause
    mo_read_clock
  done
}

# mo_code = the exit code of the container.
mo_choose_exit_code() {
  mo_code=$mo_user_shell_code
  if [ -e "$mo_state/code" ]; then
    read -r mo_measured <"$mo_state/code"
    [ "$mo_measured" -eq 0 ] || mo_code=$mo_measured
  fi
  [ -z "$mo_signal" ] || mo_code=$mo_signal
  if [ -n "$mo_signal" ] && [ "${MO_ROLE-}" = worker ]; then mo_code=0; fi
}

# Where the user asked for it, keeps the container alive until a signal comes, so that a person can look into it.
mo_keep_alive() {
  [ "${MO_INTERACTIVE-}" = true ] && [ "${MO_ROLE-}" != worker ] || return 0
  mo_log "the run is over (code $mo_code); this container stays until it is deleted"
  while [ -z "$mo_signal" ]; do
    sleep 3600 &
    wait $! 2>/dev/null
  done
  mo_kill_descendants
}

# Waits for the user's shell and does what must happen after it in any case.
mo_main() { # process id of the user's shell
  mo_user_shell=$1
  mo_wait_for_user_shell
  mo_close_open_collection
  mo_run_cleanup
  mo_choose_exit_code
  mo_keep_alive
  rm -rf "$mo_state"
  exit "$mo_code"
}

# --- the run ----------------------------------------------------------------------------------------------------

# A script that sources this file gets its functions, and nothing runs.
case ${0##*/} in
  entrypoint.sh) ;;
  *) return 0 ;;
esac

# Where the image has bash, the whole script runs under bash, so that bash runs the user's text.
if [ -n "${BASH_VERSION-}" ]; then
  # shellcheck disable=SC3040  # only bash comes here
  set +o posix
elif [ -z "${MO_SHELL-}" ] && command -v bash >/dev/null 2>&1; then
  MO_SHELL=bash exec bash "$0" "$@"
fi
unset MO_SHELL

mo_scripts=${0%/*}
mo_line=${1-}
mo_set_initial_values
# shellcheck source=/dev/null
. "$mo_scripts/metadata.sh"
# shellcheck source=/dev/null
. "$mo_scripts/environment.sh"
# shellcheck source=/dev/null
. "$mo_scripts/processes.sh"
case ${MO_ROLE-} in
  launcher | worker)
    # shellcheck source=/dev/null
    . "$mo_scripts/launcher.sh"
    ;;
esac
if [ -n "${MO_PAIRS-}" ]; then
  # shellcheck source=/dev/null
  . "$mo_scripts/pairs.sh"
fi
if [ -n "${MO_MEASURE-}" ]; then
  # shellcheck source=/dev/null
  . "$mo_scripts/measure-$MO_MEASURE.sh"
fi
mo_start

# The user's shell. Each `eval` of a user's text is here, at the top level, and not in a function: there `declare` would be local.
(
  mo_accept_signals

  mo_block=
  ! mo_has_command measure_setup || measure_setup
  mo_apply_user_settings
  eval "$mo_block"
  mo_save_user_settings

  [ "${MO_ROLE-}" != launcher ] || mo_prepare_launcher

  for mo_addon in ${MO_ADDONS-}; do
    mo_get_addon_block "$mo_addon" addon_before
    mo_apply_user_settings
    eval "$mo_block"
    mo_save_user_settings
  done

  if [ "${MO_ROLE-}" = worker ]; then
    mo_run_worker
  else
    mo_block=
    ! mo_has_command measure_before || measure_before
    mo_apply_user_settings
    eval "$mo_block"
    mo_save_user_settings
    mo_apply_user_settings
    eval "${MO_OPT_PRE-}"
    mo_save_user_settings

    mo_run_collection
  fi

  for mo_addon in ${MO_ADDONS-}; do
    mo_get_addon_block "$mo_addon" addon_after
    mo_apply_user_settings
    eval "$mo_block"
    mo_save_user_settings
  done
  if [ "${MO_ROLE-}" != worker ]; then
    mo_apply_user_settings
    eval "${MO_OPT_POST-}"
    mo_save_user_settings
  fi

  mo_run_cleanup_in_user_shell
  exit 0
) &
mo_main $!
