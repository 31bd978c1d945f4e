"""What a schema cannot say. Each rule takes the view and yields findings; none depends on another."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from itertools import pairwise

from mocompile.check.shape import field_name, shown
from mocompile.check.view import AddonView, Data, MetricView, View, items, mapping, settings, text
from mocompile.document import Map, Path, place_of, walk
from mocompile.finding import Finding, nearest
from mocompile.jobs import job_names
from mocompile.names import SCRIPTS_MOUNT, SCRIPTS_VOLUME
from mocompile.template import bind

# Linux bounds one string of the environment at 128 KiB, `kubectl apply` the whole object at 256 KiB.
MAX_VALUE_BYTES = 64 * 1024
MAX_TOTAL_BYTES = 200 * 1024
MAX_INTEGER = 2**53 - 1
MAX_NAME = 63
MAX_HOST_NAME = 64
_POD_SUFFIX = "-abcde"
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

Rule = Callable[[View], Iterator[Finding]]


def findings(view: View) -> Iterator[Finding]:
    """The findings of every rule."""
    for rule in _RULES:
        yield from rule(view)


def _sizes(view: View) -> Iterator[Finding]:
    total = 0
    for path, value in walk(view.root):
        if isinstance(value, str):
            size = len(value.encode("utf-8", "surrogatepass"))
            total += size
            if size > MAX_VALUE_BYTES:
                message = f"{field_name(path)}: {size} bytes are too many: one value may have {MAX_VALUE_BYTES}"
                yield view.finding(
                    "limit-value", message, path, "put long text into an image or a ConfigMap of your own"
                )
    if total > MAX_TOTAL_BYTES:
        message = f"the values of the set have {total} bytes: {MAX_TOTAL_BYTES} at most"
        yield view.finding("limit-total", message, ("spec",), "put long text into an image or a ConfigMap of your own")


def _characters(view: View) -> Iterator[Finding]:
    for path, value in walk(view.root):
        for string, key in _strings(value):
            found = _CONTROL.search(string)
            if found:
                where = (*path, key) if key else path
                message = f"{field_name(where)}: the control character U+{ord(found[0]):04X} is not allowed"
                place = place_of(view.root, where, key=bool(key))
                yield Finding("text-control", message, place, "tab, LF and CR are the only ones that are")


def _strings(value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield value, ""
    elif isinstance(value, Map):
        yield from ((key, key) for key in value)


def _integers(view: View) -> Iterator[Finding]:
    for path, number in _numbers(view.data, ()):
        if abs(number) > MAX_INTEGER:
            message = f"{field_name(path)}: {number} is too large: integers go up to {MAX_INTEGER}"
            yield view.finding("limit-integer", message, path)


def _numbers(value: object, path: Path) -> Iterator[tuple[Path, int]]:
    if isinstance(value, dict):
        for key, child in value.items():
            yield from _numbers(child, (*path, key))
    elif isinstance(value, list):
        for position, child in enumerate(value):
            yield from _numbers(child, (*path, position))
    elif isinstance(value, int) and not isinstance(value, bool):
        yield path, value


def _identities(view: View) -> Iterator[Finding]:
    yield from _unique(view, [(metric.path, metric.data) for metric in view.metrics], "metric")
    for metric in view.metrics:
        yield from _unique(view, [(addon.path, addon.data) for addon in metric.addons], "addon")


def _unique(view: View, entries: list[tuple[Path, Data]], noun: str) -> Iterator[Finding]:
    seen: dict[str, Path] = {}
    for path, data in entries:
        identity = text(data.get("id")) or text(data.get("name"))
        if identity in seen:
            first = view.place(*seen[identity], "id" if "id" in data else "name").line
            written = "id" in data
            message = f"the {noun} {shown(identity)} stands here twice (first in line {first})"
            hint = "ids must differ" if written else f"give each its own `id:`, for example `id: {identity}-2`"
            yield view.finding("set-twice", message, (*path, "id" if written else "name"), hint)
        seen.setdefault(identity, path)


def _pods(view: View) -> Iterator[Finding]:
    for metric in view.metrics:
        least = metric.sheet.minimum_pods
        if view.pods < least:
            where: Path = ("spec", "pods") if "pods" in view.spec else (*metric.path, "name")
            message = f"{metric.sheet.name} needs at least {least} pods, not {view.pods}"
            yield view.finding("pods-minimum", message, where, f"set `spec.pods: {least}` or more")


def _images(view: View) -> Iterator[Finding]:
    for metric in view.metrics:
        if not metric.sheet.image and "image" not in metric.data:
            message = f"{metric.sheet.name} has no image of its own"
            yield view.finding("metric-image", message, (*metric.path, "name"), "give `image:` beside its name")


def _needed(view: View) -> Iterator[Finding]:
    for entry in (*view.metrics, *(addon for metric in view.metrics for addon in metric.addons)):
        wanted = entry.sheet.needs_one_of
        if wanted and not any(_is_given(entry, name) for name in wanted):
            message = f"{entry.sheet.name} needs one of {', '.join(wanted)}"
            yield view.finding("option-one-of", message, (*entry.path, "name"), "give at least one of them")


def _is_given(entry: MetricView | AddonView, name: str) -> bool:
    group, _, option = name.rpartition(".")
    return bool(mapping(entry.data.get(group or "options")).get(option))


def _required(view: View) -> Iterator[Finding]:
    """Required options under a group that is not there at all, which the schema could only name as a whole."""
    for entry in (*view.metrics, *(addon for metric in view.metrics for addon in metric.addons)):
        for group, options in entry.sheet.options.items():
            for option in options.values():
                if option.required and group not in entry.data:
                    message = f"{entry.sheet.name}: '{group}.{option.name}' is missing"
                    hint = str(option.schema.get("description", ""))
                    yield view.finding("schema-missing", message, (*entry.path, "name"), hint)


def _targets(view: View) -> Iterator[Finding]:
    for metric in view.metrics:
        containers = [job.container for job in metric.sheet.jobs]
        for addon in metric.addons:
            if addon.sheet.targeted:
                yield from _target(view, addon, "target", metric.sheet.roles, metric.sheet.name)
                yield from _target(view, addon, "containerTarget", tuple(containers), metric.sheet.name)


def _target(view: View, addon: AddonView, option: str, known: tuple[str, ...], metric: str) -> Iterator[Finding]:
    written = text(mapping(addon.data.get("options")).get(option))
    if written and written not in known:
        noun = "job" if option == "target" else "container"
        hint = nearest(written, known) or f"it has {', '.join(known)}"
        message = f"{metric} has no {noun} {shown(written)}"
        yield view.finding("addon-target", message, (*addon.path, "options", option), hint)


def _volumes(view: View) -> Iterator[Finding]:
    for metric in view.metrics:
        yield from _collisions(view, metric, "name", "volume", SCRIPTS_VOLUME)
        yield from _collisions(view, metric, "path", "mount path", SCRIPTS_MOUNT)


def _collisions(view: View, metric: MetricView, option: str, noun: str, reserved: str) -> Iterator[Finding]:
    first: dict[str, AddonView] = {}
    for addon in metric.addons:
        if addon.sheet.family != "volume":
            continue
        value = text(mapping(addon.data.get("options")).get(option))
        value = (value.rstrip("/") or "/") if option == "path" else value
        where = (*addon.path, "options", option)
        if value == reserved:
            yield view.finding(
                "volume-reserved", f"the {noun} {shown(value)} is taken by the scripts", where, "take another"
            )
        elif value in first:
            line = view.place(*first[value].path, "options", option).line
            message = f"the {noun} {shown(value)} stands here twice (first in line {line})"
            yield view.finding("volume-twice", message, where, "take another")
        if value:
            first.setdefault(value, addon)


def _containers(view: View) -> Iterator[Finding]:
    for metric in view.metrics:
        taken = {job.container: "the metric's own container" for job in metric.sheet.jobs}
        for addon in metric.addons:
            if addon.sheet.containers is None:
                continue
            name = text(settings(addon.sheet, addon.data)["options"].get("name"))
            given = "name" in mapping(addon.data.get("options"))
            where = (*addon.path, "options", "name") if given else (*addon.path, "name")
            if name in taken:
                message = f"the container name {shown(name)} is taken by {taken[name]}"
                yield view.finding("container-twice", message, where, "give this one another `name` under its options")
            taken[name] = f"the addon in line {view.place(*where).line}"


def _names(view: View) -> Iterator[Finding]:
    name = text(view.metadata.get("name"))
    longest = max((len(suffix) for suffix in _suffixes(view)), default=0)
    if name and len(name) <= MAX_NAME < len(name) + longest:
        message = f"metadata.name: {shown(name)} is too long: the names of its pods would pass {MAX_NAME} characters"
        yield view.finding(
            "name-length", message, ("metadata", "name"), f"{MAX_NAME - longest} characters at most here"
        )


def _suffixes(view: View) -> Iterator[str]:
    """What stands behind the set's name in the longest name of each job's pods: `-w-0-6-abcde`."""
    for metric, names in zip(view.metrics, job_names([metric.sheet for metric in view.metrics]), strict=True):
        for job in metric.sheet.jobs:
            if job.role != "worker" or view.pods > 1:
                last = {"single": view.pods - 1, "launcher": 0, "worker": view.pods - 2}[job.role]
                yield f"-{names[job.name]}-0-{last}{_POD_SUFFIX}"


def _host_names(view: View) -> Iterator[Finding]:
    """With `dontSetFQDN: false` the kernel gets the full name, and takes 64 characters of it at most."""
    if view.spec.get("dontSetFQDN") is not False:
        return
    name = text(view.metadata.get("name"))
    subdomain = text(view.spec.get("serviceName")) or name
    namespace = text(view.metadata.get("namespace")) or "default"
    hosts = [
        f"{name}{suffix.removesuffix(_POD_SUFFIX)}.{subdomain}.{namespace}.svc.cluster.local"
        for suffix in _suffixes(view)
    ]
    longest = max(hosts, key=len, default="")
    if len(longest) > MAX_HOST_NAME:
        message = f"the host name '{longest}' has {len(longest)} characters; the kernel takes {MAX_HOST_NAME}"
        hint = "shorten the name of the set, `serviceName` or the namespace, or leave `dontSetFQDN` out"
        yield view.finding("name-fqdn", message, ("spec", "dontSetFQDN"), hint)


def _order(view: View) -> Iterator[Finding]:
    """In a sequential set nothing may stand after a metric that does not end."""
    if text(mapping(view.spec.get("jobset")).get("order")) != "Sequential":
        return
    for metric, later in pairwise(view.metrics):
        if _is_endless(metric):
            message = f"{later.sheet.name} would never start: {metric.sheet.name} before it has no end"
            yield view.finding("set-order", message, (*later.path, "name"), "give it `completions`, or put it last")


def _is_endless(metric: MetricView) -> bool:
    if metric.sheet.endless is None:
        return False
    options = settings(metric.sheet, metric.data)["options"]
    known = {name: value for name, value in options.items() if isinstance(value, str | int)}
    return bind(metric.sheet.endless, {"options": known}) is True


def _command_lines(view: View) -> Iterator[Finding]:
    """A command line that is split into words must close its quotes."""
    for addon in (addon for metric in view.metrics for addon in metric.addons if addon.sheet.containers is not None):
        line = text(mapping(addon.data.get("options")).get("command"))
        try:
            shlex.split(line)
        except ValueError as error:
            message = f"the command line cannot be split into words: {str(error).lower()}"
            yield view.finding(
                "addon-command", message, (*addon.path, "options", "command"), "quote it as a shell wants it"
            )


def _tolerations(view: View) -> Iterator[Finding]:
    for position, item in enumerate(items(mapping(view.spec.get("pod")).get("tolerations"))):
        path: Path = ("spec", "pod", "tolerations", position)
        toleration = mapping(item)
        operator = text(toleration.get("operator"), "Equal")
        if operator == "Exists" and text(toleration.get("value")):
            yield view.finding(
                "pod-toleration", "with `operator: Exists` there is no value", (*path, "value"), "leave it out"
            )
        if operator != "Exists" and not text(toleration.get("key")):
            yield view.finding(
                "pod-toleration", "a toleration without a key tolerates all", path, "write `operator: Exists`"
            )
        if "tolerationSeconds" in toleration and toleration.get("effect") != "NoExecute":
            message = "`tolerationSeconds` goes with `effect: NoExecute` only"
            yield view.finding("pod-toleration", message, (*path, "tolerationSeconds"))


_RULES: tuple[Rule, ...] = (
    _sizes,
    _characters,
    _integers,
    _identities,
    _pods,
    _images,
    _needed,
    _required,
    _targets,
    _volumes,
    _containers,
    _names,
    _host_names,
    _order,
    _tolerations,
    _command_lines,
)
