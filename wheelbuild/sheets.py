"""Writes the shipped data sheets as code: a module for each, with one expression that makes the sheet."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mocompile.catalog.model import AddonSheet, MetricSheet, SheetKind

_PLACE = "Place"
# Parts of a sheet that are texts of scripts, and are read when it is used.
_SCRIPTS: Mapping[str, tuple[str, ...]] = {"metric": ("script",), "addon": ("script", "container_scripts")}
_HEAD = "# Made by wheelbuild for the wheel, from the files below.\n"


def made_sheets(root: Path) -> Iterator[tuple[str, str]]:
    """The module of every shipped sheet: its path in the wheel, and its text. Imports the package of this checkout."""
    sys.path.insert(0, str(root / "compiler"))
    from mocompile.catalog import Catalog
    from mocompile.catalog.compiled import checksum, module_name, path_of

    catalog = Catalog()
    yield "mocompile/_sheets/__init__.py", _HEAD.replace(", from the files below", "")
    for kind, name, sheet in _sheets(catalog):
        sources = _sources(kind, name, sheet)
        paths = [path_of(source) for source in sources]
        if not paths[0].startswith(str(root)):
            raise RuntimeError(f"{paths[0]} is not of {root}")
        writer = Writer(dict(zip(paths, (f"name{number}" for number in range(len(paths))), strict=True)))
        scripts = {key: key for key in _SCRIPTS[kind]}
        expression = writer.record(sheet, scripts)
        imports = "".join(f"from {module} import {each}\n" for module, each in sorted(writer.imports))
        constants = f"SCRIPT_NAME = {sheet.script_name!r}\n" if kind == "addon" else ""  # type: ignore[union-attr]
        text = (
            f"{_HEAD}{imports}SOURCES = {tuple(sources)!r}\nCHECKSUM = {checksum(paths)}\n{constants}\n"
            f"def sheet({', '.join([*writer.names.values(), *scripts])}):\n    return {expression}\n"
        )
        yield f"mocompile/_sheets/{module_name(kind, name)}.py", text


def _sheets(catalog: Any) -> Iterator[tuple[SheetKind, str, MetricSheet | AddonSheet]]:
    yield from (("metric", name, catalog.metric(name)) for name in catalog._metric_entries)  # noqa: SLF001
    yield from (("addon", name, catalog.addon(name)) for name in catalog._addon_entries)  # noqa: SLF001


def _sources(kind: SheetKind, name: str, sheet: MetricSheet | AddonSheet) -> list[str]:
    """The files that decide what the sheet is, from the top of a checkout."""
    shared = ["templates/options.yaml", "schemas/options.schema.json", f"schemas/{kind}.schema.json"]
    if kind == "addon":
        return [f"addons/{name}/addon.yaml", *shared]
    return [f"templates/metrics/{name}/metric.yaml", f"templates/patterns/{sheet.pattern.name}.yaml", *shared]  # type: ignore[union-attr]


class Writer:
    """Writes values as expressions. `names` has the variable for each path of a source in a place."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names
        self.imports: set[tuple[str, str]] = set()

    def record(self, value: Any, given: Mapping[str, str] | None = None) -> str:
        """The call that makes a dataclass; `given` has the expressions of some of its fields."""
        kind = type(value)
        self.imports.add((kind.__module__, kind.__name__))
        values = [
            given[field.name] if given and field.name in given else self._field(kind, field.name, value)
            for field in fields(kind)
            if field.init
        ]
        return f"{kind.__name__}({', '.join(values)})"

    def _field(self, kind: type, name: str, value: Any) -> str:
        held = getattr(value, name)
        if kind.__name__ == _PLACE and name == "source":
            return self.names[held]
        return self.value(held)

    def value(self, value: object) -> str:
        """The expression of a value of exactly the types that sheets have. Raises `TypeError` for another."""
        if value is None or type(value) in (str, int, bool, float):
            return repr(value)
        if type(value) is dict:
            return "{" + ", ".join(f"{self.value(key)}: {self.value(each)}" for key, each in value.items()) + "}"
        if type(value) is list:
            return f"[{', '.join(map(self.value, value))}]"
        if type(value) is tuple:
            return f"({''.join(f'{self.value(each)}, ' for each in value)})"
        if type(value) is frozenset:
            return f"frozenset(({''.join(f'{self.value(each)}, ' for each in sorted(value))}))"
        if is_dataclass(value):
            return self.record(value)
        raise TypeError(f"a sheet has a {type(value)}: {value!r}")
