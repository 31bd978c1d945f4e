"""Writes every expected.txt anew: `python -m tests.messages.regenerate`. Read the diff before you commit it."""

from __future__ import annotations

from tests.messages.cases import cases


def main() -> None:
    """Write what mocompile says to every case, and name those to which it has nothing to say."""
    for case in cases():
        ran = case.build()
        if ran.code != 1:
            print(f"{case.name}: exit code {ran.code}, not 1: this input is not wrong")
        elif not case.expected.is_file() or case.expected.read_text("utf-8") != ran.stderr:
            case.expected.write_text(ran.stderr, "utf-8")
            print(f"written {case.name}")


if __name__ == "__main__":
    main()
