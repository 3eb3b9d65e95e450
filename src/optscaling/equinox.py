"""Networks written in Equinox: `measure(model, X, y)`."""

from __future__ import annotations

from .networks.frameworks import measure_equinox as measure

__all__ = ["measure"]
