"""The set as a Helm chart, whose values mirror `spec`.

Chart.yaml, values.yaml, values.schema.json, values-<overlay>.yaml, README.md, .helmignore
templates/jobset.yaml, templates/configmap.yaml, templates/NOTES.txt
templates/_pods.tpl                                  the ends of the pods' names
templates/_suffix.tpl                                the end of the set's name
templates/_helpers.tpl, templates/_mocompile.tpl     copies from charts/
scripts/*.sh                                         copies from the repository
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from mocompile import __version__, shipped
from mocompile.check.object_metadata import KEEP
from mocompile.diagnostics.finding import Finding, InputError
from mocompile.emit.helm.chart_values import Offer
from mocompile.emit.helm.readme import notes, readme
from mocompile.emit.helm.values_overlay import Variant, values_of
from mocompile.emit.helm.values_schema import values_schema
from mocompile.emit.helm.values_yaml import values_yaml
from mocompile.emit.yaml import dump_one
from mocompile.expression.directions import escaped_directions
from mocompile.expression.helm_actions import json_text
from mocompile.expression.nodes import Arithmetic, Const, Join
from mocompile.expression.to_helm import go_template
from mocompile.expression.tree import When

if TYPE_CHECKING:
    from mocompile.check.metricset import MetricSet
    from mocompile.expand.plan import Plan
    from mocompile.expression.tree import Tree

__all__ = ["Variant", "chart"]

# A lower bound only: the JobSet controller enforces its own. A Helm 3 without version information renders for 1.20.
_KUBERNETES = ">=1.20.0-0"
# The beginning of a chart's version; the rest is a hash of the chart. Flux, and whoever pulls from a registry, takes a
# chart only under a new version. The version is a pre-release, because hashes have no order: a chart whose latest
# version is asked for is not found. The hash follows a letter, because a number may not begin with 0.
_VERSION = "0.1.0-h"
_VERSION_DIGITS = 8
# What the templates of the set take (charts/_helpers.tpl).
_CONTEXT = '"Values" .Values "Release" .Release "Chart" .Chart "Template" .Template'
_NAMES_FIT = '{{{{- include "mocompile.requireShort" (dict "root" . "pods" (include "mocompile.pods.{name}" .)) }}}}\n'
_TEXT_FITS = '{{{{- include "mocompile.requireText" (dict "values" .Values "paths" (fromJsonArray {paths})) }}}}\n'
_KEPT_FITS = '{{{{- include "mocompile.requireKept" (dict "values" .Values "keys" (fromJsonArray {keys})) }}}}\n'
_SHIPPED = ("_helpers.tpl", "_mocompile.tpl")


def chart(
    metricset: MetricSet, plan: Plan, overlays: Mapping[str, Variant], version: str | None = None
) -> dict[str, str]:
    """Return the files of the chart by path. Without a `version`, the chart has one that changes with its files.

    Raises `InputError` for an overlay that a values file cannot express.
    """
    offer = Offer(metricset, plan)
    config_map, job_set = offer.objects
    assert isinstance(config_map, Mapping)
    files = {
        ".helmignore": (shipped.folder("charts") / "helmignore").read_text("utf-8"),
        "README.md": readme(offer, sorted(overlays)),
        "values.yaml": values_yaml(offer),
        "values.schema.json": escaped_directions(json.dumps(values_schema(offer), indent=2, ensure_ascii=False)) + "\n",
        **_variants(offer, overlays),
        "templates/configmap.yaml": _config_map(config_map, plan),
        "templates/jobset.yaml": _job_set(job_set, offer),
        "templates/_pods.tpl": _pods(plan),
        "templates/_suffix.tpl": _suffix(plan),
        "templates/NOTES.txt": notes(offer),
        **{f"templates/{name}": (shipped.folder("charts") / name).read_text("utf-8") for name in _SHIPPED},
        **{f"scripts/{name}": text for name, text in plan.scripts.items()},
    }
    return {"Chart.yaml": dump_one(_about(plan, version or _version_of(plan, files))), **files}


def _version_of(plan: Plan, files: Mapping[str, str]) -> str:
    about = dump_one(_about(plan, ""))
    text = json.dumps({"Chart.yaml": about, **files}, sort_keys=True)
    return _VERSION + hashlib.sha256(text.encode()).hexdigest()[:_VERSION_DIGITS]


def _variants(offer: Offer, overlays: Mapping[str, Variant]) -> dict[str, str]:
    """Return the values files of the overlays. Raises `InputError` with the findings of all overlays."""
    files: dict[str, str] = {}
    findings: list[Finding] = []
    for name, variant in sorted(overlays.items()):
        try:
            files[f"values-{name}.yaml"] = values_of(offer, name, variant)
        except InputError as error:
            findings.extend(error.findings)
    if findings:
        raise InputError(findings)
    return files


def _job_set(job_set: Tree, offer: Offer) -> str:
    """Return the JobSet's template: its definition, which the name by content also uses, and the checks before it."""
    name = offer.plan.name
    paths = json_text(json.dumps([list(path) for path in offer.paths if offer.is_text(path)]))
    checks = _TEXT_FITS.format(paths=paths) + _KEPT_FITS.format(keys=json_text(json.dumps(list(KEEP))))
    printed = f'{{{{- include "mocompile.jobset.{name}" . }}}}\n'
    return (
        _defined(f"mocompile.jobset.{name}", go_template(job_set))
        + checks
        + _with_context(name, _NAMES_FIT.format(name=name) + printed)
    )


def _defined(name: str, body: str) -> str:
    return f'{{{{- define "{name}" -}}}}\n{body}{{{{- end }}}}\n'


def _with_context(name: str, body: str) -> str:
    """Return a template in which `.` is the context of the set."""
    return (
        f'{{{{- $suffix := include "mocompile.suffix.{name}" . }}}}\n'
        f'{{{{- $name := print (include "mocompile.releaseName" .) $suffix }}}}\n'
        f'{{{{- with dict {_CONTEXT} "SetName" $name "Suffix" $suffix }}}}\n'
        f"{body}{{{{- end }}}}\n"
    )


def _suffix(plan: Plan) -> str:
    """Return the definition of the end of the name: nothing, or by content."""
    scripts = "".join(f" {json_text(name)} (.Files.Get {json_text(f'scripts/{name}')})" for name in plan.scripts)
    return _defined(
        f"mocompile.suffix.{plan.name}",
        '{{- if eq (include "mocompile.text" .Values.jobset.nameSuffix) "content" }}\n'
        f'{{{{- $nameless := dict {_CONTEXT} "SetName" "" "Suffix" "" }}}}\n'
        f'{{{{- $jobset := include "mocompile.jobset.{plan.name}" $nameless }}}}\n'
        f'{{{{- include "mocompile.contentSuffix" (dict "jobset" $jobset "scripts" (dict{scripts})) }}}}\n'
        "{{- end }}\n",
    )


def _about(plan: Plan, version: str) -> Mapping[str, object]:
    return {
        "apiVersion": "v2",
        "name": plan.name,
        "description": f"The metric set {plan.name}: a JobSet, and a ConfigMap with its scripts.",
        "type": "application",
        "version": version,
        "appVersion": __version__,
        "kubeVersion": _KUBERNETES,
        "keywords": ["benchmark", "jobset", "metrics"],
    }


def _pods(plan: Plan) -> str:
    """Return the part after the set's name in each job's longest pod name, and whether host names are full ones."""
    suffixes: list[Tree] = []
    for job in plan.jobs:
        last = Arithmetic("-", job.completions, Const(1))
        suffix = Join((Const(f"-{job.name}-0-"), last, Const("-abcde")))
        suffixes.append(suffix if job.when is None else When(job.when, suffix))
    names: Tree = {
        "suffixes": suffixes,
        "fullHostNames": plan.fqdn,
    }
    return f'{{{{- define "mocompile.pods.{plan.name}" }}}}\n{go_template(names)}{{{{- end }}}}\n'


def _config_map(config_map: Mapping[str, object], plan: Plan) -> str:
    """Return the ConfigMap's template. It reads the scripts from the chart's files, unchanged."""
    head = go_template({key: value for key, value in config_map.items() if key != "data"})  # type: ignore[misc]
    data = "".join(
        f'  {name}: {{{{ include "mocompile.json" ($.Files.Get {json_text(f"scripts/{name}")}) }}}}\n'
        for name in plan.scripts
    )
    return _with_context(plan.name, f"{head}data:\n{data}")
