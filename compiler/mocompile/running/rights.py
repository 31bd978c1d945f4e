"""The rights that a run needs in its namespace, and which of them are missing."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from mocompile.results.collect.api import Api, ApiError
from mocompile.running.checks import Check

# API group, resource, verbs. docs/running.md has the Role.
NEEDED: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("", "configmaps", ("get", "list", "watch", "create", "delete")),
    ("jobset.x-k8s.io", "jobsets", ("get", "list", "watch", "create", "delete")),
    ("", "pods", ("get", "list", "watch")),
    ("", "pods/log", ("get",)),
    ("batch", "jobs", ("list", "watch")),
    ("", "events", ("list", "watch")),
)
_REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
_AT_ONCE = 4


def check_rights(api: Api, namespace: str) -> Check:
    """Return whether this user may do all that a run does. Raises `Broken`."""
    asked = [(group, resource, verb) for group, resource, verbs in NEEDED for verb in verbs]
    try:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            allowed = list(pool.map(lambda each: may(api, namespace, *each), asked))
    except ApiError as error:
        return Check("rights", "unknown", f"the cluster does not say what you may do: {error}")
    missing = [each for each, yes in zip(asked, allowed, strict=True) if not yes]
    if missing:
        text = f"in the namespace '{namespace}' you may not {_listed(missing)}"
        return Check("rights", "problem", text, "ask for the Role in docs/running.md, or name another -n NAMESPACE")
    return Check("rights", "ok", f"in the namespace '{namespace}' you may do all that a run needs")


def may(api: Api, namespace: str, group: str, resource: str, verb: str) -> bool:
    """Return whether this user may do that. Raises `ApiError`, `Broken`."""
    name, _, sub = resource.partition("/")
    attributes = {"namespace": namespace, "group": group, "resource": name, "subresource": sub, "verb": verb}
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }
    return (api.create(_REVIEWS, review).get("status") or {}).get("allowed") is True


def _listed(missing: Iterable[tuple[str, str, str]]) -> str:
    """Return `create, delete jobsets; get pods/log`."""
    verbs: dict[str, list[str]] = {}
    for _, resource, verb in missing:
        verbs.setdefault(resource, []).append(verb)
    return "; ".join(f"{', '.join(words)} {resource}" for resource, words in verbs.items())
