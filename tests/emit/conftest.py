"""Outputs of the golden cases in folders, as users have them, for programs that read files."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.golden.cases import case_of

# The name of a case to the folder with all its outputs. Tests share the folder, and do not write there.
Built: TypeAlias = Callable[[str], Path]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Builds the outputs of a case once a session."""

    @cache
    def build(name: str) -> Path:
        return case_of(name).write(tmp_path_factory.mktemp(name))

    return build
