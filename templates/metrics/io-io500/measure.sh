# shellcheck shell=sh
# IO500: counts the tasks.

measure_init() {
  mo_count_tasks
}
