"""Expands one metric of the set to its jobs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from mocompile.catalog.reserved_names import SCRIPTS_MOUNT, SCRIPTS_VOLUME
from mocompile.expand.addons import containers_of, init_containers_of, mounts_of, pull_secrets_of, volumes_of
from mocompile.expand.bindings import scalar, setting, shell_line, shell_option
from mocompile.expand.environment import environment
from mocompile.expand.plan import Container, Job, Mount, Volume
from mocompile.expand.pod import grace_of, pod_of
from mocompile.expression.nodes import Compare, Const, Expr, If, InstallValue, Join
from mocompile.expression.tree import FirstPresent, Quantities

if TYPE_CHECKING:
    from mocompile.catalog.model import PatternJob
    from mocompile.check.metricset import AddonUse, MetricUse
    from mocompile.expression.tree import Tree

_SCRIPTS = Mount(Const(SCRIPTS_VOLUME), Const(SCRIPTS_MOUNT), Const(True))
_CAPABILITIES: Mapping[str, str] = {"allowPtrace": "SYS_PTRACE", "allowAdmin": "SYS_ADMIN"}


def jobs_of(metric: MetricUse, names: Mapping[str, str], after: tuple[str, ...]) -> tuple[Job, ...]:
    """The metric's jobs. `names` has the job name of each role; `after` the jobs that must have finished before."""
    return tuple(_job(metric, job, names, after) for job in metric.sheet.jobs)


def _job(metric: MetricUse, job: PatternJob, names: Mapping[str, str], after: tuple[str, ...]) -> Job:
    sheet = metric.sheet
    mounts = (_SCRIPTS, *mounts_of(metric.addons))
    pod = pod_of(metric, job.role)
    return Job(
        name=names[job.name],
        completions=scalar(job.completions, metric),
        when=None if job.when is None else scalar(job.when, metric),
        init_containers=init_containers_of(metric, mounts),
        containers=(_container(metric, job, names, mounts, pod), *containers_of(metric, mounts)),
        volumes=(Volume(Const(SCRIPTS_VOLUME)), *volumes_of(metric.addons)),
        pod=pod,
        share_process_namespace=sheet.pattern.share_process_namespace,
        sole_tenancy=None if sheet.sole_tenancy is None else scalar(sheet.sole_tenancy, metric),
        pull_secrets=pull_secrets_of(metric.addons),
        decides=job.decides,
        after=after,
    )


def _container(
    metric: MetricUse, job: PatternJob, names: Mapping[str, str], mounts: tuple[Mount, ...], pod: Mapping[str, Tree]
) -> Container:
    sheet = metric.sheet
    targeting = {
        position: addon
        for position, addon in enumerate(metric.addons)
        if addon.sheet.script is not None and _is_target(addon, job)
    }
    acting = {
        position: addon
        for position, addon in enumerate(metric.addons)
        if position in targeting or addon.sheet.view is not None
    }
    return Container(
        name=Const(job.container),
        image=InstallValue((*metric.path, "image"), "string"),
        command=(Const("/bin/sh"), Const(f"{SCRIPTS_MOUNT}/entrypoint.sh")),
        args=_program(metric, job),
        env=environment(metric, job, names, acting, targeting, scalar(job.completions, metric), grace_of(pod)),
        working_dir=None if sheet.working_dir is None else scalar(sheet.working_dir, metric),
        mounts=mounts,
        resources=Quantities(
            FirstPresent((InstallValue((*metric.path, "resources"), "object"), InstallValue(("resources",), "object")))
        ),
        security_context=_security_context(metric, targeting.values()),
        stays=InstallValue(("logging", "interactive"), "boolean"),
    )


def _program(metric: MetricUse, job: PatternJob) -> tuple[Expr, ...]:
    """Return the program line of the container that runs it; nothing for workers and for lists of lines."""
    sheet = metric.sheet
    if sheet.program is None or job.role == "worker":
        return ()
    line = shell_line(sheet.program, metric)
    if not sheet.replaced_by:
        return (line,)
    given = Compare("!=", setting(metric, "options", sheet.replaced_by), Const(""))
    line = If(given, shell_option(metric, sheet.replaced_by), line)
    return (Join((shell_option(metric, "prefix"), Const(" "), line)) if "prefix" in sheet.options["options"] else line,)


def _is_target(addon: AddonUse, job: PatternJob) -> bool:
    options = addon.settings["options"]
    return options.get("target", "") in ("", job.name) and options.get("containerTarget", "") in ("", job.container)


def _security_context(metric: MetricUse, targeting: Iterable[AddonUse]) -> Tree:
    """The Kubernetes fields as written, with the capabilities that `allowPtrace`, `allowAdmin` and addons add."""
    written = metric.security_context
    wanted = [capability for key, capability in _CAPABILITIES.items() if written.get(key)]
    wanted += [capability for addon in targeting for capability in addon.sheet.capabilities]
    context: dict[str, Any] = {key: value for key, value in written.items() if key not in _CAPABILITIES}
    if wanted:
        capabilities = context.get("capabilities", {})
        added = dict.fromkeys([*capabilities.get("add", ()), *wanted])
        context["capabilities"] = {**capabilities, "add": list(added)}
    return context
