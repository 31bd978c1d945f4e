"""Expands the addons of a metric: volumes, containers, pull secrets, and the containers' scripts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from mocompile.catalog.reserved_names import SCRIPTS_MOUNT, VIEW_COPIER
from mocompile.expand.bindings import as_expr, bound
from mocompile.expand.environment import own_options, user_environment
from mocompile.expand.plan import Container, Mount, Variable, Volume
from mocompile.expression.nodes import Const, Expr, InstallValue
from mocompile.expression.tree import KeyPaths, Present, Quantities, When

if TYPE_CHECKING:
    from mocompile.catalog import AddonSheet
    from mocompile.check.metricset import AddonUse, MetricUse
    from mocompile.expand.plan import EnvEntry
    from mocompile.expression.tree import Tree


def volumes_of(addons: Iterable[AddonUse]) -> tuple[Volume, ...]:
    """The volumes of all addons, in the order in which they were written; JobSet adds those without a source."""
    return tuple(
        Volume(as_expr(entry["name"]), _source(addon, entry["source"]))
        for addon in addons
        for entry in _volumes(addon)
        if "source" in entry
    )


def mounts_of(addons: Iterable[AddonUse]) -> tuple[Mount, ...]:
    """The mounts of those volumes, the same in every container."""
    return tuple(
        Mount(as_expr(entry["name"]), as_expr(entry["mountPath"]), as_expr(entry.get("readOnly", False)))
        for addon in addons
        for entry in _volumes(addon)
    )


def containers_of(metric: MetricUse, mounts: tuple[Mount, ...]) -> tuple[Container, ...]:
    """The containers that run beside the metric's own, in the order in which they were written."""
    return tuple(_containers(metric, mounts, before=False))


def init_containers_of(metric: MetricUse, mounts: tuple[Mount, ...]) -> tuple[Container, ...]:
    """The containers that run before the metric's own, or (sidecars) start before and end after them."""
    return tuple(_containers(metric, mounts, before=True))


def pull_secrets_of(addons: Iterable[AddonUse]) -> tuple[Expr, ...]:
    """The names of the Secrets to pull the images of those containers with; empty names are left out."""
    secrets = (entry.get("pullSecret", "") for addon in addons for entry in _entries(addon, "containers"))
    return tuple(as_expr(secret) for secret in secrets if secret != "")


def container_scripts_of(addon: AddonUse) -> Iterator[tuple[str, str]]:
    """The files of the ConfigMap that those containers run: name and text."""
    for entry in _entries(addon, "containers"):
        if script := str(entry.get("script", "")):
            yield _script_file(addon.sheet, script), addon.sheet.container_scripts[script]


def _volumes(addon: AddonUse) -> Iterator[Mapping[str, Any]]:
    yield from _entries(addon, "volumes")
    if addon.sheet.view is not None:
        view = _view(addon)
        yield {"name": addon.id, "source": {"emptyDir": {}}, "mountPath": view["mount"]}


def _source(addon: AddonUse, source: Tree, key: str = "") -> Tree:
    """A volume's source, whose `items` may be a mapping of keys to paths.

    An option whose default is nothing (empty text, `false`, no entries) is left out where it has none.
    """
    if key == "items" and _is_mapping(source):
        return KeyPaths(source)
    if isinstance(source, When):
        return When(source.test, _source(addon, source.body))
    if isinstance(source, Mapping):
        return {name: _source(addon, value, name) for name, value in source.items()}
    if isinstance(source, InstallValue) and _is_nothing_by_default(addon, source):
        return When(source, True) if source.kind == "boolean" else Present(source)
    return source


def _is_nothing_by_default(addon: AddonUse, value: InstallValue) -> bool:
    return any(
        value.path[-2:] == (group, name) and not option.required and not option.default
        for group, options in addon.sheet.options.items()
        for name, option in options.items()
    )


def _is_mapping(value: object) -> bool:
    return isinstance(value, Mapping) or (isinstance(value, InstallValue) and value.kind == "object")


def _containers(metric: MetricUse, mounts: tuple[Mount, ...], *, before: bool) -> Iterator[Container]:
    for position, addon in enumerate(metric.addons):
        if before and addon.sheet.view is not None:
            yield _view_container(metric, addon, mounts)
        for entry in _entries(addon, "containers"):
            sidecar = bool(entry.get("sidecar", False))
            if before == (sidecar or bool(entry.get("init", False))):
                yield _container(metric, position, addon, entry, mounts, sidecar=sidecar)


def _view_container(metric: MetricUse, addon: AddonUse, mounts: tuple[Mount, ...]) -> Container:
    """The init container that copies a software view into the volume of the addon."""
    view = _view(addon)
    return Container(
        name=Const(addon.id),
        image=as_expr(view["image"]),
        command=(Const("/bin/sh"), Const(f"{SCRIPTS_MOUNT}/{VIEW_COPIER}")),
        args=(),
        env=(Variable("MO_VIEW", as_expr(view["mount"])), *user_environment(metric)),
        mounts=mounts,
    )


def _container(
    metric: MetricUse,
    position: int,
    addon: AddonUse,
    entry: Mapping[str, Any],
    mounts: tuple[Mount, ...],
    *,
    sidecar: bool,
) -> Container:
    # Split into words like a shell. A Go template cannot, so the line is fixed when the set is compiled.
    import shlex

    words = shlex.split(str(entry.get("command", "")))
    runner: list[str] = []
    own: tuple[EnvEntry, ...] = ()
    if script := str(entry.get("script", "")):
        runner = ["/bin/sh", f"{SCRIPTS_MOUNT}/{_script_file(addon.sheet, script)}"]
        own = (Variable("MO_ADDON", Const(position)), *own_options(position, addon))
    return Container(
        name=as_expr(entry["name"]),
        image=as_expr(entry["image"]),
        command=tuple(Const(word) for word in [*runner, *words]),
        args=(),
        env=(*own, *user_environment(metric)),
        mounts=mounts,
        working_dir=as_expr(entry.get("workingDir", "")),
        resources={key: Present(Quantities(entry[key])) for key in ("limits", "requests") if key in entry},
        security_context={"privileged": When(as_expr(entry.get("privileged", False)), True)},
        sidecar=sidecar,
    )


def _script_file(sheet: AddonSheet, script: str) -> str:
    return f"addon-{sheet.name}-{script}"


def _view(addon: AddonUse) -> Mapping[str, Any]:
    assert addon.sheet.view is not None
    view = bound(addon.sheet.view, addon)
    assert isinstance(view, dict)
    return view


def _entries(addon: AddonUse, part: str) -> Iterator[Mapping[str, Any]]:
    template = addon.sheet.volumes if part == "volumes" else addon.sheet.containers
    if template is not None:
        entries = bound(template, addon)
        assert isinstance(entries, list)
        yield from entries
