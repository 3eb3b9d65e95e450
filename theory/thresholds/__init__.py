"""Who is ahead where: pairs of optimizers at equal steps, at the best stop, or at equal compute.

`pair_threshold.py` is the question and `result.py` its answer; `closed_forms.py` solves for s where a formula exists,
`exact_ranges.py` compares any pair, `fixed_steps.py` takes a number of steps in place of a power of N. `stopping.py`
finds the steps of least risk; `compute_optimal.py` and `phase_diagram.py` the best path at equal compute. Derivations
are built on this package, so it must not import them, nor numpy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._lazy import lazy

if TYPE_CHECKING:
    from .closed_forms import closed_form as closed_form
    from .closed_forms import solve_s as solve_s
    from .fixed_steps import threshold_at as threshold_at
    from .pair_threshold import threshold as threshold
    from .phase_diagram import Phase as Phase
    from .phase_diagram import PhaseDiagram as PhaseDiagram
    from .phase_diagram import Piece as Piece
    from .phase_diagram import phases as phases
    from .result import ThresholdResult as ThresholdResult
    from .stopping import best_stop as best_stop

_HOMES = {
    "Phase": "phase_diagram",
    "PhaseDiagram": "phase_diagram",
    "Piece": "phase_diagram",
    "ThresholdResult": "result",
    "best_stop": "stopping",
    "closed_form": "closed_forms",
    "phases": "phase_diagram",
    "solve_s": "closed_forms",
    "threshold": "pair_threshold",
    "threshold_at": "fixed_steps",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
