"""The catalog: data sheets of metrics and addons, read from folders when they are asked for."""

from __future__ import annotations

from mocompile.catalog.catalog import Catalog
from mocompile.catalog.model import AddonSheet, MetricSheet, Option, Options, Pattern

__all__ = ["AddonSheet", "Catalog", "MetricSheet", "Option", "Options", "Pattern"]
