"""Simulation: what alpha is, measured. Linear optimizers by factorisation, the others by compiled steps.

Names load on first use, so importing this package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._lazy import lazy

if TYPE_CHECKING:
    from .runs import Dask as Dask
    from .runs import Merged as Merged
    from .runs import Progress as Progress
    from .runs import Shard as Shard
    from .runs import merge as merge
    from .runs import simulate as simulate
    from .runs import simulate_shard as simulate_shard
    from .store import open_run as open_run

_HOMES = {
    "Dask": "runs",
    "Merged": "runs",
    "Progress": "runs",
    "Shard": "runs",
    "merge": "runs",
    "open_run": "store",
    "simulate": "runs",
    "simulate_shard": "runs",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
