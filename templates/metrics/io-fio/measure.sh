# shellcheck shell=sh disable=SC2034,SC2154  # entrypoint.sh sets and reads mo_* variables
# fio with a test file of its own, which is removed at the end, also after failures and signals.

# The user's text may use $filename. measure_cleanup removes the file named here, even if that text changes the variable.
measure_init() {
  mo_make_random_id
  filename="${MO_OPT_DIRECTORY%/}/test-$mo_value"
  mo_fio_file=$filename
  mo_fio_fill_in_line
}

# mo_fio_line = the program line with all values in it, so that the printed line is the one that runs. The user's own text (the
# options prefix and command) stays as it is written.
mo_fio_fill_in_line() {
  mo_fio_line=${mo_line#"${MO_OPT_PREFIX-}"}
  mo_fio_line=${mo_fio_line# }
  if [ -z "${MO_OPT_COMMAND-}" ]; then
    eval "set -- $mo_fio_line"
    mo_fio_line=
    for mo_word; do
      mo_quote_word "$mo_word"
      mo_fio_line="$mo_fio_line${mo_fio_line:+ }$mo_value"
    done
  fi
  [ -z "${MO_OPT_PREFIX-}" ] || mo_fio_line="$MO_OPT_PREFIX $mo_fio_line"
}

measure_before() {
  printf 'FIO COMMAND START\n%s\nFIO COMMAND END\n' "$mo_fio_line"
}

measure_line() {
  mo_line=$mo_fio_line
}

measure_cleanup() {
  mo_quote_word "$mo_fio_file"
  eval "${MO_OPT_PREFIX-} rm -f $mo_value"
}
