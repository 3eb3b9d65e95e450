"""Numeric settings of forecasts, speed-ups and plans."""

from __future__ import annotations

from dataclasses import dataclass

from ..tables import SelectionRules


@dataclass(frozen=True)
class ForecastSettings:
    """How many draws, and what counts.

    Attributes:
        draws: laws drawn over the accounts that are not excluded.
        level: of intervals.
        held: factor by which a speed-up may change over the runs and still hold.
        carried: share of held-out runs that must lie inside their intervals for a back-test to carry a forecast.
        seed: of all draws.
        baseline: the optimizer to compare with; None for AdamW, Adam, SGD or the first.
        beyond: whether to answer also where the back-tests do not carry.
        rules: what is done with rows of one optimizer, size and token count that differ.
    """

    draws: int = 400
    level: float = 0.95
    held: float = 1.10
    carried: float = 0.8
    seed: int = 0
    baseline: str | None = None
    beyond: bool = False
    rules: SelectionRules | None = None
