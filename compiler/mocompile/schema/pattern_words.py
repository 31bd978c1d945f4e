"""Describes the regular expressions of Kubernetes' names and quantities in words.

A pattern of a data sheet has its words beside it, as `patternWords`.
"""

from __future__ import annotations

from collections.abc import Mapping

_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_DOTTED = rf"{_LABEL}(\.{_LABEL})*"
_KEY_END = r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_ANY_CASE = _DOTTED.replace("a-z", "A-Za-z")

_SHORT_NAME = "lower-case letters, digits and '-', beginning with a letter and not ending with '-'"
_NAME = "lower-case letters, digits, '-' and '.', beginning and ending with a letter or digit"
_KEY = "up to 63 letters, digits, '-', '_' and '.', optionally after a domain: example.com/team"

_WORDS: Mapping[str, str] = {
    r"^[a-z]([-a-z0-9]*[a-z0-9])?$": _SHORT_NAME,
    r"^([a-z]([-a-z0-9]*[a-z0-9])?)?$": _SHORT_NAME,
    rf"^{_LABEL}$": "lower-case letters, digits and '-', beginning and ending with a letter or digit",
    rf"^{_DOTTED}$": _NAME,
    rf"^({_DOTTED})?$": _NAME,
    rf"^({_DOTTED}/)?{_KEY_END}$": _KEY,
    rf"^(({_DOTTED}/)?{_KEY_END})?$": _KEY,
    rf"^({_ANY_CASE}/)?{_KEY_END}$": _KEY,
    rf"^({_KEY_END})?$": "up to 63 letters, digits, '-', '_' and '.', beginning and ending with a letter or digit",
    r"^\+?([0-9]+|[0-9]+\.[0-9]*|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]{1,2})?$": (
        "a quantity, for example 500m, 2 or 1.5Gi"
    ),
    r"^[A-Za-z_][A-Za-z0-9_]*$": "letters, digits and '_', not beginning with a digit",
    r"^[A-Za-z][A-Za-z0-9_]*$": "letters, digits and '_', beginning with a letter",
    r"^(MO_|JOB_COMPLETION_INDEX$)": "another name: mocompile and Kubernetes set MO_… and JOB_COMPLETION_INDEX",
    r"^[A-Z][A-Z0-9_]*$": "the name of a capability in capitals: SYS_PTRACE",
    r"^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$": (
        "the name of a sysctl: kernel.shm_rmid_forced"
    ),
    r"^\S(.*\S)?$": "text that neither begins nor ends with a space",
    r"^\S+$": "text without spaces",
}


def in_words(pattern: str) -> str:
    """The hint for text that does not match `pattern`."""
    return f"use {_WORDS.get(pattern, f'text that matches {pattern}')}"
