"""Writes every golden output anew: `python -m tests.golden.regenerate`. Read the diff before you commit it."""

from __future__ import annotations

from tests.golden.cases import GOLDEN, cases


def main() -> None:
    """Write what mocompile makes of every case, and remove what it no longer makes."""
    for case in cases():
        wanted = case.outputs()
        for path, text in wanted.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.is_file() or path.read_text("utf-8") != text:
                path.write_text(text, "utf-8")
                print(f"written {path.relative_to(GOLDEN)}")
        for path in case.files() - set(wanted) - {case.input, *case.overlays}:
            path.unlink()
            print(f"removed {path.relative_to(GOLDEN)}")


if __name__ == "__main__":
    main()
