# shellcheck shell=sh disable=SC2034,SC2154  # entrypoint.sh and launcher.sh set and read mo_* variables and np
# High-Performance Linpack: computes the problem size from the memory, and writes the input file from the size and the options.

measure_init() {
  mo_count_tasks
}

# The image has its programs in a Spack environment. mpirun's daemons on the workers need the environment too.
measure_setup() {
  mo_block='[ ! -r /opt/spack-environment/activate.sh ] || . /opt/spack-environment/activate.sh'
}

measure_before() {
  mo_hpl_find_memory
  mo_hpl_compute_size
  # The tasks of one pod are a column of the process grid.
  mo_hpl_rows=$((np / MO_PODS))
  [ "$mo_hpl_rows" -ge 1 ] || mo_die 78 "tasks: $np is less than the number of pods, $MO_PODS"
  # xhpl opens HPL.dat; people look for hpl.dat.
  { mo_hpl_print_input >./hpl.dat && mo_hpl_print_input >./HPL.dat; } 2>/dev/null ||
    mo_die 73 "cannot write HPL.dat in the working directory, $PWD"
}

# mo_hpl_gib = memory of a node in GiB: the option, or the free memory.
mo_hpl_find_memory() {
  mo_hpl_gib=$MO_OPT_MEMORY
  [ "$mo_hpl_gib" -eq 0 ] || return 0
  mo_value=$(sed -n 's/^MemFree:[^0-9]*\([0-9]*\).*/\1/p' /proc/meminfo)
  mo_hpl_gib=$((${mo_value:-0} / 1048576))
  # compute_N refuses less than one.
  [ "$mo_hpl_gib" -ge 1 ] || mo_hpl_gib=1
}

# mo_hpl_n = order of the matrix.
mo_hpl_compute_size() {
  mo_has_command compute_N || mo_die 127 "this image has no compute_N, which computes the problem size"
  mo_hpl_n=$(compute_N -m "$mo_hpl_gib" -NB "$MO_OPT_BLOCKSIZE" -r "$MO_OPT_RATIO" -N "$MO_PODS") ||
    mo_die 1 "compute_N failed with code $?"
  case $mo_hpl_n in
    '' | *[!0-9]*) mo_die 1 "compute_N printed no number: $mo_hpl_n" ;;
  esac
}

# Prints the input file. xhpl reads the lines by position, and of each line the first value.
mo_hpl_print_input() {
  printf '%s\n' 'HPLinpack benchmark input file' 'written by mocompile'
  printf '%-12s %s\n' \
    HPL.out 'output file, unused' \
    6 'device out: 6 stdout' \
    1 'number of problem sizes' \
    "$mo_hpl_n" 'Ns' \
    1 'number of block sizes' \
    "$MO_OPT_BLOCKSIZE" 'NBs' \
    "$MO_OPT_ROW_OR_COLMAJOR_PMAPPING" 'PMAP: 0 row-major, 1 column-major' \
    1 'number of process grids' \
    "$mo_hpl_rows" 'Ps' \
    "$MO_PODS" 'Qs' \
    16.0 'threshold of the residual' \
    1 'number of panel factorizations' \
    "$MO_OPT_PFACT" 'PFACTs: 0 left, 1 Crout, 2 right' \
    1 'number of recursive stopping criteria' \
    "$MO_OPT_NBMIN" 'NBMINs' \
    1 'number of divisions of a panel' \
    "$MO_OPT_NDIV" 'NDIVs' \
    1 'number of recursive panel factorizations' \
    "$MO_OPT_RFACT" 'RFACTs: 0 left, 1 Crout, 2 right' \
    1 'number of broadcasts' \
    "$MO_OPT_BCAST" 'BCASTs: 0 1ring, 1 1ringM, 2 2ring, 3 2ringM, 4 long, 5 longM' \
    1 'number of look-ahead depths' \
    "$MO_OPT_DEPTH" 'DEPTHs' \
    "$MO_OPT_SWAP" 'SWAP: 0 binary exchange, 1 long, 2 mix' \
    "$MO_OPT_SWAPPINGTHRESHOLD" 'swapping threshold' \
    "$MO_OPT_L1TRANSPOSED" 'L1: 0 transposed, 1 not' \
    "$MO_OPT_UTRANSPOSED" 'U: 0 transposed, 1 not' \
    1 'equilibration: 1 yes' \
    "$MO_OPT_MEMALIGNMENT" 'memory alignment in double words'
}
