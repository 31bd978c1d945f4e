# shellcheck shell=sh disable=SC2034,SC2154  # entrypoint.sh sets and reads mo_* variables
# Runs the user's commands before, around and after the measurement. The addon perf-commands uses this script too.

addon_before() {
  mo_addon_option PREBLOCK
  mo_block=$mo_value
}

# The options are shell text, so that `time` is the shell's own and `2>&1` is a redirection.
addon_wrap() {
  mo_addon_option PREFIX
  [ -z "$mo_value" ] || mo_line="$mo_value $mo_line"
  mo_addon_option SUFFIX
  [ -z "$mo_value" ] || mo_line="$mo_line $mo_value"
}

addon_after() {
  mo_addon_option POSTBLOCK
  mo_block=$mo_value
}
