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
    from .compare.diagnosis.diagnose import diagnose as diagnose
    from .compare.exponent_fit import fit_exponent as fit_exponent
    from .compare.report.page import write_report as write_report
    from .errors import InputError as InputError
    from .sim.runs.run_directory import open_run as open_run
    from .sim.runs.simulate import simulate as simulate
    from .theory.derivations.derive import derive as derive
    from .theory.experiments.load import load_experiment as load_experiment
    from .theory.exponents.exponent import alpha as alpha
    from .theory.optimizers.registry import optimizer as optimizer
    from .theory.prediction.predict import predict as predict
    from .theory.thresholds.best_stop import best_stop as best_stop
    from .theory.thresholds.fixed_steps import threshold_at as threshold_at
    from .theory.thresholds.phase_diagram import phases as phases
    from .theory.thresholds.threshold import threshold as threshold
    from .theory.witness.witness import witness as witness

__version__ = "0.1.0"

_HOMES = {
    "InputError": "errors",
    "alpha": "theory.exponents.exponent",
    "best_stop": "theory.thresholds.best_stop",
    "derive": "theory.derivations.derive",
    "diagnose": "compare.diagnosis.diagnose",
    "fit_exponent": "compare.exponent_fit",
    "load_experiment": "theory.experiments.load",
    "open_run": "sim.runs.run_directory",
    "optimizer": "theory.optimizers.registry",
    "phases": "theory.thresholds.phase_diagram",
    "predict": "theory.prediction.predict",
    "simulate": "sim.runs.simulate",
    "threshold": "theory.thresholds.threshold",
    "threshold_at": "theory.thresholds.fixed_steps",
    "witness": "theory.witness.witness",
    "write_report": "compare.report.page",
}

__all__ = ["__version__", *sorted(_HOMES)]

__getattr__, __dir__ = lazy(__name__, _HOMES)
