"""Checks a data sheet: by its schema, then by what the schema cannot say. The findings have positions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mocompile.catalog.reader import options_in, options_of, shared_options, single
from mocompile.catalog.template_names import template_names
from mocompile.diagnostics.finding import Finding, InputError, nearest
from mocompile.document.tree import Map, Seq, Value, place_of
from mocompile.expression.nodes import EXPRESSIONS
from mocompile.schema.files import read
from mocompile.schema.violations import findings as shape_findings
from mocompile.template.bind import bind
from mocompile.template.parse import names_used, parse

if TYPE_CHECKING:
    from mocompile.catalog.model import SheetKind

_GROUPS = ("options", "listOptions", "mapOptions")
# What expressions a sheet has, and the kind that each must be; None: any.
_METRIC_EXPRESSIONS: Mapping[tuple[str, ...], str | None] = {
    ("program",): "string",
    ("problem",): "string",
    ("workingDir",): "string",
    ("endless",): "boolean",
}
_ADDON_EXPRESSIONS: Mapping[tuple[str, ...], str | None] = {
    ("volumes",): None,
    ("containers",): None,
    ("environment",): None,
    ("view",): None,
}
# MO_ADDON_<i>_METADATA and MO_ADDON_<i>_TARGETED are taken.
_RESERVED = {"addon": ("metadata", "targeted"), "metric": ()}


def validate_sheet(kind: SheetKind, root: Map, data: Mapping[str, Any], folder: Path) -> Iterator[Finding]:
    """Everything that is wrong with the sheet `root` of `folder`, converted to `data`."""
    wrong = list(shape_findings(root, dict(data), read(kind)))
    yield from wrong
    if wrong:
        return
    yield from _shared(root, data)
    yield from _launch(root, data)
    yield from _two_sided(root, data, folder)
    data = {**data, "options": options_of(data)}
    yield from _name(root, data, folder)
    untyped = list(_types(root, data))
    yield from untyped
    if any(finding.rule == "schema-missing" for finding in untyped):
        return  # no other rule knows what kind of value such an option is
    yield from _scripts(root, folder)
    yield from _variables(kind, root, data)
    yield from _references(root, data)
    yield from _expressions(root, data, _METRIC_EXPRESSIONS if kind == "metric" else _ADDON_EXPRESSIONS)
    yield from _expressions(root, data, {("computed", name): "string" for name in data.get("computed", {})})
    yield from _quotes(root, data)


def _name(root: Map, data: Mapping[str, Any], folder: Path) -> Iterator[Finding]:
    if data["name"] != folder.name:
        message = f"the name '{data['name']}' differs from the folder's, '{folder.name}'"
        yield Finding("catalog-name", message, place_of(root, ("name",)), "give both the same name")


def _scripts(root: Map, folder: Path) -> Iterator[Finding]:
    """A script that a container runs must be in the folder, where it is named without an expression."""
    containers = root.get("containers")
    known = [path.name for path in folder.glob("*.sh") if path.name != "addon.sh"]
    for position, entry in enumerate(containers if isinstance(containers, Seq) else ()):
        script = entry.get("script") if isinstance(entry, Map) else None
        if isinstance(script, str) and script and "{{" not in script and script not in known:
            place = place_of(root, ("containers", position, "script"))
            message = f"there is no script '{script}' in the addon's folder"
            yield Finding("catalog-script", message, place, nearest(script, known))


def _shared(root: Map, data: Mapping[str, Any]) -> Iterator[Finding]:
    """An option is either shared or described."""
    for name, entry in data.get("options", {}).items():
        place = place_of(root, ("options", name), key=True)
        if name in data.get("shared", ()):
            yield Finding("catalog-shared", f"'{name}' is in `shared` too", place, "write one of the two")
        elif not entry and name in shared_options():
            hint = f"write `shared: [{name}]`, and leave it out here"
            yield Finding("catalog-shared", f"options.{name}: the option has no definition", place, hint)


def _launch(root: Map, data: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield findings for `launch`: only a metric with a launcher has it, and it names one command."""
    if "launch" in data and data["pattern"] != "LauncherWorker":
        message = f"launch: {data['pattern']} has no launcher"
        yield Finding("catalog-launch", message, place_of(root, ("launch",), key=True), "leave it out")
    elif data.get("launch") == "command" and "problem" in data:
        message = "problem: with `launch: command` there is no ./problem.sh"
        yield Finding("catalog-launch", message, place_of(root, ("problem",), key=True), "write one of the two")


def _two_sided(root: Map, data: Mapping[str, Any], folder: Path) -> Iterator[Finding]:
    """Yield findings for `twoSided`: it needs a launcher, and a measure.sh that makes the line of a pair."""
    if not data.get("twoSided"):
        return
    place = place_of(root, ("twoSided",), key=True)
    if data["pattern"] != "LauncherWorker":
        yield Finding("catalog-pairs", f"twoSided: {data['pattern']} has no launcher", place, "leave it out")
    elif not _defines(folder / "measure.sh", "measure_pair"):
        message = "twoSided: there is no function measure_pair in measure.sh"
        yield Finding("catalog-pairs", message, place, "define it: it makes the line of a pair")


def _defines(script: Path, function: str) -> bool:
    try:
        text = script.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return False  # another rule tells what is wrong with the file
    return any(line.startswith(f"{function}()") for line in text.splitlines())


def _types(root: Map, data: Mapping[str, Any]) -> Iterator[Finding]:
    """An option that shares no description must have one of its own, and a default must be a value that it allows."""
    for name, entry in data.get("options", {}).items():
        whole = {**shared_options().get(name, {}), **entry}
        for key in ("type", "description"):
            if key not in whole:
                message = f"options.{name}: missing '{key}'"
                place = place_of(root, ("options", name), key=True)
                yield Finding("schema-missing", message, place, "every option needs one")
        if "type" in whole and "default" in entry:
            yield from _default(root, ("options", name, "default"), whole)


def _default(root: Map, path: tuple[str, ...], schema: Mapping[str, Any]) -> Iterator[Finding]:
    value = single(schema)["default"]
    holder = Map(place_of(root, path))
    holder.put("default", str(value), holder.place, holder.place)
    for finding in shape_findings(holder, {"default": value}, {"properties": {"default": single(schema)}}):
        yield Finding(finding.rule, f"{'.'.join(path[:-1])}.{finding.message}", place_of(root, path), finding.hint)


def _variables(kind: SheetKind, root: Map, data: Mapping[str, Any]) -> Iterator[Finding]:
    """Two names that become one variable; a map's entries begin with its own variable and `_`."""
    for group in _GROUPS:
        seen: dict[str, str] = {}
        for name in data.get(group, {}):
            place = place_of(root, (group, name), key=True)
            if name.lower() in _RESERVED[kind]:
                yield Finding("catalog-variable", f"the name '{name}' is taken", place, "take another")
            for other in seen.values():
                if _clash(group, other, name):
                    message = f"'{other}' and '{name}' would be the same environment variable"
                    yield Finding(
                        "catalog-variable", message, place, "rename one: upper and lower case do not differ there"
                    )
            seen[name.upper()] = name


def _clash(group: str, one: str, other: str) -> bool:
    first, second = one.upper(), other.upper()
    nested = group == "mapOptions" and (first.startswith(f"{second}_") or second.startswith(f"{first}_"))
    return first == second or nested


def _references(root: Map, data: Mapping[str, Any]) -> Iterator[Finding]:
    """Options that are named elsewhere in the sheet must be there."""
    options: Mapping[str, Any] = data.get("options", {})
    for key, option in data.get("metadata", {}).items():
        yield from _reference(root, ("metadata", key), option, options)
    for position, name in enumerate(data.get("needsOneOf", ())):
        group, _, option = str(name).rpartition(".")
        yield from _reference(root, ("needsOneOf", position), option, data.get(group or "options", {}))
    if "replacedBy" in data:
        yield from _reference(root, ("replacedBy",), data["replacedBy"], options)
    yield from _computed(root, data.get("computed", {}), options)
    each = data.get("timepoints", {}).get("each")
    if each is not None:
        yield from _reference(root, ("timepoints", "each"), each, data.get("listOptions", {}))


def _computed(root: Map, computed: Mapping[str, str], options: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield findings for computed options: each is text with a default, and reads options that have defaults."""
    for name, text in computed.items():
        path = ("computed", name)
        yield from _reference(root, path, name, options)
        option = {**shared_options().get(name, {}), **options.get(name, {})}
        if name in options and (option.get("type") != "string" or "default" not in option):
            message = f"computed.{name}: only an option of type string with a default can be computed"
            yield Finding("catalog-computed", message, place_of(root, path, key=True), f"give options.{name} a default")
        try:
            names = names_used(parse(text, place_of(root, path)))
        except InputError:
            continue  # `_expressions` says why
        read = {used.removeprefix("options.") for used in names if used.startswith("options.")}
        required = [
            each for each in read & set(options) if "default" not in {**shared_options().get(each, {}), **options[each]}
        ]
        if (
            not read
            or required
            or read & set(computed)
            or any(used.startswith(("listOptions", "mapOptions")) for used in names)
        ):
            message = f"computed.{name}: the text must read single options that have defaults and are not computed"
            hint = f"it reads {', '.join(sorted(names)) or 'none'}"
            yield Finding("catalog-computed", message, place_of(root, path), hint)


def _reference(root: Map, path: tuple[str | int, ...], name: str, known: Mapping[str, Any]) -> Iterator[Finding]:
    if name not in known:
        yield Finding("catalog-option", f"unknown option '{name}'", place_of(root, path), nearest(name, known))


def _expressions(root: Map, data: Mapping[str, Any], wanted: Mapping[tuple[str, ...], str | None]) -> Iterator[Finding]:
    names = template_names(options_in(data))
    for path, kind in wanted.items():
        value = _at(root, path)
        if value is None:
            continue
        try:
            tree = bind(parse(value, place_of(root, path)), names)
        except InputError as error:
            yield from error.findings
            continue
        if kind is not None and _kind(tree) != kind:
            message = f"{'.'.join(path)}: expected an expression that is {kind}, not {_kind(tree)}"
            yield Finding("catalog-kind", message, place_of(root, path), "write {{ … }} around the whole of it")


def _kind(tree: object) -> str:
    if isinstance(tree, EXPRESSIONS):
        return tree.kind
    if isinstance(tree, bool):
        return "boolean"
    return "integer" if isinstance(tree, int) else "string"


def _quotes(root: Map, data: Mapping[str, Any]) -> Iterator[Finding]:
    """A hole in the program line is put in as one quoted word, so that quotes of the author's would undo it."""
    quote, line = "", str(data.get("program", ""))
    position = 0
    while position < len(line):
        if line.startswith("{{", position):
            end = line.find("}}", position)
            if quote:
                hint = "remove the quotes: a value is always inserted as one word"
                place = place_of(root, ("program",))
                yield Finding("catalog-quotes", f"program: {line[position : end + 2]} is in quotes", place, hint)
                return
            position = len(line) if end < 0 else end + 2
            continue
        quote = _quote_after(quote, line[position])
        position += 2 if line[position] == "\\" and quote != "'" else 1


def _quote_after(quote: str, character: str) -> str:
    if quote:
        return "" if character == quote else quote
    return character if character in "'\"" else ""


def _at(root: Map, path: tuple[str, ...]) -> Value:
    value: Value = root
    for step in path:
        value = value.get(step) if isinstance(value, Map) else None
    return value if value is None or isinstance(value, str | Map | Seq) else None
