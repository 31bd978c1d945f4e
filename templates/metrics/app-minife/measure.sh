# shellcheck shell=sh disable=SC2154  # entrypoint.sh and launcher.sh set and read mo_* variables
# miniFE: prints the file of results, whose name has the sizes and the time in it.

measure_sample() {
  rm -f ./miniFE*.yaml || mo_die 73 "cannot remove miniFE's results in the working directory, $PWD"
}

# The file is of the first rank, which may be in another pod. The standard output has the residual all the same.
measure_after() {
  for mo_file in ./miniFE*.yaml; do
    [ ! -e "$mo_file" ] || cat "$mo_file"
  done
}
