"""What laws of measured runs say of runs not made: forecasts, speed-ups, back-tests, and plans of further runs.

`law_draws.py` draws laws over what is not known, `back_test.py` predicts runs that are known, `speedups.py` holds the
optimizers side by side, `forecast_runs.py` answers for points, targets and budgets, and `plan_runs.py` says which runs
would settle a question.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._lazy import lazy

if TYPE_CHECKING:
    from .forecast_runs import Forecast as Forecast
    from .forecast_runs import forecast as forecast
    from .plan_runs import Plan as Plan
    from .plan_runs import plan as plan
    from .settings import ForecastSettings as ForecastSettings

_HOMES = {
    "Forecast": "forecast_runs",
    "ForecastSettings": "settings",
    "Plan": "plan_runs",
    "forecast": "forecast_runs",
    "plan": "plan_runs",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
