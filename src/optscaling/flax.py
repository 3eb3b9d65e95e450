"""Networks written in Flax: `measure(module, variables, X, y)` for linen, `measure_nnx(model, X, y)` for nnx."""

from __future__ import annotations

from .networks.frameworks import measure_flax as measure
from .networks.frameworks import measure_nnx as measure_nnx

__all__ = ["measure", "measure_nnx"]
