"""A base or an overlay of a kustomization, as its objects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from mocompile.diagnostics.place import Place

# A ConfigMap and a JobSet as plain data.
Objects: TypeAlias = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Layer:
    """The objects of a base or an overlay, under names without a hash.

    `by_content`: kustomize puts a hash of the content behind the names. `name_place` is where the name was written.
    """

    objects: Objects
    by_content: bool = False
    name_place: Place | None = None
