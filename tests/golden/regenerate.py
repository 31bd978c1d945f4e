"""Writes all golden data anew: `python -m tests.golden.regenerate`. Read the diff before you commit it.

That is `golden/outputs` and `golden/common`, then `golden/messages` (`python -m tests.messages.regenerate` alone),
`golden/logs` (`python -m tests.results.golden_logs` alone), and the figures of the example logs beside the data sheets
(`mocompile catalog check --update templates/metrics addons` alone).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.command import run
from tests.golden.cases import Case, cases
from tests.golden.digest import COMMON
from tests.golden.studies import StudyCase, study_cases
from tests.messages import regenerate as messages
from tests.paths import ROOT
from tests.results import golden_logs as logs


def main() -> None:
    """Write golden data of all kinds, and remove files that no longer belong to it."""
    outputs()
    messages.main()
    logs.main()
    print(run("catalog", "check", "--update", "templates/metrics", "addons", cwd=ROOT).stderr, end="")


def outputs() -> None:
    """Write what mocompile makes of every case, and remove what it no longer makes."""
    common: dict[Path, str] = {}
    every: list[Case | StudyCase] = [*cases(), *study_cases()]
    for case in every:
        common |= case.common()
        wanted = case.golden()
        _write(wanted)
        _remove(case.files() - set(wanted) - set(case.inputs))
    _write(common)
    _remove({path for path in COMMON.rglob("*") if path.is_file()} - set(common))


def _write(wanted: Mapping[Path, str]) -> None:
    for path, text in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file() or path.read_bytes() != text.encode():
            path.write_bytes(text.encode())
            print(f"written {path.relative_to(ROOT)}")


def _remove(paths: set[Path]) -> None:
    for path in sorted(paths):
        path.unlink()
        print(f"removed {path.relative_to(ROOT)}")
        for folder in path.parents:
            if any(folder.iterdir()):
                break
            folder.rmdir()


if __name__ == "__main__":
    main()
