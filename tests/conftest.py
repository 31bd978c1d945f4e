"""The lanes of the tests, and what holds for all of them.

`pytest -m quick` needs no program, no root and no cluster, and takes less than a minute.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests import tools

HERE = Path(__file__).parent

# Why a test is not in the quick lane, by the start of its path. `tools` fails a quick test that asks for a program.
LANES: Mapping[str, Sequence[str]] = {
    "cluster": (
        "cluster/",
        "gitops/test_argocd",
        "gitops/test_flux",
        "gitops/test_hydrator.py",
        "gitops/test_live_health.py",
    ),
    "root": ("pod/",),
    "tools": (
        "cli/test_results.py",
        "docs/test_docs.py",
        "emit/helm/",
        "emit/kustomize/",
        "emit/test_generated.py",
        "emit/test_invariants.py",
        "emit/test_names_by_content.py",
        "emit/test_object_sizes.py",
        "emit/test_objects.py",
        "emit/test_patches.py",
        "emit/test_text.py",
        "emit/test_yaml_readers.py",
        "expression/test_printers.py",
        "gitops/test_health.py",
        "gitops/test_registry.py",
        "property/test_studies.py",
        "results/present/test_report.py",
        "study/test_outputs.py",
        "test_background.py",
        "test_operator_examples.py",
    ),
    "slow": (
        "catalog/test_examples.py",
        "catalog/test_own_files.py",
        "catalog/test_shipped.py",
        "cli/test_conveniences.py",
        "cli/test_diff.py",
        "cli/test_ending.py",
        "cli/test_pairs.py",
        "cli/test_plain_build.py",
        "cli/test_plots.py",
        "cli/test_startup.py",
        "cli/test_system_errors.py",
        "document/test_load.py",
        "document/test_merge.py",
        "emit/test_folder.py",
        "golden/",
        "property/",
        "results/analyse/test_compare.py",
        "results/analyse/test_pairs.py",
        "results/analyse/test_samples.py",
        "results/collect/",
        "results/formats/",
        "results/present/test_draw.py",
        "results/present/test_plan_charts.py",
        "results/present/test_table.py",
        "results/read/test_environment.py",
        "results/read/test_metricsoperator.py",
        "results/read/test_mutations.py",
        "results/read/test_passing_over.py",
        "results/read/test_recognition.py",
        "results/read/test_reference_logs.py",
        "results/test_configurations.py",
        "results/test_printed_settings.py",
        "results/test_studies.py",
        "results/test_wanted.py",
        "running/test_doctor.py",
        "running/test_run.py",
        "schema/test_validity.py",
        "study/test_points.py",
        "study/test_status.py",
        "test_determinism.py",
        "test_limits.py",
        "test_lint.py",
        "test_packaging.py",
        "test_python_versions.py",
        "wheelbuild/",
    ),
}


def pytest_configure() -> None:
    """Restore the signals that a background job ignores.

    A shell without job control starts `bash tests/run.sh &` with SIGINT and SIGQUIT ignored. Every child would inherit
    that, and a shell cannot trap a signal that was ignored when it started.
    """
    if threading.current_thread() is threading.main_thread():
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        if signal.getsignal(signal.SIGQUIT) is signal.SIG_IGN:
            signal.signal(signal.SIGQUIT, signal.SIG_DFL)


def lane(path: Path) -> str:
    """The lane of a test's file."""
    name = path.relative_to(HERE).as_posix()
    return next((lane for lane, starts in LANES.items() if name.startswith(tuple(starts))), "quick")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not import the files of other lanes for `pytest -m quick`: that alone takes seconds."""
    if config.option.markexpr != "quick" or collection_path.suffix != ".py":
        return None
    return lane(collection_path) != "quick" or None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if not any(item.get_closest_marker(each) for each in LANES):
            item.add_marker(lane(item.path))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    tools.quick = item.get_closest_marker("quick") is not None
