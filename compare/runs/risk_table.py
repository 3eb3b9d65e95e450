"""Risks and exponents of an experiment as rows, the same for what is predicted and what is measured."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from ...theory.prediction import Prediction
    from .measurement import Measurement

Interval = tuple[float, float]


@dataclass(frozen=True)
class Risk:
    """The risk of one optimizer at one s, size and T; value None where there is none."""

    optimizer: str
    s: float | None
    size: int
    steps: int
    value: float | None
    interval: Interval | None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "optimizer": self.optimizer,
            "s": self.s,
            "N": self.size,
            "steps": self.steps,
            "value": self.value,
            "interval": self.interval,
        }


@dataclass(frozen=True)
class Exponent:
    """alpha of one optimizer at one s and T over a window of sizes."""

    optimizer: str
    s: float | None
    steps: int
    value: float | None
    interval: Interval | None
    window: Interval | None
    status: str

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "optimizer": self.optimizer,
            "s": self.s,
            "steps": self.steps,
            "value": self.value,
            "interval": self.interval,
            "window": self.window,
            "status": self.status,
        }


@dataclass(frozen=True)
class RiskTable:
    """All risks and exponents of one experiment."""

    risks: tuple[Risk, ...]
    exponents: tuple[Exponent, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values, the keys `risk` and `alpha`."""
        return {
            "risk": [each.to_json() for each in self.risks],
            "alpha": [each.to_json() for each in self.exponents],
        }


def predicted_rows(prediction: Prediction) -> RiskTable:
    """Rows of a prediction: risk times exp(-/+ 1.96 of its stated error), and alpha over the experiment's fit sizes."""
    from .predicted_exponent import predicted_alpha, predicted_curve

    sizes, fitted = prediction.sizes, prediction.experiment.fit_sizes
    window = (float(fitted[0]), float(fitted[-1]))
    risks, exponents = [], []
    total = prediction.total_error
    for i, name in enumerate(prediction.optimizers):
        for j, s in enumerate(None if math.isnan(each) else each for each in prediction.s):
            for t, steps in enumerate(prediction.steps):
                values, errors = predicted_curve(prediction, name, s, steps, sizes)
                for size, value, error in zip(sizes, values.tolist(), total[i, j, :, t].tolist(), strict=True):
                    known = math.isfinite(value)
                    stated = known and math.isfinite(error)
                    interval = (value * math.exp(-1.96 * error), value * math.exp(1.96 * error)) if stated else None
                    risks.append(Risk(name, s, size, steps, value if known else None, interval))
                used = [sizes.index(size) for size in fitted]
                alpha = predicted_alpha(fitted, values[used], errors[used], prediction.notes.get(name, ""))
                status = alpha.status or "Predicted by finite-size theory over the window."
                span = window if alpha.value is not None else None
                exponents.append(Exponent(name, s, steps, alpha.value, alpha.interval, span, status))
    return RiskTable(tuple(risks), tuple(exponents))


def measured_rows(made: Measurement) -> RiskTable:
    """Rows of a run: the mean over seeds with its 95 % t interval, and alpha with its interval over seeds."""
    from ..exponent_fit import fit_exponent

    window = (float(made.experiment.fit_from), float(made.sizes[-1]))
    risks, exponents = [], []
    for name in made.optimizers:
        for s in made.s:
            for steps in made.steps:
                table = made.cell(name, s, steps)
                for column, size in enumerate(made.sizes):
                    value, interval = _mean(table[:, column])
                    risks.append(Risk(name, s, size, steps, value, interval))
                fit = fit_exponent(made.sizes, table, window=window)
                exponents.append(Exponent(name, s, steps, fit.value, fit.bootstrap, fit.window, fit.status))
    return RiskTable(tuple(risks), tuple(exponents))


def _mean(values: np.ndarray) -> tuple[float | None, Interval | None]:
    from scipy.stats import t as student

    known = values[np.isfinite(values)]
    if not known.size:
        return None, None
    mean = float(known.mean())
    if known.size < 2:
        return mean, None
    half = float(student.ppf(0.975, known.size - 1) * known.std(ddof=1) / math.sqrt(known.size))
    return mean, (max(0.0, mean - half), mean + half)
