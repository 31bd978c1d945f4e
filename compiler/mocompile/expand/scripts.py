"""The files of the ConfigMap: each a file of the repository, byte for byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mocompile import shipped

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mocompile.catalog import AddonSheet
    from mocompile.model import MetricSet

_EVERY_SET = ("entrypoint.sh",)
_OVER_SSH = ("session.sh",)


def container_script(sheet: AddonSheet, name: str) -> str:
    """The file in the ConfigMap for a script that a container of the addon runs."""
    return f"addon-{sheet.name}-{name}"


def scripts_of(metricset: MetricSet) -> Mapping[str, str]:
    """File name to text, in the order in which people read them: the entrypoint first."""
    templates = shipped.folder("templates")
    launched = any(job.role == "launcher" for metric in metricset.metrics for job in metric.sheet.jobs)
    scripts = {name: (templates / name).read_text("utf-8") for name in (*_EVERY_SET, *(_OVER_SSH if launched else ()))}
    for metric in metricset.metrics:
        if metric.sheet.script is not None:
            scripts[f"measure-{metric.sheet.name}.sh"] = metric.sheet.script
    for addon in (addon for metric in metricset.metrics for addon in metric.addons):
        if addon.sheet.script is not None:
            scripts[f"addon-{addon.sheet.script_name}.sh"] = addon.sheet.script
        for name, text in addon.sheet.container_scripts.items():
            scripts[container_script(addon.sheet, name)] = text
    return scripts
