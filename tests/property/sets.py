"""Strategies for MetricSets out of the real catalog: valid ones by the schemas, and ones that nobody would write."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from functools import cache
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from mocompile.catalog import AddonSheet, Catalog, MetricSheet, Option
from mocompile.schema.convert import resolve
from mocompile.schema.files import read

CATALOG = Catalog()
HOSTILE = (
    *("'", '"', "$(touch /tmp/x)", "$$", "$(MO_PODS)", "`id`", "a\nb", "\n", "\r\n", "\t", "{{ 1+1 }}", "{% raw %}"),
    *(
        "EOF",
        "---",
        "...",
        "y",
        "no",
        "~",
        "null",
        "1_000",
        "012",
        "1e3",
        "😀",
        "\u2028",
        "\ufeff",
        "\\",
        "${X}",
        " ",
        "é",
    ),
    *("../..", "/", "a:b", "-", "METRICS OPERATOR COLLECTION END"),
)
# What a document may hold at all: load has tests of its own for the rest.
_CHARACTERS = st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\ufffe\uffff")

_PRINTABLE = st.characters(min_codepoint=ord(" "), max_codepoint=ord("~"))

texts = st.one_of(
    st.sampled_from(HOSTILE),
    st.lists(st.sampled_from(HOSTILE), max_size=5).map("".join),
    st.text(_CHARACTERS, max_size=20),
)
scalars = st.one_of(
    texts, st.integers(), st.booleans(), st.none(), st.floats(allow_nan=False, allow_infinity=False).map(str)
)
anything = st.recursive(
    scalars,
    lambda child: st.one_of(st.lists(child, max_size=3), st.dictionaries(texts, child, max_size=3)),
    max_leaves=5,
)
_names = st.from_regex(r"\A[a-z]([-a-z0-9]{0,8}[a-z0-9])?\Z")

# Fields whose values must fit each other in ways that a schema cannot say: random ones are almost never valid, and slow
# to make. `broken` changes them.
_EXPRESSION = {"key": "example.com/pool", "operator": "In", "values": ["a", "b"]}
_TERM = {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app": "x"}}}
_NODES = {"nodeSelectorTerms": [{"matchExpressions": [_EXPRESSION, {"key": "gpu", "operator": "Exists"}]}]}
_REQUIRED, _PREFERRED = (f"{word}DuringSchedulingIgnoredDuringExecution" for word in ("required", "preferred"))
_ACCEPTED: Mapping[str, tuple[Any, ...]] = {
    "resources": (
        {"limits": {"cpu": "2", "memory": "4Gi"}},
        {"limits": {"cpu": 1, "memory": "512Mi", "ephemeral-storage": "1Gi"}, "requests": {"cpu": "250m"}},
        {"requests": {"cpu": "1.5", "memory": "1e9"}},
        {"limits": {"nvidia.com/gpu": 8, "vpc.amazonaws.com/efa": "4"}, "requests": {"nvidia.com/gpu": "8"}},
        {"limits": {"hugepages-2Mi": "128Mi", "memory": "1Gi"}},
        {},
    ),
    "tolerations": (
        [{"operator": "Exists"}],
        [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}],
        [{"key": "dedicated", "operator": "Equal", "value": "hpc", "effect": "NoExecute", "tolerationSeconds": 60}],
        [{"key": "a", "value": "b"}, {"key": "c", "operator": "Exists"}],
        [],
    ),
    "affinity": (
        {"nodeAffinity": {_REQUIRED: _NODES}},
        {"nodeAffinity": {_PREFERRED: [{"weight": 5, "preference": _NODES["nodeSelectorTerms"][0]}]}},
        {"podAffinity": {_REQUIRED: [_TERM]}},
        {"podAntiAffinity": {_PREFERRED: [{"weight": 100, "podAffinityTerm": {**_TERM, "namespaces": ["x"]}}]}},
        {},
    ),
    "podSecurityContext": (
        {"runAsUser": 1000, "runAsGroup": 0, "fsGroup": 2000, "fsGroupChangePolicy": "OnRootMismatch"},
        {"seccompProfile": {"type": "Localhost", "localhostProfile": "a/b.json"}},
        {"seccompProfile": {"type": "RuntimeDefault"}, "supplementalGroups": [1, 2]},
        {"sysctls": [{"name": "net.ipv4.ip_local_port_range", "value": "1024 65535"}]},
        {},
    ),
    "containerSecurityContext": (
        {"privileged": True},
        {"capabilities": {"add": ["SYS_PTRACE"], "drop": ["ALL"]}, "allowPrivilegeEscalation": False},
        {"runAsNonRoot": True, "runAsUser": 1000, "readOnlyRootFilesystem": False},
        {},
    ),
}


def value_of(schema: Mapping[str, Any], root: Mapping[str, Any]) -> SearchStrategy[Any]:
    """Values that the schema allows, or nearly: patterns and bounds hold, what rules say beyond them may not."""
    likely_value = _LIKELY.get(str(schema.get("$ref", "")).rpartition("/")[2])
    if likely_value is not None:
        return likely_value
    schema = resolve(schema, root)
    if schema.get("type") == ["string", "object"]:
        return texts | _mapping_of(schema, root)
    if "enum" in schema or "const" in schema:
        return st.sampled_from(schema.get("enum", [schema.get("const")]))
    match schema.get("type"):
        case "integer":
            least, most = schema.get("minimum", -(2**53)), schema.get("maximum", 2**53)
            return st.integers(least, most) | st.integers(max(least, 0), max(least, min(most, 8)))
        case "boolean":
            return st.booleans() | st.sampled_from(["yes", "off"])
        case "array":
            return st.lists(value_of(schema["items"], root), min_size=schema.get("minItems", 0), max_size=3)
        case "object":
            return _mapping_of(schema, root)
    return _text_of(schema)


# Where almost nothing that the schema allows is what the rules ask for.
_LIKELY: Mapping[str, SearchStrategy[Any]] = {
    "hostAlias": st.fixed_dictionaries(
        {"ip": st.ip_addresses().map(str)}, optional={"hostnames": st.lists(_names, max_size=2)}
    ),
    "variableSource": st.sampled_from(
        [
            {"fieldRef": {"fieldPath": "status.podIPs"}},
            {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.annotations['example.com/a']"}},
            {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "1m"}},
            {"resourceFieldRef": {"resource": "requests.hugepages-2Mi", "divisor": "1Mi"}},
            {"configMapKeyRef": {"name": "sizes", "key": "a.b", "optional": True}},
            {"secretKeyRef": {"name": "license", "key": "_"}},
        ]
    ),
    "failureRule": st.builds(
        lambda name, action, more: {"name": name, "action": action, **more},
        st.from_regex(r"\A[A-Za-z][A-Za-z0-9_]{3,9}\Z"),
        st.sampled_from(("FailJobSet", "RestartJobSet", "RestartJobSetAndIgnoreMaxRestarts")),
        st.sampled_from(
            (
                {},
                {"onJobFailureReasons": ["BackoffLimitExceeded", "PodFailurePolicy"]},
                {"onJobFailureMessagePatterns": ["^Pod .* {2}", "é"], "targetReplicatedJobs": []},
            )
        ),
    ),
    "podFailureRule": st.sampled_from(
        (
            {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]},
            {"action": "Count", "onPodConditions": [{"type": "example.com/a", "status": "Unknown"}]},
            {"action": "FailJob", "onExitCodes": {"operator": "In", "values": [1, 78, 2147483647]}},
            {"action": "FailJob", "onExitCodes": {"operator": "NotIn", "values": [0, 143]}},
        )
    ),
    "podResourceClaim": st.builds(
        lambda name, source, of: {"name": name, source: of},
        st.sampled_from(("gpu", "nic")),
        st.sampled_from(("resourceClaimName", "resourceClaimTemplateName")),
        _names,
    ),
}


def _text_of(schema: Mapping[str, Any]) -> SearchStrategy[str]:
    if "pattern" not in schema:
        return texts.filter(lambda text: len(text) >= schema.get("minLength", 0))
    pattern = re.sub(r"\$$", r"\\Z", schema["pattern"])
    matching = st.from_regex(re.compile(pattern), fullmatch=pattern.endswith(r"\Z"), alphabet=_PRINTABLE)
    return matching.filter(lambda text: len(text) <= schema.get("maxLength", 1000))


def _mapping_of(schema: Mapping[str, Any], root: Mapping[str, Any]) -> SearchStrategy[dict[str, Any]]:
    properties = schema.get("properties", {})
    if not properties:
        keys = value_of(schema["propertyNames"], root) if "propertyNames" in schema else texts.filter(bool)
        least = schema.get("minProperties", 0)
        return st.dictionaries(keys, value_of(schema["additionalProperties"], root), min_size=least, max_size=least + 3)
    required = set(schema.get("required", ()))
    fields = {name: _field(name, field, root) for name, field in properties.items()}
    return st.fixed_dictionaries(
        {name: field for name, field in fields.items() if name in required},
        optional={name: field for name, field in fields.items() if name not in required},
    )


def _field(name: str, field: Mapping[str, Any], root: Mapping[str, Any]) -> SearchStrategy[Any]:
    """Values of a field: those of `_ACCEPTED` where it has some, else what its schema allows."""
    if name == "securityContext":
        of_pod = "fsGroup" in resolve(field, root).get("properties", {})
        name = "podSecurityContext" if of_pod else "containerSecurityContext"
    return st.sampled_from(_ACCEPTED[name]).map(deepcopy) if name in _ACCEPTED else value_of(field, root)


def _options(sheet: MetricSheet | AddonSheet) -> SearchStrategy[dict[str, Any]]:
    """The groups of a sheet, with what is required and some of the rest."""
    groups = st.fixed_dictionaries({group: _group(options) for group, options in sheet.options.items() if options})
    return groups.map(lambda drawn: _with_one_of(sheet.needs_one_of, drawn))


def _with_one_of(names: Sequence[str], groups: Mapping[Any, Any]) -> dict[str, Any]:
    """The groups with one of the options that a sheet needs."""
    for group, _, name in (each.rpartition(".") for each in names):
        if groups.get(group or "options", {}).get(name):
            return dict(groups)
    for group, _, name in (each.rpartition(".") for each in names[:1]):
        own = groups.get(group or "options", {})
        return {**groups, group or "options": {**own, name: "true"}}
    return dict(groups)


def _group(options: Mapping[str, Option]) -> SearchStrategy[dict[str, Any]]:
    values = {name: value_of(option.schema, option.schema) for name, option in options.items()}
    needed = {name for name, option in options.items() if option.required}
    return st.fixed_dictionaries(
        {name: value for name, value in values.items() if name in needed},
        optional={name: value for name, value in values.items() if name not in needed},
    )


def _addon(name: str) -> SearchStrategy[dict[str, Any]]:
    options = _options(CATALOG.addon(name)).flatmap(_seldom_targeted)
    return st.builds(lambda id_, groups: {"name": name, "id": id_, **groups}, _names, options)


def _seldom_targeted(groups: dict[str, Any]) -> SearchStrategy[dict[str, Any]]:
    """Free text is almost never the name of a job."""
    options = {key: value for key, value in groups.get("options", {}).items() if "arget" not in key}
    return st.just({**groups, "options": options}) if "options" in groups else st.just(groups)


def _metric(name: str) -> SearchStrategy[dict[str, Any]]:
    schema = read("metricset")
    fields = schema["$defs"]["metric"]["properties"]
    optional = {key: _field(key, fields[key], schema) for key in ("env", "attributes", "resources", "pod")}
    addons = st.lists(st.sampled_from(CATALOG.addon_names), max_size=3, unique=True).flatmap(
        lambda names: st.tuples(*(_addons()[name] for name in names)).map(_with_own_ids)
    )
    return st.builds(
        lambda id_, groups, more, added: {"name": name, "id": id_, "image": "i", **groups, **more, "addons": added},
        _names,
        _options(CATALOG.metric(name)),
        st.fixed_dictionaries({}, optional=optional),
        addons,
    )


@cache
def _metrics() -> Mapping[str, SearchStrategy[dict[str, Any]]]:
    return {name: _metric(name) for name in CATALOG.metric_names}


@cache
def _addons() -> Mapping[str, SearchStrategy[dict[str, Any]]]:
    return {name: _addon(name) for name in CATALOG.addon_names}


def _with_own_ids(items: tuple[dict[str, Any], ...]) -> list[dict[str, Any]]:
    """The items with ids that no two of them share."""
    return [{**item, "id": f"{item['id']}-{position}"} for position, item in enumerate(items)]


def _spec() -> SearchStrategy[dict[str, Any]]:
    schema = read("metricset")
    fields = schema["properties"]["spec"]["properties"]
    optional = {
        key: _field(key, field, schema) for key, field in fields.items() if key not in ("metrics", "pods", "patches")
    }
    metrics = st.lists(st.sampled_from(CATALOG.metric_names), min_size=1, max_size=3).flatmap(
        lambda names: st.tuples(*(_metrics()[name] for name in names)).map(_with_own_ids)
    )
    return st.builds(
        lambda pods, more, metrics: _with_mounted_claims(
            _with_known_claims({"pods": pods, **more, "metrics": metrics})
        ),
        st.integers(2, 12) | st.integers(2, 100_000),
        st.fixed_dictionaries({}, optional=optional),
        metrics,
    )


def _with_known_claims(spec: dict[str, Any]) -> dict[str, Any]:
    """Give the containers the claims that all pods have, each once, in place of the drawn ones."""
    pods = [spec.get("pod", {}), *(metric.get("pod", {}) for metric in spec["metrics"])]
    pods += [pod[role] for pod in pods for role in ("launcher", "workers") if role in pod]
    for pod in pods:
        if "resourceClaims" in pod:
            pod["resourceClaims"] = list({claim["name"]: claim for claim in pod["resourceClaims"]}.values())
    claims = [{claim["name"] for claim in pod["resourceClaims"]} for pod in pods if "resourceClaims" in pod]
    everywhere = set.intersection(*claims) if "resourceClaims" in pods[0] else set()
    known = [{"name": name} for name in sorted(everywhere)]
    for owner in (spec, *spec["metrics"]):
        if "claims" in owner.get("resources", {}):
            owner["resources"]["claims"] = known
    return spec


def _with_mounted_claims(spec: dict[str, Any]) -> dict[str, Any]:
    """Mount the claims of the set, each once, in place of the drawn addons; no rule for pods where none can fail."""
    jobset = spec.get("jobset", {})
    if jobset.get("restartPolicy") == "OnFailure":
        jobset.pop("podFailurePolicy", None)
    templates = [each for policy in jobset.get("volumeClaimPolicies", ()) for each in policy["templates"]]
    for position, template in enumerate(templates):
        template["metadata"]["name"] = f"claim-{position}"
        template["spec"]["accessModes"] = template["spec"]["accessModes"][:1]
    for metric in spec["metrics"]:
        metric["addons"] = [addon for addon in metric["addons"] if addon["name"] != "volume-claim"]
    spec["metrics"][0]["addons"] += [
        {
            "name": "volume-claim",
            "id": f"volume-claim-{position}",
            "options": {"name": f"claim-{position}", "path": f"/claim-{position}"},
        }
        for position in range(len(templates))
    ]
    return spec


def _document(name: str, annotations: dict[str, str], spec: dict[str, Any]) -> dict[str, Any]:
    metadata = {"name": name, "annotations": annotations}
    return {"apiVersion": "flux-framework.org/v1alpha2", "kind": "MetricSet", "metadata": metadata, "spec": spec}


likely = st.builds(_document, _names, st.dictionaries(st.just("example.com/note"), texts), _spec())


@st.composite
def broken(draw: st.DrawFn) -> dict[str, Any]:
    """A likely set with other values in a few places."""
    document: dict[str, Any] = draw(likely)
    for _ in range(draw(st.integers(1, 3))):
        _break(draw, document)
    return document


def _break(draw: st.DrawFn, node: Any) -> None:
    """Go down some steps, and there replace, remove or add something."""
    while True:
        keys = sorted(node) if isinstance(node, dict) else list(range(len(node)))
        if not keys:
            return
        key = draw(st.sampled_from(keys))
        if not isinstance(node[key], dict | list) or draw(st.integers(0, 3)) == 0:
            break
        node = node[key]
    kind = draw(st.sampled_from(("replace", "remove", "add")))
    if kind == "remove":
        del node[key]
    elif kind == "add" and isinstance(node, dict):
        node[draw(texts)] = draw(anything)
    else:
        node[key] = draw(anything)
