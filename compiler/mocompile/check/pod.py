"""Rules of the API for the pod's fields in the Kubernetes form, beyond their schema.

- A toleration with `Exists` has no value, one with `Equal` a key; `tolerationSeconds` goes with `NoExecute`. `Lt` and
  `Gt` are behind a feature gate, so that an API server as it comes refuses them: the schema does not have them.
- In an affinity `In` and `NotIn` need values, `Exists` and `DoesNotExist` have none, `Gt` and `Lt` have one; that it is
  an integer only the scheduler asks, which then places nothing.
- `matchLabelKeys` and `mismatchLabelKeys` need a `labelSelector`, and share no key. Nor may the selector have a key of
  `matchLabelKeys`: the Job would be taken, and its pods refused.
- A `Localhost` profile of seccomp or AppArmor is named, a relative path without `..`; no other kind has a name.
- A container that is `privileged`, or has `CAP_SYS_ADMIN` under that name, may escalate its privileges.
- A sysctl is there once; none of `net.` goes with `hostNetwork`, and none of shared memory, semaphores and message
  queues with `hostIPC`. A pull secret, a scheduling gate and a resource claim are there once.
- `hostPID` does not go with containers that share the processes of their pod.
- A spread constraint with `minDomains` says `DoNotSchedule`; no two have the same key and `whenUnsatisfiable`.
- A host alias has an IP address, written as the strictest servers take it: no leading zeros. A JobSet keeps the list
  by address, so each is there once.
- A resource claim is one or is made from a template, not both; `resources.claims` has names of the pod's claims, each
  once: a JobSet keeps the list by name (x-kubernetes-list-map-keys), so it has one request of a claim, or all.
- A variable has its value from one source; a divisor is a unit of its resource.
- `launcher` and `workers` go with a metric that has such pods.
- Labels and annotations of pods that Kubernetes or JobSet set themselves are not written by hand.

Left out of the schema, as they could not work here: `windowsOptions`, `procMount: Unmasked` (wants user namespaces),
`seLinuxChangePolicy: MountOption` (behind a feature gate).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from mocompile.check.context import CheckContext, Data, MetricView, items, mapping, text
from mocompile.check.pod_fields import ROLES, PodView, levels_of, pod_views
from mocompile.diagnostics.finding import Finding, nearest
from mocompile.document.tree import Path
from mocompile.schema.convert import Json
from mocompile.schema.violations import shown

_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
_INTEGER = re.compile(r"[0-9]+")
# Lists whose entries have a name, each once.
_NAMED = {
    "imagePullSecrets": "pull secret",
    "schedulingGates": "scheduling gate",
    "resourceClaims": "resource claim",
}
# Sysctls that would be those of the node (k8s.io/component-helpers, node/util/sysctl).
_NODE_SYSCTLS = {
    "hostNetwork": re.compile(r"net\..*"),
    "hostIPC": re.compile(r"kernel\.(sem|shm(all|max|mni|_rmid_forced)?|msg(max|mnb|mni)?)|fs\.mqueue\..*"),
}
# Set by the Job and JobSet controllers on every pod.
_SET_LABELS = re.compile(r"(jobset\.sigs\.k8s\.io|batch\.kubernetes\.io)/.*|job-name|controller-uid")


def findings(view: CheckContext) -> Iterator[Finding]:
    """Yield findings for the pods and the security contexts, each once."""
    found: dict[Finding, None] = {}
    for pod in pod_views(view):
        for rule in _RULES:
            found.update(dict.fromkeys(rule(view, pod)))
    yield from found
    for metric in view.metrics:
        yield from _roles(view, metric)
        yield from _variables(view, (*metric.path, "env"), mapping(metric.data.get("env")))
        context = mapping(mapping(metric.data.get("attributes")).get("securityContext"))
        yield from _container_context(view, (*metric.path, "attributes", "securityContext"), context)


def _roles(view: CheckContext, metric: MetricView) -> Iterator[Finding]:
    own = [ROLES[job.role] for job in metric.sheet.jobs if job.role in ROLES]
    for key in ROLES.values():
        if key in mapping(metric.data.get("pod")) and key not in own:
            message = f"{metric.sheet.name} has no {key}"
            yield view.finding("pod-role", message, (*metric.path, "pod", key), "write the fields into `pod`", key=True)


def _variables(view: CheckContext, path: Path, variables: Data) -> Iterator[Finding]:
    for name, value in variables.items():
        source, where = mapping(mapping(value).get("valueFrom")), (*path, name, "valueFrom")
        if "valueFrom" in mapping(value) and len(source) != 1:
            hint = "write one of fieldRef, resourceFieldRef, configMapKeyRef and secretKeyRef"
            yield view.finding("pod-variable", f"the variable {name} needs one source, not {len(source)}", where, hint)
        resource = mapping(source.get("resourceFieldRef"))
        divisor, of_cpu = text(resource.get("divisor")), text(resource.get("resource")).endswith(".cpu")
        if divisor not in ("", "0", "1") and of_cpu != (divisor == "1m"):
            message = f"the divisor {shown(divisor)} does not go with {text(resource.get('resource'))}"
            hint = "use 1 or 1m" if of_cpu else "use 1, or a unit such as 1Mi"
            yield view.finding("pod-variable", message, (*where, "resourceFieldRef", "divisor"), hint)


def _tolerations(view: CheckContext, pod: PodView) -> Iterator[Finding]:
    for position, toleration in enumerate(items(pod.get("tolerations"))):
        yield from _toleration(view, (*pod.path("tolerations"), position), mapping(toleration))


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


def _affinity(view: CheckContext, pod: PodView) -> Iterator[Finding]:
    affinity, where = mapping(pod.get("affinity")), pod.path("affinity")
    for path, term in _node_terms((*where, "nodeAffinity"), mapping(affinity.get("nodeAffinity"))):
        yield from _expressions(view, path, term)
    for kind in ("podAffinity", "podAntiAffinity"):
        for path, term in _pod_terms((*where, kind), mapping(affinity.get(kind))):
            for selector in ("labelSelector", "namespaceSelector"):
                yield from _expressions(view, (*path, selector), mapping(term.get(selector)))
            yield from _label_keys(view, path, term)


def _node_terms(path: Path, affinity: Data) -> Iterator[tuple[Path, Data]]:
    for position, term in enumerate(items(mapping(affinity.get(_REQUIRED)).get("nodeSelectorTerms"))):
        yield (*path, _REQUIRED, "nodeSelectorTerms", position), mapping(term)
    for position, item in enumerate(items(affinity.get(_PREFERRED))):
        yield (*path, _PREFERRED, position, "preference"), mapping(mapping(item).get("preference"))


def _pod_terms(path: Path, affinity: Data) -> Iterator[tuple[Path, Data]]:
    for position, term in enumerate(items(affinity.get(_REQUIRED))):
        yield (*path, _REQUIRED, position), mapping(term)
    for position, item in enumerate(items(affinity.get(_PREFERRED))):
        yield (*path, _PREFERRED, position, "podAffinityTerm"), mapping(mapping(item).get("podAffinityTerm"))


def _spread(view: CheckContext, pod: PodView) -> Iterator[Finding]:
    where = pod.path("topologySpreadConstraints")
    kinds: list[tuple[Json, Json]] = []
    for position, item in enumerate(items(pod.get("topologySpreadConstraints"))):
        constraint, path = mapping(item), (*where, position)
        kind = (constraint.get("topologyKey"), constraint.get("whenUnsatisfiable"))
        if kind in kinds:
            message = f"a second constraint for {shown(kind[0])} with `whenUnsatisfiable: {kind[1]}`"
            yield view.finding("pod-spread", message, path, "keep one of the two")
        kinds.append(kind)
        if "minDomains" in constraint and kind[1] == "ScheduleAnyway":
            message = "`minDomains` does not go with `whenUnsatisfiable: ScheduleAnyway`"
            yield view.finding("pod-spread", message, (*path, "minDomains"), "write `DoNotSchedule`, or leave it out")
        yield from _expressions(view, (*path, "labelSelector"), mapping(constraint.get("labelSelector")), "pod-spread")
        yield from _label_keys(view, path, constraint, "pod-spread")


def _expressions(view: CheckContext, path: Path, selector: Data, rule: str = "pod-affinity") -> Iterator[Finding]:
    for position, item in enumerate(items(selector.get("matchExpressions"))):
        expression = mapping(item)
        where: Path = (*path, "matchExpressions", position)
        operator, values = text(expression.get("operator")), items(expression.get("values"))
        message = _wrong_values(operator, [text(value) for value in values])
        if message:
            yield view.finding(rule, message, (*where, "values") if "values" in expression else where)


def _wrong_values(operator: str, values: list[str]) -> str:
    if operator in ("In", "NotIn") and not values:
        return f"`operator: {operator}` needs `values`"
    if operator in ("Exists", "DoesNotExist") and values:
        return f"`values` does not go with `operator: {operator}`"
    if operator in ("Gt", "Lt") and (len(values) != 1 or not _INTEGER.fullmatch(values[0])):
        return f"`operator: {operator}` needs one integer in `values`"
    return ""


def _label_keys(view: CheckContext, path: Path, term: Data, rule: str = "pod-affinity") -> Iterator[Finding]:
    selector = mapping(term.get("labelSelector"))
    expressions = [text(mapping(item).get("key")) for item in items(selector.get("matchExpressions"))]
    for field in ("matchLabelKeys", "mismatchLabelKeys"):
        keys = items(term.get(field))
        if keys and "labelSelector" not in term:
            message, hint = f"`{field}` needs a `labelSelector`", "`labelSelector: {}` selects every pod"
            yield view.finding(rule, message, (*path, field), hint, key=True)
    for position, key in enumerate(items(term.get("matchLabelKeys"))):
        where = (*path, "matchLabelKeys", position)
        if key in items(term.get("mismatchLabelKeys")):
            message = f"{shown(key)} is also under `mismatchLabelKeys`"
            yield view.finding(rule, message, where, "keep one of the two")
        if key in expressions or key in mapping(selector.get("matchLabels")):
            message = f"{shown(key)} is also in the `labelSelector`: Kubernetes refuses such pods"
            yield view.finding(rule, message, where, "keep one of the two")


def _named_lists(view: CheckContext, pod: PodView) -> Iterator[Finding]:
    for field, noun in _NAMED.items():
        names = [text(mapping(entry).get("name")) for entry in items(pod.get(field))]
        yield from _twice(view, pod.path(field), noun, names)


def _sysctls(view: CheckContext, pod: PodView) -> Iterator[Finding]:
    path: Path = (*pod.path("securityContext"), "sysctls")
    sysctls = items(mapping(pod.get("securityContext")).get("sysctls"))
    names = [text(mapping(sysctl).get("name")) for sysctl in sysctls]
    yield from _twice(view, path, "sysctl", names)
    for position, name in enumerate(names):
        for field, pattern in _NODE_SYSCTLS.items():
            if pod.get(field) is True and pattern.fullmatch(name.replace("/", ".")):
                message = f"the sysctl {shown(name)} does not go with `{field}`: it would change the node"
                yield view.finding("pod-sysctl", message, (*path, position, "name"), "leave one of the two out")


def _processes(view: CheckContext, pod: PodView) -> Iterator[Finding]:
    if pod.get("hostPID") is True and pod.metric and pod.metric.sheet.pattern.share_process_namespace:
        message = (
            f"`hostPID` does not go with {pod.metric.sheet.name}, whose containers share the processes of their pod"
        )
        yield view.finding("pod-processes", message, pod.path("hostPID"), "leave `hostPID` out")


def _host_aliases(view: CheckContext, pod: PodView) -> Iterator[Finding]:
    import ipaddress

    addresses = [text(mapping(alias).get("ip")) for alias in items(pod.get("hostAliases"))]
    for position, written in enumerate(addresses):
        where = (*pod.path("hostAliases"), position, "ip")
        if written and written in addresses[:position]:
            hint = "write its names in one list"
            yield view.finding("pod-twice", f"duplicate host alias {shown(written)}", where, hint)
        try:
            ipaddress.ip_address(written)
        except ValueError:
            if written:
                message = f"invalid IP address {shown(written)}"
                yield view.finding("pod-host-alias", message, where, "for example 10.0.0.7 or fd00::7")


def _claims(view: CheckContext, pod: PodView) -> Iterator[Finding]:
    for position, item in enumerate(items(pod.get("resourceClaims"))):
        claim, path = mapping(item), (*pod.path("resourceClaims"), position)
        sources = [key for key in ("resourceClaimName", "resourceClaimTemplateName") if key in claim]
        if len(sources) != 1:
            what = "has no source" if not sources else "has two sources"
            message = f"the resource claim {shown(text(claim.get('name')))} {what}"
            hint = "write one of `resourceClaimName` and `resourceClaimTemplateName`"
            yield view.finding("pod-claim", message, path, hint)


def _claims_of_containers(view: CheckContext, pod: PodView) -> Iterator[Finding]:
    """The claims of the metric's own containers, which are those of its resources, or else of the set's."""
    if pod.metric is None:
        return
    own = mapping(pod.metric.data.get("resources"))
    path: Path = (*pod.metric.path, "resources", "claims") if own else ("spec", "resources", "claims")
    claims = items((own or mapping(view.spec.get("resources"))).get("claims"))
    known = [text(mapping(claim).get("name")) for claim in items(pod.get("resourceClaims"))]
    seen: list[str] = []
    for position, item in enumerate(claims):
        name = text(mapping(item).get("name"))
        if name and name not in known:
            message = f"{pod.metric.sheet.name} uses the claim {shown(name)}, which its pods do not have"
            hint = nearest(name, known) or "write it under `spec.pod.resourceClaims`"
            yield view.finding("pod-claim", message, (*path, position, "name"), hint)
        if name in seen:
            hint = "keep one: without `request` it gives all requests of the claim"
            yield view.finding("pod-claim", f"the claim {shown(name)} is there already", (*path, position), hint)
        seen.append(name)


def _twice(view: CheckContext, path: Path, noun: str, names: list[str]) -> Iterator[Finding]:
    for position, name in enumerate(names):
        if name and name in names[:position]:
            yield view.finding("pod-twice", f"duplicate {noun} {shown(name)}", (*path, position, "name"))


def _pod_profiles(view: CheckContext, pod: PodView) -> Iterator[Finding]:
    yield from _profiles(view, pod.path("securityContext"), mapping(pod.get("securityContext")))


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


def _pod_labels(view: CheckContext, pod: PodView) -> Iterator[Finding]:
    for path, written in levels_of(view.spec, pod.metric, pod.job.role if pod.job else ""):
        for field in ("labels", "annotations"):
            for name in mapping(written.get(field)):
                if _SET_LABELS.fullmatch(name):
                    message = f"{shown(name)} is reserved: Kubernetes sets it on every pod"
                    yield view.finding("pod-reserved", message, (*path, field, name), "take another name", key=True)


_RULES: tuple[Callable[[CheckContext, PodView], Iterator[Finding]], ...] = (
    _tolerations,
    _affinity,
    _spread,
    _named_lists,
    _sysctls,
    _processes,
    _host_aliases,
    _claims,
    _claims_of_containers,
    _pod_profiles,
    _pod_labels,
)
