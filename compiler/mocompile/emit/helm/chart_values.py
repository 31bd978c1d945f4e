"""The values that a chart offers, computed from the plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mocompile.check.object_metadata import KEEP
from mocompile.emit.objects import objects
from mocompile.expression.tree import Extended, Present, install_values
from mocompile.schema.convert import Json, Schema, resolve
from mocompile.schema.files import read

if TYPE_CHECKING:
    from mocompile.catalog import Option
    from mocompile.check.metricset import AddonUse, MetricSet, MetricUse
    from mocompile.expand.plan import Plan
    from mocompile.expression.tree import Tree

# Keys from the root of the values.
Keys = tuple[str, ...]
# The fields of `spec` with the metadata of each object, in the order of the objects.
_OBJECTS = ("configMap", "jobset")


class Offer:
    """The values of a chart: every install-time value that its templates read, in the order of `spec`."""

    def __init__(self, metricset: MetricSet, plan: Plan) -> None:
        self.metricset = metricset
        self.plan = plan

    @cached_property
    def objects(self) -> tuple[Tree, ...]:
        """The chart's objects, with the values still open."""
        return objects(self.plan, chart=True)

    @cached_property
    def paths(self) -> tuple[Keys, ...]:
        """The paths of the values, in the order in which `spec` has them."""
        read_by_templates = {value.path for tree in self.objects for value in install_values(tree)}
        return tuple(path for path in _leaves(self.plan.values, (), read_by_templates))

    def default(self, path: Keys) -> Json:
        """Return the value in the user's document, or the default."""
        value: Json = at(self.plan.values, path)
        return value

    def schema(self, path: Keys) -> Schema:
        """The JSON Schema of a value, with its description; its `$ref`s are those of the MetricSet's schema."""
        if path in self.plan.schemas:
            return self.plan.schemas[path]
        option = self._option(path)
        if option is not None:
            return option.schema
        whole = read("metricset")
        if path[0] == "metrics":
            schema: Schema = whole["$defs"]["metric"]
            keys = path[2:]
        else:
            schema = whole["properties"]["spec"]
            keys = path
        for key in keys:
            schema = resolve(schema, whole)["properties"][key]
        return {**_described(schema, whole), **self._narrower(path)}

    def is_text(self, path: Keys) -> bool:
        """Whether a value is text, a list of texts, or a mapping to texts."""
        whole, schema = read("metricset"), self.schema(path)
        parts = (schema, schema.get("items"), schema.get("additionalProperties"))
        texts = ("string", ["string", "object"])
        return any(isinstance(part, Mapping) and resolve(part, whole).get("type") in texts for part in parts)

    @property
    def pods_path(self) -> Keys:
        """The path of the number of pods: that of the set, or of the first metric that has its own."""
        return next(path for path in (("pods",), *self.paths) if path in self.paths and path[-1] == "pods")

    def _narrower(self, path: Keys) -> Schema:
        """Return the schema with the further limits that this set's metrics and addons put on the value."""
        if path[-1] == "pods":
            concerned = (metric for metric in self.metricset.metrics if metric.pods_path == path)
            return {"minimum": max((metric.sheet.minimum_pods for metric in concerned), default=1)}
        if path[-2:-1] and path[-1] in ("hostPID", "hostNetwork"):
            metrics = [metric for metric in self.metricset.metrics if path[0] == "pod" or metric.path == path[:2]]
            shared = any(metric.sheet.pattern.share_process_namespace for metric in metrics)
            short = any(addon.sheet.short_host_names for metric in metrics for addon in metric.addons)
            return {"const": False} if (shared if path[-1] == "hostPID" else short) else {}
        if path == ("jobset", "keep") and KEEP.keys() & self.plan.annotations.keys():
            return {"const": False}
        return {}

    def taken(self, path: Keys) -> tuple[str, ...]:
        """Return the keys that the mapping at `path` must not have: the chart prints an entry of its own for each."""
        if path[0] not in _OBJECTS or path[1] not in ("labels", "annotations"):
            return ()
        obj = self.objects[_OBJECTS.index(path[0])]
        assert isinstance(obj, Mapping)
        metadata = obj["metadata"]
        assert isinstance(metadata, Mapping)
        field = metadata[path[1]]
        entries = field.value if isinstance(field, Present) else field
        assert isinstance(entries, Extended)
        return tuple(key for key in entries.fixed if key not in KEEP or key in self.plan.annotations)

    def _option(self, path: Keys) -> Option | None:
        match path:
            case ("metrics", metric, "addons", addon, group, name):
                return self._addon(metric, addon).sheet.options[group][name]  # type: ignore[index]
            case ("metrics", metric, ("options" | "listOptions" | "mapOptions") as group, name):
                return self._metric(metric).sheet.options[group][name]
        return None

    def _metric(self, identity: str) -> MetricUse:
        return next(metric for metric in self.metricset.metrics if metric.id == identity)

    def _addon(self, metric: str, identity: str) -> AddonUse:
        return next(addon for addon in self._metric(metric).addons if addon.id == identity)


def at(values: Any, path: Keys) -> Any:
    """Return the value at `path`; None if the path ends early."""
    for key in path:
        values = values.get(key) if isinstance(values, Mapping) else None
    return values


def _leaves(values: Any, path: Keys, wanted: set[Keys]) -> Iterator[Keys]:
    if path in wanted:
        yield path
    elif isinstance(values, Mapping):
        for key, value in values.items():
            yield from _leaves(value, (*path, key), wanted)


def _described(schema: Schema, whole: Schema) -> Schema:
    """Resolve a reference, keeping the reference's own description."""
    if "$ref" not in schema:
        return schema
    return {**resolve(schema, whole), **{key: value for key, value in schema.items() if key != "$ref"}}
