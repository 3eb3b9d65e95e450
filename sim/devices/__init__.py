"""Where the heavy arithmetic of a cell runs: the host's BLAS, or accelerators through jax.

`protocol.py` says what a device can do, `host.py` (with `blas.py`) and `accelerator.py` do it, `select.py` chooses.
`gram.py` and `panels.py` hold G there, `basis.py` the Krylov vectors beside it. `precision.py` has the formats and what
their rounding does to a risk, `rows.py` blocks of rows, `usage.py` what a cell took, `threads.py` how many BLAS threads
each operation gets, `where.py` what it ran on. It is the lowest floor of simulation and imports no other part of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._lazy import lazy

if TYPE_CHECKING:
    from .basis import Basis as Basis
    from .basis import HostBasis as HostBasis
    from .blas import LARGEST as LARGEST
    from .blas import PANEL as PANEL
    from .blas import product as product
    from .gram import Gram as Gram
    from .gram import HostGram as HostGram
    from .gram import perturb_moment as perturb_moment
    from .panels import PanelGram as PanelGram
    from .precision import JUMPS as JUMPS
    from .precision import Precision as Precision
    from .precision import check_precision as check_precision
    from .precision import precision_status as precision_status
    from .precision import risk_error as risk_error
    from .precision import unit as unit
    from .protocol import Device as Device
    from .protocol import GramSums as GramSums
    from .protocol import MemoryBudget as MemoryBudget
    from .rows import BLOCK_ROWS as BLOCK_ROWS
    from .rows import Rows as Rows
    from .rows import blocks as blocks
    from .select import device as device
    from .threads import Work as Work
    from .threads import blas_threads as blas_threads
    from .threads import threads_for as threads_for
    from .usage import cores as cores
    from .usage import measured_usage as measured_usage
    from .where import processor as processor

_HOMES = {
    "BLOCK_ROWS": "rows",
    "Basis": "basis",
    "Device": "protocol",
    "Gram": "gram",
    "GramSums": "protocol",
    "HostBasis": "basis",
    "HostGram": "gram",
    "JUMPS": "precision",
    "LARGEST": "blas",
    "MemoryBudget": "protocol",
    "PANEL": "blas",
    "PanelGram": "panels",
    "Precision": "precision",
    "Rows": "rows",
    "Work": "threads",
    "blas_threads": "threads",
    "blocks": "rows",
    "check_precision": "precision",
    "cores": "usage",
    "device": "select",
    "measured_usage": "usage",
    "perturb_moment": "gram",
    "precision_status": "precision",
    "processor": "where",
    "product": "blas",
    "risk_error": "precision",
    "threads_for": "threads",
    "unit": "precision",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
