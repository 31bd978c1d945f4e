# shellcheck shell=sh disable=SC2034,SC2154  # entrypoint.sh sets and reads mo_* variables
# Functions for addons with a software view, which copy-view.sh has copied into the pod. Sourced by their addon.sh.

# For addon_before. Waits for the view and makes it usable in this container: MOUNT/view/bin becomes the last folder of PATH,
# MOUNT/software is copied to /opt/software, and the option `workdir` becomes the working directory. mo_view = the view's folder.
mo_open_view() {
  mo_addon_option MOUNT
  mo_view=${mo_value%/}
  mo_wait_for_view
  mo_copy_software
  export PATH="$PATH:$mo_view/view/bin"
  mo_enter_working_directory
}

# Whether the user chose this container for the addon. The other containers only get the view, as they run ranks.
mo_is_targeted() {
  mo_addon_option TARGETED
  [ "$mo_value" = true ]
}

mo_wait_for_view() {
  mo_set_wait_deadline
  mo_next_notice=$((mo_now + 5))
  while [ ! -e "$mo_view/metrics-operator-done.txt" ]; do
    mo_read_clock
    [ "$mo_now" -lt "$mo_deadline" ] ||
      mo_die 124 "gave up after ${MO_WAIT_SECONDS:-1800} s; the software view did not appear at $mo_view: see the pod's init containers"
    if [ "$mo_now" -ge "$mo_next_notice" ]; then
      mo_log "waiting for the software view at $mo_view"
      mo_next_notice=$((mo_now + 30))
    fi
    mo_pause
  done
}

# The view's links and programs refer to files in /opt/software.
mo_copy_software() {
  [ -d "$mo_view/software" ] || return 0
  { mkdir -p /opt/software && mo_copy_missing "$mo_view/software" /opt/software; } 2>"$mo_state/software" ||
    mo_die 73 "cannot copy $mo_view/software to /opt/software: $(cat "$mo_state/software")"
}

# Copies the files that do not exist yet. The body is a subshell, as the function calls itself.
mo_copy_missing() ( # from to
  for mo_source in "$1"/* "$1"/.[!.]*; do
    [ -e "$mo_source" ] || [ -L "$mo_source" ] || continue
    mo_target=$2/${mo_source##*/}
    if [ ! -e "$mo_target" ] && [ ! -L "$mo_target" ]; then
      cp -RP "$mo_source" "$mo_target" || exit
    elif [ -d "$mo_source" ] && [ ! -L "$mo_source" ] && [ -d "$mo_target" ]; then
      mo_copy_missing "$mo_source" "$mo_target" || exit
    fi
  done
)

# The launcher writes its files again here, as the program line names them without a folder. (A worker writes them later.)
mo_enter_working_directory() {
  mo_addon_option WORKDIR
  [ -n "$mo_value" ] || return 0
  cd -- "$mo_value" || mo_die 73 "cannot go to the working directory of the addon, $mo_value"
  if [ "${MO_ROLE-}" = launcher ]; then
    mo_write_problem_script
    mo_write_hostlist
  fi
}

mo_require_file() { # path
  [ -e "$1" ] || mo_die 127 "the software view has no $1"
}
