# shellcheck shell=sh disable=SC2034,SC2154  # entrypoint.sh sets and reads mo_* variables
# fio with a test file of its own, which is removed at the end, also after failures and signals.

# The user's text may use $filename. measure_cleanup removes the file named here, even if that text changes the variable.
measure_init() {
  mo_make_random_id
  filename="${MO_OPT_DIRECTORY%/}/test-$mo_value"
  mo_fio_file=$filename
  mo_fio_make_line
}

# mo_fio_line = the program line with all values in it, so that the printed line is the one that runs.
mo_fio_make_line() {
  if [ -n "${MO_OPT_COMMAND-}" ]; then
    mo_fio_line=$MO_OPT_COMMAND
  else
    mo_fio_line=
    for mo_word in fio --randrepeat=1 --ioengine=libaio --direct=1 --gtod_reduce=1 --name="$MO_OPT_TESTNAME" \
      --bs="$MO_OPT_BLOCKSIZE" --iodepth="$MO_OPT_IODEPTH" --readwrite=randrw --rwmixread=75 --size="$MO_OPT_SIZE" \
      --filename="$filename" --output-format=json; do
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
