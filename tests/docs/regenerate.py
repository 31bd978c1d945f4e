"""Writes the reference pages anew: `python -m tests.docs.regenerate`."""

from __future__ import annotations

from tests.docs.reference_pages import PAGES

if __name__ == "__main__":
    for path, text in ((path, text()) for path, text in PAGES.items()):
        if not path.is_file() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            print(f"written {path.name}")
