"""Folders that tests read."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# Real logs, each with what it is known to hold.
LOGS = ROOT / "tests" / "data" / "logs"
# Facts beside the project, where there are any. Tests skip without them.
REFERENCE = ROOT.parent / "shared" / "reference"
