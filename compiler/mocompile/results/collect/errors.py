"""The errors of a collection, as findings with the cure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mocompile.diagnostics.finding import Finding, InputError

if TYPE_CHECKING:
    from mocompile.results.collect.api import ApiError

_PERMISSIONS = "docs/results-collect.md has the Role that this command needs"


def wrong(rule: str, message: str, hint: str) -> InputError:
    """An error with one finding that has no place in a file."""
    return InputError([Finding(rule, message, None, hint)])


def no_answer(host: str, error: Exception) -> InputError:
    """The error for an API server that does not answer."""
    hint = "is it up, and is this the right --context?"
    return wrong("no-answer", f"the cluster {host} does not answer: {error}", hint)


def refusal(error: ApiError, what: str) -> InputError:
    """The error for an answer that refuses a request for `what` (a resource, in the plural)."""
    if error.status == 403:
        return wrong("forbidden", f"the cluster does not let you read {what}: {error}", _PERMISSIONS)
    if error.status == 401:
        return wrong("unauthorized", f"the cluster does not know you: {error}", "log in to it, or name a --context")
    return wrong("cluster", f"{what}: the cluster says {error.status}: {error}", "")
