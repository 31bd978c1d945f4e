# shellcheck shell=sh disable=SC2034,SC2154  # mo_* variables and np are entrypoint.sh's
# High-Performance Linpack: the problem size from the memory, and the input file from that and the options.

measure_init() {
  mo_count_tasks
}

# The image keeps its programs in a software environment of Spack's; mpirun's daemons on the workers need it too.
measure_setup() {
  mo_block='[ ! -r /opt/spack-environment/activate.sh ] || . /opt/spack-environment/activate.sh'
}

measure_before() {
  mo_hpl_memory
  mo_hpl_size
  # Tasks of a pod make a column of the process grid.
  mo_hpl_rows=$((np / MO_PODS))
  [ "$mo_hpl_rows" -ge 1 ] || mo_fail 78 "tasks: $np are fewer than the $MO_PODS pods"
  # xhpl opens HPL.dat; hpl.dat is the name under which people look for it.
  { mo_hpl_print >./hpl.dat && mo_hpl_print >./HPL.dat; } 2>/dev/null ||
    mo_fail 73 "cannot write HPL.dat in the working directory, $PWD"
}

# mo_hpl_gib = memory of a node in GiB.
mo_hpl_memory() {
  mo_hpl_gib=$MO_OPT_MEMORY
  [ "$mo_hpl_gib" -eq 0 ] || return 0
  mo_value=$(sed -n 's/^MemFree:[^0-9]*\([0-9]*\).*/\1/p' /proc/meminfo)
  mo_hpl_gib=$((${mo_value:-0} / 1048576))
  # Less than one is not a size that compute_N knows.
  [ "$mo_hpl_gib" -ge 1 ] || mo_hpl_gib=1
}

# mo_hpl_n = order of the matrix.
mo_hpl_size() {
  mo_defines compute_N || mo_fail 127 "this image has no compute_N, which computes the problem size"
  mo_hpl_n=$(compute_N -m "$mo_hpl_gib" -NB "$MO_OPT_BLOCKSIZE" -r "$MO_OPT_RATIO" -N "$MO_PODS") ||
    mo_fail 1 "compute_N failed with code $?"
  case $mo_hpl_n in
    '' | *[!0-9]*) mo_fail 1 "compute_N gives no number: $mo_hpl_n" ;;
  esac
}

# The input file: xhpl reads its lines by their position, of each the value in front.
mo_hpl_print() {
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
