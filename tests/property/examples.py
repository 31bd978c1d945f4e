"""How many inputs the generators make: `MOCOMPILE_EXAMPLES`, or a few that are the same in every run."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

ASKED = os.environ.get("MOCOMPILE_EXAMPLES", "")
# A slow machine, or an input that takes long to make, is no fault.
_NO_FAULTS = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)


def examples(usual: int, *, part: int = 1) -> settings:
    """Settings for `usual` inputs, the same in every run, or for as many random ones as are asked for.

    `part`: a test with expensive inputs makes only every `part`-th of them.
    """
    count = max(5, int(ASKED) // part) if ASKED else usual
    return settings(max_examples=count, deadline=None, derandomize=not ASKED, suppress_health_check=_NO_FAULTS)
