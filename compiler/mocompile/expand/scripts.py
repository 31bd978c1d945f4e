"""The files of the ConfigMap: each a file of the repository, byte for byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mocompile import shipped
from mocompile.catalog.reserved_names import VIEW_COPIER
from mocompile.expand.addons import container_scripts_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mocompile.check.metricset import MetricSet

_EVERY_SET = ("entrypoint.sh", "metadata.sh", "environment.sh", "version.sh", "processes.sh")
_WITH_LAUNCHER = ("launcher.sh", "session.sh")
_WITH_PAIRS = ("pairs.sh",)
_WITH_VIEWS = ("view.sh", VIEW_COPIER)


def scripts_of(metricset: MetricSet) -> Mapping[str, str]:
    """File name to text, in the order in which people read them: the entrypoint first."""
    templates = shipped.folder("templates") / "pod"
    launched = any(job.role == "launcher" for metric in metricset.metrics for job in metric.sheet.jobs)
    two_sided = any(metric.sheet.two_sided for metric in metricset.metrics)
    addons = [addon for metric in metricset.metrics for addon in metric.addons]
    viewed = any(addon.sheet.view is not None for addon in addons)
    shared = (
        *_EVERY_SET,
        *(_WITH_LAUNCHER if launched else ()),
        *(_WITH_PAIRS if two_sided else ()),
        *(_WITH_VIEWS if viewed else ()),
    )
    scripts = {name: (templates / name).read_text("utf-8") for name in shared}
    for metric in metricset.metrics:
        if metric.sheet.script is not None:
            scripts[f"measure-{metric.sheet.name}.sh"] = metric.sheet.script
    for addon in addons:
        if addon.sheet.script is not None:
            scripts[f"addon-{addon.sheet.script_name}.sh"] = addon.sheet.script
        scripts.update(container_scripts_of(addon))
    return scripts
