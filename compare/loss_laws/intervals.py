"""Intervals of a law's parameters: t, profile likelihood, and bootstrap with refit; each for many data sets at once.

t: theta -/+ t_{.975, n-p} SE, SE^2 = SSR/(n-p) (J'J)^-1. Exact for laws linear in theta (power, shared).
profile: all values at which the rest can be refitted with SSR <= SSR_min (1 + t^2/(n-p)): the likelihood ratio of
    normal deviations of unknown size, calibrated by F, not chi-squared. It follows bent valleys, which t does not.
bootstrap: refits of resampled points (cases) or of resampled residuals on fixed sizes; percentiles. It assumes
    no shape of the deviations, which robust fits need, and is too narrow for few points.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import stdtrit

from .forms import LawForm
from .solver import ABSOLUTE, fit_all, minimise, objective

LEVEL = 0.95
Interval = tuple[float, float]
Resampling = Literal["cases", "residuals"]
_BLOCK = 500  # resamples of one random stream


def t_quantile(dof: float) -> float:
    """The 97.5 % point of Student's t.

    Args:
        dof: degrees of freedom.

    Returns:
        The point.
    """
    return float(stdtrit(dof, (1 + LEVEL) / 2))


def standard_errors(form: LawForm, theta: np.ndarray, y: np.ndarray) -> np.ndarray:
    """SE of each parameter by linearisation, shape (B, p). y: shape (B, n). NaN where J'J is singular."""
    return np.sqrt(np.maximum(np.einsum("bkk->bk", covariance(form, theta, y)), 0.0))


def covariance(form: LawForm, theta: np.ndarray, y: np.ndarray) -> np.ndarray:
    """SSR/(n-p) (J'J)^-1, shape (B, p, p); a parameter that the data do not hold has an infinite or huge variance."""
    level, slope = form.evaluate(theta)
    points, count = slope.shape[1:]
    squares = np.sum((y - level) ** 2, axis=1)
    information = np.matmul(np.swapaxes(slope, 1, 2), slope)
    scale = np.sqrt(np.maximum(np.einsum("bkk->bk", information), 1e-300))
    outer = scale[:, :, None] * scale[:, None, :]
    inverse = np.linalg.pinv(information / outer, rcond=1e-15, hermitian=True) / outer
    return np.asarray(inverse * (squares / (points - count))[:, None, None])


def t_bounds(form: LawForm, theta: np.ndarray, y: np.ndarray) -> np.ndarray:
    """theta -/+ t SE, shape (B, p, 2)."""
    reach = t_quantile(y.shape[1] - theta.shape[1]) * standard_errors(form, theta, y)
    return np.stack([theta - reach, theta + reach], axis=-1)


@dataclass
class _Profile:
    """The search for the ends of profile intervals, one row a side: a point inside, and one outside once found."""

    form: LawForm
    index: int
    data: np.ndarray
    least: np.ndarray
    limit: np.ndarray
    sides: np.ndarray
    step: np.ndarray
    inner: np.ndarray
    inner_gap: np.ndarray
    outer: np.ndarray
    outer_gap: np.ndarray
    at_bound: np.ndarray

    def gap(self, rows: np.ndarray, start: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Refit with the parameter held; sqrt of the excess minus what is allowed, nearly linear in the parameter."""
        ones = np.ones(self.data.shape[1])
        refit, value, _ = minimise(self.form, self.data[rows], ones, start, math.inf, held=(self.index,))
        excess = np.sqrt(np.maximum(value - self.least[rows], 0.0))
        return refit, excess - np.sqrt(self.limit[rows] - self.least[rows])

    def keep(self, rows: np.ndarray, refit: np.ndarray, gap: np.ndarray) -> np.ndarray:
        """File the refits on their side of the end; which of them are outside."""
        beyond = gap > 0
        self.outer[rows[beyond]], self.outer_gap[rows[beyond]] = refit[beyond], gap[beyond]
        self.inner[rows[~beyond]], self.inner_gap[rows[~beyond]] = refit[~beyond], gap[~beyond]
        return beyond

    def go_out(self) -> None:
        """Walk outwards in growing steps until each end is enclosed, or the parameter's bound is reached."""
        low, high = self.form.low[self.index], self.form.high[self.index]
        searching = np.ones(len(self.data), bool)
        for _ in range(40):
            rows = np.flatnonzero(searching)
            if not rows.size:
                break
            start = self.inner[rows].copy()
            wanted = start[:, self.index] + self.sides[rows] * self.step[rows]
            start[:, self.index] = np.clip(wanted, low, high)
            beyond = self.keep(rows, *self.gap(rows, start))
            self.at_bound[rows[~beyond]] = start[~beyond, self.index] != wanted[~beyond]
            self.step[rows] *= 1.6
            searching[rows] = ~beyond & ~self.at_bound[rows]

    def close_in(self) -> None:
        """Twelve steps of regula falsi, every fourth a bisection."""
        rows = np.flatnonzero(np.isfinite(self.outer_gap))
        for turn in range(12 if rows.size else 0):
            low, high = self.inner_gap[rows], self.outer_gap[rows]
            share = np.clip(-low / (high - low), 0.02, 0.98) if turn % 4 < 3 else np.full(rows.size, 0.5)
            start = self.inner[rows].copy()
            start[:, self.index] += share * (self.outer[rows, self.index] - self.inner[rows, self.index])
            self.keep(rows, *self.gap(rows, start))

    def ends(self) -> np.ndarray:
        """The parameter where the gap is nil, NaN where no end was enclosed and no bound reached."""
        found = np.isfinite(self.outer_gap)
        share = np.where(found, -self.inner_gap / np.where(found, self.outer_gap - self.inner_gap, 1.0), 0.0)
        inner, outer = self.inner[:, self.index], self.outer[:, self.index]
        return np.where(found | self.at_bound, inner + share * (outer - inner), np.nan)


def profile_bounds(form: LawForm, theta: np.ndarray, y: np.ndarray, index: int) -> np.ndarray:
    """Ends of the profile-likelihood interval of one parameter of least-squares fits.

    Args:
        form: of the law, at its points.
        theta: the fits, shape (B, p).
        y: log losses, shape (B, n).
        index: of the parameter.

    Returns:
        The ends, shape (B, 2). An end at the parameter's bound is the bound; NaN where the likelihood never falls far
        enough: the interval is open on that side.
    """
    count, points = y.shape
    least = objective(form, theta, y, np.ones(points), math.inf)
    quantile = t_quantile(points - theta.shape[1])
    allowed = least * (1 + quantile**2 / (points - theta.shape[1])) + 1e-28
    reach = quantile * standard_errors(form, theta, y)[:, index]
    reach = np.clip(np.where(np.isfinite(reach), reach, 1.0), 1e-9, 1.0)
    profile = _Profile(
        form,
        index,
        data=np.tile(y, (2, 1)),
        least=np.tile(least, 2),
        limit=np.tile(allowed, 2),
        sides=np.repeat([-1.0, 1.0], count),
        step=np.tile(reach, 2),
        inner=np.tile(theta, (2, 1)),
        inner_gap=-np.sqrt(np.tile(allowed - least, 2)),
        outer=np.tile(theta, (2, 1)),
        outer_gap=np.full(2 * count, np.nan),
        at_bound=np.zeros(2 * count, bool),
    )
    profile.go_out()
    profile.close_in()
    ends = profile.ends()
    return np.stack([ends[:count], ends[count:]], axis=-1)


def resample(
    form: LawForm, theta: np.ndarray, y: np.ndarray, kind: Resampling, draws: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Log losses and weights of the resamples of one data set, shape (draws, n) each. theta: (p,), y: (n,).

    Residuals are divided by sqrt(1 - leverage) and centred. Block k of 500 resamples has its own random stream
    (seed, k), so that the first resamples do not depend on how many are drawn.
    """
    points = len(y)
    level, slope = (each[0] for each in form.evaluate(theta[None]))
    leverage = np.clip(np.einsum("nk,kn->n", slope, np.linalg.pinv(slope)), 0.0, 1 - 1e-6)
    residual = (y - level) / np.sqrt(1 - leverage)
    residual -= residual.mean()
    data, weights = [], []
    for block in range(-(-draws // _BLOCK)):
        rng = np.random.default_rng([seed, block])
        if kind == "cases":
            weights.append(rng.multinomial(points, np.full(points, 1 / points), size=_BLOCK).astype(float))
            data.append(np.broadcast_to(y, (_BLOCK, points)))
        else:
            weights.append(np.ones((_BLOCK, points)))
            data.append(level + residual[rng.integers(points, size=(_BLOCK, points))])
    return np.concatenate(data)[:draws], np.concatenate(weights)[:draws]


def refits(form: LawForm, theta: np.ndarray, y: np.ndarray, weights: np.ndarray, delta: float) -> np.ndarray:
    """The law refitted to each resample from theta, shape (draws, p); NaN where it did not converge.

    Resamples with no more different points than parameters have no fit of their own and are NaN too. Least absolute
    error is approached from delta = 1e-3 in steps of 100.
    """
    deltas = (1e-3, 1e-5, 1e-7, ABSOLUTE) if delta <= ABSOLUTE else (delta,)
    start = np.repeat(theta[None], len(y), axis=0)
    found, _, good = fit_all(form, y, weights, deltas, start)
    enough = np.sum(weights > 0, axis=1) > len(theta)
    return np.where((good & enough)[:, None], found, np.nan)


def percentiles(values: np.ndarray) -> tuple[float, float] | None:
    """The central 95 % of the finite values; None for fewer than 100 of them."""
    finite = values[np.isfinite(values)]
    if finite.size < 100:
        return None
    low, high = np.quantile(finite, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
