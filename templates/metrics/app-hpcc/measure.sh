# shellcheck shell=sh disable=SC2034,SC2154  # entrypoint.sh and launcher.sh set and read mo_* variables and np
# HPC Challenge: writes its input file, and prints its file of results.

measure_init() {
  mo_count_tasks
}

measure_before() {
  mo_hpcc_shape_grid
  { mo_hpcc_print_input >./hpccinf.txt; } 2>/dev/null ||
    mo_die 73 "cannot write hpccinf.txt in the working directory, $PWD"
}

# mo_hpcc_rows, mo_hpcc_columns = the process grid: as square as the number of tasks allows, not taller than wide.
mo_hpcc_shape_grid() {
  mo_hpcc_rows=1
  mo_number=1
  while [ $((mo_number * mo_number)) -le "$np" ]; do
    [ $((np % mo_number)) -ne 0 ] || mo_hpcc_rows=$mo_number
    mo_number=$((mo_number + 1))
  done
  mo_hpcc_columns=$((np / mo_hpcc_rows))
}

# Prints the input file: HPL's, and a few lines for PTRANS. hpcc reads the lines by position, and of each line the first value.
mo_hpcc_print_input() {
  printf '%s\n' 'HPLinpack benchmark input file' 'written by mocompile'
  printf '%-12s %s\n' \
    HPL.out 'output file, unused' \
    8 'device out: a file' \
    1 'number of problem sizes' \
    "$MO_OPT_N" 'Ns' \
    1 'number of block sizes' \
    "$MO_OPT_NB" 'NBs' \
    0 'PMAP: 0 row-major, 1 column-major' \
    1 'number of process grids' \
    "$mo_hpcc_rows" 'Ps' \
    "$mo_hpcc_columns" 'Qs' \
    16.0 'threshold of the residual' \
    1 'number of panel factorizations' \
    2 'PFACTs: 0 left, 1 Crout, 2 right' \
    1 'number of recursive stopping criteria' \
    4 'NBMINs' \
    1 'number of divisions of a panel' \
    2 'NDIVs' \
    1 'number of recursive panel factorizations' \
    1 'RFACTs: 0 left, 1 Crout, 2 right' \
    1 'number of broadcasts' \
    1 'BCASTs: 0 1ring, 1 1ringM, 2 2ring, 3 2ringM, 4 long, 5 longM' \
    1 'number of look-ahead depths' \
    1 'DEPTHs' \
    2 'SWAP: 0 binary exchange, 1 long, 2 mix' \
    64 'swapping threshold' \
    0 'L1: 0 transposed, 1 not' \
    0 'U: 0 transposed, 1 not' \
    1 'equilibration: 1 yes' \
    8 'memory alignment in double words'
  printf '%s\n' '(this line is not read)'
  printf '%-12s %s\n' \
    0 'number of more problem sizes for PTRANS' \
    1 'their values' \
    0 'number of more block sizes for PTRANS' \
    1 'their values'
}

# hpcc appends its results to the file.
measure_sample() {
  rm -f ./hpccoutf.txt || mo_die 73 "cannot remove hpccoutf.txt in the working directory, $PWD"
}

measure_after() {
  if [ ! -e ./hpccoutf.txt ]; then
    [ "$mo_code" -ne 0 ] || mo_log "hpcc wrote no hpccoutf.txt in the working directory, $PWD"
    return 1
  fi
  cat ./hpccoutf.txt
}
