"""Risks and exponents of an experiment as rows, the same for what is predicted and what is measured."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..confidence import NORMAL, student_quantile

if TYPE_CHECKING:
    from ...theory.prediction import Prediction
    from .measurement import Measurement

Interval = tuple[float, float]
_LARGEST = 700.0  # of an error in log risk: a larger factor is no number


@dataclass(frozen=True)
class Risk:
    """The risk of one optimizer at one s, size and T.

    Attributes:
        optimizer: command-line name.
        s: spectral exponent; None for data.
        size: N.
        steps: T.
        value: mean squared error over the target's variance; None where there is none.
        interval: 95 %; None where no error is known.
    """

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
    """alpha of one optimizer at one s and T over a window of sizes.

    Attributes:
        optimizer: command-line name.
        s: spectral exponent; None for data.
        steps: T.
        value: alpha; None where it cannot be had.
        interval: 95 %; None where no error is known.
        window: smallest and largest size of the fit.
        status: what it rests on, or why there is none.
    """

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
    """All risks and exponents of one experiment.

    Attributes:
        risks: by optimizer, s, T and size.
        exponents: by optimizer, s and T.
    """

    risks: tuple[Risk, ...]
    exponents: tuple[Exponent, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values, the keys `risk` and `alpha`."""
        return {
            "risk": [each.to_json() for each in self.risks],
            "alpha": [each.to_json() for each in self.exponents],
        }


def predicted_rows(prediction: Prediction) -> RiskTable:
    """Rows of a prediction: risk times exp(-/+ 1.96 of its stated error), and alpha over the experiment's fit sizes.

    Args:
        prediction: as `predict` makes it.

    Returns:
        Its risks and exponents.
    """
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
                    reach = math.exp(min(NORMAL * error, _LARGEST)) if stated else 1.0
                    interval = (value / reach, value * reach) if stated else None
                    risks.append(Risk(name, s, size, steps, value if known else None, interval))
                used = [sizes.index(size) for size in fitted]
                alpha = predicted_alpha(fitted, values[used], errors[used], prediction.notes.get(name, ""))
                status = alpha.status or "Predicted by finite-size theory over the window."
                span = window if alpha.value is not None else None
                exponents.append(Exponent(name, s, steps, alpha.value, alpha.interval, span, status))
    return RiskTable(tuple(risks), tuple(exponents))


def measured_rows(made: Measurement) -> RiskTable:
    """Rows of a run: the mean over seeds with its 95 % t interval, and alpha with its interval over seeds.

    Args:
        made: what the run measured.

    Returns:
        Its risks and exponents.
    """
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
    known = values[np.isfinite(values)]
    if not known.size:
        return None, None
    mean = float(known.mean())
    if known.size < 2:
        return mean, None
    half = student_quantile(known.size - 1) * float(known.std(ddof=1)) / math.sqrt(known.size)
    return mean, (max(0.0, mean - half), mean + half)
