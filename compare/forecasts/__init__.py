"""What laws of measured runs say of runs not made: forecasts, speed-ups, back-tests, and plans of further runs.

`law_draws.py` draws laws over what is not known, `back_test.py` predicts runs that are known, `speedups.py` holds the
optimizers side by side, `forecast.py` answers for points, targets and budgets, and `plan.py` says which runs would
settle a question.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._lazy import lazy

if TYPE_CHECKING:
    from .forecast_runs import Forecast as Forecast
    from .forecast_runs import forecast as forecast
    from .settings import ForecastSettings as ForecastSettings

_HOMES = {
    "Forecast": "forecast_runs",
    "ForecastSettings": "settings",
    "forecast": "forecast_runs",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
