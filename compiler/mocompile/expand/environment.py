"""The environment of a measuring container, which carries a user's values to the scripts (docs/architecture.md)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from mocompile.expand.bindings import (
    addon_setting,
    as_expr,
    bound,
    computes,
    environment_text,
    option_value_of,
    setting,
)
from mocompile.expand.plan import EnvEntry, FieldVariable, Variable
from mocompile.expression.fold import fold
from mocompile.expression.nodes import Compare, Const, EnvRef, Expr, If, InstallValue, Not
from mocompile.expression.tree import EnvList, EnvMap

if TYPE_CHECKING:
    from mocompile.catalog.model import Option, PatternJob
    from mocompile.check.metricset import AddonUse, MetricUse

_LABEL = "metadata.labels['jobset.sigs.k8s.io/{}']"
_KINDS: Mapping[str, str] = {"string": "s", "boolean": "s", "integer": "n"}

# The keys that addons add to the METADATA line, in its order.
_ADDON_KEYS = (
    "applicationImage",
    "applicationCommand",
    "storageVolumePath",
    "storageVolumeHostPath",
    "storageVolumeSecretName",
    "storageVolumeClaimName",
    "storageVolumeConfigMapName",
)


def environment(
    metric: MetricUse,
    job: PatternJob,
    job_names: Mapping[str, str],
    acting: Mapping[int, AddonUse],
    targeting: Mapping[int, AddonUse],
    completions: Expr,
    grace: EnvEntry,
) -> tuple[EnvEntry, ...]:
    """The entries for the container of `job`. `acting` has the addons whose script acts in it, by position, and
    `targeting` those that the user aimed at it; `grace` is how long processes have to end.

    A variable comes after those that it refers to: the kubelet only looks back.
    """
    return (
        Variable("MO_ROLE", Const(job.role)),
        FieldVariable("MO_SET", _LABEL.format("jobset-name")),
        FieldVariable("MO_JOB", _LABEL.format("replicatedjob-name")),
        FieldVariable("MO_POD", "metadata.name"),
        FieldVariable("MO_NODE", "spec.nodeName"),
        Variable("MO_PODS", InstallValue(metric.pods_path, "integer")),
        Variable("MO_COMPLETIONS", completions),
        *_of_role(metric, job, job_names),
        *_of_metric(metric),
        *_of_timepoints(metric),
        *_of_addons(metric, acting, targeting),
        Variable("MO_METADATA", _metadata(metric)),
        Variable("MO_INTERACTIVE", Const(True), when=InstallValue(("logging", "interactive"), "boolean")),
        Variable("MO_ENVIRONMENT", Const(False), when=Not(InstallValue(("logging", "environment"), "boolean"))),
        Variable("MO_WAIT_SECONDS", InstallValue(("timeouts", "hostsSeconds"), "integer")),
        grace,
        *user_environment(metric),
    )


def user_environment(metric: MetricUse) -> tuple[EnvEntry, ...]:
    """Return the variables that addons and the user set for every container of the metric; the user's win."""
    return (*_of_environments(metric), EnvMap("", InstallValue((*metric.path, "env"), "object"), sources=True))


def own_options(position: int, addon: AddonUse) -> Iterator[EnvEntry]:
    """Yield the options of an addon; the variables are the same in every container."""
    for name in addon.sheet.options["options"]:
        yield Variable(f"MO_ADDON_{position}_{name.upper()}", addon_setting(addon, name))


def _shown_options(position: int, addon: AddonUse) -> Iterator[EnvEntry]:
    """Yield the options that METADATA shows. A container in which the addon's script does not act needs no others."""
    for name in dict.fromkeys(addon.sheet.metadata.values()):
        yield Variable(f"MO_ADDON_{position}_{name.upper()}", addon_setting(addon, name))


def _of_environments(metric: MetricUse) -> Iterator[EnvEntry]:
    for addon in metric.addons:
        if addon.sheet.environment is not None:
            variables = bound(addon.sheet.environment, addon)
            assert isinstance(variables, dict)
            yield from (Variable(name, as_expr(value)) for name, value in variables.items())


def _of_role(metric: MetricUse, job: PatternJob, job_names: Mapping[str, str]) -> Iterator[EnvEntry]:
    if job.role == "single":
        return
    for other in metric.sheet.jobs:
        yield Variable(f"MO_{other.role.upper()}_JOB", Const(job_names[other.name]))
    subdomain = InstallValue(("serviceName",), "string")
    yield Variable("MO_SUBDOMAIN", subdomain, when=Compare("!=", subdomain, Const("")))
    yield Variable("MO_HOSTS", Const(metric.sheet.hosts))


def _of_metric(metric: MetricUse) -> Iterator[EnvEntry]:
    sheet = metric.sheet
    yield Variable("MO_METRIC", Const(sheet.name))
    yield Variable("MO_METRIC_ID", Const(metric.id))
    yield Variable("MO_IMAGE", InstallValue((*metric.path, "image"), "string"))
    yield Variable("MO_DESCRIPTION", Const(sheet.summary))
    yield Variable("MO_FAMILY", Const(sheet.family))
    yield Variable("MO_REPETITIONS", InstallValue((*metric.path, "repetitions"), "integer"))
    test = computes(metric)
    for option in sheet.options["options"].values():
        if not sheet.is_read(option.name):
            yield Variable(f"MO_{option.variable}", option_value_of(metric, option.name))
        elif test is not None:
            yield Variable(f"MO_{option.variable}", option_value_of(metric, option.name), when=test)
    for option in sheet.options["listOptions"].values():
        yield EnvList(f"MO_{option.variable}", setting(metric, "listOptions", option.name))
    for option in sheet.options["mapOptions"].values():
        yield EnvMap(f"MO_{option.variable}_", setting(metric, "mapOptions", option.name))
    if sheet.two_sided:
        yield Variable("MO_PAIRS", EnvRef(f"MO_{sheet.options['options']['pairs'].variable}"))
    if sheet.script is not None:
        yield Variable("MO_MEASURE", Const(sheet.name))
    if sheet.problem is not None:
        yield Variable("MO_PROBLEM", environment_text(sheet.problem, metric))


def _of_timepoints(metric: MetricUse) -> Iterator[EnvEntry]:
    timepoints = metric.sheet.timepoints
    if timepoints.count is not None:
        yield Variable("MO_ROUNDS", environment_text(timepoints.count, metric))
    if timepoints.every is not None:
        yield Variable("MO_RATE", environment_text(timepoints.every, metric))
    if metric.sheet.echo:
        yield Variable("MO_ECHO", Const(True))
    if timepoints.each:
        yield Variable("MO_EACH", Const(f"MO_{metric.sheet.options['listOptions'][timepoints.each].variable}"))


def _of_addons(
    metric: MetricUse, acting: Mapping[int, AddonUse], targeting: Mapping[int, AddonUse]
) -> Iterator[EnvEntry]:
    for position, addon in enumerate(metric.addons):
        yield from (own_options if position in acting else _shown_options)(position, addon)
    for position, addon in targeting.items():
        yield Variable(f"MO_ADDON_{position}", Const(addon.sheet.name))
        yield Variable(f"MO_ADDON_{position}_METADATA", Const(" ".join(_addon_metadata(position, addon))))
        if addon.sheet.view is not None:
            yield Variable(f"MO_ADDON_{position}_TARGETED", Const(True))
    if acting:
        names = (f"{position}:{addon.sheet.script_name}" for position, addon in acting.items())
        yield Variable("MO_ADDONS", Const(" ".join(names)))


def _metadata(metric: MetricUse) -> Expr:
    """Return words in threes: key, type, variable. Options that computed ones read are there where those are."""
    options = [option for option in metric.sheet.options["options"].values() if option.shell != "block"]
    always = [option for option in options if not metric.sheet.is_read(option.name)]
    whole = Const(" ".join(_metadata_words(metric, options)))
    test = computes(metric) if metric.sheet.computed else Const(True)
    short = Const(" ".join(_metadata_words(metric, always)))
    return short if test is None else fold(If(test, whole, short))


def _metadata_words(metric: MetricUse, options: Iterable[Option]) -> Iterator[str]:
    yield "pods n MO_PODS completions n MO_COMPLETIONS"
    yield from _addon_keys(metric)
    yield "metricName s MO_METRIC metricDescription s MO_DESCRIPTION metricType s MO_FAMILY"
    yield "repetitions n MO_REPETITIONS"
    words = [f"{option.name} {_KINDS[option.kind]} MO_{option.variable}" for option in options]
    if words:
        yield from ("metricOptions { -", *words, "} } -")
    lists = metric.sheet.options["listOptions"].values()
    if lists:
        yield "metricListOptions { -"
        yield from (f"{option.name} l MO_{option.variable}" for option in lists)
        yield "} } -"


def _addon_keys(metric: MetricUse) -> Iterator[str]:
    """Yield the keys that addons add; the first addon with a key shows it."""
    shown: dict[str, str] = {}
    for position, addon in enumerate(metric.addons):
        for key, option in addon.sheet.metadata.items():
            shown.setdefault(key, f"MO_ADDON_{position}_{option.upper()}")
    yield from (f"{key} s {shown[key]}" for key in _ADDON_KEYS if key in shown)


def _addon_metadata(position: int, addon: AddonUse) -> Iterator[str]:
    yield f"pods n MO_PODS metricName s MO_ADDON_{position} metricOptions {{ -"
    for option in addon.sheet.options["options"].values():
        if option.shell != "block":
            yield f"{option.name} {_KINDS[option.kind]} MO_ADDON_{position}_{option.name.upper()}"
    yield "} } -"
