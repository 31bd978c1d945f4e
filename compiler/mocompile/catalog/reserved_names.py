"""Names that several stages must agree on."""

from __future__ import annotations

from typing import Final

SCRIPTS_VOLUME: Final = "metrics-operator"
SCRIPTS_MOUNT: Final = "/metrics_operator"
# The script of the init container that brings a software view.
VIEW_COPIER: Final = "copy-view.sh"
