"""Predicted exponents: the fit of the measurement, applied to the risks theory predicts."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...errors import InputError
from ...theory.experiments import Experiment
from ...theory.prediction import Prediction
from ..confidence import NORMAL
from ..exponent_fit import slope_weights
from .settings import SETTINGS


@dataclass(frozen=True)
class PredictedAlpha:
    """alpha of the predicted risks: the same line through the same sizes as the measured one.

    Attributes:
        value: alpha; None where a size has no prediction.
        interval: value -/+ 1.96 stderr; None where theory states no error.
        stderr: the theory's own error, sqrt(sum_N (w_N e_N)^2) for relative errors e_N taken as independent and OLS
            weights w_N.
        status: what to know about it; empty where there is nothing.
    """

    value: float | None
    interval: tuple[float, float] | None
    stderr: float | None
    status: str

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "value": self.value,
            "interval": None if self.interval is None else list(self.interval),
            "stderr": self.stderr,
            "status": self.status,
        }


def with_budgets(made: Experiment) -> Experiment:
    """A run's experiment at its T and at two T a decade from 10 to 10^7: what is predicted costs little at each.

    What is run step by step still ends where the run ends, for sign descent chooses its step there.

    Args:
        made: the run's own experiment.

    Returns:
        The same experiment at more T.
    """
    budgets = {digit * 10**power for power in range(1, 7) for digit in (1, 3)} | {SETTINGS.last_budget}
    return made.with_(steps=sorted({*made.steps, *budgets}), stepped_to=made.stepped_to or made.steps[-1])


def check_same_problem(prediction: Prediction, experiment: Experiment) -> None:
    """Check that a prediction is of a run's problem, samples and eta; s, sizes, steps and seeds are free.

    Args:
        prediction: of some experiment.
        experiment: of the run.

    Raises:
        InputError: where they differ.
    """

    def setting(made: Experiment) -> tuple[object, ...]:
        return replace(made.problem, s=()), made.samples, made.eta

    if setting(prediction.experiment) != setting(experiment):
        raise InputError(
            f"The prediction is of '{prediction.experiment.name}' and the run of '{experiment.name}', "
            "and problem, samples or eta differ; predict the run's own experiment."
        )


def predicted_curve(
    prediction: Prediction, optimizer: str, s: float | None, steps: int, sizes: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Predicted risk against size.

    Args:
        prediction: of the experiment.
        optimizer: command-line name.
        s: spectral exponent; None for data.
        steps: T.
        sizes: the sizes N that are wanted.

    Returns:
        Risk and relative error, two arrays of shape (N,), NaN where there is no prediction.
    """
    risk, error = np.full(len(sizes), np.nan), np.full(len(sizes), np.nan)
    rows = [i for i, known in enumerate(prediction.s) if (math.isnan(known) if s is None else known == s)]
    if optimizer not in prediction.optimizers or steps not in prediction.steps or not rows:
        return risk, error
    o, t = prediction.optimizers.index(optimizer), prediction.steps.index(steps)
    for place, size in enumerate(sizes):
        if size in prediction.sizes:
            at = (o, rows[0], prediction.sizes.index(size), t)
            risk[place], error[place] = prediction.risk[at], prediction.error[at]
    return risk, error


def predicted_alpha(sizes: tuple[int, ...], risk: np.ndarray, error: np.ndarray, note: str = "") -> PredictedAlpha:
    """alpha of predicted risks: the slope that the measured ones are given, over exactly these sizes.

    Args:
        sizes: the sizes N of the fit.
        risk: shape (N,), NaN where there is no prediction.
        error: relative errors of the risks, shape (N,), NaN where none is stated.
        note: what theory says of the optimizer; it becomes the status.

    Returns:
        The exponent; without a value where one of the sizes has no prediction.

    Example:
        >>> found = predicted_alpha((10, 100), np.array([1e-1, 1e-2]), np.array([0.02, 0.02]))
        >>> round(found.value, 9), round(found.stderr, 4)
        (1.0, 0.0123)
    """
    usable = np.isfinite(risk) & (risk > 0)
    if not usable.any():
        return PredictedAlpha(None, None, None, note or "There is no prediction for this optimizer here.")
    if len(sizes) < 2:
        return PredictedAlpha(None, None, None, "A slope needs two sizes; add sizes or widen the window.")
    if not usable.all():
        left = ", ".join(str(n) for n, ok in zip(sizes, usable, strict=True) if not ok)
        return PredictedAlpha(None, None, None, f"There is no positive prediction at N = {left}. {note}".strip())
    weights = slope_weights(sizes)
    value = float(weights @ np.log(risk))
    if not np.isfinite(error).all():
        return PredictedAlpha(value, None, None, f"The theory states no error here. {note}".strip())
    stderr = float(np.sqrt(np.sum((weights * error) ** 2)))
    return PredictedAlpha(value, (value - NORMAL * stderr, value + NORMAL * stderr), stderr, note)
