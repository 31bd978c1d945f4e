"""Names that several stages must agree on."""

from __future__ import annotations

from typing import Final

SCRIPTS_VOLUME: Final = "metrics-operator"
SCRIPTS_MOUNT: Final = "/metrics_operator"
