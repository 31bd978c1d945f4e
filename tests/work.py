"""Counts work instead of time: calls of functions, whose number is the same on every machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from cProfile import Profile


@contextmanager
def at_most(calls: int) -> Iterator[None]:
    """Fail if the block makes more than `calls` calls of functions, with those of Python's own modules.

    The block is not stopped early. What happens inside one call of C, such as a match of a regular expression, is one
    call.
    """
    profile = Profile()
    with profile:
        yield
    assert sum(entry.callcount for entry in profile.getstats()) <= calls
