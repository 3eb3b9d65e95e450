"""Level 1: the asymptotic risk as a sum of power laws, and alpha, its smallest exponent along a path.

`learning_law.py` says what level 1 needs to know of an optimizer and `laws_of_optimizers.py` finds it for each one,
with `spectral_rate.py` where its filter alone decides. `term.py`, `risk_terms.py` and `noise_terms.py` are the terms of
the risk, `regions.py` where each stands, `scaling_point.py` where an exponent is asked for, `cost.py` what a run
costs, and `exponent.py` the answer. It is exact: no numpy, and nothing of thresholds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._lazy import lazy

if TYPE_CHECKING:
    from .cost import MATRIX as MATRIX
    from .cost import SOLVE as SOLVE
    from .cost import STEP as STEP
    from .cost import Cost as Cost
    from .exponent import AlphaResult as AlphaResult
    from .exponent import alpha as alpha
    from .exponent import cases_at as cases_at
    from .exponent import path_exponent as path_exponent
    from .laws_of_optimizers import law_of as law_of
    from .learning_law import Law as Law
    from .regions import Case as Case
    from .regions import resolved as resolved
    from .risk_terms import capacity as capacity
    from .risk_terms import capacity_scale as capacity_scale
    from .risk_terms import distortion as distortion
    from .risk_terms import logarithms as logarithms
    from .risk_terms import need_numbers as need_numbers
    from .risk_terms import signal as signal
    from .risk_terms import sources as sources
    from .risk_terms import switches as switches
    from .risk_terms import terms as terms
    from .risk_terms import tidy as tidy
    from .scaling_point import ScalingPoint as ScalingPoint
    from .spectral_rate import SpectralRate as SpectralRate
    from .spectral_rate import flow_integral as flow_integral
    from .spectral_rate import rate_of as rate_of
    from .term import Term as Term

_HOMES = {
    "AlphaResult": "exponent",
    "Case": "regions",
    "Cost": "cost",
    "Law": "learning_law",
    "MATRIX": "cost",
    "SOLVE": "cost",
    "STEP": "cost",
    "ScalingPoint": "scaling_point",
    "SpectralRate": "spectral_rate",
    "Term": "term",
    "alpha": "exponent",
    "capacity": "risk_terms",
    "capacity_scale": "risk_terms",
    "cases_at": "exponent",
    "distortion": "risk_terms",
    "flow_integral": "spectral_rate",
    "law_of": "laws_of_optimizers",
    "logarithms": "risk_terms",
    "need_numbers": "risk_terms",
    "path_exponent": "exponent",
    "rate_of": "spectral_rate",
    "resolved": "regions",
    "signal": "risk_terms",
    "sources": "risk_terms",
    "switches": "risk_terms",
    "terms": "risk_terms",
    "tidy": "risk_terms",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
