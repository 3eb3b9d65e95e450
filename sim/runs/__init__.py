"""Sweeps: every cell of an experiment, in worker processes, stored so that a stopped run goes on.

`sweep.py` is the call, `workers.py` the processes, `run_directory.py` the store with one file a cell,
`progress.py` how far a sweep is. It is the top floor of simulation: nothing else in it may import this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._lazy import lazy

if TYPE_CHECKING:
    from .progress import Progress as Progress
    from .run_directory import open_run as open_run
    from .sweep import simulate as simulate

_HOMES = {
    "Progress": "progress",
    "open_run": "run_directory",
    "simulate": "sweep",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
