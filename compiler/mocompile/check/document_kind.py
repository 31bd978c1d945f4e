"""Is this a MetricSet of today's form at all? Asked first, since nothing else can be said of another document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mocompile.diagnostics.finding import Finding
from mocompile.document.tree import Map, place_of

API_VERSION = "flux-framework.org/v1alpha2"
_OLD_API_VERSION = "flux-framework.org/v1alpha1"
_KIND = "MetricSet"
STUDY_KIND = "MetricStudy"

_OLD_FIELDS: Mapping[str, str] = {
    "storage": "put a volume-hostpath (volume-pvc, volume-empty, ...) addon under `metrics[].addons`",
    "application": "put an `application` addon with its image and command under `metrics[].addons`",
}


def wrong_form(root: Map) -> Iterator[Finding]:
    """Findings that make every other one pointless."""
    kind, version = root.get("kind"), root.get("apiVersion")
    if "kind" in root and kind != _KIND:
        place = place_of(root, ("kind",))
        found = kind if isinstance(kind, str) and kind.isalnum() else "another value"
        yield Finding("form-kind", f"expected `kind: {_KIND}`, found {found}", place, "mocompile compiles a MetricSet")
        return
    if "kind" not in root and "spec" not in root:
        yield Finding(
            "form-kind",
            "this is not a MetricSet",
            root.place,
            f"begin with `apiVersion: {API_VERSION}`, `kind: {_KIND}`",
        )
        return
    spec = root.get("spec")
    old = [key for key in _OLD_FIELDS if isinstance(spec, Map) and key in spec]
    for key in old:
        place = place_of(root, ("spec", key), key=True)
        yield Finding("form-v1alpha1", f"spec.{key} belongs to the older v1alpha1 form", place, _OLD_FIELDS[key])
    if version == _OLD_API_VERSION:
        place = place_of(root, ("apiVersion",))
        yield Finding(
            "form-v1alpha1", "this document has the older v1alpha1 form", place, f"write `apiVersion: {API_VERSION}`"
        )
