#!/bin/sh
# The init container of an addon that brings a software view (its data sheet's `view`): copies it from the image into the volume
# that the pod's containers share, at MO_VIEW.
#
#   MO_VIEW/view                         what the image has at /opt/view, or else in the one folder of /opt/views/._view
#   MO_VIEW/software                     what it has at /opt/software, where links of the view lead
#   MO_VIEW/metrics-operator-done.txt    made last: all is there
#
# These are the places of an image that `spack containerize` makes. Exit codes: 78, the image has no view; 73, it cannot be copied.
set -u

fail() { # code message...
  code=$1
  shift
  printf 'mocompile: %s\n' "$*" >&2
  exit "$code"
}

find_view() {
  for view in /opt/view /opt/views/._view/*; do
    [ ! -d "$view/." ] || return 0
  done
  fail 78 "this image has no software view: neither /opt/view nor a folder in /opt/views/._view"
}

# The container may have been here before, and been ended in the middle.
copy() {
  rm -rf "$MO_VIEW/view" "$MO_VIEW/software" || return
  mkdir -p "$MO_VIEW/view" && cp -RP "$view/." "$MO_VIEW/view" || return
  [ ! -d /opt/software/. ] || cp -RP /opt/software/. "$MO_VIEW/software"
}

[ -n "${MO_VIEW-}" ] || fail 78 "MO_VIEW is not set"
marker=$MO_VIEW/metrics-operator-done.txt
[ ! -e "$marker" ] || exit 0
find_view
copy || fail 73 "cannot copy the software view to $MO_VIEW"
: >"$marker" || fail 73 "cannot write $marker"
