"""The input of the rules: the converted data, in which a part of the wrong type counts as missing.

The schema has already said what is of the wrong type; a rule must not stumble over it, nor say it again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from mocompile.diagnostics.finding import Finding, Level
from mocompile.diagnostics.place import Place
from mocompile.document.tree import Map, Path, place_of
from mocompile.schema.convert import Json
from mocompile.schema.option_groups import GROUPS, Group

if TYPE_CHECKING:
    from mocompile.catalog import AddonSheet, Catalog, MetricSheet, Option

Data: TypeAlias = "dict[str, Json]"


@dataclass(frozen=True, slots=True)
class AddonView:
    """An addon as written, whose data sheet is known. `pods` is how many pods its metric has."""

    path: Path
    data: Data
    sheet: AddonSheet
    pods: int


@dataclass(frozen=True, slots=True)
class MetricView:
    """A metric as written, whose data sheet is known. `pods` is how many pods it has, and `pods_path` says where."""

    path: Path
    data: Data
    sheet: MetricSheet
    addons: tuple[AddonView, ...]
    pods: int
    pods_path: Path


class CheckContext:
    """A document between the schema and the rules."""

    def __init__(self, root: Map, data: Data, catalog: Catalog) -> None:
        self.root = root
        self.data = data
        self.metadata = mapping(data.get("metadata"))
        self.spec = mapping(data.get("spec"))
        self.metrics = tuple(_metrics(self.spec, catalog))

    def place(self, *path: str | int, key: bool = False) -> Place:
        """Where `path` was written."""
        return place_of(self.root, path, key=key)

    def finding(
        self, rule: str, message: str, path: Path, hint: str = "", *, key: bool = False, level: Level = "error"
    ) -> Finding:
        """A finding at `path`."""
        return Finding(rule, message, place_of(self.root, path, key=key), hint, level)

    @property
    def entries(self) -> tuple[MetricView | AddonView, ...]:
        """Every metric, and then every addon."""
        return (*self.metrics, *(addon for metric in self.metrics for addon in metric.addons))


def mapping(value: Json) -> Data:
    """`value` if it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: Json) -> list[Json]:
    """`value` if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def text(value: Json, otherwise: str = "") -> str:
    """`value` if it is text."""
    return value if isinstance(value, str) else otherwise


def integer(value: Json, otherwise: int) -> int:
    """`value` if it is an integer."""
    return value if isinstance(value, int) and not isinstance(value, bool) else otherwise


def settings(sheet: MetricSheet | AddonSheet, data: Data) -> dict[Group, dict[str, Json]]:
    """Every option of `sheet` with the value in `data`, or its default; required ones that are missing are left out."""
    return {
        group: {
            name: value
            for name, option in sheet.options[group].items()
            for value in _given(option, mapping(data.get(group)))
        }
        for group in GROUPS
    }


def _given(option: Option, written: Data) -> Iterator[Json]:
    if option.name in written:
        yield written[option.name]
    elif option.alias in written:
        yield written[option.alias]
    elif not option.required:
        yield option.default


def _metrics(spec: Data, catalog: Catalog) -> Iterator[MetricView]:
    for position, metric in enumerate(items(spec.get("metrics"))):
        data = mapping(metric)
        if catalog.has("metric", text(data.get("name"))):
            path: Path = ("spec", "metrics", position)
            own = "pods" in data
            pods = integer((data if own else spec).get("pods"), 1)
            addons = tuple(_addons(data, path, catalog, pods))
            pods_path: Path = (*path, "pods") if own else ("spec", "pods")
            yield MetricView(path, data, catalog.metric(text(data["name"])), addons, pods, pods_path)


def _addons(metric: Data, path: Path, catalog: Catalog, pods: int) -> Iterator[AddonView]:
    for position, addon in enumerate(items(metric.get("addons"))):
        data = mapping(addon)
        if catalog.has("addon", text(data.get("name"))):
            yield AddonView((*path, "addons", position), data, catalog.addon(text(data["name"])), pods)
