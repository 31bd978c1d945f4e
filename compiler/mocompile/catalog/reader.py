"""Reads one data sheet: YAML with positions, checked by its schema, to the dataclasses of `definition`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from mocompile import shipped
from mocompile.catalog.compiled import compiled_sheet
from mocompile.catalog.model import (
    About,
    AddonSheet,
    Computed,
    MetricSheet,
    Option,
    Options,
    Pattern,
    PatternJob,
    Timepoints,
)
from mocompile.document.tree import Map, Seq, Value
from mocompile.schema.convert import convert
from mocompile.schema.files import read
from mocompile.schema.option_groups import GROUPS, Group

if TYPE_CHECKING:
    from mocompile.template.parse import Template

# Options that every LauncherWorker, every addon … may name without describing them again.
_SHARED_OPTIONS = "options.yaml"
_MAX_INTEGER = 2**53 - 1
# What a data sheet says of an option beside its JSON Schema.
_NOT_SCHEMA = ("shell", "alias", "keys", "keysWords", "values", "deprecated")


_ROLES: Mapping[str, Literal["single", "launcher", "worker"]] = {
    "single": "single",
    "launcher": "launcher",
    "worker": "worker",
}


# What is fixed when the set is compiled: names that must differ, a line that is split into words, a container's kind.
_STRUCTURE: Mapping[str, tuple[str, ...]] = {
    "volumes": ("when", "name"),
    "containers": ("when", "name", "command", "init", "sidecar", "script"),
}
# The options of a metric with two sides.
PAIR_OPTIONS = (
    "pairs",
    "pairsAtOnce",
    "pairsBothWays",
    "pairsPartners",
    "pairsSeed",
    "pairsGroup",
    "pairsSuspects",
    "pairsSeconds",
)
_TARGETS = frozenset({"target", "containerTarget"})


# The keys of a metric's mapping end the names of environment variables.
_ENVIRONMENT_KEYS = {"type": "string", "pattern": "^[-._A-Za-z0-9]+$", "patternWords": "letters, digits, '-', '_', '.'"}


class Reviewer(Protocol):
    """Checks a sheet of a user's. Each method raises `InputError` with all findings."""

    def __call__(self, root: Map, data: Mapping[str, Any], lines: tuple[str, ...]) -> None:
        """The sheet: its tree, what it was converted to, its lines."""

    def require_own(self, path: Path) -> None:
        """A file of the sheet's folder, before it is read."""

    def script(self, path: Path) -> str | None:
        """The text of a script of the sheet's folder; None where there is none."""

    def addon_script(self, root: Map, name: str) -> str | None:
        """The text of the script of the addon `name`, whose script the sheet `root` uses."""


class SheetReader:
    """Reads the data sheets of folders; patterns and shared options come from `templates`."""

    def __init__(self, templates: Path) -> None:
        self._templates = templates
        self._patterns: dict[str, Pattern] = {}

    def pattern(self, name: str) -> Pattern:
        """The pattern `name`. Raises KeyError for an unknown one."""
        if name not in self._patterns:
            self._patterns[name] = _pattern(_load(self._templates / "patterns" / f"{name}.yaml"))
        return self._patterns[name]

    def metric(self, folder: Path, review: Reviewer | None = None) -> MetricSheet:
        """The metric of `folder`. `review` checks the sheet before it is read, and raises `InputError`."""
        compiled = compiled_sheet("metric", folder) if review is None else None
        if compiled is not None:
            sheet: MetricSheet = compiled.sheet(_text(folder / "measure.sh"))
            return sheet
        root, data = _sheet(folder / "metric.yaml", "metric", review)
        pattern = self.pattern(data["pattern"])
        names: Mapping[str, str] = data.get("jobNames", {})
        return MetricSheet(
            name=data["name"],
            family=data["family"],
            summary=data["summary"],
            url=data.get("url", ""),
            about=_about(data),
            image=data.get("image", ""),
            architectures=tuple(data.get("architectures", ())),
            pattern=pattern,
            minimum_pods=data.get("minimumPods", pattern.minimum_pods),
            jobs=tuple(replace(job, name=names.get(job.role, job.name)) for job in pattern.jobs),
            hosts=data.get("hosts", pattern.hosts),
            options=options_in(data, map_keys=_ENVIRONMENT_KEYS),
            computed=_computed(root),
            program=_template(root, "program") or pattern.program,
            replaced_by=data.get("replacedBy", ""),
            problem=None if data.get("launch") == "command" else _template(root, "problem") or pattern.problem,
            working_dir=_template(root, "workingDir") or _by_option(root, data, "workdir"),
            sole_tenancy=_by_option(root, data, "soleTenancy"),
            timepoints=_timepoints(root, data),
            echo=data.get("echo", False),
            two_sided=data.get("twoSided", False),
            needs_one_of=tuple(data.get("needsOneOf", ())),
            endless=_template(root, "endless"),
            script=(_text if review is None else review.script)(folder / "measure.sh"),
        )

    def addon(self, folder: Path, script_folder: Callable[[str], Path], review: Reviewer | None = None) -> AddonSheet:
        """The addon of `folder`; `script_folder` gives the folder of another addon whose script it uses."""
        compiled = compiled_sheet("addon", folder) if review is None else None
        if compiled is not None:
            script = _addon_script(folder, compiled.script_name, script_folder)
            sheet: AddonSheet = compiled.sheet(script, _container_scripts(folder, None))
            return sheet
        root, data = _sheet(folder / "addon.yaml", "addon", review)
        script_name = data.get("script", data["name"])
        if review is not None:
            script = review.addon_script(root, script_name)
        else:
            script = _addon_script(folder, script_name, script_folder)
        return AddonSheet(
            name=data["name"],
            family=data["family"],
            summary=data["summary"],
            url=data.get("url", ""),
            about=_about(data),
            options=options_in(data),
            needs_one_of=tuple(data.get("needsOneOf", ())),
            capabilities=tuple(data.get("capabilities", ())),
            metadata=data.get("metadata", {}),
            environment=_template(root, "environment"),
            volumes=_template(root, "volumes"),
            containers=_template(root, "containers"),
            view=_template(root, "view"),
            fixed=_fixed(root) | {name for name, option in data.get("options", {}).items() if "deprecated" in option},
            short_host_names=data.get("shortHostNames", False),
            once_per_metric=data.get("oncePerMetric", False),
            script_name=script_name,
            script=script,
            container_scripts=_container_scripts(folder, review),
        )


@cache
def shared_options() -> Mapping[str, Any]:
    """Return the shared option definitions, used where a sheet names an option without defining it."""
    schema = {**read("options"), **read("options")["$defs"]["options"]}
    return _converted(_load(shipped.folder("templates") / _SHARED_OPTIONS), schema)


def options_of(data: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    """Return the definitions of the sheet's own single options, without the shared ones."""
    shared = (*data.get("shared", ()), *(PAIR_OPTIONS if data.get("twoSided") else ()))
    return {**{name: {} for name in shared}, **data.get("options", {})}


def options_in(data: Mapping[str, Any], map_keys: Mapping[str, str] | None = None) -> Options:
    """Return the options of a sheet. `map_keys` is the schema for keys of mappings that the sheet does not describe."""
    groups: dict[Group, Mapping[str, Option]] = {}
    for group in GROUPS:
        entries = options_of(data) if group == "options" else data.get(group, {})
        groups[group] = {name: _option(group, name, entries[name], map_keys) for name in sorted(entries)}
    return groups


def _option(group: Group, name: str, entry: Mapping[str, Any], map_keys: Mapping[str, str] | None) -> Option:
    if group == "options":
        entry = {**shared_options().get(name, {}), **entry}
    schema = {key: value for key, value in entry.items() if key not in _NOT_SCHEMA}
    if group == "options":
        schema = single(schema)
    elif group == "listOptions":
        schema = {"type": "array", **schema, "items": single({"type": "string", **schema.get("items", {})})}
    else:
        schema = {
            "type": "object",
            **schema,
            "additionalProperties": single({"type": "string", **entry.get("values", {})}),
        }
        if map_keys is not None:
            schema["propertyNames"] = dict(map_keys)
        if "keys" in entry:
            schema["propertyNames"] = {"type": "string", "pattern": entry["keys"]}
        if "keysWords" in entry:
            schema["propertyNames"]["patternWords"] = entry["keysWords"]
    why = entry.get("deprecated", "")
    if why:
        schema["deprecated"] = True
    return Option(name, group, schema, entry.get("shell", "data"), entry.get("alias", ""), why)


def is_shared(data: Mapping[str, Any], name: str) -> bool:
    """Whether the sheet has the shared option `name`, as it is or with another default; not another of that name."""
    options = options_of(data)
    return name in options and name in shared_options() and "type" not in options[name]


def single(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of a single value, with defaults of its own type and the bounds that Helm's numbers have."""
    typed: dict[str, Any] = {"type": schema["type"], **schema}
    for key in ("default", "enum", "examples"):
        if key in typed:
            values = typed[key] if isinstance(typed[key], list) else [typed[key]]
            values = [convert(_plain(value), {"type": typed["type"]}) for value in values]
            typed[key] = values if isinstance(typed[key], list) else values[0]
    if typed["type"] == "integer":
        typed.setdefault("minimum", -_MAX_INTEGER)
        typed.setdefault("maximum", _MAX_INTEGER)
    return typed


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _load(path: Path) -> Map:
    from mocompile.document.load import load_file

    return load_file(path).root


def _sheet(path: Path, schema: str, review: Reviewer | None) -> tuple[Map, Mapping[str, Any]]:
    from mocompile.document.load import load
    from mocompile.document.load import read as read_bytes

    if review is not None:
        review.require_own(path)
    source = read_bytes(path)
    root = load(source).root
    data = _converted(root, read(schema))
    if review is not None:
        review(root, data, source.lines)
    return root, data


def _converted(root: Map, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    data = convert(root, schema)
    assert isinstance(data, dict)
    return data


def _pattern(root: Map) -> Pattern:
    jobs = root["jobs"]
    assert isinstance(jobs, Map)
    return Pattern(
        name=str(root["name"]),
        summary=str(root["summary"]),
        minimum_pods=int(str(root["minimumPods"])),
        share_process_namespace=root["shareProcessNamespace"] == "true",
        jobs=tuple(_job(role, job) for role, job in jobs.items()),
        hosts=str(root.get("hosts", "")),
        program=_template(root, "program"),
        problem=_template(root, "problem"),
    )


def _job(role: str, job: Value) -> PatternJob:
    assert isinstance(job, Map)
    return PatternJob(
        role=_ROLES[role],
        name=str(job["name"]),
        container=str(job["container"]),
        completions=_needed(_template(job, "completions"), "completions"),
        when=_template(job, "when"),
        decides=job["decides"] == "true",
    )


def _addon_script(folder: Path, name: str, folder_of: Callable[[str], Path]) -> str | None:
    """The script of the addon `name`, for the addon of `folder`."""
    return _text((folder if name == folder.name else folder_of(name)) / "addon.sh")


def _container_scripts(folder: Path, review: Reviewer | None) -> Mapping[str, str]:
    paths = [path for path in sorted(folder.glob("*.sh")) if path.name != "addon.sh"]
    if review is None:
        return {path.name: path.read_text("utf-8") for path in paths}
    return {path.name: text for path in paths if (text := review.script(path)) is not None}


def _about(data: Mapping[str, Any]) -> About:
    return About(
        data.get("version", ""), data.get("license", ""), data.get("citation", ""), tuple(data.get("maintainers", ()))
    )


def _fixed(root: Map) -> frozenset[str]:
    """The options that decide where an addon acts, and the structure of its volumes and containers."""
    from mocompile.template.parse import names_used, parse

    templates = [
        parse(_hole(entry[key]) if key == "when" else entry[key], entry.value_places[key])
        for part, keys in _STRUCTURE.items()
        for entry in _maps(root.get(part))
        for key in keys
        if key in entry
    ]
    names = {name for template in templates for name in names_used(template)}
    return _TARGETS | {name.removeprefix("options.") for name in names if name.startswith("options.")}


def _hole(test: Value) -> str:
    text = str(test).strip()
    return text if text.startswith("{{") else f"{{{{ {text} }}}}"


def _maps(value: Value) -> Iterator[Map]:
    if isinstance(value, Seq):
        yield from (entry for entry in value if isinstance(entry, Map))


def _timepoints(root: Map, data: Mapping[str, Any]) -> Timepoints:
    each = str(data.get("timepoints", {}).get("each", ""))
    return Timepoints(_by_option(root, data, "completions"), _by_option(root, data, "rate"), each)


def _computed(root: Map) -> Mapping[str, Computed]:
    from mocompile.template.parse import names_used, parse

    texts = root.get("computed")
    if not isinstance(texts, Map):
        return {}
    found = {}
    for name, text in texts.items():
        template = parse(text, texts.value_places[name])
        read = (used.removeprefix("options.") for used in names_used(template) if used.startswith("options."))
        found[name] = Computed(template, tuple(sorted(read)))
    return found


def _by_option(root: Map, data: Mapping[str, Any], name: str) -> Template | None:
    """The value of a shared option that acts by itself; None where the sheet does not have it."""
    from mocompile.template.parse import parse

    return parse(f"{{{{ options.{name} }}}}", root.place) if is_shared(data, name) else None


def _template(root: Map, key: str) -> Template | None:
    from mocompile.template.parse import parse

    return parse(root[key], root.value_places[key]) if key in root else None


def _needed(template: Template | None, key: str) -> Template:
    if template is None:
        raise KeyError(key)
    return template


def _text(path: Path) -> str | None:
    return path.read_text("utf-8") if path.is_file() else None
