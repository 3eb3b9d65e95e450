"""Figures of joint laws and of forecasts, on axes that touch no global state of matplotlib.

`exponent_changes.py` shows what each law that remains says of each optimizer, and what survives; `forecast_fan.py`
shows losses of runs not made with their intervals, beside the runs that were.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._lazy import lazy

if TYPE_CHECKING:
    from .exponent_changes import plot_exponent_changes as plot_exponent_changes
    from .forecast_fan import plot_forecast as plot_forecast

_HOMES = {
    "plot_exponent_changes": "exponent_changes",
    "plot_forecast": "forecast_fan",
}

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy(__name__, _HOMES)
