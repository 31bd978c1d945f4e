"""The rows of the tables of changes in docs/gitops.md are tests."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tests.gitops import test_argocd, test_argocd_changes, test_flux, test_flux_changes
from tests.paths import ROOT

MODULES = (test_argocd, test_argocd_changes, test_flux, test_flux_changes)
# By row: the tests of its cells, for Argo CD, a Kustomization and a HelmRelease.
_NEW_RUN = (
    "test_a_changed_set_is_a_new_run_and_an_unchanged_one_is_left_alone",
    "test_a_changed_set_is_a_new_run_of_a_kustomization",
    "test_a_changed_chart_is_a_new_run_of_a_helmrelease",
)
_KUEUE = "test_what_kueue_does_to_suspend_stays_unless_the_manifest_says_suspend"
ROWS: Mapping[str, tuple[str, ...]] = {
    "nothing of the set changed": _NEW_RUN,
    "changed, names by content": (*_NEW_RUN, "test_a_chart_of_a_fixed_version_is_taken_anew_only_by_revision"),
    "changed, names by content, `keep`": ("test_runs_that_are_kept_stay_beside_the_new_one",),
    "changed, the same name": (
        "test_sync_options_decide_whether_a_sync_leaves_refuses_or_replaces_the_run",
        "test_a_changed_set_under_its_old_name_is_refused_or_replaces_the_run_where_it_is_forced",
        "test_a_changed_chart_under_its_old_name_is_refused",
    ),
    "changed, the same name, forced": (
        "test_sync_options_decide_whether_a_sync_leaves_refuses_or_replaces_the_run",
        "test_a_changed_set_under_its_old_name_is_refused_or_replaces_the_run_where_it_is_forced",
        "test_a_changed_chart_under_its_old_name_is_refused_with_force_too",
    ),
    "removed by `ttlSecondsAfterFinished`": (
        "test_a_set_that_removes_itself_runs_again_at_once_with_self_heal_and_at_the_next_sync_without",
        "test_a_set_that_removes_itself_runs_again_in_a_kustomization_and_not_in_a_release",
    ),
    "Kueue changed `suspend`": (_KUEUE,),
    "`suspend: true` is in the manifest, and somebody resumed it": (_KUEUE,),
    "a hook": (
        "test_a_hook_runs_at_each_sync_and_leaves_the_runs_of_other_names",
        "test_a_hook_of_a_chart_runs_at_each_upgrade_and_stays_after_the_release",
    ),
}


def rows(head: str) -> list[list[str]]:
    """The cells of each row of the table that begins with this line."""
    text = (ROOT / "docs" / "gitops.md").read_text("utf-8")
    (table,) = re.findall(rf"^{re.escape(head)}\n\|[-|]+\|\n((?:\|.*\n)+)", text, re.MULTILINE)
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]


def test_a_row_of_the_table_of_changes_has_its_tests() -> None:
    found = rows("| | Argo CD | Flux, a Kustomization | Flux, a HelmRelease |")
    assert [row[0] for row in found] == list(ROWS)
    known = {name for module in MODULES for name in vars(module) if name.startswith("test_")}
    assert {name for names in ROWS.values() for name in names} <= known


def test_the_table_of_sync_options_says_what_the_test_sees() -> None:
    words = {"stays": "nothing", "replaced": "the run is replaced", "absent": "refused, also the first time"}
    wanted = [
        [f"`{options}`" if options else "none", *(words.get(outcome, outcome) for outcome in outcomes)]
        for options, *outcomes in test_argocd_changes.SYNC_OPTIONS.values()
    ]
    assert rows(
        "| `argocd.argoproj.io/sync-options` | a sync that changes something else | a sync that changes the set |"
    ) == (wanted)
