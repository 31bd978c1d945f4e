"""Reads a study: its document, checked by the schema and by rules; its base; its overlays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from mocompile.diagnostics.finding import Finding, InputError, nearest
from mocompile.diagnostics.place import STDIN_NAME
from mocompile.document.merge import merge
from mocompile.document.set_path import parse_path
from mocompile.document.tree import Map, Plain, Seq, Value
from mocompile.schema import violations
from mocompile.schema.convert import convert
from mocompile.schema.files import read
from mocompile.schema.violations import shown
from mocompile.study.model import Choice, Exclusion, Inclusion, Parameter, ParameterValue, Study
from mocompile.study.values import natural, of_one_kind, value_like
from mocompile.template.parse import MapTemplate, holes, names_used, parse
from mocompile.template.syntax import names_in

if TYPE_CHECKING:
    from mocompile.diagnostics.place import Place
    from mocompile.document.load import Document
    from mocompile.document.set_path import Segment
    from mocompile.template.parse import Template

# Reads the file at a path. Raises `InputError` if it cannot be read.
Loader: TypeAlias = Callable[[str], "Document"]

# Words of expressions, and `when`, which is a key of an exclusion.
_TAKEN = frozenset(
    {"and", "or", "not", "if", "else", "in", "is", "true", "false", "none", "True", "False", "None", "when"}
)
_Read = TypeVar("_Read")


def read_study(document: Document, load: Loader) -> Study:
    """Return the study that the document describes; `load` reads the base and the overlays.

    Raises `InputError` with every finding of the document; if it has none, with those of the files that it names.
    """
    root = merge(document).root
    schema = read("metricstudy")
    data = convert(root, schema)
    found = list(violations.findings(root, data, schema))
    if found:
        raise InputError(found)
    reader = _Reader(root, load)
    study = reader.study()
    if study is None or reader.findings:
        raise InputError(reader.findings)
    return study


class _Reader:
    """Reads a document that is valid by the schema. `findings` has all other errors."""

    def __init__(self, root: Map, load: Loader) -> None:
        self.root = root
        self.spec = _map(root.get("spec"))
        self.written = _map(self.spec.get("parameters"))
        self.load = load
        self.findings: list[Finding] = []

    def study(self) -> Study | None:
        """Return the study, or None if it is invalid; then there are findings."""
        self._names()
        parameters = self._parameters()
        derived = self._order_of_derived(parameters)
        used = {name for each in parameters.values() if each.is_derived for name in names_used(each.template)}
        for name in parameters.keys() - used:
            if "values" in _map(self.written[name]) and "set" not in _map(self.written[name]):
                self._sets_nothing(name)
        zips = tuple(self._zips(parameters))
        exclusions = tuple(self._exclusions(parameters))
        inclusions = tuple(self._inclusions(parameters))
        base = self._document(_text(self.spec["base"]), self.spec.value_places["base"])
        if base is None or self.findings:
            return None
        metadata = _map(self.root.get("metadata"))
        order = self.spec.get("order")
        return Study(
            name=_text(metadata["name"]),
            name_place=metadata.value_places["name"],
            namespace=_text(metadata.get("namespace")),
            namespace_place=metadata.value_places.get("namespace", metadata.place),
            base=base,
            parameters=parameters,
            derived=derived,
            parameters_place=self.spec.key_places["parameters"],
            zips=zips,
            exclusions=exclusions,
            inclusions=inclusions,
            repeats=int(_text(self.spec.get("repeats")) or 1),
            shuffle=int(_text(order["shuffle"])) if isinstance(order, Map) else None,
            max_points=int(_text(self.spec.get("maxPoints")) or 200),
        )

    def _find(self, rule: str, message: str, place: Place, hint: str = "") -> None:
        self.findings.append(Finding(rule, message, place, hint))

    def _caught(self, make: Callable[[], _Read]) -> _Read | None:
        """Return the result of `make`; None if it raises `InputError`, whose findings are kept."""
        try:
            return make()
        except InputError as error:
            self.findings.extend(error.findings)
            return None

    # --- names and parameters ---------------------------------------------------------------------------------------

    def _names(self) -> None:
        seen: dict[str, str] = {}
        for name in self.written:
            place = self.written.key_places[name]
            if name in _TAKEN:
                self._find(
                    "study-name",
                    f"'{name}' is a reserved word of expressions",
                    place,
                    "give the parameter another name",
                )
            first = seen.setdefault(name.upper(), name)
            if first != name:
                message = f"the parameters '{first}' and '{name}' differ only in upper and lower case"
                hint = f"both would be the variable MO_PARAM_{name.upper()}: rename one"
                self._find("study-name", message, place, hint)

    def _parameters(self) -> dict[str, Parameter]:
        extras = self._included_texts()
        parameters: dict[str, Parameter] = {}
        paths: dict[tuple[str, ...], str] = {}
        for name, written in self.written.items():
            parameter = self._parameter(name, _map(written), extras.get(name, []))
            if parameter is None:
                continue
            parameters[name] = parameter
            key = tuple(segment.text for segment in parameter.path)
            if key and paths.setdefault(key, name) != name:
                message = f"the parameters '{paths[key]}' and '{name}' set the same place"
                self._find("study-set", message, _map(written).value_places["set"], "keep one of them")
        return parameters

    def _parameter(self, name: str, written: Map, extras: list[tuple[str, Place]]) -> Parameter | None:
        place = self.written.key_places[name]
        given = [key for key in ("values", "value", "overlays") if key in written]
        if len(given) != 1:
            what = f"has {' and '.join(f'`{key}`' for key in given)}" if given else "has no values"
            hint = 'give it one of `values: […]`, `value: "{{ … }}"` and `overlays: {NAME: FILE}`'
            self._find("study-parameter", f"the parameter '{name}' {what}", place, hint)
            return None
        if given == ["overlays"]:
            return self._of_overlays(name, written, extras)
        # Values that other parameters are derived from need no place of their own.
        if "set" not in written and given == ["values"]:
            return self._of_values(name, written, (), extras)
        if "set" not in written:
            self._sets_nothing(name)
            return None
        path = self._path(written)
        if path is None:
            return None
        if given == ["values"]:
            return self._of_values(name, written, path, extras)
        template = self._template(written)
        return (
            None if template is None else Parameter(name, place, path, template=template[0], template_place=template[1])
        )

    def _sets_nothing(self, name: str) -> None:
        hint = "say what its values are set at (`set: spec.pods`), or derive another parameter from it"
        self._find("study-parameter", f"the parameter '{name}' sets nothing", self.written.key_places[name], hint)

    def _path(self, written: Map) -> tuple[Segment, ...] | None:
        text, place = _text(written["set"]), written.value_places["set"]
        path = self._caught(lambda: parse_path(text, _text_place(written["set"], place)))
        if path is not None and (path[0].text != "spec" or len(path) == 1):
            self._find(
                "study-set", f"'{text}' is not in `spec`", place, "a parameter sets a field of `spec`: spec.pods"
            )
            return None
        return path

    def _of_values(
        self, name: str, written: Map, path: tuple[Segment, ...], extras: list[tuple[str, Place]]
    ) -> Parameter:
        values = written["values"]
        assert isinstance(values, Seq)
        own = [(item, place) for item, place in zip(values, values.item_places, strict=True) if isinstance(item, str)]
        texts = [text for text, _ in (*own, *extras)]
        naturals = of_one_kind([natural(text) for text in texts], texts)
        choices = [
            Choice(value, str(text), place) for value, (text, place) in zip(naturals, (*own, *extras), strict=True)
        ]
        seen: dict[ParameterValue, Place] = {}
        for choice in choices[: len(own)]:
            if seen.setdefault(choice.value, choice.place) is not choice.place:
                message = f"duplicate value {shown(choice.text)} of the parameter '{name}'"
                self._find("study-value", message, choice.place, f"first in line {seen[choice.value].line}")
        return Parameter(
            name, self.written.key_places[name], path, tuple(choices[: len(own)]), tuple(choices[len(own) :])
        )

    def _of_overlays(self, name: str, written: Map, extras: list[tuple[str, Place]]) -> Parameter | None:
        if "set" in written:
            hint = "remove `set`: an overlay names the fields that it changes"
            self._find("study-parameter", f"the parameter '{name}' has overlays", written.key_places["set"], hint)
        overlays = _map(written["overlays"])
        choices: list[Choice] = []
        for value, files in overlays.items():
            place = overlays.key_places[value]
            documents = [self._document(file, where) for file, where in _files(files, overlays.value_places[value])]
            choices.append(Choice(str(value), str(value), place, tuple(each for each in documents if each)))
        by_value = {choice.text: choice for choice in choices}
        extra: list[Choice] = []
        for text, place in extras:
            if text not in by_value:
                self._unknown_value(name, text, place, by_value)
            else:
                extra.append(Choice(str(text), str(text), place, by_value[text].documents))
        return Parameter(name, self.written.key_places[name], (), tuple(choices), tuple(extra))

    def _unknown_value(self, name: str, text: str, place: Place, known: Iterable[str]) -> None:
        known = list(known)
        hint = nearest(text, known) or f"it has {', '.join(known[:8])}{', …' if len(known) > 8 else ''}"
        self._find("study-value", f"the parameter '{name}' has no value {shown(text)}", place, hint)

    def _template(self, written: Map) -> tuple[Template, Place] | None:
        value, place = written["value"], written.value_places["value"]
        template = self._caught(lambda: parse(value, place))
        if template is None:
            return None
        if not any(holes(template)):
            hint = 'for example value: "{{ pods * 2 }}"; plain values belong in `values: […]`'
            self._find("study-derived", "the value uses no parameter", place, hint)
            return None
        return (template, place) if self._names_are_known(template) else None

    def _names_are_known(self, template: Template) -> bool:
        unknown = [
            (str(name), hole.place)
            for hole in holes(template)
            for name in names_in(hole.syntax)
            if str(name) not in self.written
        ]
        for name, place in unknown:
            hint = nearest(name, self.written) or f"there are: {', '.join(self.written)}"
            self._find("study-unknown", f"there is no parameter '{name}'", place, hint)
        return not unknown

    def _order_of_derived(self, parameters: Mapping[str, Parameter]) -> tuple[str, ...]:
        """Return the derived parameters, each after those that it reads; a circle is a finding."""
        waiting = {name: names_used(each.template) for name, each in parameters.items() if each.is_derived}
        ordered: list[str] = []
        while waiting:
            ready = [name for name, used in waiting.items() if not used & waiting.keys()]
            if not ready:
                in_circle = _circle(waiting)
                first = parameters[in_circle[0]]
                assert first.template_place is not None
                steps = " → ".join(f"'{name}'" for name in (*in_circle, in_circle[0]))
                message = f"the parameter '{first.name}' is derived from itself: {steps}"
                self._find("study-derived", message, first.template_place, "give one of them `values`")
                return ()
            ordered += ready
            for name in ready:
                del waiting[name]
        return tuple(ordered)

    # --- combinations -----------------------------------------------------------------------------------------------

    def _zips(self, parameters: Mapping[str, Parameter]) -> Iterator[tuple[str, ...]]:
        groups = self.spec.get("zip")
        seen: dict[str, Place] = {}
        for group in groups if isinstance(groups, Seq) else ():
            assert isinstance(group, Seq)
            names = [(_text(item), place) for item, place in zip(group, group.item_places, strict=True)]
            good = [name for name, place in names if self._can_zip(name, place, parameters, seen)]
            lengths = {name: len(parameters[name].choices) for name in good}
            if len(good) == len(names) and len(set(lengths.values())) > 1:
                counts = ", ".join(f"'{name}' has {count}" for name, count in lengths.items())
                hint = "give zipped parameters the same number of values"
                self._find(
                    "study-zip", f"these parameters have different numbers of values: {counts}", group.place, hint
                )
            yield tuple(good)

    def _can_zip(self, name: str, place: Place, parameters: Mapping[str, Parameter], seen: dict[str, Place]) -> bool:
        if not self._is_parameter(name, place) or name not in parameters:
            return False
        if parameters[name].is_derived:
            hint = "remove it: its value is derived from the others"
            self._find("study-zip", f"the parameter '{name}' is derived, and has no values to zip", place, hint)
            return False
        if seen.setdefault(name, place) is not place:
            hint = f"first in line {seen[name].line}: put all parameters that change together into one group"
            self._find("study-zip", f"the parameter '{name}' is in `zip` twice", place, hint)
            return False
        return True

    def _is_parameter(self, name: str, place: Place) -> bool:
        if name in self.written:
            return True
        hint = nearest(name, self.written) or f"there are: {', '.join(self.written)}"
        self._find("study-unknown", f"there is no parameter {shown(name)}", place, hint)
        return False

    def _exclusions(self, parameters: Mapping[str, Parameter]) -> Iterator[Exclusion]:
        for entry, place in _entries(self.spec.get("exclude")):
            values = {}
            for name, written in entry.items():
                where = entry.value_places[name]
                if name == "when" or not self._is_parameter(name, entry.key_places[name]) or name not in parameters:
                    continue
                values[name] = _text(written)
                choices = parameters[name].choices
                if choices and not any(value_like(values[name], each.value) == each.value for each in choices):
                    self._unknown_value(name, values[name], where, [each.text for each in choices])
            when = self._when(entry) if "when" in entry else None
            yield Exclusion(values, when, place)

    def _when(self, entry: Map) -> MapTemplate | None:
        alone = Map(entry.place)
        alone.put("when", entry["when"], entry.key_places["when"], entry.value_places["when"])
        template = self._caught(lambda: parse(alone))
        if template is not None:
            self._names_are_known(template)
        return template if isinstance(template, MapTemplate) else None

    def _included_texts(self) -> dict[str, list[tuple[str, Place]]]:
        """Return the values of included points by parameter, as written."""
        texts: dict[str, list[tuple[str, Place]]] = {}
        for entry, _ in _entries(self.spec.get("include")):
            for name, value in entry.items():
                if isinstance(value, str):
                    texts.setdefault(name, []).append((value, entry.value_places[name]))
        return texts

    def _inclusions(self, parameters: Mapping[str, Parameter]) -> Iterator[Inclusion]:
        for entry, place in _entries(self.spec.get("include")):
            for name in entry:
                if (
                    self._is_parameter(name, entry.key_places[name])
                    and name in parameters
                    and parameters[name].is_derived
                ):
                    hint = "remove it: its value is derived from the others"
                    self._find("study-derived", f"the parameter '{name}' is derived", entry.key_places[name], hint)
            choices: dict[str, Choice] = {}
            for name, parameter in parameters.items():
                if name in entry:
                    where = entry.value_places[name]
                    choices.update((name, each) for each in parameter.extra if each.place == where)
                elif not parameter.is_derived:
                    hint = "an included point needs a value for every parameter that is not derived"
                    self._find("study-include", f"the value of '{name}' is missing", place, hint)
            yield Inclusion(choices, place)

    # --- files ------------------------------------------------------------------------------------------------------

    def _document(self, file: str, place: Place) -> Document | None:
        """Return the document at `file`; findings without a place get the place where the study names the file."""
        if file == "-":
            self._find("study-file", "stdin cannot be a file of a study", place, "name a file")
            return None
        source = self.root.place.source
        path = file if source == STDIN_NAME else str(PurePath(source).parent / file)
        try:
            return self.load(path)
        except InputError as error:
            self.findings += [
                each if each.place else Finding(each.rule, each.message, place, _nearer(each.hint))
                for each in error.findings
            ]
            return None


def _nearer(hint: str) -> str:
    """Return the hint for a study's file that cannot be read."""
    return hint if hint.startswith("did you mean") else "the path is relative to the study's file"


def _circle(waiting: Mapping[str, frozenset[str]]) -> list[str]:
    """Return a circle of parameters: each reads the next, and the last the first. The first in the file leads."""
    name, path = next(iter(waiting)), list[str]()
    while name not in path:
        path.append(name)
        name = next(other for other in waiting if other in waiting[name])
    circle = path[path.index(name) :]
    first = min(circle, key=list(waiting).index)
    start = circle.index(first)
    return [*circle[start:], *circle[:start]]


def _entries(value: Value) -> Iterator[tuple[Map, Place]]:
    if isinstance(value, Seq):
        for item, place in zip(value, value.item_places, strict=True):
            if isinstance(item, Map):
                yield item, place


def _files(value: Value, place: Place) -> Iterator[tuple[str, Place]]:
    if isinstance(value, Seq):
        yield from ((_text(item), where) for item, where in zip(value, value.item_places, strict=True))
    else:
        yield _text(value), place


def _map(value: Value) -> Map:
    assert isinstance(value, Map)
    return value


def _text(value: Value) -> str:
    return str(value) if isinstance(value, str) else ""


def _text_place(value: Value, place: Place) -> Place:
    """Return the place of a scalar's first character: after the quote, if it has one."""
    return place if isinstance(value, Plain) else type(place)(place.source, place.line, place.column + 1, place.length)
