"""The answer of one check of a cluster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

# `unknown`: the cluster does not show what the check needs.
Status: TypeAlias = Literal["ok", "problem", "unknown"]


@dataclass(frozen=True, slots=True)
class Check:
    """One line for a person. `cure` says what to do about a problem, or how to find out.

    `passing`: the problem may go away by itself, so that a run can begin and wait.
    """

    name: str
    status: Status
    text: str
    cure: str = ""
    passing: bool = False
