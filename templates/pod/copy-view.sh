#!/bin/sh
# Runs in the init container of an addon with a software view (`view` in its data sheet). Copies the view from the image to MO_VIEW,
# in a volume that the pod's containers share.
#
#   MO_VIEW/view                         the image's /opt/view, or else the folder in /opt/views/._view
#   MO_VIEW/software                     the image's /opt/software, to which links of the view point
#   MO_VIEW/metrics-operator-done.txt    made last, when the copy is complete
#
# An image that `spack containerize` makes has these folders. Exit codes: 78, the image has no view; 73, it cannot be copied.
set -u

die() { # code message...
  code=$1
  shift
  printf 'mocompile: %s\n' "$*" >&2
  exit "$code"
}

# view = the folder of the image's view.
find_view() {
  for view in /opt/view /opt/views/._view/*; do
    [ ! -d "$view/." ] || return 0
  done
  die 78 "this image has no software view: neither /opt/view nor a folder in /opt/views/._view"
}

# Removes what an earlier run of the container left when it was ended in the middle.
copy_view() {
  rm -rf "$MO_VIEW/view" "$MO_VIEW/software" || return
  mkdir -p "$MO_VIEW/view" && cp -RP "$view/." "$MO_VIEW/view" || return
  [ ! -d /opt/software/. ] || cp -RP /opt/software/. "$MO_VIEW/software"
}

[ -n "${MO_VIEW-}" ] || die 78 "MO_VIEW is not set"
marker=$MO_VIEW/metrics-operator-done.txt
[ ! -e "$marker" ] || exit 0
find_view
copy_view || die 73 "cannot copy the software view to $MO_VIEW"
: >"$marker" || die 73 "cannot write $marker"
