"""The set as a Helm chart, whose values mirror `spec`.

Chart.yaml, values.yaml, values.schema.json, values-<overlay>.yaml, README.md, .helmignore
templates/jobset.yaml, templates/configmap.yaml, templates/NOTES.txt
templates/_pods.tpl                                  the ends of the pods' names
templates/_helpers.tpl, templates/_mocompile.tpl     copies from charts/
scripts/*.sh                                         copies from the repository
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from mocompile import __version__, shipped
from mocompile.diagnostics.finding import Finding, InputError
from mocompile.emit.helm.chart_values import Offer
from mocompile.emit.helm.readme import notes, readme
from mocompile.emit.helm.values_overlay import Variant, values_of
from mocompile.emit.helm.values_schema import values_schema
from mocompile.emit.helm.values_yaml import values_yaml
from mocompile.emit.yaml import dump_one
from mocompile.expression.directions import escaped_directions
from mocompile.expression.helm_actions import json_text
from mocompile.expression.nodes import Arithmetic, Const, InstallValue, Join
from mocompile.expression.to_helm import go_template
from mocompile.expression.tree import When

if TYPE_CHECKING:
    from mocompile.check.metricset import MetricSet
    from mocompile.expand.plan import Plan
    from mocompile.expression.tree import Tree

__all__ = ["Variant", "chart"]

# A lower bound only: the JobSet controller enforces its own. A Helm 3 without version information renders for 1.20.
_KUBERNETES = ">=1.20.0-0"
_VERSION = "0.1.0"
_NAMES_FIT = '{{{{- include "mocompile.requireShort" (dict "root" $ "pods" (include "mocompile.pods.{name}" $)) }}}}\n'
_TEXT_FITS = '{{{{- include "mocompile.requireText" (dict "values" .Values "paths" (fromJsonArray {paths})) }}}}\n'
_SHIPPED = ("_helpers.tpl", "_mocompile.tpl")


def chart(metricset: MetricSet, plan: Plan, overlays: Mapping[str, Variant]) -> dict[str, str]:
    """Return the files of the chart by path. Raises `InputError` for an overlay that a values file cannot express."""
    offer = Offer(metricset, plan)
    config_map, job_set = offer.objects
    assert isinstance(config_map, Mapping)
    return {
        "Chart.yaml": dump_one(_about(plan)),
        ".helmignore": (shipped.folder("charts") / "helmignore").read_text("utf-8"),
        "README.md": readme(offer, sorted(overlays)),
        "values.yaml": values_yaml(offer),
        "values.schema.json": escaped_directions(json.dumps(values_schema(offer), indent=2, ensure_ascii=False)) + "\n",
        **_variants(offer, overlays),
        "templates/configmap.yaml": _config_map(config_map, plan),
        "templates/jobset.yaml": _checks(offer) + go_template(job_set),
        "templates/_pods.tpl": _pods(plan),
        "templates/NOTES.txt": notes(offer),
        **{f"templates/{name}": (shipped.folder("charts") / name).read_text("utf-8") for name in _SHIPPED},
        **{f"scripts/{name}": text for name, text in plan.scripts.items()},
    }


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


def _checks(offer: Offer) -> str:
    """Return the checks of the release and of the values before rendering, beyond their schema."""
    paths = json_text(json.dumps([list(path) for path in offer.paths if offer.is_text(path)]))
    return _NAMES_FIT.format(name=offer.plan.name) + _TEXT_FITS.format(paths=paths)


def _about(plan: Plan) -> Mapping[str, object]:
    return {
        "apiVersion": "v2",
        "name": plan.name,
        "description": f"The metric set {plan.name}: a JobSet, and a ConfigMap with its scripts.",
        "type": "application",
        "version": _VERSION,
        "appVersion": __version__,
        "kubeVersion": _KUBERNETES,
        "keywords": ["benchmark", "jobset", "metrics"],
    }


def _pods(plan: Plan) -> str:
    """Return the part after the set's name in each job's longest pod name; for full host names, also the subdomain."""
    suffixes: list[Tree] = []
    for job in plan.jobs:
        last = Arithmetic("-", job.completions, Const(1))
        suffix = Join((Const(f"-{job.name}-0-"), last, Const("-abcde")))
        suffixes.append(suffix if job.when is None else When(job.when, suffix))
    names: Tree = {
        "suffixes": suffixes,
        **({"subdomain": InstallValue(("serviceName",), "string")} if plan.fqdn else {}),
    }
    return f'{{{{- define "mocompile.pods.{plan.name}" }}}}\n{go_template(names)}{{{{- end }}}}\n'


def _config_map(config_map: Mapping[str, object], plan: Plan) -> str:
    """Return the ConfigMap's template. It reads the scripts from the chart's files, unchanged."""
    head = go_template({key: value for key, value in config_map.items() if key != "data"})  # type: ignore[misc]
    data = "".join(
        f'  {name}: {{{{ include "mocompile.json" (.Files.Get {json_text(f"scripts/{name}")}) }}}}\n'
        for name in plan.scripts
    )
    return f"{head}data:\n{data}"
