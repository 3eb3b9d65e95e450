"""The Multi-Power Law fitted to loss curves of one model, and what it predicts of other schedules.

The objective is the sum of Huber's function of the log residuals. Given alpha, C, beta and gamma the law is linear in
L0, A and B, which are projected out at a grid of starts.

Few schedules hold C, beta and gamma badly: along a valley they trade against L0, and the minimum may lie where longer
decays are predicted worse. With beta = 1 and gamma = 1/2 held, five parameters remain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from scipy.optimize import least_squares

from ...errors import InputError
from .multipower import NAMES, MultiPowerLaw, loss_and_slope
from .schedule import Schedule

_BOUNDS = np.array(
    [(0.0, np.inf), (-30, 30), (0.01, 3), (-30, 30), (-40, 60), (0.02, 4), (-2, 3)], float
).T  # L0, log A, alpha, log B, log C, beta, gamma
_STARTS = {"alpha": (0.3, 0.6), "beta": (0.4, 0.8), "gamma": (0.3, 0.7), "time scale over the length": (1e-3, 1e-2)}


@dataclass(frozen=True)
class CurveSettings:
    """How the law is fitted.

    Attributes:
        delta: of Huber's function of the log residuals.
        starts: of the grid, the best that are followed.
        records: of one curve that are fitted at most; neighbours tell nearly the same.
    """

    delta: float = 1e-3
    starts: int = 3
    records: int = 200


FIVE = {"beta": 1.0, "gamma": 0.5}  # what the law of five parameters holds


@dataclass(frozen=True, eq=False)
class LossCurve:
    """Losses along one schedule.

    Attributes:
        name: of the schedule.
        schedule: its rates.
        losses: nats, at the schedule's recorded steps, shape (n,).
    """

    name: str
    schedule: Schedule
    losses: np.ndarray

    def thinned(self, most: int) -> LossCurve:
        """The same curve with at most so many records."""
        kept = self.schedule.kept(most)
        return replace(self, schedule=self.schedule.thinned(most), losses=self.losses[kept])


@dataclass(frozen=True)
class Score:
    """How far predictions of one curve are off.

    Attributes:
        name: of the schedule.
        r2: share of the variance along the curve that is explained.
        mae: mean absolute error, nats.
        rmse: root mean square error, nats.
        last: error at the last record, predicted less measured, nats.
    """

    name: str
    r2: float
    mae: float
    rmse: float
    last: float


@dataclass(frozen=True, eq=False)
class CurveFit:
    """The law fitted to some curves.

    Attributes:
        law: its parameters.
        names: of the curves.
        held: parameters that were held, and where.
        objective: summed.
        reached: share of the starts that ended at this minimum.
    """

    law: MultiPowerLaw
    names: tuple[str, ...]
    held: Mapping[str, float]
    objective: float
    reached: float

    def score(self, curve: LossCurve) -> Score:
        """Its predictions of a curve, fitted or not.

        Args:
            curve: with its measured losses.

        Returns:
            The errors.
        """
        return score(self.law, curve)


def score(law: MultiPowerLaw, curve: LossCurve) -> Score:
    """The errors of a law along a curve."""
    error = law.loss(curve.schedule) - curve.losses
    r2 = 1 - float(np.sum(error**2) / np.sum((curve.losses - curve.losses.mean()) ** 2))
    rmse = float(np.sqrt(np.mean(error**2)))
    return Score(curve.name, r2, float(np.mean(np.abs(error))), rmse, float(error[-1]))


def fit_curves(
    curves: Sequence[LossCurve],
    settings: CurveSettings | None = None,
    *,
    held: Mapping[str, float] | None = None,
    near: MultiPowerLaw | None = None,
) -> CurveFit:
    """The least objective over the curves, from a grid of starts or from a law close by.

    Args:
        curves: of one model; annealing is seen only where a rate changes.
        settings: Huber's delta, and how many starts are followed.
        held: values of alpha, beta or gamma that stay.
        near: a law to start from in place of the grid.

    Returns:
        The fit.

    Raises:
        InputError: fewer records than parameters, or no curve whose rate changes after the first record.
    """
    settings = settings or CurveSettings()
    if sum(len(curve.losses) for curve in curves) <= 7:
        raise InputError("The Multi-Power Law has seven parameters; expected more records of the loss than that.")
    if not any(np.any(curve.schedule.before > curve.schedule.sums[0]) for curve in curves):
        raise InputError(
            "No curve to fit has a learning rate that changes after its first record, so what annealing does is not "
            "seen; add a schedule that decays."
        )
    held = dict(held or {})
    curves = [curve.thinned(settings.records) for curve in curves]
    starts = _starts(curves, settings, held) if near is None else near.theta[None]
    free = np.array([name not in held for name in NAMES])
    for name, value in held.items():
        starts[:, NAMES.index(name)] = value
    found = [_descend(curves, start, free, settings.delta) for start in starts]
    theta, value = min(found, key=lambda each: each[1])
    reached = float(np.mean([each[1] <= value * 1.001 for each in found]))
    return CurveFit(MultiPowerLaw.at(theta), tuple(curve.name for curve in curves), held, value, reached)


def _descend(
    curves: Sequence[LossCurve], start: np.ndarray, free: np.ndarray, delta: float
) -> tuple[np.ndarray, float]:
    logs = np.concatenate([np.log(curve.losses) for curve in curves])

    def evaluated(moving: np.ndarray, slope: bool) -> tuple[np.ndarray, np.ndarray]:
        theta = start.copy()
        theta[free] = moving
        made = [loss_and_slope(theta, curve.schedule, slope=slope) for curve in curves]
        loss = np.maximum(np.concatenate([part[0] for part in made]), 1e-3)
        return loss, np.concatenate([part[1] for part in made])

    def slopes(moving: np.ndarray) -> np.ndarray:
        loss, slope = evaluated(moving, True)
        return slope[:, free] / loss[:, None]

    found = least_squares(
        lambda moving: np.log(evaluated(moving, False)[0]) - logs,
        np.clip(start, _BOUNDS[0] + 1e-9, _BOUNDS[1] - 1e-9)[free],
        slopes,
        bounds=_BOUNDS[:, free],
        loss="huber",
        f_scale=delta,
        x_scale="jac",
        ftol=1e-9,
        xtol=1e-9,
        max_nfev=300,
    )
    theta = start.copy()
    theta[free] = found.x
    return theta, float(found.cost)


def _starts(curves: Sequence[LossCurve], settings: CurveSettings, held: Mapping[str, float]) -> np.ndarray:
    """The best of the grid with L0, A and B projected out, shape (starts, 7)."""
    losses = np.concatenate([curve.losses for curve in curves])
    peak = max(float(curve.schedule.rates.max()) for curve in curves)
    length = max(float(curve.schedule.sums[-1]) for curve in curves)
    made = []
    grid = [(held[name],) if name in held else tried for name, tried in _STARTS.items()]
    for alpha, beta, gamma, share in product(*grid):
        log_c = gamma * np.log(peak) - np.log(share * length)
        theta = np.array([0.0, 0.0, alpha, 0.0, log_c, beta, gamma])
        basis = np.concatenate([loss_and_slope(theta, curve.schedule, slope=True)[1][:, [0, 1, 3]] for curve in curves])
        scaled = basis / losses[:, None]
        linear = np.linalg.lstsq(scaled, np.ones(len(losses)), rcond=None)[0]
        linear = np.maximum(linear, [0.1 * losses.min(), 1e-6, 1e-6])
        theta[[0, 1, 3]] = linear[0], *np.log(linear[1:])
        made.append((float(np.sum((scaled @ linear - 1) ** 2)), theta))
    made.sort(key=lambda each: each[0])
    return np.array([theta for _, theta in made[: settings.starts]])
