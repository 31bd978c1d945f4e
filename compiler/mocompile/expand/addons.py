"""What addons bring into the pods of their metric: volumes, containers, pull secrets."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from mocompile.expand.bindings import as_expr, bound
from mocompile.expand.environment import own_options, user_environment
from mocompile.expand.scripts import container_script
from mocompile.expression import Const, Expr, Value
from mocompile.names import SCRIPTS_MOUNT
from mocompile.plan import Container, Mount, Volume
from mocompile.tree import Present, Quantities, When

if TYPE_CHECKING:
    from mocompile.model import AddonUse, MetricUse
    from mocompile.tree import Tree


def volumes_of(addons: Iterable[AddonUse]) -> tuple[Volume, ...]:
    """The volumes of all addons, in the order in which they were written."""
    return tuple(
        Volume(as_expr(entry["name"]), entry["source"]) for addon in addons for entry in _entries(addon, "volumes")
    )


def mounts_of(addons: Iterable[AddonUse]) -> tuple[Mount, ...]:
    """The mounts of those volumes, the same in every container."""
    return tuple(
        Mount(as_expr(entry["name"]), as_expr(entry["mountPath"]), as_expr(entry.get("readOnly", False)))
        for addon in addons
        for entry in _entries(addon, "volumes")
    )


def containers_of(metric: MetricUse, mounts: tuple[Mount, ...]) -> tuple[Container, ...]:
    """The containers that run beside the metric's own, in the order in which they were written."""
    return tuple(_containers(metric, mounts, before=False))


def init_containers_of(metric: MetricUse, mounts: tuple[Mount, ...]) -> tuple[Container, ...]:
    """The containers that run before the metric's own, or (sidecars) start before and end after them."""
    return tuple(_containers(metric, mounts, before=True))


def pull_secrets_of(addons: Iterable[AddonUse]) -> tuple[Expr, ...]:
    """The Secrets to pull the images of those containers with."""
    return tuple(
        as_expr(entry["pullSecret"])
        for addon in addons
        for entry in _entries(addon, "containers")
        if "pullSecret" in entry
    )


def _containers(metric: MetricUse, mounts: tuple[Mount, ...], *, before: bool) -> Iterator[Container]:
    for position, addon in enumerate(metric.addons):
        for entry in _entries(addon, "containers"):
            sidecar = _flag(addon, entry, "sidecar")
            if before == (sidecar or _flag(addon, entry, "init")):
                yield _container(metric, position, addon, entry, mounts, sidecar=sidecar)


def _container(
    metric: MetricUse,
    position: int,
    addon: AddonUse,
    entry: Mapping[str, Any],
    mounts: tuple[Mount, ...],
    *,
    sidecar: bool,
) -> Container:
    script = entry.get("script")
    words = _words(addon, entry.get("command", ""))
    runner = ["/bin/sh", f"{SCRIPTS_MOUNT}/{container_script(addon.sheet, script)}"] if script else []
    return Container(
        name=as_expr(entry["name"]),
        image=as_expr(entry["image"]),
        command=tuple(Const(word) for word in [*runner, *words]),
        args=(),
        env=(*(own_options(position, addon) if script else ()), *user_environment(metric)),
        mounts=mounts,
        working_dir=as_expr(entry.get("workingDir", "")),
        resources=_resources(entry),
        security_context={"privileged": When(as_expr(entry.get("privileged", False)), True)},
        sidecar=sidecar,
    )


def _flag(addon: AddonUse, entry: Mapping[str, Any], key: str) -> bool:
    """A flag that says what kind of container it is, and so is fixed when the set is compiled."""
    flag = entry.get(key, False)
    return bool(addon.settings["options"][flag.path[-1]] if isinstance(flag, Value) else flag)


def _words(addon: AddonUse, command: Tree) -> list[str]:
    """The command line as words. A Go template cannot split it, so this option is fixed when the set is compiled."""
    if isinstance(command, Value):
        line = addon.settings["options"][command.path[-1]]
        return shlex.split(str(line))
    return shlex.split(str(command))


def _resources(entry: Mapping[str, Any]) -> Tree:
    return {key: Present(Quantities(entry[key])) for key in ("limits", "requests") if key in entry}


def _entries(addon: AddonUse, part: str) -> Iterator[Mapping[str, Any]]:
    template = addon.sheet.volumes if part == "volumes" else addon.sheet.containers
    if template is not None:
        entries = bound(template, addon)
        assert isinstance(entries, list)
        yield from entries
