"""A registry on loopback, and the recipes of docs/gitops.md that push to it."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.gitops.repository import built
from tests.paths import ROOT
from tests.tools import BUILT, need

EXAMPLE = "registry.example.com"


@contextmanager
def registry() -> Iterator[str]:
    """Run a registry in memory that speaks HTTP; its address."""
    process = subprocess.Popen([need("registry"), "-port", "0"], stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        found = re.search(r"serving on port (\d+)", process.stderr.readline())
        assert found
        yield f"localhost:{found[1]}"
    finally:
        process.terminate()
        process.communicate()


def push(program: str, address: str, folder: Path, **variables: str) -> str:
    """Run the recipe of docs/gitops.md that begins with this program, in `folder`; what it prints."""
    text = (ROOT / "docs" / "gitops.md").read_text("utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    (recipe,) = [block for block in blocks if f"{program} push" in block]
    # Without the option Helm speaks HTTPS to a registry.
    recipe = recipe.replace(EXAMPLE, address).replace("helm push ", "helm push --plain-http ")
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", recipe],
        cwd=folder,
        env={**os.environ, "PATH": f"{BUILT}:{os.environ['PATH']}", **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def committed(folder: Path) -> str:
    """Make `folder` a git repository with one commit, which a recipe takes for the tag; return the commit."""
    author = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    git = ("git", "-C", folder)
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, *author, "commit", "-q", "--allow-empty", "-m", "a"], check=True)
    return subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()


def push_set(address: str, folder: Path, text: str) -> tuple[str, str]:
    """Push a set as a chart `charts/disk` and as a kustomization `disk`; return the chart's version and the tag."""
    built("helm", folder / "chart", text)
    built("kustomize", folder / "kustomize", text)
    commit = committed(folder)
    push("helm", address, folder)
    push("oras", address, folder)
    (package,) = folder.glob("*.tgz")
    return package.stem.removeprefix("disk-"), commit
