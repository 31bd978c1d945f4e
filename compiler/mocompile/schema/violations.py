"""Validates converted data against a JSON Schema and explains each violation in words that a user can act on."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

from mocompile.diagnostics.finding import Finding, nearest
from mocompile.diagnostics.place import SET, Place
from mocompile.document.tree import Map, Path, Reset, Seq, Value, field_name, place_of, walk
from mocompile.schema.convert import Json, Schema, convert, resolve, variants
from mocompile.schema.option_groups import GROUPS
from mocompile.schema.pattern_words import in_words
from mocompile.schema.validity import MAX_DOMAIN, exact, is_label_key, is_valid

if TYPE_CHECKING:
    from jsonschema import FormatChecker
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

# jsonschema's ValidationError, in whose stubs every attribute may be unset.
_Error: TypeAlias = Any

_KINDS: Mapping[str, str] = {
    "string": "a string",
    "integer": "an integer",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "nothing",
}
_LEADING_ZERO = re.compile(r"[-+]?0[0-9_]+")
_EXPONENT = re.compile(r"[-+]?[0-9.]+[eE][-+]?[0-9]+")
_SHOWN = 60
# YAML reads `{nodes: 0,1}` as `{nodes: 0, "1": null}`.
_SPLIT = "inside braces, ',' begins the next field: quote text that contains ',', or remove the field"
_FORMAT_HINT = f"use at most {MAX_DOMAIN} characters before the '/'"


# Returns the hint for an unknown name; takes `metric` or `addon`, and the name as written.
NameHint: TypeAlias = Callable[[str, str], str]


def findings(root: Map, data: Json, schema: Schema, name_hint: NameHint | None = None) -> Iterator[Finding]:
    """Yield every violation of `schema` in `data`, which was converted from `root`."""
    for error in () if is_valid(data, schema) else _validator(schema).iter_errors(data):
        noun = _noun_of_name(tuple(error.absolute_path)) if error.validator == "enum" else ""
        for finding in _explain(root, error, schema):
            cure = name_hint(noun, str(error.instance)) if noun and name_hint else ""
            yield replace(finding, hint=cure) if cure else finding
    yield from _unknown_nulls(root, schema)


def _unknown_nulls(root: Map, schema: Schema) -> Iterator[Finding]:
    """Yield unknown fields that were written with a null (`podz:`), for which the data has no key."""
    if not any(isinstance(value, Map) and value.nulls for _, value in walk(root)):
        return
    written = _with_nulls(root)
    for error in _of_variants(_validator(schema).iter_errors(convert(written, schema)), schema):
        path: Path = tuple(error.absolute_path)
        above, nulls = _at(written, path[:-1]), _at(written, path)
        if str(error.validator) == "type" and isinstance(above, Map) and path and path[-1] in above.resets:
            yield from _explain(written, error, schema)
        if not isinstance(nulls, Map):
            continue
        if "propertyNames" in error.absolute_schema_path:
            if str(error.instance) in nulls.nulls:
                yield _bad_key(written, path, error)
        elif str(error.validator) == "additionalProperties":
            for finding in _unknown_fields(written, path, error, schema):
                if finding.place in nulls.nulls.values():
                    kept = "did you mean" in finding.hint or (
                        finding.place is not None and finding.place.source.startswith(SET)
                    )
                    yield finding if kept else replace(finding, hint=_SPLIT)


def _of_variants(errors: Iterable[_Error], schema: Schema) -> Iterator[_Error]:
    """Yield the errors; in place of one of a `oneOf`, those of the variant that is meant."""
    for error in errors:
        if error.validator != "oneOf":
            yield error
            continue
        every = [resolve(each, schema) for each in error.validator_value]
        whole = {key: each for key, each in error.instance.items() if each is not None} if _is_map(error) else {}
        meant = [every.index(each) for each in variants(whole, error.schema, schema)]
        if len(meant) == 1:
            yield from _of_variants((each for each in error.context if each.schema_path[0] == meant[0]), schema)


def _is_map(error: _Error) -> bool:
    return isinstance(error.instance, dict)


def _with_nulls(root: Map) -> Map:
    """The tree with the keys that had a null."""
    whole = Map(root.place)
    whole.nulls, whole.resets = root.nulls, root.resets
    for key, child in root.items():
        whole.put(key, _nulls_within(child), root.key_places[key], root.value_places[key])
    for key, place in root.nulls.items():
        whole.put(key, _reset(root.resets[key]) if key in root.resets else None, place, place)
    return whole


def _reset(path: Reset) -> Map:
    """The rest of a path of `--set PATH=null`, each of its keys as one that had a null."""
    whole = Map(path.place)
    for key, child in path.items():
        place = path.key_places[key]
        whole.nulls[key] = place
        if isinstance(child, Reset):
            whole.resets[key] = child
        whole.put(key, _reset(child) if isinstance(child, Reset) else None, place, place)
    return whole


def _nulls_within(value: Value) -> Value:
    if isinstance(value, Map):
        return _with_nulls(value)
    if not isinstance(value, Seq):
        return value
    items = Seq(value.place)
    for child, place in zip(value, value.item_places, strict=True):
        items.add(_nulls_within(child), place)
    return items


def _validator(schema: Schema) -> Validator:
    whole, formats = _kind_of_validator()
    validator: Validator = whole(schema, format_checker=formats)
    return validator


@cache
def _kind_of_validator() -> tuple[Callable[..., Validator], FormatChecker]:
    from jsonschema import FormatChecker
    from jsonschema.validators import Draft202012Validator, extend

    formats = FormatChecker(formats=())
    formats.checks("label-key")(is_label_key)
    whole: Callable[..., Validator] = extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]
    return whole, formats


def _pattern(_: Validator, pattern: str, instance: object, __: Schema) -> Iterator[ValidationError]:
    from jsonschema.exceptions import ValidationError

    if isinstance(instance, str) and not exact(pattern).search(instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _explain(root: Map, error: _Error, schema: Schema) -> Iterator[Finding]:
    path: Path = tuple(error.absolute_path)
    keyword = str(error.validator)
    if "propertyNames" in error.absolute_schema_path:
        yield _bad_key(root, path, error)
    elif keyword == "additionalProperties":
        yield from _unknown_fields(root, path, error, schema)
    elif keyword == "required":
        yield from _missing_fields(root, path, error, schema)
    elif keyword == "oneOf":
        yield from _no_variant(root, path, error, schema)
    else:
        message, hint = _ONE.get(keyword, _otherwise)(error, _at(root, path))
        yield Finding(f"schema-{keyword}", f"{_field(path)}: {message}", place_of(root, path), hint)


def _no_variant(root: Map, path: Path, error: _Error, schema: Schema) -> Iterator[Finding]:
    """Explain a mapping that matches no variant. The key that only one variant requires tells which was meant."""
    every = [resolve(each, schema) for each in error.validator_value]
    keys = [each["required"][0] for each in every]
    meant = variants(error.instance, error.schema, schema)
    old = [key for key in error.instance if _renamed(key, error)] if isinstance(error.instance, dict) else []
    if len(meant) == 1:
        position = every.index(meant[0])
        for each in error.context:
            if each.schema_path[0] == position:
                yield from _within_variant(root, each, schema, every)
    elif old and not meant:
        for key in old:
            message = f"{_field(path)}: unknown {_noun(path)} {shown(key)}"
            yield Finding("schema-unknown", message, _key(root, path, key), _renamed(key, error))
    elif isinstance(error.instance, dict):
        found = [f"'{each['required'][0]}'" for each in meant]
        what = f"{' and '.join(found)} do not go together" if found else "no key says which kind of entry this is"
        hint = f"write one of {', '.join(keys)}"
        yield Finding("schema-variant", f"{_field(path)}: {what}", place_of(root, path), hint)


def _within_variant(root: Map, error: _Error, schema: Schema, every: list[Schema]) -> Iterator[Finding]:
    """Explain an error within the intended variant; a key of another variant gets a message of its own."""
    known: Mapping[str, Any] = error.schema.get("properties", {}) if isinstance(error.schema, Mapping) else {}
    strange = set(error.instance) - set(known) if error.validator == "additionalProperties" else set()
    others = {key for each in every for key in each["properties"]} & strange
    if error.parent is None or error.absolute_path != error.parent.absolute_path or not others:
        yield from _explain(root, error, schema)
        return
    path: Path = tuple(error.absolute_path)
    own = error.schema["required"][0]
    beside = sorted(set(known) - {own})
    for key in error.instance:
        if key in others:
            message = f"{_field(path)}: {shown(key)} does not go with '{own}'"
            hint = f"'{own}' goes with {', '.join(beside)}" if beside else f"'{own}' allows no other key"
            yield Finding("schema-variant", message, _key(root, path, key), hint)
    if strange - others:
        yield from _unknown_fields(root, path, error, schema, but=others)


def _bad_key(root: Map, path: Path, error: _Error) -> Finding:
    key = str(error.instance)
    what = f"the key {shown(key)} is reserved" if error.validator == "not" else f"invalid key {shown(key)}"
    return Finding("schema-key", f"{_field(path)}: {what}", _key(root, path, key), _key_hint(error))


def _key_hint(error: _Error) -> str:
    if error.validator == "pattern":
        return _wanted(error)
    if error.validator == "not":
        return in_words(str(error.validator_value["pattern"]))
    if error.validator == "enum":
        known = [str(value) for value in error.validator_value]
        return nearest(str(error.instance), known) or f"known: {', '.join(known)}"
    return _FORMAT_HINT if error.validator == "format" else f"use at most {error.validator_value} characters"


def _unknown_fields(
    root: Map, path: Path, error: _Error, schema: Schema, but: Collection[str] = ()
) -> Iterator[Finding]:
    known: Mapping[str, Any] = error.schema.get("properties", {})
    for key in error.instance:
        if key not in known and key not in but:
            message = f"{_field(path)}: unknown {_noun(path)} {shown(key)}"
            renamed = _renamed(key, error)
            hint = renamed or _elsewhere(key, error, schema) or nearest(key, known) or _listed(known)
            yield Finding("schema-unknown", message, _key(root, path, key), hint)


def _renamed(word: str, error: _Error) -> str:
    """Return the hint for a key or value of an older form, from `x-renamed` and `x-removed` of the schema."""
    names: Mapping[str, str] = error.schema.get("x-renamed", {})
    removed: Mapping[str, str] = error.schema.get("x-removed", {})
    return f"it is called '{names[word]}' now: write {names[word]}" if word in names else removed.get(word, "")


def _listed(known: Mapping[str, Any]) -> str:
    return f"known: {', '.join(sorted(known))}" if known else "there are none"


def _elsewhere(key: str, error: _Error, schema: Schema) -> str:
    """Return the hint for a field in the wrong place: an option, or a field of `spec` or of one of its parts."""
    return _of_a_part(key, error, schema) or _of_the_sheet(key, error) or _of_another_group(key, error, schema)


def _of_a_part(key: str, error: _Error, schema: Schema) -> str:
    """For a field at the top or in `spec`: name the part that has such a field."""
    path: Path = tuple(error.absolute_path)
    if path not in ((), ("spec",)) or key in error.schema.get("properties", {}):
        return ""
    if path == ("spec",) and key in ("options", "listOptions", "mapOptions", "addons", "image", "env"):
        return f"did you mean `{key}` of a metric? Write it below the metric's name"
    for name, part in error.schema.get("properties", {}).items():
        fields: Mapping[str, Any] = resolve(part, schema).get("properties", {})
        if key in fields:
            return f"did you mean '{field_name((*path, name, key))}'?"
        inner = [below for below, each in fields.items() if key in resolve(each, schema).get("properties", {})]
        if inner:
            return f"did you mean '{field_name((*path, name, inner[0], key))}'?"
    return ""


def _of_the_sheet(key: str, error: _Error) -> str:
    """For an option beside the groups of options."""
    name = error.instance.get("name")
    for part in error.schema.get("allOf", ()):
        if part.get("if", {}).get("properties", {}).get("name", {}).get("const") == name:
            groups: Mapping[str, Any] = part["then"].get("properties", {})
            found = [group for group, each in groups.items() if key in each.get("properties", ())]
            return f"it is an option of {name}: write it below `{found[0]}:`" if found else ""
    return ""


def _of_another_group(key: str, error: _Error, schema: Schema) -> str:
    """For an option in the wrong group."""
    steps: list[Any] = list(error.absolute_schema_path)[:-1]
    if not steps or steps.pop() not in GROUPS:
        return ""
    beside: Any = schema
    for step in steps:
        beside = resolve(beside, schema)[step] if isinstance(beside, Mapping) else beside[step]
    found = [other for other in GROUPS if key in beside.get(other, {}).get("properties", ())]
    return f"write it under `{found[0]}`" if found else ""


def _missing_fields(root: Map, path: Path, error: _Error, schema: Schema) -> Iterator[Finding]:
    # jsonschema yields one error for each missing key, and only the message names the key.
    # A whole group of options is left to the rules, which name the options.
    for key in error.validator_value:
        if path and path[-1] in GROUPS and is_beside(_at(root, path[:-1]), key, schema):
            continue
        if key not in error.instance and key not in GROUPS and error.message.startswith(repr(key)):
            missing = error.schema.get("properties", {}).get(key, {})
            yield Finding("schema-missing", f"{_field(path)}: {_missing(path, key, missing)}", _owner(root, path))


def _missing(path: Path, key: str, schema: Mapping[str, Any]) -> str:
    about = f"write `{key}: {schema['const']}`" if "const" in schema else as_hint(schema.get("description", ""))
    return f"missing {_noun(path)} '{key}'" + (f" ({about})" if about else "")


def is_beside(entry: object, option: str, schema: Schema) -> bool:
    """Whether an option is directly in a metric or an addon; another error says where it belongs."""
    definitions = schema.get("$defs", {})
    fields = {key for kind in ("metric", "addon") for key in definitions.get(kind, {}).get("properties", {})}
    return isinstance(entry, Mapping) and option in entry and option not in fields


def as_hint(description: str) -> str:
    """The description (a sentence) as the end of another sentence."""
    begin = description[:1].lower() if description[1:2].islower() else description[:1]
    return begin + description[1:].removesuffix(".")


def _type(error: _Error, written: Value) -> tuple[str, str]:
    wanted = error.validator_value if isinstance(error.validator_value, list) else [error.validator_value]
    expected = " or ".join(_KINDS.get(kind, kind) for kind in wanted)
    return f"expected {expected}, not {_written(written, error.instance)}", _spelling(wanted, written)


def _spelling(wanted: list[str], written: Value) -> str:
    if "integer" in wanted and isinstance(written, str):
        if _LEADING_ZERO.fullmatch(written):
            return "write the number without the leading zero: some YAML parsers read it as octal"
        if _EXPONENT.fullmatch(written) or "_" in written or "0x" in written.lower():
            return "write the number in decimal digits"
    if "string" in wanted and isinstance(written, Map):
        return "quote text that begins with '{' or contains ': '"
    return ""


def _enum(error: _Error, written: Value) -> tuple[str, str]:
    known = [str(value) for value in error.validator_value if value != ""]
    same = [value for value in known if value.lower() == str(error.instance).lower()]
    written_so = f"did you mean '{same[0]}'?" if same else ""
    hint = _renamed(str(error.instance), error) or nearest(str(error.instance), same or known) or written_so
    noun = _noun_of_name(tuple(error.absolute_path))
    if noun:
        return f"unknown {noun} {_written(written, error.instance)}", hint or f"`mocompile list {noun}s` shows all"
    return f"{_invalid(error, written)}: use {_choice(known)}", hint


def _noun_of_name(path: Path) -> str:
    """Return whether the name at `path` is that of a metric or an addon; empty for other names."""
    match path:
        case (*_, "addons", int(), "name"):
            return "addon"
        case (*_, "metrics", int(), "name"):
            return "metric"
    return ""


def _match(error: _Error, written: Value) -> tuple[str, str]:
    pattern, text = str(error.validator_value), str(error.instance)
    if not text.strip():
        message = f"{_invalid(error, written)}: it is {'blank' if text else 'empty'}"
        return message, "" if pattern == r"\S" else _wanted(error)
    if pattern == r"^\S+$":
        return f"{_invalid(error, written)}: it contains {'a space' if ' ' in text else 'white space'}", ""
    return _invalid(error, written), _wanted(error)


def _wanted(error: _Error) -> str:
    """The hint for a broken pattern: the words beside the pattern in the schema, or our own."""
    words = error.schema.get("patternWords")
    return f"use {words}" if words else in_words(str(error.validator_value))


def _invalid(error: _Error, written: Value) -> str:
    """`invalid image 'x y'`: the field's name where the schema gives it, else `value`, and the value."""
    steps = [step for step in error.absolute_schema_path if step != "$ref"]
    named = len(steps) > 2 and steps[-3] == "properties" and steps[-2] == error.absolute_path[-1]
    return f"invalid {steps[-2] if named else 'value'} {_written(written, error.instance)}"


def _choice(known: list[str]) -> str:
    return " or ".join((", ".join(known[:-1]), known[-1])) if len(known) > 1 else "".join(known)


def _format(error: _Error, written: Value) -> tuple[str, str]:
    return _invalid(error, written), _FORMAT_HINT


def _bound(error: _Error, written: Value) -> tuple[str, str]:
    word = "at least" if error.validator == "minimum" else "at most"
    return f"must be {word} {error.validator_value}, not {_written(written, error.instance)}", ""


def _length(error: _Error, _: Value) -> tuple[str, str]:
    if error.validator in ("minLength", "minItems", "minProperties"):
        hint = str(error.schema.get("x-instead", ""))
        return "must not be empty" if error.validator_value == 1 else f"needs at least {error.validator_value}", hint
    unit = {"maxLength": "characters", "maxItems": "items"}.get(str(error.validator), "entries")
    return f"{len(error.instance)} {unit}, but at most {error.validator_value} are allowed", ""


def _const(error: _Error, written: Value) -> tuple[str, str]:
    return f"expected '{error.validator_value}', not {_written(written, error.instance)}", ""


def _one_of(error: _Error, _: Value) -> tuple[str, str]:
    keys = [f"'{key}'" for each in error.validator_value for key in each.get("required", ())]
    return f"missing {' or '.join(keys)}", ""


def _needs(error: _Error, _: Value) -> tuple[str, str]:
    has = error.instance
    key, other = next(
        (key, other)
        for key, others in error.validator_value.items()
        if key in has
        for other in others
        if other not in has
    )
    return f"'{key}' without '{other}'", f"add '{other}', or remove '{key}'"


def _otherwise(error: _Error, written: Value) -> tuple[str, str]:
    return _invalid(error, written), error.message


_ONE: Mapping[str, Callable[[_Error, Value], tuple[str, str]]] = {
    "type": _type,
    "enum": _enum,
    "pattern": _match,
    "minimum": _bound,
    "maximum": _bound,
    "minLength": _length,
    "maxLength": _length,
    "minItems": _length,
    "maxItems": _length,
    "minProperties": _length,
    "const": _const,
    "anyOf": _one_of,
    "format": _format,
    "dependentRequired": _needs,
}


def shown(text: object) -> str:
    """`text` in quotes for a message: one line, cut where it is long."""
    line = str(text).encode("unicode_escape").decode("ascii") if not str(text).isprintable() else str(text)
    return f"'{line if len(line) <= _SHOWN else line[: _SHOWN - 1] + '…'}'"


def _written(written: Value, instance: object) -> str:
    """Return the written text for a message, or `instance` if the text is unknown."""
    if isinstance(instance, dict):
        return "a mapping"
    if isinstance(instance, list):
        return "a list"
    return "nothing" if instance is None else shown(written if isinstance(written, str) else instance)


def _at(root: Map, path: Path) -> Value:
    value: Value = root
    for step in path:
        if isinstance(value, Map) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def _key(root: Map, path: Path, key: str) -> Place:
    return place_of(root, (*path, key), key=True)


def _owner(root: Map, path: Path) -> Place:
    """Return the place to mark for a missing field: the key above it, or the list item."""
    return place_of(root, path, key=True)


def _noun(path: Path) -> str:
    return "option" if path and path[-1] in ("options", "listOptions", "mapOptions") else "field"


def _field(path: Path) -> str:
    return field_name(path) or "the document"
