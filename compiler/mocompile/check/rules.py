"""Rules for a set as a whole.

- Each metric, and each addon of a metric, has an identity of its own: its `id`, or its name.
- An option is written once, under its name or its alias; what is required is there, and so is one of those of which one
  is needed. A metric without an image of its own is given one.
- An option that has no effect is a warning.
- There are as many pods as each metric needs.
- Names of jobs and pods, `<set>-<job>-0-<pod>-abcde`, have 63 characters at most (the JobSet webhook); full host names,
  where they are set, 64 (the kernel).
- Nothing waits for a metric that has no end: no other metric of a sequential set, and no repetition of its own.
- Pairs of groups name the variable of the group, and pairs with suspects name the suspects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

from mocompile.check.addon_parts import holds
from mocompile.check.context import AddonView, CheckContext, Data, MetricView, mapping, settings, text
from mocompile.check.job_names import job_names
from mocompile.diagnostics.finding import Finding
from mocompile.document.tree import Path, field_name
from mocompile.schema.files import read
from mocompile.schema.violations import as_hint, is_beside, shown

MAX_NAME = 63
MAX_HOST_NAME = 64
_NEEDED_BY_PAIRS = {"same": "pairsGroup", "other": "pairsGroup", "suspects": "pairsSuspects"}
_POD_SUFFIX = "-abcde"
# As long as the hash at the end of a name by content.
CONTENT_SUFFIX = "-01234567"

Rule = Callable[[CheckContext], Iterator[Finding]]


def findings(view: CheckContext) -> Iterator[Finding]:
    """The findings of every rule."""
    for rule in _RULES:
        yield from rule(view)


def _identities(view: CheckContext) -> Iterator[Finding]:
    yield from _unique(view, [(metric.path, metric.data) for metric in view.metrics], "metric")
    for metric in view.metrics:
        yield from _unique(view, [(addon.path, addon.data) for addon in metric.addons], "addon")


def _unique(view: CheckContext, entries: list[tuple[Path, Data]], noun: str) -> Iterator[Finding]:
    seen: dict[str, Path] = {}
    for path, data in entries:
        identity = text(data.get("id")) or text(data.get("name"))
        if identity in seen:
            first = view.place(*seen[identity], "id" if "id" in data else "name").line
            written = "id" in data
            message = f"duplicate {noun} {shown(identity)} (first in line {first})"
            hint = "ids must differ" if written else f"give each its own `id:`, for example `id: {identity}-2`"
            yield view.finding("set-twice", message, (*path, "id" if written else "name"), hint)
        seen.setdefault(identity, path)


def _pods(view: CheckContext) -> Iterator[Finding]:
    for metric in view.metrics:
        own = "pods" in metric.data
        written = (metric.data if own else view.spec).get("pods", 1)
        least = metric.sheet.minimum_pods
        # What is no number, the schema says; how many they are is not known.
        if not isinstance(written, str) and 1 <= metric.pods < least:
            where: Path = metric.pods_path if own or "pods" in view.spec else (*metric.path, "name")
            message = f"{metric.sheet.name} needs at least {least} pods, not {metric.pods}"
            hint = f"set `{'pods' if own else 'spec.pods'}: {least}` or more"
            yield view.finding("pods-minimum", message, where, hint)


def _images(view: CheckContext) -> Iterator[Finding]:
    for metric in view.metrics:
        if not metric.sheet.image and "image" not in metric.data:
            message = f"missing `image`: {metric.sheet.name} has no default image"
            yield view.finding(
                "metric-image", message, (*metric.path, "name"), "write `image:` beside the metric's name"
            )


def _needed(view: CheckContext) -> Iterator[Finding]:
    for entry in view.entries:
        wanted = entry.sheet.needs_one_of
        if wanted and not any(_is_given(entry, name) or _is_beside(entry, name) for name in wanted):
            message = f"{entry.sheet.name} needs one of {', '.join(wanted)}"
            yield view.finding("option-one-of", message, (*entry.path, "name"), "set at least one of them")


def _is_given(entry: MetricView | AddonView, name: str) -> bool:
    group, _, option = name.rpartition(".")
    return bool(mapping(entry.data.get(group or "options")).get(option))


def _is_beside(entry: MetricView | AddonView, name: str) -> bool:
    return is_beside(entry.data, name.rpartition(".")[2], read("metricset"))


def _required(view: CheckContext) -> Iterator[Finding]:
    """Required options under a group that is not there at all, which the schema could only name as a whole."""
    for entry in view.entries:
        for group, options in entry.sheet.options.items():
            for option in options.values():
                if option.required and group not in entry.data and not _is_beside(entry, option.name):
                    about = as_hint(option.schema.get("description", ""))
                    message = f"{field_name(entry.path)}: missing option '{group}.{option.name}'"
                    message += f" ({about})" if about else ""
                    yield view.finding("schema-missing", message, (*entry.path, "name"))


def _aliases(view: CheckContext) -> Iterator[Finding]:
    for entry in view.entries:
        for group, options in entry.sheet.options.items():
            for option in options.values():
                if {option.alias, option.name} <= mapping(entry.data.get(group)).keys():
                    message = f"'{option.alias}' is another name of '{option.name}', which is also set"
                    where = (*entry.path, group, option.alias)
                    yield view.finding("option-twice", message, where, "keep one", key=True)


def _deprecated(view: CheckContext) -> Iterator[Finding]:
    """Warn about options that have no effect."""
    for entry in view.entries:
        for option in entry.sheet.options["options"].values():
            if option.deprecated and option.name in mapping(entry.data.get("options")):
                message = f"`{option.name}` of {entry.sheet.name} has no effect: {option.deprecated}"
                where = (*entry.path, "options", option.name)
                yield view.finding("option-deprecated", message, where, "leave it out", key=True, level="warning")


def _names(view: CheckContext) -> Iterator[Finding]:
    name, end = text(view.metadata.get("name")), content_suffix(view)
    longest = max((len(suffix) for suffix in _suffixes(view)), default=0) + len(end)
    if name and len(name) <= MAX_NAME < len(name) + longest:
        cause = "with the hash of its content, " if end else ""
        message = f"metadata.name: {shown(name)} is too long: {cause}the pods' names would exceed {MAX_NAME} characters"
        yield view.finding("name-length", message, ("metadata", "name"), f"use at most {MAX_NAME - longest} characters")
    service = text(view.spec.get("serviceName"))
    if service and len(service) <= MAX_NAME < len(service) + len(end):
        message = f"spec.serviceName: {shown(service)} is too long: with the hash of the set's content"
        message += f" it would exceed {MAX_NAME} characters"
        hint = f"use at most {MAX_NAME - len(end)} characters"
        yield view.finding("name-length", message, ("spec", "serviceName"), hint)


def content_suffix(view: CheckContext) -> str:
    """Return an example of the hash at the end of the set's name; nothing if the name has no hash."""
    return CONTENT_SUFFIX if mapping(view.spec.get("jobset")).get("nameSuffix") == "content" else ""


def _suffixes(view: CheckContext) -> Iterator[str]:
    """Return the part after the set's name in each job's longest pod name: `-w-0-6-abcde`."""
    for metric, names in zip(view.metrics, job_names([metric.sheet for metric in view.metrics]), strict=True):
        for job in metric.sheet.jobs:
            if job.role != "worker" or metric.pods > 1:
                last = {"single": metric.pods - 1, "launcher": 0, "worker": metric.pods - 2}[job.role]
                yield f"-{names[job.name]}-0-{last}{_POD_SUFFIX}"


def _host_names(view: CheckContext) -> Iterator[Finding]:
    """With `dontSetFQDN: false` the kernel gets the full name, and takes 64 characters of it at most."""
    if view.spec.get("dontSetFQDN") is not False:
        return
    end = content_suffix(view)
    name = text(view.metadata.get("name"))
    subdomain = (text(view.spec.get("serviceName")) or name) + end
    # Where nobody wrote a namespace, it has one character at least.
    namespace = text(view.metadata.get("namespace")) or "?"
    hosts = [
        f"{name}{end}{suffix.removesuffix(_POD_SUFFIX)}.{subdomain}.{namespace}.svc.cluster.local"
        for suffix in _suffixes(view)
    ]
    longest = max(hosts, key=len, default="")
    if len(longest) > MAX_HOST_NAME:
        message = f"the host name {longest} has {len(longest)} characters; Linux takes at most {MAX_HOST_NAME}"
        hint = "shorten the name of the set, `serviceName` or the namespace, or remove `dontSetFQDN`"
        yield view.finding("name-fqdn", message, ("spec", "dontSetFQDN"), hint)


def _order(view: CheckContext) -> Iterator[Finding]:
    """In a sequential set, no metric may follow an endless one."""
    if text(mapping(view.spec.get("jobset")).get("order")) != "Sequential":
        return
    for metric, later in pairwise(view.metrics):
        if _is_endless(metric):
            message = f"{later.sheet.name} would never start: {metric.sheet.name} before it never ends"
            yield view.finding(
                "set-order", message, (*later.path, "name"), "set `completions`, or move the endless metric to the end"
            )


def _queue(view: CheckContext) -> Iterator[Finding]:
    """Warn about `suspend` with a queue: Kueue sets the field, and applying the manifest again would reset it."""
    jobset = mapping(view.spec.get("jobset"))
    if text(jobset.get("queueName")) and isinstance(jobset.get("suspend"), bool):
        message = "Kueue sets `suspend` of a set that has a queue; applied again, this manifest takes it back"
        where = ("spec", "jobset", "suspend")
        yield view.finding("suspend-with-queue", message, where, "remove `suspend`", key=True, level="warning")


def _repetitions(view: CheckContext) -> Iterator[Finding]:
    """An endless metric cannot be repeated."""
    for metric in view.metrics:
        if metric.data.get("repetitions", 1) != 1 and _is_endless(metric):
            message = f"{metric.sheet.name} cannot be repeated: it never ends"
            yield view.finding("set-order", message, (*metric.path, "repetitions"), "set `completions`")


def _pairs(view: CheckContext) -> Iterator[Finding]:
    """Some kinds of pairs need another option."""
    for metric in view.metrics:
        if not metric.sheet.two_sided:
            continue
        options = settings(metric.sheet, metric.data)["options"]
        needed = _NEEDED_BY_PAIRS.get(str(options["pairs"]))
        if needed is not None and options[needed] == "":
            message = f"`pairs: {options['pairs']}` needs `{needed}`"
            about = as_hint(metric.sheet.options["options"][needed].schema["description"])
            where = (*metric.path, "options", "pairs")
            yield view.finding("option-one-of", message, where, f"set `options.{needed}`: {about}")


def _is_endless(metric: MetricView) -> bool:
    return metric.sheet.endless is not None and holds(metric.sheet.endless, metric)


_RULES: tuple[Rule, ...] = (
    _identities,
    _pods,
    _images,
    _needed,
    _required,
    _aliases,
    _deprecated,
    _names,
    _host_names,
    _order,
    _queue,
    _repetitions,
    _pairs,
)
