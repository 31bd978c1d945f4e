"""What a command reads: a document, overlays, settings; merged into one, or into one for each variant."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mocompile.address import Setting, parse_setting
from mocompile.catalog.catalog import Catalog, folders_of
from mocompile.document import Map
from mocompile.finding import Finding, InputError
from mocompile.load import Document, Source, load, read
from mocompile.merge import merge, sources_of

# An overlay's name is that of a folder and of a file.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class OverlayArgument:
    """One `--overlay [NAME=]FILE[,FILE]...`: the files are stacked."""

    name: str
    files: tuple[str, ...]


@dataclass(slots=True)
class Inputs:
    """The arguments of a command. `sources` fills as they are read, so that messages can show the lines."""

    path: str = "metrics.yaml"
    overlays: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    catalogs: tuple[str, ...] = ()
    name: str | None = None
    namespace: str | None = None
    sources: dict[str, tuple[str, ...]] = field(default_factory=dict)
    catalog: Catalog = field(init=False)
    _read: dict[str, Source] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.catalog = Catalog(folders_of(self.catalogs))

    def source(self, path: str) -> Source:
        """The bytes at `path`, which are read once: stdin has them once. Raises `InputError`."""
        if path not in self._read:
            source = self._read[path] = read(path)
            self.sources[source.name] = source.lines
        return self._read[path]

    def merged(self) -> Map:
        """The document with all overlays and settings. Raises `InputError` with the findings of every file."""
        files = [file for overlay in self.overlays for file in parse_overlay(overlay).files]
        base, *documents = self._loaded((self.path, *files))
        return self._merge(base, documents)

    def variants(self) -> tuple[Map, Mapping[str, Map]]:
        """The document with the settings, and by name what each overlay makes of it. Raises `InputError`."""
        overlays = _named(self.overlays)
        files = [file for overlay in overlays for file in overlay.files]
        base, *documents = self._loaded((self.path, *files))
        by_file = dict(zip(files, documents, strict=True))
        changed = {overlay.name: [by_file[file] for file in overlay.files] for overlay in overlays}
        return self._merge(base, ()), {name: self._merge(base, stack) for name, stack in changed.items()}

    def _loaded(self, paths: Iterable[str]) -> list[Document]:
        findings: list[Finding] = []
        documents: list[Document] = []
        for path in paths:
            try:
                documents.append(load(self.source(path)))
            except InputError as error:
                findings.extend(error.findings)
        if findings:
            raise InputError(findings)
        return documents

    def _merge(self, base: Document, overlays: Iterable[Document]) -> Map:
        overlays = tuple(overlays)
        settings = self._settings()
        self.sources.update(sources_of((base, *overlays), settings))
        return merge(base, overlays, settings).root

    def _settings(self) -> list[Setting]:
        named = [
            f"metadata.{key}={value}" for key, value in (("name", self.name), ("namespace", self.namespace)) if value
        ]
        return [parse_setting(argument) for argument in (*self.settings, *named)]


def parse_overlay(argument: str) -> OverlayArgument:
    """What stands after `--overlay`. A file whose name has `=` or `,` in it is taken as it stands."""
    if Path(argument).is_file():
        return OverlayArgument(Path(argument).stem, (argument,))
    name, given, rest = argument.partition("=")
    files = tuple(file for file in (rest if given else argument).split(",") if file)
    if not files:
        raise _wrong(argument, "it names no file")
    return OverlayArgument(name if given else Path(files[0]).stem, files)


def _named(arguments: Iterable[str]) -> list[OverlayArgument]:
    """The overlays as variants, each with a name of its own. Raises `InputError`."""
    overlays: list[OverlayArgument] = []
    for argument in arguments:
        overlay = parse_overlay(argument)
        if len(overlay.files) > 1 and "=" not in argument:
            raise _wrong(argument, "several files need a name", "write NAME=FILE,FILE")
        if not _NAME.fullmatch(overlay.name):
            raise _wrong(
                argument, f"'{overlay.name}' cannot be a name", "write NAME=FILE, with letters, digits, '.', '-', '_'"
            )
        if overlay.name in (other.name for other in overlays):
            raise _wrong(argument, f"there are two overlays '{overlay.name}'", "write NAME=FILE to tell them apart")
        overlays.append(overlay)
    return overlays


def _wrong(argument: str, message: str, hint: str = "") -> InputError:
    return InputError([Finding("overlay-argument", f"--overlay {argument}: {message}", None, hint)])
