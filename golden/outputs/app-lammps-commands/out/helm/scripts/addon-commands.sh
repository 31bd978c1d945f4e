# shellcheck shell=sh disable=SC2034,SC2154  # mo_* variables are entrypoint.sh's
# Commands of the user's before, around and after the measurement. perf-commands is this same script under its own name.

addon_before() {
  mo_addon_option PREBLOCK
  mo_block=$mo_value
}

# As text: so that `time` is the shell's, and `2>&1` a redirection.
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
