"""Joint laws L(N, D) of several optimizers: which constants and exponents they change, and how sure that is.

`run_data.py` holds the runs, `terms.py` the law and the lattice of its terms, `joint_fit.py` one fit,
`lattice_fit.py` all of them, `refit.py` many data sets at once.
`intervals.py` and `rho_form.py` make intervals, `simulated_data.py` the
bootstraps and what rivals can do, `survival.py` leaves runs out, `tuning_gap.py` adds imperfect tuning, `conclusion.py`
says what remains, and `analysis.py` does all of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._lazy import lazy

if TYPE_CHECKING:
    from .analysis import JointLaws as JointLaws
    from .analysis import analyse_runs as analyse_runs
    from .settings import JointSettings as JointSettings

_HOMES = {
    "JointLaws": "analysis",
    "JointSettings": "settings",
    "analyse_runs": "analysis",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
