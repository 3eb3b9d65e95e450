"""Joint laws L(N, D) of several optimizers: which constants and exponents they change, and how sure that is.

`run_data.py` holds the runs, `terms.py` the law and the lattice of its terms, `joint_fit.py` one fit,
`lattice_fit.py` all of them, `refit.py` many data sets at once. `intervals.py` and `rho_form.py` make intervals,
`simulated_data.py` the bootstraps and what rivals can do, `tuning_gap.py` adds imperfect tuning, `survival.py` leaves
runs out and asks what survives, `shared_deviations.py` lets whole cells deviate, `conclusion.py` says what remains,
`analysis.py` does all of it, and `analysis_text.py` writes it out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._lazy import lazy

if TYPE_CHECKING:
    from .analysis import JointLaws as JointLaws
    from .analysis import analyse_runs as analyse_runs
    from .joint_fit import JointFit as JointFit
    from .joint_fit import fit_joint as fit_joint
    from .lattice_fit import LatticeFit as LatticeFit
    from .lattice_fit import fit_lattice as fit_lattice
    from .refit import refit_all as refit_all
    from .run_data import RunData as RunData
    from .run_data import runs_of as runs_of
    from .settings import JointSettings as JointSettings
    from .simulated_data import drawn_losses as drawn_losses
    from .terms import columns as columns
    from .terms import joint_form as joint_form

_HOMES = {
    "JointFit": "joint_fit",
    "JointLaws": "analysis",
    "JointSettings": "settings",
    "LatticeFit": "lattice_fit",
    "RunData": "run_data",
    "analyse_runs": "analysis",
    "columns": "terms",
    "drawn_losses": "simulated_data",
    "fit_joint": "joint_fit",
    "fit_lattice": "lattice_fit",
    "joint_form": "terms",
    "refit_all": "refit",
    "runs_of": "run_data",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
