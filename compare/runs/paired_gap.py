"""Differences of alpha between two optimizers on the same draws: what the seeds share cancels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ..exponent_fit import resampled_exponents, seed_interval, slope_weights
from .measurement import Measurement
from .settings import SETTINGS, ComparisonSettings


@dataclass(frozen=True)
class ExponentGap:
    """alpha(optimizer) - alpha(baseline) at one s and T.

    Attributes:
        optimizer: command-line name of the first.
        baseline: command-line name of the second.
        s: spectral exponent; None for data.
        steps: T.
        value: the difference; None with fewer than two sizes at which both have a risk.
        interval: 95 %, seeds resampled alike for both; None for fewer than two seeds.
        predicted: the same difference of predicted exponents.
    """

    optimizer: str
    baseline: str
    s: float | None
    steps: int
    value: float | None
    interval: tuple[float, float] | None
    predicted: float | None = None

    @property
    def sign(self) -> Literal["above", "below", "tie", "unknown"]:
        """above or below where the interval leaves out zero and |value| reaches the margin, else a tie."""
        if self.interval is None or self.value is None:
            return "unknown"
        if abs(self.value) < SETTINGS.margin:
            return "tie"
        return "above" if self.interval[0] > 0 else "below" if self.interval[1] < 0 else "tie"

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "optimizer": self.optimizer,
            "baseline": self.baseline,
            "s": self.s,
            "steps": self.steps,
            "difference": self.value,
            "interval": None if self.interval is None else list(self.interval),
            "predicted": self.predicted,
            "sign": self.sign,
        }


def exponent_gap(
    measurement: Measurement,
    optimizer: str,
    baseline: str,
    s: float | None,
    steps: int,
    *,
    window: tuple[float, float],
    settings: ComparisonSettings = SETTINGS,
) -> ExponentGap:
    """The difference of two exponents over the sizes and seeds at which both optimizers have a usable risk.

    Args:
        measurement: the run.
        optimizer: command-line name of the first.
        baseline: command-line name of the one subtracted.
        s: spectral exponent; None for data.
        steps: T.
        window: smallest and largest size, both included.
        settings: draws and seed of the resampling.

    Returns:
        The difference, without a value where it has fewer than two sizes.
    """
    pair = [measurement.cell(name, s, steps) for name in (optimizer, baseline)]
    usable = [np.isfinite(risk) & (risk > 0) for risk in pair]
    both = usable[0] & usable[1]
    columns = [i for i, n in enumerate(measurement.sizes) if window[0] <= n <= window[1] and both[:, i].any()]
    if len(columns) < 2:
        return ExponentGap(optimizer, baseline, s, steps, None, None)
    sizes = np.array(measurement.sizes)[columns]
    cut = [np.where(both, risk, np.nan)[:, columns] for risk in pair]
    rows = np.isfinite(cut[0]).any(axis=1)
    cut = [risk[rows] for risk in cut]
    weights = slope_weights(sizes)
    first, second = (float(np.log(np.nanmean(risk, axis=0)) @ weights) for risk in cut)
    again = [resampled_exponents(sizes, risk, draws=settings.draws, seed=settings.seed) for risk in cut]
    interval = seed_interval(again[0] - again[1], first - second, int(rows.sum()))
    return ExponentGap(optimizer, baseline, s, steps, first - second, interval)
