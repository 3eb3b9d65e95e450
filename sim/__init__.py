"""Simulation: what alpha is, measured. Linear optimizers by factorisation, the others by compiled steps.

Names load on first use, so importing this package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._lazy import lazy

if TYPE_CHECKING:
    from .runs import Progress as Progress
    from .runs import open_run as open_run
    from .runs import simulate as simulate

_HOMES = {
    "Progress": "runs",
    "open_run": "runs",
    "simulate": "runs",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
