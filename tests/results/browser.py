"""A headless Chromium that shows a page."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.tools import need


def command(profile: Path) -> list[str]:
    """Its command line; it keeps nothing and asks nobody."""
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
    flags += ["--disable-background-networking", "--disable-component-update", "--hide-scrollbars"]
    flags += ["--host-resolver-rules=MAP * ~NOTFOUND"]
    return [need("chromium"), *flags, f"--user-data-dir={profile}"]


def opened(browser: list[str], file: Path, *flags: str) -> str:
    """The page as the browser has it once it is loaded."""
    ran = [*browser, *flags, "--dump-dom", file.as_uri()]
    return subprocess.run(ran, capture_output=True, text=True, check=True, timeout=120).stdout
