# shellcheck shell=sh disable=SC2034,SC2154  # mo_* variables are entrypoint.sh's
# What the addons with a software view share. Sourced by their addon.sh; copy-view.sh has brought the view.

# In addon_before: waits for the view (mo_view = where it stands) and puts it to use in this container: MOUNT/view/bin last on
# PATH, MOUNT/software in /opt/software, the option `workdir` as the working directory.
mo_open_view() {
  mo_addon_option MOUNT
  mo_view=${mo_value%/}
  mo_await_view
  mo_install_software
  export PATH="$PATH:$mo_view/view/bin"
  mo_enter_workdir
}

# Whether this container is one of those that the user chose. The others get the view only: they run the ranks.
mo_view_is_targeted() {
  mo_addon_option TARGETED
  [ "$mo_value" = true ]
}

mo_await_view() {
  mo_deadline_of_wait
  mo_next_word=$((mo_now + 5))
  while [ ! -e "$mo_view/metrics-operator-done.txt" ]; do
    mo_clock
    [ "$mo_now" -lt "$mo_deadline" ] ||
      mo_fail 124 "gave up after ${MO_WAIT_SECONDS:-1800} s; no software view came to $mo_view: see the pod's init containers"
    if [ "$mo_now" -ge "$mo_next_word" ]; then
      mo_say "waiting for the software view at $mo_view"
      mo_next_word=$((mo_now + 30))
    fi
    mo_pause
  done
}

# The view's links and its programs know their libraries by their places in /opt/software.
mo_install_software() {
  [ -d "$mo_view/software" ] || return 0
  { mkdir -p /opt/software && mo_fill_in "$mo_view/software" /opt/software; } 2>"$mo_state/software" ||
    mo_fail 73 "cannot copy $mo_view/software to /opt/software: $(cat "$mo_state/software")"
}

# Copies what is not there yet. A subshell, as it calls itself.
mo_fill_in() ( # from to
  for mo_source in "$1"/* "$1"/.[!.]*; do
    [ -e "$mo_source" ] || [ -L "$mo_source" ] || continue
    mo_target=$2/${mo_source##*/}
    if [ ! -e "$mo_target" ] && [ ! -L "$mo_target" ]; then
      cp -RP "$mo_source" "$mo_target" || exit
    elif [ -d "$mo_source" ] && [ ! -L "$mo_source" ] && [ -d "$mo_target" ]; then
      mo_fill_in "$mo_source" "$mo_target" || exit
    fi
  done
)

# The pattern's files go along: the line names them without a folder. (A worker writes its own afterwards.)
mo_enter_workdir() {
  mo_addon_option WORKDIR
  [ -n "$mo_value" ] || return 0
  cd -- "$mo_value" || mo_fail 73 "cannot go to the working directory of the addon, $mo_value"
  if [ "${MO_ROLE-}" = launcher ]; then
    mo_write_problem
    mo_write_hostlist
  fi
}

mo_need_file() {
  [ -e "$1" ] || mo_fail 127 "the software view has no $1"
}
