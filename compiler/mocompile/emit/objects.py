"""Turns the plan into Kubernetes objects: a ConfigMap with the scripts, and the JobSet.

Keys are in the order in which people write them. The output includes the defaults that the API fills in inside the
replicated jobs, even `metadata: {}`: a list is applied as a whole, so without the defaults the same output applied
again is a change (`kubectl apply`, Argo CD's comparison), which the API may refuse.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mocompile.check.object_metadata import KEEP
from mocompile.check.pod_fields import pod_fields
from mocompile.check.resources import canonical
from mocompile.emit.patches import patched
from mocompile.expand.plan import Container, FieldVariable, Job, Mount, Plan, Variable, Volume
from mocompile.expression.nodes import Compare, Const, Expr, InstallValue, Length
from mocompile.expression.tree import Extended, Named, PodText, Present, PullSecrets, SoleTenancy, When

if TYPE_CHECKING:
    from mocompile.expand.plan import EnvEntry
    from mocompile.expression.tree import Tree
    from mocompile.schema.convert import Json

# Flux would substitute `${VAR}` in the scripts.
_ANNOTATIONS = {"kustomize.toolkit.fluxcd.io/substitute": "disabled"}
_READ_AND_EXECUTE = 0o555


_KEPT = InstallValue(("jobset", "keep"), "boolean")
_NAMED_BY_CONTENT = Compare("==", InstallValue(("jobset", "nameSuffix"), "string"), Const("content"))
_POD_FAILURE_RULES = InstallValue(("jobset", "podFailurePolicy", "rules"), "array")
_POD_FAILURES = When(Compare("!=", Length(_POD_FAILURE_RULES), Const(0)), {"rules": _POD_FAILURE_RULES})
_SERVICE = InstallValue(("serviceName",), "string")

# Templates of the chart (charts/_helpers.tpl).
_NAME = "mocompile.name"
SUBDOMAIN = "mocompile.subdomain"
_CHART_LABELS: Mapping[str, str] = {
    "helm.sh/chart": "mocompile.chart",
    "app.kubernetes.io/name": "mocompile.chartName",
    "app.kubernetes.io/instance": "mocompile.instance",
    "app.kubernetes.io/managed-by": "mocompile.managedBy",
}


def objects(plan: Plan, *, chart: bool = False, suffix: str = "") -> tuple[Tree, ...]:
    """The objects, in the order in which they are applied. Their names, and a subdomain, end with `suffix`.

    Raises `PatchError` for an operation of `spec.patches` that cannot be applied.

    In a `chart`, they have Helm's standard labels (unless the user sets them) and no namespace.
    """
    head = _Head(
        Named(_NAME, f"{plan.name}{suffix}"),
        "" if chart else plan.namespace,
        {key: Named(name, "") for key, name in _CHART_LABELS.items()} if chart else {},
    )
    # Each release, or each overlay, may have another serviceName.
    subdomain = Named(SUBDOMAIN, "" if chart else f"{plan.values.get('serviceName') or ''}{suffix}")
    return (_config_map(plan, head), patched(_job_set(plan, head, subdomain), plan.patches, plan.values))


@dataclass(frozen=True, slots=True)
class _Head:
    """The name, the namespace and the labels of both objects. A label of the user replaces one of these."""

    name: Named
    namespace: str
    labels: Mapping[str, Tree]


def _config_map(plan: Plan, head: _Head) -> Tree:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": _metadata(plan, head, "configMap", {}, {}),
        # Under such a name there are never other scripts.
        "immutable": When(_NAMED_BY_CONTENT, True),
        "data": dict(plan.scripts),
    }


def _job_set(plan: Plan, head: _Head, subdomain: Named) -> Tree:
    topology = _jobset("exclusiveTopology", "string")
    labels: dict[str, Tree] = {
        "kueue.x-k8s.io/queue-name": Present(_jobset("queueName", "string")),
        "kueue.x-k8s.io/priority-class": Present(_jobset("queuePriorityClass", "string")),
    }
    annotations: dict[str, Tree] = {"alpha.jobset.sigs.k8s.io/exclusive-topology": Present(topology)}
    return {
        "apiVersion": "jobset.x-k8s.io/v1alpha2",
        "kind": "JobSet",
        "metadata": _metadata(plan, head, "jobset", labels, annotations),
        "spec": {
            # Only if the user wrote it: whoever starts and stops the set in the cluster (Kueue, a person) owns the
            # field, and an unchanged manifest that is applied again must not take it back.
            "suspend": Present(_jobset("suspend", "boolean")),
            "network": {"enableDNSHostnames": True, "subdomain": When(Compare("!=", _SERVICE, Const("")), subdomain)},
            **_success_policy(plan.jobs),
            "failurePolicy": {
                "maxRestarts": _jobset("maxRestarts", "integer"),
                "rules": Present(InstallValue(("jobset", "failurePolicy", "rules"), "array")),
            },
            "ttlSecondsAfterFinished": Present(_jobset("ttlSecondsAfterFinished", "integer")),
            **_volume_claims(plan.values.get("jobset")),
            "replicatedJobs": [_optional(job.when, _replicated_job(plan, head, job)) for job in plan.jobs],
        },
    }


def _metadata(plan: Plan, head: _Head, group: str, labels: Mapping[str, Tree], annotations: Mapping[str, Tree]) -> Tree:
    """Return the metadata of an object, with the labels and annotations that the user gives it in `spec.<group>`."""
    written = {*plan.labels, *_keys(plan.values.get(group), "labels")}
    common = {key: label for key, label in head.labels.items() if key not in written}
    kept = {key: When(_KEPT, value) for key, value in KEEP.items() if key not in plan.annotations}
    return {
        "name": head.name,
        **({"namespace": head.namespace} if head.namespace else {}),
        "labels": Present(
            Extended({**plan.labels, **common, **labels}, InstallValue((group, "labels"), "object")),
        ),
        "annotations": Extended(
            {**plan.annotations, **annotations, **kept, **_ANNOTATIONS}, InstallValue((group, "annotations"), "object")
        ),
    }


def _keys(group: Json, field: str) -> Iterable[str]:
    """Return the keys of the mapping `field` of a group of values; none if there is no mapping."""
    values = group.get(field) if isinstance(group, dict) else None
    return values if isinstance(values, dict) else ()


def _success_policy(jobs: tuple[Job, ...]) -> Mapping[str, Tree]:
    """Return the success policy; empty if all jobs decide, because that is JobSet's default."""
    deciding = [job.name for job in jobs if job.decides]
    if len(deciding) == len(jobs):
        return {}
    return {"successPolicy": {"operator": "All", "targetReplicatedJobs": deciding}}


def _volume_claims(jobset: Json) -> Mapping[str, Tree]:
    """Return the policies with what the API fills in: the list is compared as a whole when it is applied again."""
    policies = jobset.get("volumeClaimPolicies") if isinstance(jobset, dict) else None
    if not policies:
        return {}
    return {"volumeClaimPolicies": [_volume_claim_policy(policy) for policy in _items(policies)]}


def _volume_claim_policy(policy: Mapping[str, Json]) -> Tree:
    retention = policy.get("retentionPolicy")
    kept = retention.get("whenDeleted") if isinstance(retention, dict) else None
    return {
        "templates": [_claim_template(template) for template in _items(policy.get("templates"))],
        "retentionPolicy": {"whenDeleted": kept or "Delete"},
    }


def _claim_template(template: Mapping[str, Json]) -> Tree:
    """Return the template with the spelling of its storage that the API keeps."""
    spec = template["spec"]
    assert isinstance(spec, dict)
    resources = spec["resources"]
    assert isinstance(resources, dict)
    requests = resources["requests"]
    assert isinstance(requests, dict)
    asked = {name: canonical(str(quantity)) for name, quantity in requests.items()}
    return {**template, "spec": {**spec, "resources": {"requests": asked}}, "status": {}}


def _items(values: Json) -> Iterable[Mapping[str, Json]]:
    return (value for value in values if isinstance(value, dict)) if isinstance(values, list) else ()


def _replicated_job(plan: Plan, head: _Head, job: Job) -> Tree:
    after = [{"name": name, "status": "Complete"} for name in job.after]
    return {
        "name": job.name,
        "groupName": "default",
        "replicas": 1,
        **({"dependsOn": after} if after else {}),
        "template": {
            "metadata": {},
            "spec": {
                "completionMode": "Indexed",
                "completions": job.completions,
                "parallelism": job.completions,
                "backoffLimit": _jobset("backoffLimit", "integer"),
                "activeDeadlineSeconds": InstallValue(("deadlineSeconds",), "integer"),
                "podFailurePolicy": _POD_FAILURES,
                "template": {
                    "metadata": {
                        "labels": Present(job.pod["labels"]),
                        "annotations": Present(job.pod["annotations"]),
                    },
                    "spec": _pod_spec(plan, head, job),
                },
            },
        },
    }


def _pod_spec(plan: Plan, head: _Head, job: Job) -> Tree:
    spec: dict[str, Tree] = {"restartPolicy": _jobset("restartPolicy", "string")}
    for field, value in job.pod.items():
        special = _SPECIAL.get(field)
        spec.update({field: _field(field, value)} if special is None else special(plan, job, value))
    return {
        **spec,
        "initContainers": Present([_container(job, container) for container in job.init_containers]),
        "containers": [_container(job, container) for container in job.containers],
        "volumes": [_volume(head, volume) for volume in job.volumes],
    }


def _field(field: str, value: Tree) -> Tree:
    """Return the value of a field, left out where it is empty or the default of Kubernetes."""
    default = pod_fields()[field].get("default")
    if default is None:
        return Present(value)
    assert isinstance(value, InstallValue)
    return When(value, True) if default is False else When(Compare("!=", value, Const(default)), value)


def _account(plan: Plan, _: Job, account: Tree) -> Mapping[str, Tree]:
    assert isinstance(account, InstallValue)
    return {
        "serviceAccountName": Present(account),
        "automountServiceAccountToken": Compare("!=", account, Const("")),
        **({"setHostnameAsFQDN": True} if plan.fqdn else {}),
    }


def _host_network(_: Plan, __: Job, value: Tree) -> Mapping[str, Tree]:
    assert isinstance(value, InstallValue)
    # On the node's network a pod would otherwise ask the node's resolver, which does not know its peers.
    return {"hostNetwork": When(value, True), "dnsPolicy": When(value, "ClusterFirstWithHostNet")}


def _host_processes(_: Plan, job: Job, value: Tree) -> Mapping[str, Tree]:
    return {"hostPID": _field("hostPID", value), "shareProcessNamespace": job.share_process_namespace}


def _affinity(_: Plan, job: Job, affinity: Tree) -> Mapping[str, Tree]:
    return {"affinity": Present(affinity if job.sole_tenancy is None else SoleTenancy(affinity, job.sole_tenancy))}


def _pull_secrets(_: Plan, job: Job, written: Tree) -> Mapping[str, Tree]:
    return {"imagePullSecrets": Present(PullSecrets(written, job.pull_secrets) if job.pull_secrets else written)}


def _elsewhere(_: Plan, __: Job, ___: Tree) -> Mapping[str, Tree]:
    return {}


# Fields that the pod's spec does not have as they are: other fields depend on them, or have them.
_SPECIAL: Mapping[str, Callable[[Plan, Job, Tree], Mapping[str, Tree]]] = {
    "annotations": _elsewhere,
    "labels": _elsewhere,
    "serviceAccountName": _account,
    "hostNetwork": _host_network,
    "hostPID": _host_processes,
    "affinity": _affinity,
    "imagePullSecrets": _pull_secrets,
    "imagePullPolicy": _elsewhere,
}


def _container(job: Job, container: Container) -> Tree:
    stays: Mapping[str, Tree] = (
        {} if container.stays is None else {key: When(container.stays, True) for key in ("stdin", "tty")}
    )
    return {
        "name": container.name,
        "image": container.image,
        "imagePullPolicy": job.pod["imagePullPolicy"],
        **({"restartPolicy": "Always"} if container.sidecar else {}),
        "command": Present([PodText(word) for word in container.command]),
        "args": Present([PodText(word) for word in container.args]),
        "workingDir": Present(container.working_dir),
        "env": Present([_variable(entry) for entry in container.env]),
        "resources": container.resources or {},
        "securityContext": Present(container.security_context),
        **stays,
        "volumeMounts": [_mount(mount) for mount in container.mounts],
    }


def _variable(entry: EnvEntry) -> Tree:
    match entry:
        case Variable(name, value, test):
            return _optional(test, {"name": name, "value": PodText(value)})
        case FieldVariable(name, field):
            return {"name": name, "valueFrom": {"fieldRef": {"fieldPath": field}}}
        case _:
            return entry


def _mount(mount: Mount) -> Tree:
    return {"name": mount.volume, "mountPath": mount.path, "readOnly": When(mount.read_only, True)}


def _volume(head: _Head, volume: Volume) -> Tree:
    if volume.source is None:
        return {"name": volume.name, "configMap": {"name": head.name, "defaultMode": _READ_AND_EXECUTE}}
    assert isinstance(volume.source, Mapping)
    return {"name": volume.name, **volume.source}


def _optional(test: Expr | None, body: Tree) -> Tree:
    return body if test is None else When(test, body)


def _jobset(field: str, kind: str) -> InstallValue:
    return InstallValue(("jobset", field), kind)  # type: ignore[arg-type]
