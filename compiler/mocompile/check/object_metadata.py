"""Rules for the labels and annotations of the two objects, the JobSet and the ConfigMap.

- A label or annotation that mocompile sets, or that a field of `spec.jobset` sets, is not written by hand.
- No label or annotation of one object is also one of both objects.
- With `spec.jobset.keep`, its annotations are not written by hand either.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mocompile.check.context import CheckContext, Data, mapping
from mocompile.diagnostics.finding import Finding
from mocompile.document.tree import Path
from mocompile.schema.violations import shown

_RESERVED: Mapping[str, Mapping[str, str]] = {
    "labels": {
        "kueue.x-k8s.io/queue-name": "write `spec.jobset.queueName`",
        "kueue.x-k8s.io/priority-class": "write `spec.jobset.queuePriorityClass`",
    },
    "annotations": {
        "alpha.jobset.sigs.k8s.io/exclusive-topology": "write `spec.jobset.exclusiveTopology`",
        "kustomize.toolkit.fluxcd.io/substitute": "remove it: mocompile sets `disabled` to keep Flux off the scripts",
    },
}
# Labels and annotations of a study's sets begin with this.
_STUDY = "metrics.flux-framework.org/"
# The annotations of `spec.jobset.keep`.
KEEP: Mapping[str, str] = {
    "argocd.argoproj.io/sync-options": "Prune=false",
    "argocd.argoproj.io/compare-options": "IgnoreExtraneous",
    "kustomize.toolkit.fluxcd.io/prune": "disabled",
    "helm.sh/resource-policy": "keep",
}


def findings(view: CheckContext) -> Iterator[Finding]:
    """Yield findings for the labels and annotations of the objects."""
    kept = mapping(view.spec.get("jobset")).get("keep") is True
    for field, reserved in _RESERVED.items():
        common = mapping(view.metadata.get(field))
        yield from _of(view, ("metadata", field), common, reserved, kept=kept)
        for group in ("jobset", "configMap"):
            own = mapping(mapping(view.spec.get(group)).get(field))
            yield from _of(view, ("spec", group, field), own, reserved, kept=kept)
            yield from _again(view, ("spec", group, field), own, common)


def _of(view: CheckContext, path: Path, written: Data, reserved: Mapping[str, str], *, kept: bool) -> Iterator[Finding]:
    for name in written:
        if name in reserved:
            message = f"{shown(name)} cannot be set by hand"
            yield view.finding("set-reserved", message, (*path, name), reserved[name], key=True)
        elif name.startswith(_STUDY) and path[0] == "spec":
            message = f"{shown(name)} is reserved: mocompile sets it on the sets of a study"
            yield view.finding("set-reserved", message, (*path, name), "take another name", key=True)
        elif kept and path[-1] == "annotations" and name in KEEP:
            message = f"{shown(name)} is also an annotation of `spec.jobset.keep`, which sets {shown(KEEP[name])}"
            hint = "remove one of the two; without `keep`, write all of its annotations by hand"
            yield view.finding("set-keep", message, (*path, name), hint, key=True)


def _again(view: CheckContext, path: Path, own: Data, common: Data) -> Iterator[Finding]:
    for name in own:
        if name in common:
            message = f"{shown(name)} is also in `metadata.{path[-1]}`, which is for both objects"
            yield view.finding("set-twice", message, (*path, name), "keep one of the two", key=True)
