"""An optimizer against gd for the same compute, and the cost up to which it pays.

gd's log risk is known on a grid of steps, in the data and in every resample. Between two of them it is taken as linear
in log T. An optimizer pays against gd after C steps where it gains both margins,

    m(C) = min(gap/GAP, log(risk ratio)/log(RATIO)) >= 1.

One solve may cost less than T steps, but gd has T at least.
gd gains with C, so m falls through 1 once: that C is the compute at which it breaks even.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from .costs import Price
from .settings import SETTINGS


@dataclass(frozen=True)
class BreakEven:
    """The cost below which an optimizer pays, over that of a step of gd (natural-gradient: of its solve).

    Attributes:
        value: None where it pays at no cost, or at every one that was looked at.
        interval: At 95 %; an end is None where it is beyond what was looked at, or at no cost.
        always: Whether it pays at every cost that was looked at.
        solve: Whether the cost is that of one solve.
        least: The smallest cost that was looked at.
        most: The largest.
    """

    value: float | None
    interval: tuple[float | None, float | None]
    always: bool
    solve: bool
    least: float
    most: float

    @property
    def text(self) -> str:
        """The end of a sentence about the optimizer."""
        what = "its solve costs" if self.solve else "a step costs"
        unit = "steps of gd" if self.solve else "times one of gd's"
        if self.always:
            return f"it pays even where {what} {_number(self.most)} {unit}"
        if self.value is None:
            return "it pays at no cost"
        low, high = self.interval
        least = "0" if low is None else _number(low)
        most = f"above {_number(self.most)}" if high is None else _number(high)
        return f"it pays where {what} less than {_number(self.value)} [{least}, {most}] {unit}"

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "value": self.value,
            "interval": list(self.interval),
            "always": self.always,
            "per": "solve" if self.solve else "step",
            "looked_at": [self.least, self.most],
        }


def at_steps(logs: np.ndarray, grid: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Log risk of gd after other numbers of steps.

    Args:
        logs: Along the grid, shape (draws, g, s).
        grid: Steps, shape (g,).
        steps: One number for each draw, shape (draws,); those outside of the grid count as its ends.

    Returns:
        Shape (draws, s).
    """
    x, at = np.log(grid), np.log(np.clip(steps, grid[0], grid[-1]))
    right = np.clip(np.searchsorted(x, at), 1, len(x) - 1)
    share = ((at - x[right - 1]) / (x[right] - x[right - 1]))[:, None]
    rows = np.arange(len(logs))
    return np.asarray((1 - share) * logs[rows, right - 1] + share * logs[rows, right])


def break_even_steps(own: np.ndarray, logs: np.ndarray, grid: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """C at which the optimizer stops to pay against gd: 0 where it never pays, infinite where it always does.

    Args:
        own: Log risk of the optimizer, shape (draws, s).
        logs: Of gd along the grid, shape (draws, g, s).
        grid: Steps of gd, shape (g,).
        slope: Weights of minus alpha in log risk over sizes, shape (s,).

    Returns:
        Shape (draws,).
    """
    ahead = logs - own[:, None, :]
    margin = np.minimum(-(ahead @ slope) / SETTINGS.gap, ahead[..., -1] / math.log(SETTINGS.ratio)) - 1
    fails = margin < 0
    first = np.argmax(fails, axis=1)
    rows = np.arange(len(own))
    before = np.maximum(first - 1, 0)
    high, low = margin[rows, before], margin[rows, first]
    share = np.where(high > low, high / np.maximum(high - low, 1e-300), 0.0)
    x = np.log(grid)
    crossing = np.exp(x[before] + np.clip(share, 0, 1) * (x[first] - x[before]))
    return np.where(~fails.any(axis=1), np.inf, np.where(first == 0, 0.0, crossing))


def break_even(middle: float, steps: np.ndarray, price: Price, total: float, grid: np.ndarray) -> BreakEven:
    """The cost at which compute breaks even.

    Args:
        middle: C of the prediction.
        steps: C of each resample, shape (draws,).
        price: Of the optimizer, which says whether it is one solve.
        total: T.
        grid: Steps of gd that were looked at.
    """
    unit = 1.0 if price.is_solve else total
    low, high = (float(q) for q in np.quantile(steps, [0.025, 0.975], method="inverted_cdf"))
    ends = (None if low == 0 else low / unit, None if math.isinf(high) else high / unit)
    value = None if middle == 0 or math.isinf(middle) else middle / unit
    return BreakEven(value, ends, math.isinf(middle), price.is_solve, float(grid[0]) / unit, float(grid[-1]) / unit)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2g}"
