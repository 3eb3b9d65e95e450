"""Level 2: the risks of an experiment at finite size, each with an error and a note of what is approximate.

`prediction.py` goes through an experiment, `risk_at_size.py` chooses the theory that serves an optimizer (`routes.py`
for linear ones, `sign_at_size.py` for sign descent), and `model_at_size.py` holds what optimizers share at one size.
`experiment_modes.py`, `feature_modes.py`, `kernel_modes.py` and `data_modes.py` find the modes of each kind of
problem; `coverage.py` says which pairs are not covered, and why. Exponents and their witness are another road to the
same numbers and must not be imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._lazy import lazy

if TYPE_CHECKING:
    from .feature_modes import FeatureModes as FeatureModes
    from .model_at_size import Setting as Setting
    from .prediction import Prediction as Prediction
    from .prediction import predict as predict
    from .routes import PopulationRoute as PopulationRoute
    from .routes import SamplesRoute as SamplesRoute
    from .routes import population_route as population_route
    from .routes import risk_over_target as risk_over_target
    from .routes import samples_route as samples_route
    from .sign_at_size import sign_at as sign_at

_HOMES = {
    "FeatureModes": "feature_modes",
    "PopulationRoute": "routes",
    "Prediction": "prediction",
    "SamplesRoute": "routes",
    "Setting": "model_at_size",
    "population_route": "routes",
    "predict": "prediction",
    "risk_over_target": "routes",
    "samples_route": "routes",
    "sign_at": "sign_at_size",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
