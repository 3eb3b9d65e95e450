"""Sweeps: every cell of an experiment, wherever it runs, kept so that a stopped run goes on.

`sweep.py` is the call, `tasks.py` packs cells for any executor, `executors.py` makes one: `local_processes.py` with
`worker_process.py`, or dask. `measuring.py` is what a worker does. `shard.py` and `merging.py` are for machines that
share nothing, `cell_table.py` collects the numbers, `progress.py` says how far a sweep is. It is the top floor of
simulation: nothing else in it may import this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._lazy import lazy

if TYPE_CHECKING:
    from .executors import Dask as Dask
    from .merging import Merged as Merged
    from .merging import merge as merge
    from .progress import Progress as Progress
    from .shard import Shard as Shard
    from .sweep import simulate as simulate
    from .sweep import simulate_shard as simulate_shard

_HOMES = {
    "Dask": "executors",
    "Merged": "merging",
    "Progress": "progress",
    "Shard": "shard",
    "merge": "merging",
    "simulate": "sweep",
    "simulate_shard": "sweep",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
