"""Finds data sheets by name. A sheet is read once, and only if it is asked for."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from mocompile import shipped
from mocompile.catalog.sheet import SheetReader

if TYPE_CHECKING:
    from mocompile.catalog.definition import AddonSheet, MetricSheet


class Catalog:
    """The metrics and addons of the shipped folders.

    Raises `InputError` with positions where a data sheet is wrong.
    """

    def __init__(self) -> None:
        self._reader = SheetReader(shipped.folder("templates"))
        self._metrics: dict[str, MetricSheet] = {}
        self._addons: dict[str, AddonSheet] = {}

    @cached_property
    def _metric_folders(self) -> dict[str, Path]:
        return _folders(shipped.folder("templates"), "metric.yaml")

    @cached_property
    def _addon_folders(self) -> dict[str, Path]:
        return _folders(shipped.folder("addons"), "addon.yaml")

    @property
    def metric_names(self) -> tuple[str, ...]:
        """Every metric's name, sorted."""
        return tuple(sorted(self._metric_folders))

    @property
    def addon_names(self) -> tuple[str, ...]:
        """Every addon's name, sorted."""
        return tuple(sorted(self._addon_folders))

    def metric(self, name: str) -> MetricSheet:
        """The data sheet of metric `name`. Raises KeyError for an unknown one."""
        if name not in self._metrics:
            self._metrics[name] = self._reader.metric(self._metric_folders[name])
        return self._metrics[name]

    def addon(self, name: str) -> AddonSheet:
        """The data sheet of addon `name`. Raises KeyError for an unknown one."""
        if name not in self._addons:
            folder = self._addon_folders[name]
            self._addons[name] = self._reader.addon(folder, script_folder=lambda other: self._addon_folders[other])
        return self._addons[name]


def _folders(root: Path, sheet: str) -> dict[str, Path]:
    return {path.parent.name: path.parent for path in root.glob(f"*/{sheet}")}
