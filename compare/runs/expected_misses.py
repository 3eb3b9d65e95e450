"""How many cells should miss if theory were right: cells share draws, so misses come in groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import t as student

from ..confidence import LEVEL, TAIL
from ..exponent_fit import slope_weights
from .measurement import Measurement
from .scaling_point import ScalingPoint
from .settings import SETTINGS, ComparisonSettings


@dataclass(frozen=True)
class ExpectedMisses:
    """The misses of a right theory among the judged cells, over imagined repeats of the run.

    Attributes:
        judged: cells with a prediction and a Monte Carlo error.
        count: cells that did miss.
        mean: misses a repeat.
        interval: holds the misses of at least 95 % of the repeats.
        chance: share of the repeats with `count` misses or more.
        repeats: how many there were.
    """

    judged: int
    count: int
    mean: float
    interval: tuple[int, int]
    chance: float
    repeats: int

    @property
    def status(self) -> str:
        """The verdict over all cells, in one sentence."""
        low, high = self.interval
        said = (
            f"{self.count} of {self.judged} cells miss; with a right theory and errors as stated {self.mean:.1f} would "
            f"in the mean, and {low} to {high} in 95 % of repeats, because cells at one s share their draws"
        )
        if self.count > high:
            return f"{said}: more than chance explains (p = {_chance(self.chance, self.repeats)})."
        return f"{said}: chance explains that (p = {_chance(self.chance, self.repeats)})."

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "judged": self.judged,
            "count": self.count,
            "mean": self.mean,
            "interval": list(self.interval),
            "chance": self.chance,
            "repeats": self.repeats,
            "status": self.status,
        }


def expected_misses(
    made: Measurement, cells: Sequence[ScalingPoint], settings: ComparisonSettings = SETTINGS
) -> ExpectedMisses | None:
    """Repeat the run in imagination with a right theory and count the misses.

    To first order alpha is a mean over seeds of a_k = alpha + sum_N w_N (R_kN / mean_k R_kN - 1), w_N the weights of
    the fit. A repeat draws as many seeds from the normal law with the covariance that the a_k of all cells at one s
    have, and for each s one deviation common to all its cells, in units of each one's theory error. Then
    every cell is judged as in the run, by the scatter its own draw of seeds happens to show. Different s have
    independent draws. What is taken for granted: normal seeds, and theory errors that are fully shared at one s, which
    spreads the count most. The covariance of K seeds has rank K - 1, so for few seeds the groups come out too tight
    and the interval somewhat wide.

    Args:
        made: the run.
        cells: its points, judged or not.
        settings: how many repeats, and the seed of their random numbers.

    Returns:
        The misses that were and those that would be; None without a judged cell.
    """
    repeats = settings.repeats
    rng = np.random.default_rng(settings.seed)
    judged = [cell for cell in cells if cell.agrees is not None]
    if not judged:
        return None
    misses = np.zeros(repeats, dtype=int)
    for s in made.s:
        group = [cell for cell in judged if cell.s == s]
        if group:
            misses += _repeated(made, group, repeats, rng)
    count = sum(cell.agrees is False for cell in judged)
    low, high = np.quantile(misses, [TAIL, (1 + LEVEL) / 2], method="closest_observation")
    chance = float(np.mean(misses >= count))
    return ExpectedMisses(len(judged), count, float(misses.mean()), (int(low), int(high)), chance, repeats)


def _repeated(made: Measurement, group: list[ScalingPoint], repeats: int, rng: np.random.Generator) -> np.ndarray:
    """Misses among the cells of one s, shape (repeats,)."""
    influence = np.stack([_influence(made, cell) for cell in group], axis=1)
    theory = np.array([cell.theory or 0.0 for cell in group])
    count = len(influence)
    root = np.linalg.qr(influence / np.sqrt(count - 1), mode="r")  # root' root is the covariance of the seeds
    mean, variance = np.empty((2, repeats, len(group)))
    for i in range(repeats):
        seeds = rng.standard_normal((count, len(root))) @ root
        mean[i], variance[i] = seeds.mean(axis=0), seeds.var(axis=0, ddof=1) / count
    common = rng.standard_normal((repeats, 1)) * theory
    error = np.sqrt(variance + theory**2)
    # where nothing scatters at all there is nothing to miss
    away = np.abs(mean + common) > error * _critical(error, variance, count)
    return np.asarray(np.sum(away & (error > 0), axis=1))


def _influence(made: Measurement, cell: ScalingPoint) -> np.ndarray:
    """What each seed adds to alpha, mean zero, shape (seed,); a size that a seed lacks adds nothing."""
    columns = [made.sizes.index(int(n)) for n in cell.measured.sizes]
    risk = made.cell(cell.optimizer, cell.s, cell.steps)[:, columns]
    usable = np.isfinite(risk) & (risk > 0)
    hits = usable.sum(axis=0)
    mean = np.where(usable, risk, 0.0).sum(axis=0) / hits
    relative = np.where(usable, risk / mean - 1, 0.0) * (len(risk) / hits)
    return np.asarray(relative @ slope_weights(cell.measured.sizes))


def _critical(error: np.ndarray, variance: np.ndarray, seeds: int) -> np.ndarray:
    """The bound on |z| that `ScalingPoint.critical` uses, Welch and Satterthwaite's degrees of freedom."""
    with np.errstate(divide="ignore"):
        return np.asarray(student.ppf((1 + LEVEL) / 2, np.minimum((seeds - 1) * error**4 / variance**2, 1e6)))


def _chance(value: float, repeats: int) -> str:
    return f"{value:.2g}" if value > 0 else f"below {1 / repeats:g}"
