"""Resources of containers, as the API takes them.

- A name without '/' is cpu, memory, ephemeral-storage or hugepages-<size>; one with '/' has no `requests.` in front.
- Of Kubernetes' own (cpu, memory, ephemeral-storage, `kubernetes.io/`) no more is requested than the limit.
- Anything else cannot be overcommitted: it needs a limit, and a request, if there is one, equal to it.
- Devices (`nvidia.com/gpu`) are counted in whole numbers.
- Hugepages come in a multiple of their size, and beside cpu or memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING

from mocompile.check.addon_parts import containers
from mocompile.check.context import CheckContext, Data, mapping, text
from mocompile.diagnostics.finding import Finding, nearest
from mocompile.document.tree import Path
from mocompile.schema.violations import shown

if TYPE_CHECKING:
    from fractions import Fraction

# One way to read each digit: an expression with two takes time that grows with the square of the length.
_QUANTITY = re.compile(r"\+?([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:([KMGTPE]i|[numkMGTPE])|[eE]([+-]?[0-9]{1,2}))?", re.ASCII)
_LONGEST = 64  # as the schema has it
_SHARED = ("cpu", "memory", "ephemeral-storage")
_PAGES = "hugepages-"
_KNOWN = f"known: {', '.join(_SHARED)}, hugepages-<size>, and those with a '/' (nvidia.com/gpu)"
# A count is held in thousandths, in 64 bits.
_MOST = (2**63 - 1) // 1000
# The API puts `requests.` before the name of a device, and that is a label's key too.
_MAX_DOMAIN = 253 - len("requests.")
_RULE = "pod-resources"


def findings(view: CheckContext) -> Iterator[Finding]:
    """Yield findings for the resources of the set, of its metrics and of the containers that addons add."""
    for path, data in ((("spec",), view.spec), *((metric.path, metric.data) for metric in view.metrics)):
        resources = mapping(data.get("resources"))
        yield from _Resources(
            view, (*path, "resources", "limits"), resources, (*path, "resources", "requests")
        ).findings()
    for addon in (addon for metric in view.metrics for addon in metric.addons):
        for part in containers(addon):
            limits, requests = part.path("limits"), part.path("requests")
            both: Data = {"limits": part.value("limits"), "requests": part.value("requests")}
            own = _Resources(view, limits, both, requests)
            yield from own.syntax()
            yield from own.findings()


# The suffixes of a whole quantity, each with those that are larger behind it.
_BINARY = ("Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
_DECIMAL = ("", "k", "M", "G", "T", "P", "E")


@cache
def _scales() -> Mapping[str, Fraction]:
    """Return the number of each suffix. `fractions` is imported only for a set that has a quantity."""
    from fractions import Fraction

    return {
        **{f"{letter}i": Fraction(1024) ** power for power, letter in enumerate("KMGTPE", start=1)},
        **{letter: Fraction(1000) ** power for power, letter in zip(range(-3, 0), "num", strict=True)},
        **{letter: Fraction(1000) ** power for power, letter in enumerate("kMGTPE", start=1)},
        "": Fraction(1),
    }


def quantity(written: str) -> Fraction | None:
    """Return the number that a quantity (`500m`, `1.5Gi`, `1e3`) stands for; None for other text."""
    found = _QUANTITY.fullmatch(written) if len(written) <= _LONGEST else None
    if found is None:
        return None
    from fractions import Fraction

    number, suffix, exponent = found.groups()
    scale = Fraction(10) ** int(exponent) if exponent else _scales()[suffix or ""]
    return Fraction(number.rstrip(".")) * scale


def canonical(written: str) -> str:
    """Return a whole quantity (`1024Mi`) as an API server spells it (`1Gi`), with the largest suffix that fits."""
    digits = len(written) - len(written.lstrip("0123456789"))
    number, suffix = int(written[:digits]), written[digits:]
    base, suffixes = (1024, _BINARY) if suffix.endswith("i") else (1000, _DECIMAL)
    place = suffixes.index(suffix)
    while number % base == 0 and place + 1 < len(suffixes):
        number, place = number // base, place + 1
    return f"{number}{suffixes[place]}"


class _Resources:
    """The limits and requests of one container."""

    def __init__(self, view: CheckContext, limits_path: Path, data: Data, requests_path: Path) -> None:
        self.view = view
        self.paths = {"limits": limits_path, "requests": requests_path}
        self.written = {kind: mapping(data.get(kind)) for kind in ("limits", "requests")}
        self.limits, self.requests = (_quantities(self.written[kind]) for kind in ("limits", "requests"))

    def syntax(self) -> Iterator[Finding]:
        """Yield findings for invalid quantities that no schema checks."""
        for kind, written in self.written.items():
            for name, value in written.items():
                if quantity(text(value)) is None:
                    yield self._finding(kind, name, f"invalid quantity {shown(value)}", "for example 500m, 2, 1.5Gi")

    def findings(self) -> Iterator[Finding]:
        for kind, amounts in (("limits", self.limits), ("requests", self.requests)):
            for name, amount in amounts.items():
                if not _is_known(name):
                    hint = nearest(name.lower(), _SHARED) if name != name.lower() else _KNOWN
                    yield self._finding(kind, name, f"unknown resource {shown(name)}", hint, key=True)
                elif not _is_shared(name):
                    yield from self._counted(kind, name, amount)
        for name, requested in self.requests.items():
            if _is_known(name):
                yield from self._against_limit(name, requested)

    def _counted(self, kind: str, name: str, amount: Fraction) -> Iterator[Finding]:
        if not name.startswith(_PAGES):
            if amount.denominator != 1 or amount > _MOST:
                yield self._finding(kind, name, f"{name} needs a whole number, not {self._shown(kind, name)}")
            return
        size = quantity(name.removeprefix(_PAGES))
        if not size or (amount / size).denominator != 1:
            message = f"{name} {self._shown(kind, name)} is not a multiple of {name.removeprefix(_PAGES)}"
            yield self._finding(kind, name, message)
        if not {"cpu", "memory"} & {*self.limits, *self.requests}:
            yield self._finding(kind, name, f"{name} also needs `cpu` or `memory`", "add one of them", key=True)

    def _against_limit(self, name: str, requested: Fraction) -> Iterator[Finding]:
        limit = self.limits.get(name)
        if limit is None:
            if not _is_shared(name) and name not in self.written["limits"]:
                message = f"{name} needs a limit"
                yield self._finding(
                    "requests", name, message, "move it from `requests` to `limits`, which also requests it"
                )
        elif not _is_shared(name) and requested != limit:
            message = f"the request of {name} must equal its limit, {self._shown('limits', name)}"
            yield self._finding("requests", name, message, "remove the request")
        elif requested > limit:
            asked, most = self._shown("requests", name), self._shown("limits", name)
            yield self._finding("requests", name, f"{name} request {asked} exceeds its limit {most}")

    def _shown(self, kind: str, name: str) -> str:
        return shown(self.written[kind][name])

    def _finding(self, kind: str, name: str, message: str, hint: str = "", *, key: bool = False) -> Finding:
        return self.view.finding(_RULE, message, (*self.paths[kind], name), hint, key=key)


def _quantities(written: Data) -> dict[str, Fraction]:
    """Those that are quantities."""
    found = {name: quantity(text(value)) for name, value in written.items()}
    return {name: amount for name, amount in found.items() if amount is not None}


def _is_known(name: str) -> bool:
    domain, slash, _ = name.rpartition("/")
    if slash:
        return not name.startswith("requests.") and len(domain) <= _MAX_DOMAIN
    return name in _SHARED or (name.startswith(_PAGES) and bool(quantity(name.removeprefix(_PAGES))))


def _is_shared(name: str) -> bool:
    """Whether more of it may be promised than there is: Kubernetes' own resources, but for hugepages."""
    return name in _SHARED or "kubernetes.io/" in name
