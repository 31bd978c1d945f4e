# shellcheck shell=sh disable=SC2034  # mo_block is read by entrypoint.sh
# The image keeps hwloc in a software view, and what else it needs in root's profile.

measure_before() {
  # shellcheck disable=SC2016  # expanded where it runs
  mo_block='[ ! -r /root/.profile ] || . /root/.profile
export PATH="/opt/view/bin:$PATH"'
}
