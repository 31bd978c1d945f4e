# shellcheck shell=sh disable=SC2034,SC2154  # entrypoint.sh sets and reads mo_* variables
# Runs the measured program under hpcrun, from a software view, and analyses what hpcrun recorded.
#
# hpcrun must come after mpirun and before the program: `mpirun ... hpcrun ... program`. So mpirun belongs in the option `prefix`, not
# in the metric's command.

# shellcheck source=/dev/null
. "$mo_scripts/view.sh"

addon_before() {
  mo_open_view
  mo_has_command hpcrun || mo_die 127 "the software view at $mo_view has no hpcrun"
}

addon_wrap() {
  mo_is_targeted || return 0
  case ${mo_line#"${mo_line%%[! ]*}"} in
    mpirun\ * | mpiexec\ * | */mpirun\ * | */mpiexec\ *)
      mo_log "the command begins with mpirun, which hpcrun then measures: move it into the option 'prefix' of perf-hpctoolkit"
      ;;
  esac
  mo_addon_option OUTPUT
  mo_quote_word "$mo_value"
  mo_output=$mo_value
  mo_addon_option EVENTS
  mo_line="hpcrun -o $mo_output $mo_value $mo_line"
  mo_addon_option PREFIX
  [ -z "$mo_value" ] || mo_line="$mo_value $mo_line"
}

# Each host has the records of its own ranks, in the folder in which they ran. The analysis writes its database beside them.
addon_after() {
  mo_is_targeted && [ "${MO_ROLE-}" != worker ] || return 0
  mo_addon_option POSTANALYSIS
  [ "$mo_value" = true ] || return 0
  mo_addon_option OUTPUT
  mo_folder=$mo_value
  mo_quote_word "$mo_folder"
  mo_output=$mo_value
  mo_quote_word "$mo_folder-database"
  mo_database=$mo_value
  mo_quote_word "$PWD"
  mo_analysis="cd $mo_value && { [ -d $mo_output ] || { echo 'no measurements here'; exit 0; }; } &&"
  mo_analysis="$mo_analysis hpcstruct $mo_output && hpcprof -o $mo_database $mo_output"
  if [ "${MO_ROLE-}" = launcher ]; then
    mo_analyse_hosts
  else
    mo_analyse_here
  fi
}

mo_analyse_here() {
  (eval "$mo_analysis") || mo_log "the analysis ended with code $?"
}

mo_analyse_hosts() {
  mo_host_number=0
  while [ "$mo_host_number" -lt "${MO_PODS:-1}" ]; do
    mo_get_listed_host "$mo_host_number"
    printf 'Running post analysis for host %s\n' "$mo_host"
    if [ "$mo_host_number" -eq 0 ]; then
      mo_analyse_here
    else
      mo_ssh "$mo_host" "$mo_analysis" || mo_log "the analysis on $mo_host ended with code $?"
    fi
    mo_host_number=$((mo_host_number + 1))
  done
}
