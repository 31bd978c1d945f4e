"""The changes of JobSet to the jobs of a set with claims of its own (`spec.volumeClaimPolicies`)."""

from __future__ import annotations

import copy
from typing import Any


def with_claims(jobset: Any) -> Any:
    """Return the JobSet with the volumes that JobSet adds to a pod for mounts that have the name of a claim."""
    changed = copy.deepcopy(jobset)
    policies = changed.get("spec", {}).get("volumeClaimPolicies", ())
    names = [template["metadata"]["name"] for policy in policies for template in policy["templates"]]
    for job in changed["spec"]["replicatedJobs"] if names else ():
        pod = job["template"]["spec"]["template"]["spec"]
        containers = [*pod["containers"], *pod.get("initContainers", ())]
        mounted = {mount["name"] for container in containers for mount in container.get("volumeMounts", ())}
        pod["volumes"] += [
            {"name": name, "persistentVolumeClaim": {"claimName": f"{name}-{changed['metadata']['name']}"}}
            for name in names
            if name in mounted
        ]
    return changed


def claims_of(jobset: Any) -> list[Any]:
    """Return the claims that JobSet makes, as objects."""
    return [
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {
                **template["metadata"],
                "name": f"{template['metadata']['name']}-{jobset['metadata']['name']}",
            },
            "spec": template["spec"],
        }
        for policy in jobset["spec"].get("volumeClaimPolicies", ())
        for template in policy["templates"]
    ]
