# shellcheck shell=sh
# DLIO: counts the tasks.

measure_init() {
  mo_count_tasks
}
