"""Networks written in PyTorch: `measure(module, X, y)`."""

from __future__ import annotations

from .networks.frameworks import measure_torch as measure

__all__ = ["measure"]
