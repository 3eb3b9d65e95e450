"""Speed-up(N): how many times the size (or compute) of series a the baseline b needs for the same loss.

    S(N) = N'/N with L_b(N') = L_a(N);    log S(N) = (log L_b(N) - log L_a(N)) / alpha_b

for a baseline that is a power law near N. The numerator is paired at common sizes and taken as a line in log N:
log S(N) = (c + g (log N - m))/alpha_b. Both lines share sizes, so their errors share one design and one covariance,
and the ratio's interval is Fieller's (1954), with K - 2 degrees of freedom: exact for normal deviations, and open
where alpha_b could be zero. S grows, holds or attenuates with scale by the sign of g; S(N) ~ N^(g/alpha_b).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from .intervals import Interval, t_quantile
from .loss_table import Series
from .paired_difference import log_ratios

Trend = Literal["grows", "holds", "attenuates", "cannot tell"]
HELD = 1.10  # a change of S over the window that counts as none, as a factor
_FEWEST = 3


@dataclass(frozen=True)
class SpeedupPoint:
    """S at one size. beyond: the baseline would have to be larger than its largest run, so S extrapolates it."""

    size: float
    value: float
    interval: Interval | None
    beyond: bool


@dataclass(frozen=True)
class Speedup:
    """How much of the size column the baseline needs to match series a, at the common sizes.

    growth: d log S / d log N = g/alpha_b, with `growth_interval`.
    """

    a: str
    baseline: str
    stratum: tuple[str, ...]
    quantity: str
    points: tuple[SpeedupPoint, ...]
    growth: float | None
    growth_interval: Interval | None
    trend: Trend
    status: str

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "a": self.a,
            "baseline": self.baseline,
            "stratum": list(self.stratum),
            "quantity": self.quantity,
            "points": [
                {
                    "size": p.size,
                    "value": p.value,
                    "interval": None if p.interval is None else list(p.interval),
                    "beyond": p.beyond,
                }
                for p in self.points
            ],
            "growth": self.growth,
            "growth_interval": None if self.growth_interval is None else list(self.growth_interval),
            "trend": self.trend,
            "status": self.status,
        }


def fieller(top: float, bottom: float, spread: np.ndarray, quantile: float) -> Interval | None:
    """The interval of top/bottom for two estimates with covariance `spread`, shape (2, 2).

    All rho with (top - rho bottom)^2 <= t^2 (v11 - 2 rho v12 + rho^2 v22). None where that is not an interval:
    bottom is within t standard errors of zero.

    >>> fieller(1.0, 2.0, np.array([[0.0625, 0.0], [0.0, 0.0]]), 2.0)
    (0.25, 0.75)
    """
    square = quantile**2
    a = bottom**2 - square * spread[1, 1]
    b = top * bottom - square * spread[0, 1]
    c = top**2 - square * spread[0, 0]
    if a <= 0:
        return None
    root = math.sqrt(max(b * b - a * c, 0.0))
    return float((b - root) / a), float((b + root) / a)


def speedup(a: Series, baseline: Series, quantity: str) -> Speedup | None:
    """S at the sizes both series have; None where they share fewer than three."""
    x, ratio, level = log_ratios(a, baseline)
    count = len(x)
    if count < _FEWEST:
        return None
    design = np.stack([np.ones(count), x - x.mean()], axis=1)
    inverse = np.linalg.inv(design.T @ design)
    both = np.stack([-ratio, -level], axis=1)
    lines = inverse @ design.T @ both
    growth, alpha = (float(each) for each in lines[1])
    residual = both - design @ lines
    noise = residual.T @ residual / (count - 2)
    quantile = t_quantile(count - 2)
    made = []
    largest = float(np.exp(x[-1]))
    for k in range(count):
        row = design[k]
        here = float(row @ inverse @ row)
        spread = np.array(
            [
                [noise[0, 0] * here, noise[0, 1] * float(row @ inverse[:, 1])],
                [noise[0, 1] * float(row @ inverse[:, 1]), noise[1, 1] * inverse[1, 1]],
            ]
        )
        ends = fieller(float(row @ lines[:, 0]), alpha, spread, quantile)
        value = math.exp(float(row @ lines[:, 0]) / alpha) if alpha != 0 else math.nan
        size = float(np.exp(x[k]))
        interval = None if ends is None else (math.exp(ends[0]), math.exp(ends[1]))
        made.append(SpeedupPoint(size, value, interval, size * value > largest))
    slopes = fieller(growth, alpha, noise * inverse[1, 1], quantile)
    trend = _trend(slopes, float(np.ptp(x)))
    return Speedup(
        a.optimizer,
        baseline.optimizer,
        a.stratum,
        quantity,
        tuple(made),
        growth / alpha,
        slopes,
        trend,
        _sentence(a.optimizer, baseline.optimizer, quantity, made, trend),
    )


def _trend(slopes: Interval | None, span: float) -> Trend:
    if slopes is None:
        return "cannot tell"
    limit = math.log(HELD) / span
    if -limit < slopes[0] and slopes[1] < limit:
        return "holds"
    if slopes[0] <= 0 <= slopes[1]:
        return "cannot tell"
    return "grows" if slopes[0] > 0 else "attenuates"


def _sentence(a: str, baseline: str, quantity: str, points: list[SpeedupPoint], trend: Trend) -> str:
    low, high = points[0], points[-1]
    told = {
        "grows": "it grows with scale",
        "holds": f"it holds (within {HELD - 1:.0%}) over these sizes",
        "attenuates": "it attenuates with scale",
        "cannot tell": "whether it grows, holds or attenuates the data cannot tell",
    }[trend]
    beyond = " (beyond the baseline's largest run)" if high.beyond else ""
    return (
        f"{baseline} needs {low.value:.2f} times the {quantity} of {a} at {low.size:.3g} and {high.value:.2f} times at "
        f"{high.size:.3g}{beyond}; {told}."
    )
