# shellcheck shell=sh disable=SC2016,SC2034,SC2154  # entrypoint.sh sets and reads mo_* variables
# likwid-bench: makes the line of each kernel.

measure_init() {
  mo_likwid_line=$mo_line
}

measure_item() {
  mo_line=${mo_likwid_line%%\$kernel*}$mo_line${mo_likwid_line#*\$kernel}
}
