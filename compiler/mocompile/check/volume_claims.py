"""Rules for the claims that JobSet makes for a set (`spec.jobset.volumeClaimPolicies`).

- Each has a name of its own, which no other volume of the set has (the JobSet webhook).
- A claim is named `<name>-<set>` in the cluster, with 63 characters at most (the JobSet webhook).
- Each is mounted by a `volume-claim`, and each `volume-claim` mounts one (the JobSet webhook; JobSet adds a volume only
  for a mount of its name).
- `ReadWriteOncePod` excludes other access modes. A JobSet with such a claim would be taken, and its claim refused.
"""

from __future__ import annotations

from collections.abc import Iterator

from mocompile.catalog.reserved_names import SCRIPTS_VOLUME
from mocompile.check.addon_parts import AddonParts, volumes
from mocompile.check.context import CheckContext, Data, items, mapping, text
from mocompile.check.resources import quantity
from mocompile.check.rules import MAX_NAME, content_suffix
from mocompile.diagnostics.finding import Finding, nearest
from mocompile.document.tree import Path
from mocompile.schema.violations import shown

# An API server makes this of anything larger, and another apply of the same set would be refused.
_TOO_MUCH = 2**63 - 1
_POLICIES: Path = ("spec", "jobset", "volumeClaimPolicies")


def findings(view: CheckContext) -> Iterator[Finding]:
    """Yield findings for the claims, and for the addons that mount them."""
    claims = list(_claims(view))
    names = [text(mapping(claim.get("metadata")).get("name")) for _, claim in claims]
    parts = [part for metric in view.metrics for addon in metric.addons for part in volumes(addon)]
    mounts = [part for part in parts if part.mounts_claim]
    for position, (path, claim) in enumerate(claims):
        if names[position]:
            yield from _name(view, (*path, "metadata", "name"), names, position)
            yield from _use(view, (*path, "metadata", "name"), names[position], parts)
        yield from _spec(view, (*path, "spec"), mapping(claim.get("spec")))
    for part in mounts:
        name = text(part.value("name"))
        if name and name not in names:
            hint = nearest(name, names) or "write it under `spec.jobset.volumeClaimPolicies`"
            yield view.finding("volume-claim", f"the set has no claim {shown(name)}", part.path("name"), hint)


def _claims(view: CheckContext) -> Iterator[tuple[Path, Data]]:
    for number, policy in enumerate(items(mapping(view.spec.get("jobset")).get("volumeClaimPolicies"))):
        for position, claim in enumerate(items(mapping(policy).get("templates"))):
            yield (*_POLICIES, number, "templates", position), mapping(claim)


def _name(view: CheckContext, path: Path, names: list[str], position: int) -> Iterator[Finding]:
    name = names[position]
    if name in names[:position]:
        yield view.finding("volume-claim", f"duplicate claim {shown(name)}", path, "take another name")
    whole = f"{name}-{text(view.metadata.get('name'))}{content_suffix(view)}"
    if len(whole) > MAX_NAME:
        message = f"the claim would be named {shown(whole)}, with more than {MAX_NAME} characters"
        yield view.finding("volume-claim", message, path, "shorten its name, or that of the set")


def _use(view: CheckContext, path: Path, name: str, parts: list[AddonParts]) -> Iterator[Finding]:
    same = [part for part in parts if text(part.value("name")) == name]
    if name == SCRIPTS_VOLUME:
        yield view.finding(
            "volume-claim", f"the volume {shown(name)} is that of the scripts", path, "take another name"
        )
    for part in same:
        if not part.mounts_claim:
            message = f"the volume {shown(name)} of {part.addon.sheet.name} has the name of a claim of the set"
            yield view.finding("volume-claim", message, part.path("name"), "take another name")
    if not any(part.mounts_claim for part in same):
        message = f"nothing mounts the claim {shown(name)}"
        yield view.finding("volume-claim", message, path, "add a `volume-claim` with this name to a metric")


def _spec(view: CheckContext, path: Path, spec: Data) -> Iterator[Finding]:
    modes = [text(mode) for mode in items(spec.get("accessModes"))]
    if "ReadWriteOncePod" in modes and len(set(modes)) > 1:
        message = "`ReadWriteOncePod` does not go with other access modes"
        yield view.finding("volume-claim", message, (*path, "accessModes"), "keep one of them")
    where: Path = (*path, "resources", "requests", "storage")
    storage = text(mapping(mapping(spec.get("resources")).get("requests")).get("storage"))
    if (quantity(storage) or 0) >= _TOO_MUCH:
        message = f"storage: {shown(storage)} is more than Kubernetes counts"
        yield view.finding("volume-claim", message, where, "ask for less than 8Ei")
