"""The groups of options that a sheet can define."""

from __future__ import annotations

from typing import Literal, TypeAlias

Group: TypeAlias = Literal["options", "listOptions", "mapOptions"]

GROUPS: tuple[Group, ...] = ("options", "listOptions", "mapOptions")
