"""The health checks for GitOps controllers, run with the libraries that the controllers give them.

`checks` (tests/gitops/checks) has the Lua of Argo CD, gopher-lua with its list of libraries, and the CEL of Flux.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.gitops.argocd_cm import JOBSET, PATCH, patch
from tests.paths import REFERENCE, ROOT
from tests.tools import need

KUSTOMIZATION = ROOT / "examples" / "gitops" / "flux" / "kustomization.yaml"
ACTIONS = JOBSET / "actions"
# What each recorded JobSet is, for Argo CD and for Flux.
RECORDED = {
    "01-just-created": ("Suspended", "InProgress"),
    "02-suspended": ("Suspended", "InProgress"),
    "03-resumed-starting": ("Progressing", "InProgress"),
    "04-resumed-running": ("Progressing", "InProgress"),
    "05-resumed-completed": ("Healthy", "Current"),
    "06-completed-then-suspend-true": ("Healthy", "Current"),
    "07-failed": ("Degraded", "Failed"),
    "08-deadline": ("Degraded", "Failed"),
    "09-image-pull-error": ("Progressing", "InProgress"),
    "10-restarting": ("Progressing", "InProgress"),
    "11-running": ("Progressing", "InProgress"),
    "12-deleting": ("Progressing", "InProgress"),
}


def loaded(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


def checked(*arguments: str | Path) -> list[Any]:
    """The results that `checks` prints, one for each object."""
    done = subprocess.run([need("checks"), *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def lua(script: str, path: Path) -> Any:
    return checked("lua", JOBSET / script, path)[0]


def flux(*paths: Path) -> list[str]:
    expressions = loaded(KUSTOMIZATION)["spec"]["healthCheckExprs"][0]
    return checked("cel", expressions["current"], expressions["failed"], *paths)


@pytest.mark.parametrize("case", loaded(JOBSET / "health_test.yaml")["tests"], ids=lambda case: case["inputPath"])
def test_argocd_reads_the_health_that_the_test_file_says(case: dict[str, Any]) -> None:
    assert lua("health.lua", JOBSET / case["inputPath"]) == case["healthStatus"]


def test_every_object_of_the_health_test_is_used() -> None:
    used = {case["inputPath"] for case in loaded(JOBSET / "health_test.yaml")["tests"]}
    assert used == {f"testdata/{path.name}" for path in (JOBSET / "testdata").iterdir()}


@pytest.mark.parametrize(
    "case", loaded(ACTIONS / "action_test.yaml")["discoveryTests"], ids=lambda case: case["inputPath"]
)
def test_argocd_offers_the_actions_that_the_test_file_says(case: dict[str, Any]) -> None:
    found = lua("actions/discovery.lua", ACTIONS / case["inputPath"])
    # An empty table of Lua is an empty list in JSON.
    listed = [{"name": name, **offer} for name, offer in sorted(found.items())] if found else []
    assert listed == case["result"]


@pytest.mark.parametrize("case", loaded(ACTIONS / "action_test.yaml")["actionTests"], ids=lambda case: case["action"])
def test_an_action_changes_what_the_test_file_says(case: dict[str, Any]) -> None:
    changed = lua(f"actions/{case['action']}/action.lua", ACTIONS / case["inputPath"])
    assert changed["spec"]["suspend"] == loaded(ACTIONS / case["expectedOutputPath"])["spec"]["suspend"]


@pytest.mark.parametrize("name", RECORDED)
def test_recorded_jobsets_have_the_right_health(name: str) -> None:
    path = REFERENCE / "jobsets" / f"{name}.yaml"
    if not path.is_file():
        pytest.skip("no recorded JobSets beside the project; those of testdata/ are shortened copies")
    argocd, expected = RECORDED[name]
    assert lua("health.lua", path)["status"] == argocd
    assert flux(path) == [expected]


def test_flux_sees_the_same_in_every_object_of_the_health_test() -> None:
    meaning = {"Healthy": "Current", "Degraded": "Failed", "Progressing": "InProgress", "Suspended": "InProgress"}
    cases = loaded(JOBSET / "health_test.yaml")["tests"]
    for case in cases:
        (seen,) = flux(JOBSET / case["inputPath"])
        if case["inputPath"] == "testdata/no-status.yaml":
            # For a moment after the creation; Flux waits then.
            assert seen.startswith("Error: no such attribute")
        else:
            assert seen == meaning[case["healthStatus"]["status"]], case["inputPath"]


def test_a_script_that_uses_a_library_argocd_does_not_open_fails(tmp_path: Path) -> None:
    script = tmp_path / "health.lua"
    script.write_text('return {status = "Healthy", message = string.format("%d", 1)}')
    done = subprocess.run(
        [need("checks"), "lua", script, JOBSET / "testdata" / "running.yaml"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "attempt to index a non-table object(nil)" in done.stderr


def test_the_patch_of_argocd_cm_holds_the_lua_files() -> None:
    assert PATCH.read_text("utf-8") == patch(), "run `python -m tests.gitops.argocd_cm`"
