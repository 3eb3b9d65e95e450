"""Simulation: what alpha is, measured. Linear optimizers by factorisation, the others by compiled steps.

Names load on first use, so importing this package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..theory.lazy import lazy

if TYPE_CHECKING:
    from .progress import Progress as Progress
    from .run import open_run as open_run
    from .sweep import simulate as simulate

_HOMES = {
    "Progress": "progress",
    "open_run": "run",
    "simulate": "sweep",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
