"""The input of a command: a document, overlays and settings, merged into one document or one for each variant."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from mocompile.catalog.catalog import Catalog, folders_of
from mocompile.check.document_kind import STUDY_KIND
from mocompile.diagnostics.finding import Finding, InputError, as_errors
from mocompile.document.load import Document, Source, load, read
from mocompile.document.merge import merge, sources_of
from mocompile.document.set_path import Setting, argument_source, parse_setting
from mocompile.document.source import FOLDER_FILE, STDIN
from mocompile.document.text import lines_of
from mocompile.document.tree import Map
from mocompile.files import is_file, is_folder, is_within

_Parsed = TypeVar("_Parsed")

# An overlay's name becomes the name of a folder and of a file.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class OverlayArgument:
    """One `--overlay [NAME=]FILE[,FILE]...`: the files are stacked."""

    name: str
    files: tuple[str, ...]


@dataclass(slots=True)
class Inputs:
    """The arguments of a command. `sources` fills as they are read, so that messages can show the lines.

    `warnings` fills too; where the command is `strict`, a warning is an error. Files outside of the folder `within` are
    not read, also by way of a link; None is no bound. `name_suffix` is the value of `spec.jobset.nameSuffix`.
    """

    path: str = "metrics.yaml"
    overlays: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    catalogs: tuple[str, ...] = ()
    name: str | None = None
    namespace: str | None = None
    strict: bool = False
    within: Path | None = None
    name_suffix: str | None = None
    sources: dict[str, tuple[str, ...]] = field(default_factory=dict)
    warnings: list[Finding] = field(default_factory=list)
    catalog: Catalog = field(init=False)
    _bytes: dict[str, Source] = field(default_factory=dict)
    _documents: dict[str, Document] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.catalog = Catalog(folders_of(self.catalogs))

    def source(self, path: str) -> Source:
        """Return the bytes at `path`. They are read once, because stdin can be read only once. Raises `InputError`."""
        if path not in self._bytes:
            self._require_within(path)
            source = self._bytes[path] = read(path)
            self.sources[source.name] = source.lines
        return self._bytes[path]

    def _require_within(self, path: str) -> None:
        if self.within is None:
            return
        file = Path(path, FOLDER_FILE) if is_folder(path) else path
        if path == STDIN or not is_within(file, self.within):
            message = f"'{path}' is outside of the repository"
            raise InputError(
                [Finding("outside", message, None, "name a file of the repository, without links out of it")]
            )

    def merged(self) -> Map:
        """Return the document with all overlays and settings. Raises `InputError` with the findings of every file."""
        files = [file for overlay in self.overlays for file in parse_overlay(overlay).files]
        (base, *documents), settings = self._read((self.path, *files))
        return self._merged(base, documents, settings)

    def settle(self, warnings: Iterable[Finding]) -> None:
        """Take the last warnings before the output; they are printed beside it.

        Raises `InputError` with these and all earlier warnings if the command is strict.
        """
        self.warnings += warnings
        if self.strict and self.warnings:
            found, self.warnings = self.warnings, []
            raise InputError(as_errors(found))

    def _merged(self, base: Document, overlays: Sequence[Document], settings: Sequence[Setting]) -> Map:
        document = merge(base, overlays, settings)
        self.warnings += document.warnings
        return document.root

    def variants(self) -> tuple[Map, Mapping[str, Map]]:
        """Return the document with the settings, and by name the document of each overlay. Raises `InputError`."""
        overlays = _named(self.overlays)
        files = [file for overlay in overlays for file in overlay.files]
        (base, *documents), settings = self._read((self.path, *files))
        by_file = dict(zip(files, documents, strict=True))
        changed = {overlay.name: [by_file[file] for file in overlay.files] for overlay in overlays}
        variants = {name: self._merged(base, stack, settings) for name, stack in changed.items()}
        return self._merged(base, (), settings), variants

    def _read(self, paths: Iterable[str]) -> tuple[list[Document], list[Setting]]:
        """Return the documents and the settings. Raises `InputError` with the findings of all of them."""
        findings: list[Finding] = []
        documents = list(_each(self.document, paths, findings))
        settings = list(_each(self._parse, self._arguments(), findings))
        if findings:
            raise InputError(findings)
        self.sources.update(sources_of(documents, settings))
        return documents, settings

    def document(self, path: str) -> Document:
        """Return the document at `path`, which is parsed once. Raises `InputError`."""
        if path not in self._documents:
            self._documents[path] = load(self.source(path))
        return self._documents[path]

    def is_study(self) -> bool:
        """Return whether the document at the path is a study; False if it cannot be read."""
        try:
            return self.document(self.path).root.get("kind") == STUDY_KIND
        except InputError:
            return False

    def _parse(self, argument: str) -> Setting:
        self.sources[argument_source(argument)] = lines_of(argument)
        return parse_setting(argument)

    def _arguments(self) -> Iterator[str]:
        """Return the arguments of `--set`, and the settings that have their own options."""
        yield from self.settings
        if self.name_suffix:
            yield f"spec.jobset.nameSuffix={self.name_suffix}"
        yield from self._names()

    def named(self) -> list[Setting]:
        """Return the settings of the name and the namespace. Raises `InputError`."""
        return [self._parse(argument) for argument in self._names()]

    def _names(self) -> Iterator[str]:
        for key, value in (("name", self.name), ("namespace", self.namespace)):
            if value:
                yield f"metadata.{key}={value}"


def _each(parse: Callable[[str], _Parsed], arguments: Iterable[str], findings: list[Finding]) -> Iterator[_Parsed]:
    """Parse each argument. An invalid one adds its findings, and the next is parsed."""
    for argument in arguments:
        try:
            yield parse(argument)
        except InputError as error:
            findings.extend(error.findings)


def parse_overlay(argument: str) -> OverlayArgument:
    """Parse the argument of `--overlay`. An existing file whose name has `=` or `,` is taken as one file."""
    if is_file(argument):
        return OverlayArgument(Path(argument).stem, (argument,))
    name, given, rest = argument.partition("=")
    files = tuple(file for file in (rest if given else argument).split(",") if file)
    if not files:
        raise _wrong(argument, "the file is missing")
    return OverlayArgument(name if given else Path(files[0]).stem, files)


def _named(arguments: Iterable[str]) -> list[OverlayArgument]:
    """Return the overlays as variants with different names. Raises `InputError` with the findings of all of them."""
    overlays: dict[str, OverlayArgument] = {}
    findings: list[Finding] = []
    for argument in arguments:
        try:
            overlay = _variant(argument, overlays)
        except InputError as error:
            findings.extend(error.findings)
        else:
            overlays[overlay.name] = overlay
    if findings:
        raise InputError(findings)
    return list(overlays.values())


def _variant(argument: str, others: Collection[str]) -> OverlayArgument:
    overlay = parse_overlay(argument)
    if len(overlay.files) > 1 and "=" not in argument:
        raise _wrong(argument, "several files need a name", "write NAME=FILE,FILE")
    if not _NAME.fullmatch(overlay.name):
        raise _wrong(argument, f"invalid name '{overlay.name}'", "write NAME=FILE, with letters, digits, '.', '-', '_'")
    if overlay.name in others:
        raise _wrong(argument, f"there are two overlays '{overlay.name}'", "write NAME=FILE to give each its own name")
    return overlay


def _wrong(argument: str, message: str, hint: str = "") -> InputError:
    return InputError([Finding("overlay-argument", f"--overlay {argument}: {message}", None, hint)])
