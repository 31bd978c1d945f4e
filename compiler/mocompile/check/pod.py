"""Rules of the API for the pod's fields in the Kubernetes form, beyond their schema.

- A toleration with `Exists` has no value, one with `Equal` a key; `tolerationSeconds` goes with `NoExecute`. `Lt` and
  `Gt` are behind a feature gate, so that an API server as it comes refuses them: the schema does not have them.
- In an affinity `In` and `NotIn` need values, `Exists` and `DoesNotExist` have none, `Gt` and `Lt` have one; that it is
  an integer only the scheduler asks, which then places nothing.
- `matchLabelKeys` and `mismatchLabelKeys` need a `labelSelector`, and share no key. Nor may the selector have a key of
  `matchLabelKeys`: the Job would be taken, and its pods refused.
- A `Localhost` profile of seccomp or AppArmor is named, a relative path without `..`; no other kind has a name.
- A container that is `privileged`, or has `CAP_SYS_ADMIN` under that name, may escalate its privileges.
- A sysctl is there once, and none of `net.` with `hostNetwork`; a pull secret is there once.
- Labels and annotations of pods that Kubernetes or JobSet set themselves are not written by hand.

Left out of the schema, as they could not work here: `windowsOptions`, `procMount: Unmasked` (wants user namespaces),
`seLinuxChangePolicy: MountOption` (behind a feature gate).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mocompile.check.context import CheckContext, Data, items, mapping, text
from mocompile.diagnostics.finding import Finding
from mocompile.document.tree import Path
from mocompile.schema.convert import Json
from mocompile.schema.violations import shown

_POD: Path = ("spec", "pod")
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
_INTEGER = re.compile(r"[0-9]+")
# Set by the Job and JobSet controllers on every pod.
_SET_LABELS = re.compile(r"(jobset\.sigs\.k8s\.io|batch\.kubernetes\.io)/.*|job-name|controller-uid")


def findings(view: CheckContext) -> Iterator[Finding]:
    """Yield findings for `spec.pod` and the security contexts."""
    pod = mapping(view.spec.get("pod"))
    for position, toleration in enumerate(items(pod.get("tolerations"))):
        yield from _toleration(view, (*_POD, "tolerations", position), mapping(toleration))
    yield from _affinity(view, mapping(pod.get("affinity")))
    yield from _pull_secrets(view, items(pod.get("imagePullSecrets")))
    yield from _sysctls(view, pod)
    yield from _profiles(view, (*_POD, "securityContext"), mapping(pod.get("securityContext")))
    yield from _pod_labels(view, pod)
    for metric in view.metrics:
        context = mapping(mapping(metric.data.get("attributes")).get("securityContext"))
        yield from _container_context(view, (*metric.path, "attributes", "securityContext"), context)


def _toleration(view: CheckContext, path: Path, toleration: Data) -> Iterator[Finding]:
    exists = toleration.get("operator") == "Exists"
    if exists and text(toleration.get("value")):
        message, hint = "`value` does not go with `operator: Exists`", "remove `value`, or write `operator: Equal`"
        yield view.finding("pod-toleration", message, (*path, "value"), hint)
    if not exists and not text(toleration.get("key")):
        message, hint = (
            "a toleration without a key needs `operator: Exists`",
            "write `operator: Exists` to tolerate everything, or add a key",
        )
        yield view.finding("pod-toleration", message, path, hint)
    if "tolerationSeconds" in toleration and toleration.get("effect") != "NoExecute":
        message, hint = "`tolerationSeconds` goes with `effect: NoExecute` only", "leave it out"
        yield view.finding("pod-toleration", message, (*path, "tolerationSeconds"), hint)


def _affinity(view: CheckContext, affinity: Data) -> Iterator[Finding]:
    for path, term in _node_terms(mapping(affinity.get("nodeAffinity"))):
        yield from _expressions(view, path, term)
    for kind in ("podAffinity", "podAntiAffinity"):
        for path, term in _pod_terms(kind, mapping(affinity.get(kind))):
            for selector in ("labelSelector", "namespaceSelector"):
                yield from _expressions(view, (*path, selector), mapping(term.get(selector)))
            yield from _label_keys(view, path, term)


def _node_terms(affinity: Data) -> Iterator[tuple[Path, Data]]:
    path: Path = (*_POD, "affinity", "nodeAffinity")
    for position, term in enumerate(items(mapping(affinity.get(_REQUIRED)).get("nodeSelectorTerms"))):
        yield (*path, _REQUIRED, "nodeSelectorTerms", position), mapping(term)
    for position, item in enumerate(items(affinity.get(_PREFERRED))):
        yield (*path, _PREFERRED, position, "preference"), mapping(mapping(item).get("preference"))


def _pod_terms(kind: str, affinity: Data) -> Iterator[tuple[Path, Data]]:
    path: Path = (*_POD, "affinity", kind)
    for position, term in enumerate(items(affinity.get(_REQUIRED))):
        yield (*path, _REQUIRED, position), mapping(term)
    for position, item in enumerate(items(affinity.get(_PREFERRED))):
        yield (*path, _PREFERRED, position, "podAffinityTerm"), mapping(mapping(item).get("podAffinityTerm"))


def _expressions(view: CheckContext, path: Path, selector: Data) -> Iterator[Finding]:
    for position, item in enumerate(items(selector.get("matchExpressions"))):
        expression = mapping(item)
        where: Path = (*path, "matchExpressions", position)
        operator, values = text(expression.get("operator")), items(expression.get("values"))
        message = _wrong_values(operator, [text(value) for value in values])
        if message:
            yield view.finding("pod-affinity", message, (*where, "values") if "values" in expression else where)


def _wrong_values(operator: str, values: list[str]) -> str:
    if operator in ("In", "NotIn") and not values:
        return f"`operator: {operator}` needs `values`"
    if operator in ("Exists", "DoesNotExist") and values:
        return f"`values` does not go with `operator: {operator}`"
    if operator in ("Gt", "Lt") and (len(values) != 1 or not _INTEGER.fullmatch(values[0])):
        return f"`operator: {operator}` needs one integer in `values`"
    return ""


def _label_keys(view: CheckContext, path: Path, term: Data) -> Iterator[Finding]:
    selector = mapping(term.get("labelSelector"))
    expressions = [text(mapping(item).get("key")) for item in items(selector.get("matchExpressions"))]
    for field in ("matchLabelKeys", "mismatchLabelKeys"):
        keys = items(term.get(field))
        if keys and "labelSelector" not in term:
            message, hint = f"`{field}` needs a `labelSelector`", "`labelSelector: {}` selects every pod"
            yield view.finding("pod-affinity", message, (*path, field), hint, key=True)
    for position, key in enumerate(items(term.get("matchLabelKeys"))):
        where = (*path, "matchLabelKeys", position)
        if key in items(term.get("mismatchLabelKeys")):
            message = f"{shown(key)} is also under `mismatchLabelKeys`"
            yield view.finding("pod-affinity", message, where, "keep one of the two")
        if key in expressions or key in mapping(selector.get("matchLabels")):
            message = f"{shown(key)} is also in the `labelSelector`: Kubernetes refuses such pods"
            yield view.finding("pod-affinity", message, where, "keep one of the two")


def _pull_secrets(view: CheckContext, secrets: list[Json]) -> Iterator[Finding]:
    names = [text(mapping(secret).get("name")) for secret in secrets]
    yield from _twice(view, (*_POD, "imagePullSecrets"), "pull secret", names)


def _sysctls(view: CheckContext, pod: Data) -> Iterator[Finding]:
    path: Path = (*_POD, "securityContext", "sysctls")
    sysctls = items(mapping(pod.get("securityContext")).get("sysctls"))
    names = [text(mapping(sysctl).get("name")) for sysctl in sysctls]
    yield from _twice(view, path, "sysctl", names)
    for position, name in enumerate(names):
        if pod.get("hostNetwork") is True and name.replace("/", ".").startswith("net."):
            message = f"the sysctl {shown(name)} does not go with `hostNetwork`: it would change the node"
            yield view.finding("pod-sysctl", message, (*path, position, "name"), "leave one of the two out")


def _twice(view: CheckContext, path: Path, noun: str, names: list[str]) -> Iterator[Finding]:
    for position, name in enumerate(names):
        if name and name in names[:position]:
            yield view.finding("pod-twice", f"duplicate {noun} {shown(name)}", (*path, position, "name"))


def _profiles(view: CheckContext, path: Path, context: Data) -> Iterator[Finding]:
    for field in ("seccompProfile", "appArmorProfile"):
        profile = mapping(context.get(field))
        where = (*path, field, "localhostProfile")
        name = text(profile.get("localhostProfile"))
        if profile.get("type") == "Localhost" and "localhostProfile" not in profile:
            message, hint = "`type: Localhost` needs `localhostProfile`", "write the profile's name on the node"
            yield view.finding("pod-profile", message, (*path, field), hint)
        elif profile.get("type") != "Localhost" and "localhostProfile" in profile:
            message, hint = "`localhostProfile` goes with `type: Localhost` only", "leave it out"
            yield view.finding("pod-profile", message, where, hint)
        elif field == "seccompProfile" and (name.startswith("/") or ".." in name.split("/")):
            message = f"invalid profile {shown(name)}: it must be a relative path without '..'"
            yield view.finding(
                "pod-profile", message, where, "write it relative to the kubelet's folder for seccomp profiles"
            )


def _container_context(view: CheckContext, path: Path, context: Data) -> Iterator[Finding]:
    yield from _profiles(view, path, context)
    if context.get("allowPrivilegeEscalation") is False:
        added = items(mapping(context.get("capabilities")).get("add"))
        cause = (
            "privileged" if context.get("privileged") is True else "CAP_SYS_ADMIN" if "CAP_SYS_ADMIN" in added else ""
        )
        if cause:
            message = f"a container with {cause} may always escalate its privileges"
            yield view.finding(
                "pod-escalation", message, (*path, "allowPrivilegeEscalation"), "leave one of the two out"
            )


def _pod_labels(view: CheckContext, pod: Data) -> Iterator[Finding]:
    for field in ("labels", "annotations"):
        for name in mapping(pod.get(field)):
            if _SET_LABELS.fullmatch(name):
                message = f"{shown(name)} is reserved: Kubernetes sets it on every pod"
                yield view.finding("pod-reserved", message, (*_POD, field, name), "take another name", key=True)
