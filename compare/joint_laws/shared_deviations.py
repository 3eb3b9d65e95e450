"""Laws whose deviations are shared by the runs of one cell, the runs of one size and number of tokens.

    log L = law + c_cell + e,    e ~ N(0, sigma^2),    c ~ N(0, tau sigma^2)

A law's form that is not quite right, data order or a setting common to all optimizers move a whole cell. Taken as
independent, such deviations hide differences between optimizers within cells and make intervals wrong. Whitened by
1 - w 1 1'/m in a cell of m runs, w = 1 - (1 + tau m)^(-1/2), the fit is least squares again; tau is the likelihood's.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import fdtrc

from ..loss_laws import SumOfPowers
from .joint_fit import Estimate, term_values
from .lattice_fit import LatticeFit
from .refit import refit_all
from .run_data import RunData
from .terms import CONSTANT_TERMS, EXPONENT_TERMS, Terms, label, ordered

_TAUS = (0.25, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
_FEWEST = 4  # cells with two runs or more
_CHANCE = 1e-3  # of the F statistic, above which deviations pass as independent


@dataclass(frozen=True, eq=False)
class SharedFit:
    """One law with deviations shared by cells.

    Attributes:
        terms: what the optimizers change.
        aicc: with tau counted as a parameter.
        tau: variance of a cell over that of a run.
        sigma: deviation of a run within its cell.
        values: of each term, by optimizer.
    """

    terms: Terms
    aicc: float
    tau: float
    sigma: float
    values: dict[str, dict[str, Estimate]]

    @property
    def name(self) -> str:
        """The terms, joined by +."""
        return label(self.terms)


@dataclass(frozen=True, eq=False)
class SharedDeviations:
    """The lattice with deviations shared by cells.

    Attributes:
        cells: how many there are.
        f: mean square between cells over that within, of the independent best law's residuals.
        chance: of an F as large, where deviations are independent.
        fits: every law by its terms.
        gain: AICc of the best law with independent deviations less that of the best here.
        not_excluded: AICc above the best up to which a law is not excluded.
    """

    cells: int
    f: float
    chance: float
    fits: Mapping[Terms, SharedFit]
    gain: float
    not_excluded: float

    @property
    def best(self) -> SharedFit:
        """The fit of the least AICc."""
        return min(self.fits.values(), key=lambda fit: fit.aicc)

    @property
    def accounts(self) -> list[SharedFit]:
        """The fits that the data do not exclude, best first."""
        kept = [fit for fit in self.fits.values() if fit.aicc - self.best.aicc <= self.not_excluded]
        return sorted(kept, key=lambda fit: fit.aicc)

    @property
    def constants_only(self) -> SharedFit:
        """The best fit without a change of exponent."""
        kept = [f for t, f in self.fits.items() if t & set(CONSTANT_TERMS) and not t & set(EXPONENT_TERMS)]
        return min(kept or [self.fits[frozenset()]], key=lambda fit: fit.aicc)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "cells": self.cells,
            "f": self.f,
            "chance": self.chance,
            "gain": self.gain,
            "laws": [
                {
                    "terms": ordered(fit.terms),
                    "aicc": fit.aicc,
                    "difference": fit.aicc - self.best.aicc,
                    "tau": fit.tau,
                    "sigma": fit.sigma,
                    "values": {t: {o: vars(e) for o, e in v.items()} for t, v in fit.values.items()},
                }
                for fit in sorted(self.fits.values(), key=lambda fit: fit.aicc)
            ],
        }


def shared_deviations(lattice: LatticeFit, *, always: bool = False) -> SharedDeviations | None:
    """Refit every law with deviations shared by cells, where the residuals show that they are shared.

    Args:
        lattice: the laws with independent deviations.
        always: whether to do so where the residuals do not show it too.

    Returns:
        The fits; None where deviations pass as independent, or fewer than four cells have two runs or more.
    """
    data, best = lattice.data, lattice.best
    cell = cells_of(data)
    count = np.bincount(cell)
    between, within = len(count) - (3 if data.tokens is None else 5), len(data.y) - len(count) - len(best.theta)
    within += 3 if data.tokens is None else 5
    if np.sum(count > 1) < _FEWEST or between < 1 or within < 1:
        return None
    residual = best.residual
    means = np.bincount(cell, weights=residual) / count
    f = float(np.sum(count * means**2) / between / (np.sum((residual - means[cell]) ** 2) / within))
    chance = float(fdtrc(between, within, f))
    if chance > _CHANCE and not always:
        return None
    fits = {terms: _fit(data, terms, fit.form, fit.theta, cell) for terms, fit in lattice.fits.items()}
    gain = best.aicc - min(fit.aicc for fit in fits.values())
    return SharedDeviations(len(count), f, chance, fits, gain, lattice.settings.not_excluded)


def cells_of(data: RunData) -> np.ndarray:
    """Index of the cell of each run, shape (n,)."""
    tokens = np.zeros_like(data.sizes) if data.tokens is None else data.tokens
    return np.unique(np.stack([data.sizes, tokens]), axis=1, return_inverse=True)[1].ravel()


def _fit(data: RunData, terms: Terms, form: SumOfPowers, start: np.ndarray, cell: np.ndarray) -> SharedFit:
    """The likelihood's tau of a grid; each solution starts the next."""
    y, n, count = data.y, len(data.y), np.bincount(cell)
    best: tuple[float, float, np.ndarray, float] | None = None
    for tau in _TAUS:
        whitened = WhitenedForm(form, cell, tau)
        theta, value = refit_all(whitened, whitened.whiten(y)[None], start)
        start = theta[0]
        k = len(start) + 2
        log_determinant = float(np.sum(np.log1p(tau * count)))
        aicc = n * math.log(max(value[0], 1e-300) / n) + log_determinant + 2 * k
        aicc = aicc + 2 * k * (k + 1) / (n - k - 1) if n > k + 1 else math.inf
        if best is None or aicc < best[0]:
            best = (aicc, tau, start, float(value[0]))
    aicc, tau, theta_best, least = best  # type: ignore[misc]
    slope = WhitenedForm(form, cell, tau).evaluate(theta_best[None])[1][0]
    scale = np.sqrt(np.maximum(np.sum(slope**2, axis=0), 1e-300))
    inverse = np.linalg.pinv((slope / scale).T @ (slope / scale), rcond=1e-15, hermitian=True) / np.outer(scale, scale)
    variance = least / max(n - len(theta_best), 1)
    values = {}
    for term in ordered(terms):
        found, errors = term_values(theta_best, data, terms, term, inverse * variance)
        values[term] = {o: Estimate(float(v), float(e)) for o, v, e in zip(data.names[1:], found, errors, strict=True)}
    return SharedFit(terms, aicc, tau, math.sqrt(variance), values)


@dataclass(frozen=True, eq=False)
class WhitenedForm:
    """A law times the matrix that makes deviations shared by cells independent.

    Attributes:
        inner: the law.
        cell: index of the cell of each run, shape (n,).
        tau: variance of a cell over that of a run.
    """

    inner: SumOfPowers
    cell: np.ndarray
    tau: float

    @property
    def names(self) -> tuple[str, ...]:
        """Of theta."""
        return self.inner.names

    @property
    def logarithmic(self) -> tuple[bool, ...]:
        """Whether theta holds the parameter's logarithm."""
        return self.inner.logarithmic

    @property
    def main(self) -> int:
        """Index of alpha."""
        return self.inner.main

    @property
    def low(self) -> np.ndarray:
        """Lower bounds."""
        return self.inner.low

    @property
    def high(self) -> np.ndarray:
        """Upper bounds."""
        return self.inner.high

    def whiten(self, values: np.ndarray) -> np.ndarray:
        """The matrix, which is symmetric, times values along the last axis."""
        count = np.bincount(self.cell)
        member = np.zeros((len(self.cell), len(count)))
        member[np.arange(len(self.cell)), self.cell] = 1.0
        share = (1 - 1 / np.sqrt(1 + self.tau * count)) / count
        return np.asarray(values - ((values @ member) * share)[..., self.cell])

    def evaluate(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """As in LawForm."""
        level, slope = self.inner.evaluate(theta)
        return self.whiten(level), np.swapaxes(self.whiten(np.swapaxes(slope, 1, 2)), 1, 2)

    def curvature(self, theta: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """As in LawForm."""
        return self.inner.curvature(theta, self.whiten(weights))

    def starts(self, y: np.ndarray) -> np.ndarray:
        """As in LawForm."""
        return self.inner.starts(y)
