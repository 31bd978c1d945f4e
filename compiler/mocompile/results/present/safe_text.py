"""Makes text from logs safe for pictures and pages. The text is data: nothing in it is markup."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

# Control sequences of a terminal: CSI, OSC (ended by BEL or ST), and the two-character ones.
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
# Control, format (among them those that turn the direction of writing), surrogates, private use, line separators.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_PICTURES = {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\t\n"} | {0x7F: 0x2421}
_SHOWN_BY_NAME = re.compile("[\x80-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")
_LARGEST = 1e290  # beyond it, sums and margins are infinite
_WORDS = 8  # characters of what is alike, before what differs
_SURROGATES = re.compile("[\ud800-\udfff]")


def label(text: object, limit: int = 48) -> str:
    """`text` in one line: without control sequences and unseen characters, at most `limit` long, cut in the middle."""
    plain = _ANSI.sub("", str(text))
    seen = "".join(" " if unicodedata.category(each) in _UNSEEN else each for each in plain)
    line = " ".join(seen.split())
    if len(line) <= limit:
        return line
    end = limit // 3
    return f"{line[: limit - end - 1].rstrip()}…{line[len(line) - end :].lstrip()}"


def labels(texts: Iterable[object], limit: int = 48) -> list[str]:
    """`label` of each of `texts`, which differ: so cut that what they are called differs, too."""
    whole = [label(text, 10_000) for text in texts]
    cut = [label(text, limit) for text in whole]
    if len(set(cut)) < len(cut):
        # What all begin with tells none apart; its last words say what it is that differs.
        common = next((at for at, each in enumerate(zip(*whole, strict=False)) if len(set(each)) > 1), 0)
        start = whole[0].rfind(" ", 0, max(0, common - _WORDS)) + 1 or max(0, common - _WORDS)
        cut = [label(f"…{text[start:]}" if start else text, limit) for text in whole]
    seen: Counter[str] = Counter()
    apart = []
    for text in cut:
        seen[text] += 1
        apart.append(text if seen[text] == 1 else f"{text} #{seen[text]}")
    return apart


def visible(text: str) -> str:
    """`text` with every character that cannot be seen shown by a picture or its number; lines and tabs stay."""
    text = text.replace("\r\n", "\n").translate(_PICTURES)
    text = _SHOWN_BY_NAME.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", text)
    return _SURROGATES.sub("\ufffd", text)


def number(value: float) -> str:
    """A number as a person reads it: about four digits, and no exponent where there need be none."""
    if value == 0:
        return "0"
    if abs(value) > _LARGEST or value != value:
        return str(value)[:24]
    size = abs(value)
    if size >= 1e15 or size < 1e-4:
        mantissa, _, exponent = f"{value:.3e}".partition("e")
        return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"
    if float(value).is_integer() or size >= 1000:
        return f"{value:.0f}" if size < 10_000 else f"{value:,.0f}".replace(",", "\u202f")
    return f"{value:.4g}"
