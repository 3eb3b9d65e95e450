"""Theory: what alpha should be. Symbolic exponents (level 1) and finite-size risk (level 2).

Names load on first use, so importing this package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOMES = {
    "AlphaResult": "exponent",
    "BlockDiagonal": "optimizers",
    "CheckError": "errors",
    "Damped": "optimizers",
    "Derivation": "derivation",
    "Diagonal": "optimizers",
    "Experiment": "experiment",
    "Filter": "optimizers",
    "GradientDescent": "optimizers",
    "InputError": "errors",
    "Isotropic": "target",
    "Measured": "spectrum",
    "MeasuredTarget": "target",
    "Modes": "modes",
    "NaturalGradient": "optimizers",
    "Optimizer": "optimizers",
    "Power": "optimizers",
    "PowerLaw": "spectrum",
    "PowerLawTarget": "target",
    "Prediction": "prediction",
    "Sign": "optimizers",
    "SpectralMeasure": "measure",
    "SpectralProblem": "modes",
    "ThresholdResult": "thresholds",
    "alpha": "exponent",
    "derive": "derivation",
    "load_experiment": "experiment",
    "optimizer": "optimizers",
    "predict": "prediction",
    "spectral_measure": "measure",
    "surrogate": "surrogates",
    "threshold": "thresholds",
    "threshold_at": "thresholds",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
