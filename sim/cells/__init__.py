"""One cell: every optimizer at every T for one (s, N, seed), measured on one draw.

`cell.py` measures it, by `on_population.py` where the population is known and by `on_rows.py` where rows are
streamed. `memory.py` and `cost.py` tell beforehand what a cell holds and takes; `outcome.py` is what it measured.
Runs must not be imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._lazy import lazy

if TYPE_CHECKING:
    from .cell import measure as measure
    from .cell import problem_of as problem_of
    from .cost import operations as operations
    from .memory import Plan as Plan
    from .memory import plans as plans
    from .outcome import Cell as Cell

_HOMES = {
    "Cell": "outcome",
    "Plan": "memory",
    "measure": "cell",
    "operations": "cost",
    "plans": "memory",
    "problem_of": "cell",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
