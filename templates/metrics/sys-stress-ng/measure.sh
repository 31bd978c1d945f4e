# shellcheck shell=sh disable=SC2016,SC2034,SC2154  # entrypoint.sh sets and reads mo_* variables
# stress-ng: makes the line of each stressor.

measure_init() {
  mo_stress_line=$mo_line
}

measure_item() {
  mo_line=${mo_stress_line%%\$stressor*}$mo_line${mo_stress_line#*\$stressor}
}
