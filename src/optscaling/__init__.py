"""optscaling: when does the optimizer change alpha in L(N) ~ N^-alpha, by how much, and on which data?

>>> import optscaling as osc
>>> osc.alpha("gd", s=1, tau=1).value
1/2
>>> osc.threshold("natural-gradient", tau=2).value
1.0
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._lazy import lazy

if TYPE_CHECKING:
    from .compare.audits import audit as audit
    from .compare.diagnosis import diagnose as diagnose
    from .compare.exponent_fit import fit_exponent as fit_exponent
    from .compare.fits import fit as fit
    from .compare.forecasts import forecast as forecast
    from .compare.forecasts import plan as plan
    from .compare.report import write_report as write_report
    from .errors import InputError as InputError
    from .networks.measurement import measure as measure
    from .sim.runs import simulate as simulate
    from .sim.store import open_run as open_run
    from .theory.derivations import derive as derive
    from .theory.experiments import load_experiment as load_experiment
    from .theory.exponents import alpha as alpha
    from .theory.optimizers import optimizer as optimizer
    from .theory.prediction import predict as predict
    from .theory.thresholds import best_stop as best_stop
    from .theory.thresholds import phases as phases
    from .theory.thresholds import threshold as threshold
    from .theory.thresholds import threshold_at as threshold_at
    from .theory.witness import witness as witness

__version__ = "0.1.0"

_HOMES = {
    "InputError": "errors",
    "alpha": "theory.exponents",
    "audit": "compare.audits",
    "best_stop": "theory.thresholds",
    "derive": "theory.derivations",
    "diagnose": "compare.diagnosis",
    "fit": "compare.fits",
    "fit_exponent": "compare.exponent_fit",
    "forecast": "compare.forecasts",
    "load_experiment": "theory.experiments",
    "measure": "networks.measurement",
    "open_run": "sim.store",
    "optimizer": "theory.optimizers",
    "phases": "theory.thresholds",
    "plan": "compare.forecasts",
    "predict": "theory.prediction",
    "simulate": "sim.runs",
    "threshold": "theory.thresholds",
    "threshold_at": "theory.thresholds",
    "witness": "theory.witness",
    "write_report": "compare.report",
}

__all__ = ["__version__", *sorted(_HOMES)]

__getattr__, __dir__ = lazy(__name__, _HOMES)
