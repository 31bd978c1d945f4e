"""The patch of the ConfigMap `argocd-cm`, made from the Lua files: `python -m tests.gitops.argocd_cm` writes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mocompile.emit.yaml import dump_one

from tests.paths import ROOT

FILES = ROOT / "examples" / "gitops" / "argocd"
JOBSET = FILES / "resource_customizations" / "jobset.x-k8s.io" / "JobSet"
PATCH = FILES / "argocd-cm-patch.yaml"
_KIND = "jobset.x-k8s.io_JobSet"
_HEAD = """\
# Made from the Lua files of resource_customizations/. To apply it:
# kubectl -n argocd patch configmap argocd-cm --patch-file argocd-cm-patch.yaml
"""


def patch() -> str:
    """Return the text of the patch: a health check of JobSets, and the actions to suspend and to resume one.

    The keys are those of https://argo-cd.readthedocs.io/en/stable/operator-manual/health/ and …/resource_actions/.
    """
    actions = JOBSET / "actions"
    definitions = [{"name": name, "action.lua": _text(actions / name / "action.lua")} for name in ("resume", "suspend")]
    data: dict[str, Any] = {
        f"resource.customizations.health.{_KIND}": _text(JOBSET / "health.lua"),
        f"resource.customizations.actions.{_KIND}": dump_one(
            {"discovery.lua": _text(actions / "discovery.lua"), "definitions": definitions}
        ),
    }
    return _HEAD + dump_one({"data": data})


def _text(path: Path) -> str:
    return path.read_text("utf-8")


if __name__ == "__main__":
    PATCH.write_text(patch(), "utf-8")
