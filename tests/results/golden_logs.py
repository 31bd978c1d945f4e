"""Golden logs: a folder each under `golden/logs/`, with a log and the records and problems that are read from it.

`python -m tests.results.golden_logs` writes the records anew. Read the diff before you commit it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from mocompile.results import parse

from tests.paths import ROOT

FOLDER = ROOT / "golden" / "logs"
CASES = sorted(path for path in FOLDER.iterdir() if path.is_dir())
_LOG = "pod.log"


def expected(case: Path) -> Mapping[Path, str]:
    """The files that belong to the log of a case, with what it gives now."""
    before = Path.cwd()
    os.chdir(case)  # so that the records have no path of the machine
    try:
        results = parse(_LOG)
    finally:
        os.chdir(before)
    return {
        case / "records.jsonl": "".join(f"{json.dumps(record.flat())}\n" for record in results),
        case / "problems.txt": "".join(f"{problem}\n" for problem in results.problems),
    }


def main() -> None:
    """Write what is read from every log."""
    for case in CASES:
        for path, text in expected(case).items():
            if not path.is_file() or path.read_text("utf-8") != text:
                path.write_text(text, "utf-8")
                print(f"written {path.relative_to(FOLDER)}")


if __name__ == "__main__":
    main()
