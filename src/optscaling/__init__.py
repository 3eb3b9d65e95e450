"""optscaling: when does the optimizer change alpha in L(N) ~ N^-alpha, by how much, and on which data?

>>> import optscaling as osc
>>> osc.alpha("gd", s=1, tau=1).value
1/2
>>> osc.threshold("natural-gradient", tau=2).value
1.0
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "InputError": "theory.errors",
    "alpha": "theory.exponent",
    "derive": "theory.derivation",
    "diagnose": "compare.diagnose",
    "fit_exponent": "compare.fit",
    "load_experiment": "theory.experiment",
    "open_run": "sim.run",
    "optimizer": "theory.optimizers",
    "predict": "theory.prediction",
    "simulate": "sim.sweep",
    "threshold": "theory.thresholds",
    "threshold_at": "theory.thresholds",
    "write_report": "compare.report",
}

__all__ = ["__version__", *sorted(_HOMES)]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
