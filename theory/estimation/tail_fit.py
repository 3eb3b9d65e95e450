"""Tails of spectra: power laws broken at a few ranks, fitted to sums that are smooth in the scale.

    y(k) = exp(broken line in log k),   knots at equal distances in log k, the last slope continued.

The fit takes the fewest breaks with which the sums agree within their error (the discrepancy principle): a straight
tail is extrapolated best, and a break is believed only where the rows show it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cholesky, solve_triangular
from scipy.optimize import least_squares

from ..problems import log_panels

SEGMENTS = (1, 2, 4)  # tried in turn
_STIFFNESS = 0.02  # weight of changes of slope: the sums cannot see a zigzag
PRIOR = 0.5  # width, in the exponent r, of what is expected of a noisy target's tail
_MODEL = 0.001  # relative: what a smooth tail may miss of a sum, besides the sampling error
_SUMMABLE = -1.02  # the last slope at most


@dataclass(frozen=True, eq=False)
class Ranks:
    """Where a tail lives: quadrature nodes log_k with weights, shape (q,), and the ranks a fit can see, low to high."""

    low: float
    high: float
    log_k: np.ndarray
    weights: np.ndarray

    @classmethod
    def of(cls, count: int, high: float, last: float) -> Ranks:
        """Ranks beyond the first `count`, seen up to `high`, ending at `last`."""
        log_k, weights = log_panels(count, last)
        return cls(float(np.log(count + 0.5)), float(np.log(high)), log_k, weights)

    def knots(self, segments: int) -> np.ndarray:
        """log k of the knots, shape (segments + 1,)."""
        return np.linspace(self.low, self.high, segments + 1)


@dataclass(frozen=True, eq=False)
class Line:
    """A broken line: log y at the knots, shape (segments + 1,), and a constant (label noise) that the sums hold.

    free: whether the constant was fitted. misfit: root mean square of the sums' deviations over their errors.
    """

    values: np.ndarray
    constant: float
    free: bool
    misfit: float

    @property
    def segments(self) -> int:
        """Straight pieces."""
        return len(self.values) - 1

    def on(self, ranks: Ranks) -> np.ndarray:
        """y at the nodes, shape (q,)."""
        return _broken(self.values, ranks)

    def slope(self, ranks: Ranks) -> float:
        """The last slope, d log y/d log k."""
        knots = ranks.knots(self.segments)
        return float((self.values[-1] - self.values[-2]) / (knots[-1] - knots[-2]))


def fit_line(
    ranks: Ranks,
    shape: np.ndarray,
    known: np.ndarray,
    sums: np.ndarray,
    whitening: np.ndarray,
    start: np.ndarray,
    segments: int,
    noise: float | None,
    expected: float | None = None,
    own: bool = False,
) -> Line:
    """The line y for which known + shape(y) + constant = sums, shape (z,), whose relative errors `whitening` whitens.

    shape: kappa/(lambda + kappa) at the nodes, shape (z, q), y being energies; `own` where y is lambda itself and
    shape is kappa, shape (z, 1). start: log y at the nodes. noise: the constant; None fits it. expected: the last
    slope as far as the sums leave it open, within about `PRIOR`: a flat tail and noise look alike.
    """
    knots = ranks.knots(segments)
    begin = np.interp(knots, ranks.log_k, start)
    scale = float(sums[-1])
    fitted = noise is None
    last_step = knots[-1] - knots[-2]

    def off(p: np.ndarray) -> np.ndarray:
        tail = _broken(p[: segments + 1], ranks)
        kernel = tail / (tail + shape) if own else shape * tail
        constant = p[-1] * scale if noise is None else noise
        left = (known + kernel @ ranks.weights + constant) / sums - 1
        parts = [whitening @ left, _STIFFNESS / _MODEL * np.diff(p[: segments + 1], 2)]
        if expected is not None:
            parts.append(((p[segments : segments + 1] - p[segments - 1 : segments]) / last_step - expected) / PRIOR)
        return np.concatenate(parts)

    floor, top = np.full(segments + 1, -np.inf), np.full(segments + 1, np.inf)
    if fitted:
        begin, floor, top = np.append(begin, 0.3), np.append(floor, 0.0), np.append(top, 1.0)
    found = least_squares(off, begin, bounds=(floor, top), x_scale="jac")
    left = found.fun[: len(sums)]
    constant = float(found.x[-1] * scale) if noise is None else noise
    return Line(found.x[: segments + 1], constant, fitted, float(np.sqrt(np.mean(left**2))))


def simplest(fit: Callable[[int, float | None], Line], noise: float | None, like: Line | None, other: bool) -> Line:
    """The line with the fewest segments that agrees with the sums; the best one where none does.

    like: a line whose number of segments is kept, or, with `other`, exchanged for the next (the last for the one
    before it).
    """
    if like is not None:
        at = SEGMENTS.index(like.segments)
        if other:
            at = at + 1 if at + 1 < len(SEGMENTS) else at - 1
        return fit(SEGMENTS[at], noise)
    tried = []
    for segments in SEGMENTS:
        tried.append(fit(segments, noise))
        if tried[-1].misfit < 1:
            return tried[-1]
    return min(tried, key=lambda line: line.misfit)


def whitening(covariance: np.ndarray | None, roughness: np.ndarray) -> np.ndarray:
    """What turns deviations of the sums, relative, into independent ones of variance 1, shape (z, z).

    covariance: of sampling, shape (z, z), None where it is not known. roughness: of the modes themselves, shape (z,).
    """
    of_model = np.diag(_MODEL**2 + roughness**2)
    full = of_model if covariance is None else of_model + covariance
    return np.asarray(solve_triangular(cholesky(full, lower=True), np.eye(len(full)), lower=True))


def _broken(values: np.ndarray, ranks: Ranks) -> np.ndarray:
    knots = ranks.knots(len(values) - 1)
    last = min((values[-1] - values[-2]) / (knots[-1] - knots[-2]), _SUMMABLE)
    line = np.interp(ranks.log_k, knots, values)
    beyond = ranks.log_k > knots[-1]
    return np.exp(np.clip(np.where(beyond, values[-1] + last * (ranks.log_k - knots[-1]), line), -600, 300))
