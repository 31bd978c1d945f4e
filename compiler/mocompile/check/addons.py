"""Rules for addons: their options, their metric, and other addons.

- `target` is a job of the metric, `containerTarget` one of its containers.
- Names of volumes and places of mounts are each there once, and are not those of the scripts. The API takes `/a` beside
  `/a/`; one of the two would hide the other, so that this is refused here.
- `hostPath` has no `..` in it (API).
- An empty volume of huge pages needs a limit of such pages for the metric's own containers (kubelet).
- Names of containers are there once in a pod (API).
- A command line that is split into words closes its quotes.
- A script that a container runs is in the addon's folder.
- Some addons are allowed only once per metric.
- An addon whose programs know a pod by its short host name refuses what gives it another.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from mocompile.catalog.reserved_names import SCRIPTS_MOUNT, SCRIPTS_VOLUME
from mocompile.check.addon_parts import AddonParts, containers, volumes
from mocompile.check.context import AddonView, CheckContext, MetricView, mapping, text
from mocompile.check.pod_fields import pod_views
from mocompile.diagnostics.finding import Finding, nearest
from mocompile.schema.violations import shown


def findings(view: CheckContext) -> Iterator[Finding]:
    """Yield findings for the addons of each metric."""
    for metric in view.metrics:
        for addon in metric.addons:
            yield from _targets(view, metric, addon)
            yield from _commands(view, addon)
            yield from _scripts(view, addon)
            yield from _short_host_names(view, metric, addon)
        yield from _once_per_metric(view, metric)
        parts = [part for addon in metric.addons for part in volumes(addon)]
        yield from _once(view, parts, "name", "volume", {SCRIPTS_VOLUME: "the scripts"})
        yield from _once(view, parts, "mountPath", "mount path", {SCRIPTS_MOUNT: "the scripts"})
        yield from _host_paths(view, parts)
        yield from _huge_pages(view, metric, parts)
        own = {job.container: "the metric's own container" for job in metric.sheet.jobs}
        more = [part for addon in metric.addons for part in containers(addon)]
        yield from _once(view, more, "name", "container", own)


def _targets(view: CheckContext, metric: MetricView, addon: AddonView) -> Iterator[Finding]:
    if addon.sheet.targeted:
        jobs = {"job": metric.sheet.roles, "container": tuple(job.container for job in metric.sheet.jobs)}
        yield from _target(view, metric, addon, "target", "job", jobs["job"])
        yield from _target(view, metric, addon, "containerTarget", "container", jobs["container"])


def _target(
    view: CheckContext, metric: MetricView, addon: AddonView, option: str, noun: str, known: tuple[str, ...]
) -> Iterator[Finding]:
    written = text(mapping(addon.data.get("options")).get(option))
    if written and written not in known:
        message = f"{metric.sheet.name} has no {noun} {shown(written)}"
        hint = nearest(written, known) or f"it has {', '.join(known)}"
        yield view.finding("addon-target", message, (*addon.path, "options", option), hint)


def _once_per_metric(view: CheckContext, metric: MetricView) -> Iterator[Finding]:
    lines: dict[str, int] = {}
    for addon in metric.addons:
        name = addon.sheet.name
        if addon.sheet.once_per_metric and name in lines:
            message = f"{metric.sheet.name} already has a {name} in line {lines[name]}: only one per metric works"
            yield view.finding("addon-once", message, (*addon.path, "name"), "keep one, or move one to another metric")
        lines.setdefault(name, view.place(*addon.path).line)


def _once(view: CheckContext, parts: list[AddonParts], key: str, noun: str, taken: dict[str, str]) -> Iterator[Finding]:
    """Findings where two parts have the same `key`, or one has what is `taken` from the start."""
    for part in parts:
        written = text(part.value(key))
        value = _normal(written) if key == "mountPath" else written
        if value in taken:
            message = f"the {noun} {shown(written)} is already used by {taken[value]}"
            yield view.finding("addon-twice", message, part.path(key), "take another")
        elif value:
            taken[value] = f"the {part.addon.sheet.name} of line {view.place(*part.addon.path).line}"


def _normal(path: str) -> str:
    """`path` as the kernel follows it, but for links. Two slashes at the begin are one."""
    return posixpath.normpath("/" + path.lstrip("/")) if path else ""


def _host_paths(view: CheckContext, parts: list[AddonParts]) -> Iterator[Finding]:
    for part in parts:
        source = part.tree.get("source")
        path = text(mapping(mapping(part.value("source")).get("hostPath")).get("path"))
        if source is not None and ".." in path.split("/"):
            message = f"invalid folder {shown(path)} of the node: it contains '..'"
            where = (*part.addon.path, "options", "hostPath")
            yield view.finding("volume-host-path", message, where, "write the path without '..'")


def _huge_pages(view: CheckContext, metric: MetricView, parts: list[AddonParts]) -> Iterator[Finding]:
    resources = mapping(metric.data.get("resources")) or mapping(view.spec.get("resources"))
    limited = [name for name in mapping(resources.get("limits")) if name.startswith("hugepages-")]
    for part in parts:
        medium = text(mapping(mapping(part.value("source")).get("emptyDir")).get("medium"))
        if not medium.startswith("HugePages"):
            continue
        size = medium.removeprefix("HugePages").removeprefix("-")
        if (f"hugepages-{size}" not in limited) if size else len(limited) != 1:
            wanted = f"hugepages-{size}" if size else "one size of huge pages, such as hugepages-2Mi"
            message = f"`medium: {medium}` needs a limit of {wanted}: without it the pods would never start"
            hint = "write it under `resources.limits` of the metric or of `spec`"
            yield view.finding("volume-huge-pages", message, (*part.addon.path, "options", "medium"), hint)


def _commands(view: CheckContext, addon: AddonView) -> Iterator[Finding]:
    import shlex

    for part in containers(addon):
        try:
            shlex.split(text(part.value("command")))
        except ValueError as error:
            message = f"the command line cannot be split into words: {str(error).lower()}"
            hint = "close the quote, or write \\' or \\\" for a literal quote"
            yield view.finding("addon-command", message, part.path("command"), hint)


def _scripts(view: CheckContext, addon: AddonView) -> Iterator[Finding]:
    for part in containers(addon):
        script = text(part.value("script"))
        if script and script not in addon.sheet.container_scripts:
            named = shown(script)
            message = f"a container of {addon.sheet.name} runs the script {named}, and its folder has no such file"
            yield view.finding(
                "addon-script", message, part.path("script"), nearest(script, addon.sheet.container_scripts)
            )


def _short_host_names(view: CheckContext, metric: MetricView, addon: AddonView) -> Iterator[Finding]:
    if not addon.sheet.short_host_names:
        return
    why = f"{addon.sheet.name} (line {view.place(*addon.path).line}) needs pods with short host names"
    if view.spec.get("dontSetFQDN") is False:
        yield view.finding("addon-host-name", why, ("spec", "dontSetFQDN"), "remove `dontSetFQDN`")
    hint = "remove `hostNetwork`, which gives the pods the node's name"
    for path in dict.fromkeys(
        pod.path("hostNetwork") for pod in pod_views(view) if pod.metric == metric and pod.get("hostNetwork") is True
    ):
        yield view.finding("addon-host-name", why, path, hint)
