"""Finds data sheets by name, in the shipped folders, in the user's folders, and in installed packages.

A sheet is read once, and only if it is asked for. Those of users are checked by the schemas before they are used.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from mocompile import shipped
from mocompile.catalog.reader import SheetReader
from mocompile.diagnostics.finding import Finding, InputError, near_name
from mocompile.diagnostics.place import Place
from mocompile.document.tree import Map, place_of
from mocompile.files import is_file, is_folder, is_there

if TYPE_CHECKING:
    from mocompile.catalog.figures.model import Sheet
    from mocompile.catalog.model import AddonSheet, MetricSheet, SheetKind


# https://packaging.python.org/specifications/entry-points/: a package whose folder holds data sheets.
ENTRY_POINT_GROUP = "mocompile.catalogs"

ENVIRONMENT_VARIABLE = "MOCOMPILE_CATALOG"


@dataclass(frozen=True, slots=True)
class Entry:
    """A folder with a data sheet, and what it takes the place of."""

    folder: Path
    own: bool
    replaced: Path | None = None
    installed: bool = False

    @property
    def root(self) -> Path:
        """Return the folder that links must not leave: the catalog's. Installers link files of packages anywhere."""
        return Path(self.folder.root) if self.installed else self.folder.parent


class Catalog:
    """The metrics and addons of the shipped folders, of `folders`, and of installed packages.

    A folder holds `<name>/metric.yaml` and `<name>/addon.yaml`; a later folder wins over an earlier one, if the sheet
    says `replaces: true`. Packages add names, and take none away. Raises `InputError` where a sheet is wrong.
    """

    def __init__(self, folders: Iterable[str | Path] = ()) -> None:
        self._folders = tuple(Path(folder) for folder in folders)
        self._reader = SheetReader(shipped.folder("templates"))
        self._metrics: dict[str, MetricSheet] = {}
        self._addons: dict[str, AddonSheet] = {}
        self._figures: dict[str, Sheet | None] = {}
        self._sources: dict[str, tuple[str, ...]] = {}
        self.warnings: list[Finding] = []

    @property
    def sources(self) -> Mapping[str, tuple[str, ...]]:
        """The lines of the users' sheets that were read, so that messages can show them."""
        return self._sources

    @cached_property
    def _metric_entries(self) -> dict[str, Entry]:
        return self._entries("metric", shipped.folder("templates") / "metrics")

    @cached_property
    def _addon_entries(self) -> dict[str, Entry]:
        return self._entries("addon", shipped.folder("addons"))

    def _entries(self, kind: SheetKind, ours: Path) -> dict[str, Entry]:
        entries = {name: Entry(folder, own=True) for name, folder in _sheets(ours, kind)}
        for root in self._folders:
            _require_folder(root)
            for name, folder in _sheets(root, kind):
                entries[name] = Entry(folder, own=False, replaced=_another(entries.get(name), folder))
        return entries

    @cached_property
    def _packaged(self) -> dict[SheetKind, dict[str, Entry]]:
        packaged: dict[SheetKind, dict[str, Entry]] = {"metric": {}, "addon": {}}
        for root in self._package_folders():
            for kind, entries in packaged.items():
                entries.update({name: Entry(folder, own=False, installed=True) for name, folder in _sheets(root, kind)})
        return packaged

    def _package_folders(self) -> Iterator[Path]:
        """The folders that installed packages name. One that cannot be used is a warning: other sheets are there."""
        from importlib.metadata import entry_points
        from importlib.resources import files

        for point in sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda point: point.name):
            try:
                folder = files(point.value)
            except Exception as error:  # importing it runs the package's own code
                message = f"the catalog '{point.name}' of an installed package cannot be used: {error!r}"
                hint = f"its entry point in '{ENTRY_POINT_GROUP}' is '{point.value}'; that must be a package"
                self.warnings.append(Finding("catalog-package", message, None, hint, "warning"))
                continue
            if isinstance(folder, Path):
                yield folder

    def _all(self, kind: SheetKind) -> dict[str, Entry]:
        known = self._metric_entries if kind == "metric" else self._addon_entries
        return {**self._packaged[kind], **known}

    @cached_property
    def metric_names(self) -> tuple[str, ...]:
        """Every metric's name, sorted."""
        return tuple(sorted(self._all("metric")))

    @cached_property
    def addon_names(self) -> tuple[str, ...]:
        """Every addon's name, sorted."""
        return tuple(sorted(self._all("addon")))

    def known(self, kind: SheetKind, used: Iterable[str]) -> tuple[str, ...]:
        """Every name, sorted; those of packages only if one of `used` is nowhere else, as it takes time to look."""
        known = self._metric_entries if kind == "metric" else self._addon_entries
        return tuple(sorted(known if set(used) <= set(known) else self._all(kind)))

    def has(self, kind: SheetKind, name: str) -> bool:
        """Whether there is such a sheet. Packages are looked at only for a name that nobody else has: it takes time."""
        known = self._metric_entries if kind == "metric" else self._addon_entries
        return name in known or name in self._packaged[kind]

    def name_hint(self, kind: str, name: str) -> str:
        """Return the hint for an unknown `name` of this kind (`metric` or `addon`)."""
        known, others = self.metric_names, self.addon_names
        if kind == "addon":
            known, others = others, known
        if name in others:
            if kind == "addon":
                return "it is a metric: write it into `spec.metrics`"
            return "it is an addon: write it into the `addons:` of a metric"
        everything = f"`mocompile list {kind}s` shows all"
        own = f"one of a catalog of yours needs `--catalog DIR`, or {ENVIRONMENT_VARIABLE}"
        return near_name(name, known) or f"{everything}; {own}"

    def metric(self, name: str) -> MetricSheet:
        """The data sheet of metric `name`. Raises KeyError for an unknown one."""
        if name not in self._metrics:
            entry = self._entry("metric", name)
            self._metrics[name] = self._reader.metric(entry.folder, review=self._review("metric", name, entry))
        return self._metrics[name]

    def addon(self, name: str) -> AddonSheet:
        """The data sheet of addon `name`. Raises KeyError for an unknown one."""
        if name not in self._addons:
            entry = self._entry("addon", name)
            self._addons[name] = self._reader.addon(
                entry.folder,
                script_folder=lambda other: self._entry("addon", other).folder,
                review=self._review("addon", name, entry),
            )
        return self._addons[name]

    def has_script(self, name: str) -> bool:
        """Whether the addon `name` has an addon.sh."""
        return is_file(self._entry("addon", name).folder / "addon.sh")

    def script_of(self, name: str) -> str | None:
        """The addon.sh of the addon `name`; None where it has none. Raises `InputError` where it is not text."""
        from mocompile.catalog.own_files import own_script

        entry = self._entry("addon", name)
        return own_script(entry.folder / "addon.sh", entry.root)

    def figures(self, name: str) -> Sheet | None:
        """Return the `figures.yaml` of the metric or addon `name`; None if it has none or is unknown."""
        if name not in self._figures:
            self._figures[name] = self._read_figures(name)
        return self._figures[name]

    def _read_figures(self, name: str) -> Sheet | None:
        from mocompile.catalog.figures.reader import NAME, read_sheet

        kind: SheetKind = "metric" if self.has("metric", name) else "addon"
        if not self.has(kind, name):
            return None
        entry = self._entry(kind, name)
        path = entry.folder / NAME
        if not is_there(path):
            return None
        if not entry.own:
            from mocompile.catalog.own_files import require_own

            require_own(path, entry.root)
        return read_sheet(path, name, self._remembered(entry))

    @cached_property
    def common_figures(self) -> Sheet:
        """Return the figures that the output of every metric can have."""
        from mocompile.catalog.figures.reader import NAME, read_sheet

        return read_sheet(shipped.folder("templates") / NAME, "", None)

    def _remembered(self, entry: Entry) -> Callable[[str, tuple[str, ...]], None] | None:
        return None if entry.own else self.remember

    def _entry(self, kind: SheetKind, name: str) -> Entry:
        known = self._metric_entries if kind == "metric" else self._addon_entries
        return known[name] if name in known else self._packaged[kind][name]

    def _review(self, kind: SheetKind, name: str, entry: Entry) -> Review | None:
        return None if entry.own else Review(kind, name, entry, self)

    def remember(self, source: str, lines: tuple[str, ...]) -> None:
        """Keep the lines of a sheet for messages."""
        self._sources[source] = lines


@dataclass(frozen=True, slots=True)
class Review:
    """How a sheet of a user's is checked: shipped ones are not, as the tests do it once for all."""

    kind: SheetKind
    name: str
    entry: Entry
    catalog: Catalog

    def __call__(self, root: Map, data: Mapping[str, object], lines: tuple[str, ...]) -> None:
        """Raises `InputError` with all findings of the sheet `root`, converted to `data`."""
        from mocompile.catalog.validate import validate_sheet

        self.catalog.remember(root.place.source, lines)
        found = list(validate_sheet(self.kind, root, data, folder=self.entry.folder))
        if self.entry.replaced is not None and data.get("replaces") is not True:
            message = f"duplicate {self.kind} '{self.name}' (also in {self.entry.replaced})"
            place = root.value_places.get("name", root.place)
            found.append(Finding("catalog-taken", message, place, "use another name, or write `replaces: true`"))
        if found:
            raise InputError(found)

    def require_own(self, path: Path) -> None:
        """Raises `InputError` if a file of the sheet's folder is not a file, or if a link to it leaves the
        catalog."""
        from mocompile.catalog.own_files import require_own

        require_own(path, self.entry.root)

    def script(self, path: Path) -> str | None:
        """The script at `path`; None where there is none. Raises `InputError` where it is not text of the catalog."""
        from mocompile.catalog.own_files import own_script

        return own_script(path, self.entry.root)

    def addon_script(self, root: Map, name: str) -> str | None:
        """The script of the addon `name`. Raises `InputError` where the sheet `root` uses that of an unknown addon."""
        if name == self.name:
            return self.script(self.entry.folder / "addon.sh")
        script = self.catalog.script_of(name) if self.catalog.has("addon", name) else None
        if script is None:
            known = [each for each in self.catalog.addon_names if self.catalog.has_script(each)]
            message = f"there is no addon '{name}' with an addon.sh"
            raise InputError([Finding("catalog-script", message, place_of(root, ("script",)), near_name(name, known))])
        return script


def folders_of(arguments: Iterable[str]) -> tuple[str, ...]:
    """The folders of `MOCOMPILE_CATALOG` (as in PATH), then those of the command line."""
    variable = os.environ.get(ENVIRONMENT_VARIABLE, "")
    return (*(folder for folder in variable.split(os.pathsep) if folder), *arguments)


def _sheets(root: Path, kind: SheetKind) -> Iterator[tuple[str, Path]]:
    for folder in sorted(root.iterdir()):
        if is_there(folder / f"{kind}.yaml"):  # a link that leads nowhere too: reading it says so
            yield folder.name, folder


def _another(entry: Entry | None, folder: Path) -> Path | None:
    """The folder of the sheet that the one in `folder` takes the place of. Read twice, a sheet takes nobody's place."""
    return None if entry is None or entry.folder.resolve() == folder.resolve() else entry.folder


def _require_folder(root: Path) -> None:
    if not is_folder(root):
        hint = f"give --catalog or {ENVIRONMENT_VARIABLE} a folder with NAME/metric.yaml or NAME/addon.yaml"
        raise InputError([Finding("catalog-folder", f"no such folder: '{root}'", Place(str(root), 1, 1), hint)])
