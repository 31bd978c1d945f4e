"""`mocompile images`: the images that a set or a study needs, checked against a lock, or pinned to its digests.

A lock is a YAML mapping from images, as sets name them, to digests. A registry is never asked.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from mocompile.diagnostics.finding import Finding, InputError
from mocompile.document.tree import place_of
from mocompile.emit.yaml import dump_one

if TYPE_CHECKING:
    from mocompile.check.metricset import AddonUse, MetricSet, MetricUse
    from mocompile.cli.inputs import Inputs
    from mocompile.document.tree import Map, Path

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")


def images_of(objects: Iterable[Any]) -> list[str]:
    """Return every image of the pods in these Kubernetes objects (plain data), each once, sorted."""
    return sorted(
        {
            container["image"]
            for entry in objects
            if entry["kind"] == "JobSet"
            for job in entry["spec"]["replicatedJobs"]
            for key in ("initContainers", "containers")
            for container in job["template"]["spec"]["template"]["spec"].get(key, ())
        }
    )


def needed_images(inputs: Inputs) -> list[str]:
    """Return the images of the set at the path, or of all sets of the study. Raises `InputError`."""
    if inputs.is_study():
        from mocompile.cli.studies import compiled_study

        return images_of(entry for each in compiled_study(inputs).sets for entry in each.compiled.objects)
    from mocompile.pipeline import compile_objects

    return images_of(compile_objects(inputs.merged(), inputs.catalog))


def listing(images: Iterable[str], form: str) -> str:
    """Return the images as lines, as a JSON list, or as the file for `skopeo sync --src yaml`."""
    if form == "json":
        return json.dumps(list(images), indent=2) + "\n"
    if form == "skopeo":
        registries: dict[str, Any] = {}
        for image in images:
            registry, name, version = parts_of(image)
            versions = registries.setdefault(registry, {"images": {}})["images"].setdefault(name, [])
            if version not in versions:
                versions.append(version)
        return dump_one(registries)
    return "".join(f"{image}\n" for image in images)


def parts_of(image: str) -> tuple[str, str, str]:
    """Return the registry, the name, and the digest or else the tag, with the defaults of container runtimes."""
    name, _, digest = image.partition("@")
    path, slash, last = name.rpartition("/")
    last, _, tag = last.partition(":")
    first, _, rest = f"{path}{slash}{last}".partition("/")
    if not rest:
        registry, name = "docker.io", f"library/{first}"
    elif "." in first or ":" in first or first == "localhost":
        registry, name = first, rest
    else:
        registry, name = "docker.io", f"{first}/{rest}"
    return registry, name, digest or tag or "latest"


def read_lock(inputs: Inputs, path: str) -> Mapping[str, str]:
    """Return the digest of each image in the lock at `path`. Raises `InputError` if one is not a digest."""
    root = inputs.document(path).root
    found: dict[str, str] = {}
    wrong: list[Finding] = []
    for image, digest in root.items():
        if isinstance(digest, str) and _DIGEST.fullmatch(digest):
            found[image] = str(digest)
        else:
            hint = "write `image: sha256:…`, for example with `skopeo inspect` or `crane digest`"
            message = f"the digest of '{image}' is not sha256: and 64 hexadecimal digits"
            wrong.append(Finding("image-lock", message, root.value_places[image], hint))
    if wrong:
        raise InputError(wrong)
    return found


def require_locked(images: Iterable[str], lock: Mapping[str, str], path: str) -> None:
    """Raises `InputError` with a finding for each image that has no digest of its own and is not in the lock."""
    missing = [image for image in images if "@" not in image and image not in lock]
    if missing:
        hint = "add its digest, as the registry has it: `mocompile images` lists all images"
        raise InputError(
            [Finding("image-not-locked", f"{path} lacks the image '{each}'", None, hint) for each in missing]
        )


def pins(inputs: Inputs, path: str) -> str:
    """Return an overlay that adds the digests of the lock at `path` to the images of the set.

    Raises `InputError` for a study, for an image that the lock lacks, and for an image that no field or option names.
    """
    from mocompile.pipeline import compiled

    if inputs.is_study():
        message, hint = "a study has no images of its own", "pin its base, and name the overlay in `spec.parameters`"
        raise InputError([Finding("image-lock", message, None, hint)])
    lock = read_lock(inputs, path)
    root = inputs.merged()
    made = compiled(root, inputs.catalog)
    images = images_of(made.objects)
    require_locked(images, lock, path)
    entries = list(_pinned(made.metricset, root, lock))
    named = {image for metric in made.metricset.metrics for image in _images(made.metricset, metric)}
    for image in images:
        if "@" not in image and image not in named:
            hint = "write its digest there"
            raise InputError([Finding("image-lock", f"a data sheet names the image '{image}' itself", None, hint)])
    if not entries:
        raise InputError([Finding("image-lock", "every image has a digest: there is nothing to pin", None, "")])
    return f"# The digests of {path}, for `--overlay`. `mocompile images --pin {path}` writes this file.\n" + dump_one(
        {"spec": {"metrics": entries}}
    )


def _pinned(metricset: MetricSet, root: Map, lock: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Yield the overlay's entry of each metric that has an image to pin."""
    of_name = Counter(metric.sheet.name for metric in metricset.metrics)
    for position, metric in enumerate(metricset.metrics):
        path = ("spec", "metrics", position)
        image, *_ = _images(metricset, metric)
        entry: dict[str, Any] = {"image": _with_digest(image, lock)} if "@" not in image else {}
        same = Counter(addon.sheet.name for addon in metric.addons)
        addons = []
        for number, addon in enumerate(metric.addons):
            own = addon.settings["options"].get("image")
            if isinstance(own, str) and own and "@" not in own:
                item = _identity(root, (*path, "addons", number), addon, same)
                addons.append({**item, "options": {"image": _with_digest(own, lock)}})
        if entry or addons:
            yield {**_identity(root, path, metric, of_name), **entry, **({"addons": addons} if addons else {})}


def _images(metricset: MetricSet, metric: MetricUse) -> list[str]:
    """The metric's image, and those that options of its addons name."""
    values: Any = metricset.values["metrics"]
    options = (addon.settings["options"].get("image") for addon in metric.addons)
    return [values[metric.id]["image"], *(str(image) for image in options if image)]


def _identity(root: Map, path: Path, use: MetricUse | AddonUse, count: Mapping[str, int]) -> dict[str, str]:
    """Return the `name` or the `id` by which an overlay finds the item. Raises `InputError` if neither is enough."""
    name = use.sheet.name
    if use.id == name and count[name] == 1:
        return {"name": name}
    if place_of(root, (*path, "id")) == place_of(root, path):
        message = f"several items have the name '{name}', and an overlay cannot tell which is meant"
        raise InputError([Finding("image-lock", message, place_of(root, path), "give each an `id`")])
    return {"id": use.id}


def _with_digest(image: str, lock: Mapping[str, str]) -> str:
    return f"{image}@{lock[image]}"
