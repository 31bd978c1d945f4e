# shellcheck shell=sh disable=SC2034  # mo_block is read by entrypoint.sh
# The image has hwloc in a software view, and sets other variables for it in root's profile.

measure_before() {
  # shellcheck disable=SC2016  # expanded when it runs
  mo_block='[ ! -r /root/.profile ] || . /root/.profile
export PATH="/opt/view/bin:$PATH"'
}
