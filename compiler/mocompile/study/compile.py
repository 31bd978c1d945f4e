"""Compiles a study: each point is the base with overlays and settings, compiled in the same stages as any set.

Shared inputs are read once: the documents, the catalog and its data sheets, the schema.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mocompile.check import check, converted
from mocompile.check.rules import CONTENT_SUFFIX, MAX_NAME
from mocompile.diagnostics.finding import Finding, InputError
from mocompile.document.merge import merge
from mocompile.document.set_path import Setting
from mocompile.document.tree import Argument, Map, Plain, Value, place_of
from mocompile.emit import object_sizes
from mocompile.emit.content_name import named_objects
from mocompile.expand import expand
from mocompile.pipeline import Compiled, compiled
from mocompile.study.marks import Mark, canonical, marked
from mocompile.study.points import ordered, points_of
from mocompile.study.several import Several

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mocompile.catalog import Catalog
    from mocompile.check.metricset import MetricSet
    from mocompile.expand.plan import Plan
    from mocompile.study.model import ParameterValue, Point, Study

_ID_DIGITS = 8


@dataclass(frozen=True, slots=True)
class StudySet:
    """One set of a study: a point and the number of the repeat. `suffix` is the end of its name, without the `-`."""

    point: Point
    id: str
    repeat: int
    suffix: str
    compiled: Compiled

    @property
    def parameters(self) -> Mapping[str, ParameterValue]:
        """The values of the point."""
        return self.point.values

    @property
    def name(self) -> str:
        """The name of the set, of its files, and of its release. It stays the same when the content changes."""
        return self.compiled.plan.name

    @property
    def object_name(self) -> str:
        """The name of both objects in a cluster; with a name by content it ends with the hash."""
        return self.compiled.object_name

    @property
    def digest(self) -> str:
        """A hash of the objects: it changes when anything in them does."""
        return f"sha256:{hashlib.sha256(canonical(self.compiled.objects).encode()).hexdigest()}"


@dataclass(frozen=True, slots=True)
class CompiledStudy:
    """A study whose points are all compiled. `sets` are in the order in which they are to run."""

    study: Study
    sets: tuple[StudySet, ...]
    warnings: tuple[Finding, ...] = ()

    @property
    def name(self) -> str:
        """The study's name."""
        return self.study.name


@dataclass(frozen=True, slots=True)
class _Checked:
    """A point that is checked and expanded, under a provisional name."""

    point: Point
    id: str
    metricset: MetricSet
    plan: Plan
    warnings: tuple[Finding, ...]


def compile_study(study: Study, catalog: Catalog) -> CompiledStudy:
    """Return every set of the study. Raises `InputError` with the findings of all points."""
    points = points_of(study)
    found, warned = Several(), Several()
    checked: list[_Checked] = []
    for point in points:
        try:
            made = _checked(study, point, catalog)
        except InputError as error:
            found.add(point, error.findings)
        else:
            checked.append(made)
            warned.add(point, made.warnings)
    found.raise_all(len(points))
    _require_distinct(study, checked)
    ids = [each.id for each in checked]
    sets = tuple(_set(study, checked[position], repeat) for position, repeat in ordered(study, ids))
    for each in sets:
        if each.repeat == 1:
            plan = each.compiled.plan
            sizes = object_sizes.findings(each.compiled.metricset, plan, each.compiled.objects)
            found.add(checked[ids.index(each.id)].point, sizes)
    found.raise_all(len(points))
    return CompiledStudy(study, sets, warned.named(len(points)))


def compile_base(study: Study, sets: Sequence[StudySet], catalog: Catalog) -> Compiled:
    """Return the base under the study's name, with empty values below `study`: the first part of folder formats.

    Raises `InputError` if the base alone is not a valid set.
    """
    root = merge(study.base).root
    _rename(root, study, study.name)
    base = compiled(root, catalog)
    return _marked(base.metricset, base.plan, Mark(study.name, sets[0].parameters))


def _checked(study: Study, point: Point, catalog: Catalog) -> _Checked:
    overlays = [document for choice in point.choices.values() for document in choice.documents]
    merged = merge(study.base, overlays, list(_settings(study, point)))
    root = merged.root
    # The id is a hash of the set without its name: it does not change if the study or the base is renamed.
    point_id = _id_of(converted(root, catalog))
    # Used instead of an id, so that all points have the same finding if a name is too long.
    longest = _suffix(study, "x" * _ID_DIGITS, study.repeats)
    _rename(root, study, f"{study.name}-{longest}")
    found = list(_long_service_name(root, longest))
    metricset = check(root, catalog)
    if found:
        raise InputError(found)
    return _Checked(point, point_id, metricset, expand(metricset), (*merged.warnings, *metricset.warnings))


def _settings(study: Study, point: Point) -> Iterator[Setting]:
    for name, choice in point.choices.items():
        path = study.parameters[name].path
        if path:
            yield Setting(path, Argument(choice.text), choice.place, choice.place.source, ())


def _rename(root: Map, study: Study, name: str) -> None:
    """Give the document the name and, if the study has one, the namespace. Changes `root`."""
    metadata = root.get("metadata")
    if not isinstance(metadata, Map):
        if metadata is not None:
            return  # The check reports the error.
        metadata = Map(root.place)
        root.put("metadata", metadata, root.place, root.place)
    metadata.put("name", Plain(name), study.name_place, study.name_place)
    if study.namespace:
        metadata.put("namespace", Plain(study.namespace), study.namespace_place, study.namespace_place)


def _long_service_name(root: Map, suffix: str) -> Iterator[Finding]:
    """Add the set's suffix to its subdomain; otherwise all sets would share one Service."""
    spec = root.get("spec")
    name = spec.get("serviceName") if isinstance(spec, Map) else None
    # A longer one is too long without the suffix of the study; the check reports the error.
    longest = MAX_NAME - (len(CONTENT_SUFFIX) if _is_named_by_content(spec) else 0)
    most = longest - len(suffix) - 1
    if isinstance(name, str) and most < len(name) <= longest:
        message = f"spec.serviceName: '{name}' is too long: each set of the study adds '-{suffix}' to it"
        yield Finding(
            "study-service", message, place_of(root, ("spec", "serviceName")), f"use at most {most} characters"
        )


def _is_named_by_content(spec: Value) -> bool:
    jobset = spec.get("jobset") if isinstance(spec, Map) else None
    return isinstance(jobset, Map) and jobset.get("nameSuffix") == "content"


def _id_of(data: Any) -> str:
    """Return the id of a point: a hash of its set as the schema converts it, without name and namespace."""
    metadata = data.get("metadata")
    if isinstance(metadata, dict):
        data = {**data, "metadata": {key: metadata[key] for key in metadata if key not in ("name", "namespace")}}
    if not data.get("metadata"):
        data = {key: value for key, value in data.items() if key != "metadata"}
    return hashlib.sha256(canonical(data).encode("utf-8", "surrogatepass")).hexdigest()[:_ID_DIGITS]


def _suffix(study: Study, point_id: str, repeat: int) -> str:
    return point_id if study.repeats == 1 else f"{point_id}-r{repeat}"


def _require_distinct(study: Study, checked: Sequence[_Checked]) -> None:
    first: dict[str, _Checked] = {}
    found: list[Finding] = []
    for each in checked:
        other = first.setdefault(each.id, each)
        if other is not each:
            message = f"two points are the same set, {each.id}: {other.point} and {each.point}"
            hint = (
                "the included point is already a combination of the values: remove it"
                if other.point.values == each.point.values
                else "the values that differ change nothing in the set: exclude one of the points"
            )
            found.append(Finding("study-same", message, study.parameters_place, hint))
    if found:
        raise InputError(found)


def _set(study: Study, checked: _Checked, repeat: int) -> StudySet:
    suffix = _suffix(study, checked.id, repeat)
    plan = replace(checked.plan, name=f"{study.name}-{suffix}")
    service = plan.values.get("serviceName")
    if service:
        plan = replace(plan, values={**plan.values, "serviceName": f"{service}-{suffix}"})
    mark = Mark(study.name, checked.point.values, checked.id, repeat)
    compiled_set = _marked(checked.metricset, plan, mark)
    return StudySet(checked.point, checked.id, repeat, suffix, compiled_set)


def _marked(metricset: MetricSet, plan: Plan, mark: Mark) -> Compiled:
    plan = marked(plan, mark)
    return Compiled(metricset, plan, named_objects(plan))
