# shellcheck shell=sh disable=SC2034  # entrypoint.sh reads mo_* variables
# STREAM: sets the number of threads.

measure_setup() {
  # shellcheck disable=SC2016  # expanded when it runs
  [ "${MO_OPT_THREADS:-0}" -eq 0 ] || mo_block='export OMP_NUM_THREADS="$MO_OPT_THREADS"'
}
