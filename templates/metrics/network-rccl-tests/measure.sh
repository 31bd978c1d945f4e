# shellcheck shell=sh disable=SC2016,SC2034,SC2154  # entrypoint.sh and launcher.sh set and read mo_* variables and np
# RCCL tests: makes the mpirun line of each of them.

measure_init() {
  mo_rccl_line=$mo_line
  np=${MO_OPT_TASKS:-0}
  [ "$np" -gt 0 ] || np=$((${MO_OPT_GPUSPERPOD:-1} * ${MO_PODS:-1}))
}

measure_item() {
  test=$mo_line
  mo_shown="mpirun -np $np $test -g 1"
  mo_line=$mo_rccl_line
}
