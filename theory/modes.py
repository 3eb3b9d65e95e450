"""Modes: a problem as weighted eigenvalues and energies, short enough to sum over at once.

Every formula of level 2 is a sum over modes of a function that is smooth in log k. So a power law of any
length, infinite ones included, is a few hundred weighted modes: the head one by one, the tail by quadrature.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from .errors import InputError
from .spectrum import Measured, PowerLaw, Spectrum
from .target import Isotropic, MeasuredTarget, PowerLawTarget, Target

_HEAD = 256  # modes summed one by one; the quadrature beyond them errs by about HEAD^-4
_PANEL = 0.5  # width in log k of a Gauss-Legendre panel
_NODES = 12  # nodes on a panel
_REACH = 1e4  # infinite tails: modes beyond REACH times the largest size act through their sums alone


@dataclass(frozen=True)
class Modes:
    """Weighted modes: sum_k f(lambda_k, E_k) = sum_j weights_j f(eigenvalues_j, energies_j).

    eigenvalues, energies, weights: shape (m,); the two largest eigenvalues come first, each of weight 1.
    """

    eigenvalues: np.ndarray
    energies: np.ndarray
    weights: np.ndarray

    @classmethod
    def of(cls, eigenvalues: np.ndarray, energies: np.ndarray) -> Modes:
        """Modes of weight one, from arrays of shape (dim,); zero eigenvalues with zero energy are dropped."""
        keep = (eigenvalues > 0) | (energies > 0)
        order = np.argsort(-eigenvalues[keep], kind="stable")
        values = np.asarray(eigenvalues[keep], dtype=float)[order]
        return cls(values, np.asarray(energies[keep], dtype=float)[order], np.ones(len(values)))

    @cached_property
    def rank(self) -> float:
        """Number of modes with a positive eigenvalue (infinite where the tail was lumped)."""
        return float(np.sum(self.weights[self.eigenvalues > 0]))

    @cached_property
    def total(self) -> float:
        """The target's variance, sum_k E_k."""
        return float(np.sum(self.weights * self.energies))


@dataclass(frozen=True)
class SpectralProblem:
    """What a linear optimizer sees of a problem: a spectrum, a target on it, and label noise.

    noise: label-noise variance over the target's variance. Raises InputError.
    """

    spectrum: Spectrum
    target: Target = field(default_factory=Isotropic)
    noise: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.noise < np.inf:
            raise InputError(f"noise is {self.noise}, but a variance is finite and not negative; try 0.")
        if isinstance(self.target, MeasuredTarget):
            if not isinstance(self.spectrum, Measured):
                raise InputError("Measured energies need a measured spectrum; give both or neither.")
            if len(self.target.energies) != self.spectrum.dim:
                raise InputError(
                    f"The target has {len(self.target.energies)} energies, but the spectrum has "
                    f"{self.spectrum.dim} eigenvalues; give one energy for each."
                )
        if isinstance(self.spectrum, PowerLaw) and self.spectrum.dim is None and self.source <= 0:
            raise InputError(
                f"r is {self.source:g} with infinite dim, but the target's variance is finite only for r > 0; "
                "give a finite dim."
            )

    @property
    def source(self) -> float:
        """The source exponent r (NaN where the target is measured)."""
        if isinstance(self.target, PowerLawTarget):
            return self.target.r
        if isinstance(self.target, Isotropic) and isinstance(self.spectrum, PowerLaw):
            return self.spectrum.s
        return float("nan")

    def dense(self) -> tuple[np.ndarray, np.ndarray]:
        """Eigenvalues and energies one by one, each of shape (dim,). Raises InputError for infinite dim."""
        if isinstance(self.spectrum, Measured):
            values = np.array(self.spectrum.values)
        elif self.spectrum.dim is None:
            raise InputError("dim is infinite, but modes can be listed only for a finite dim; try dim = 1000.")
        else:
            values = np.arange(1, self.spectrum.dim + 1, dtype=float) ** -(1 + self.spectrum.s)
        if isinstance(self.target, MeasuredTarget):
            return values, np.array(self.target.energies)
        if isinstance(self.target, Isotropic):
            return values, values.copy()
        return values, np.arange(1, len(values) + 1, dtype=float) ** -(1 + self.target.r)

    def modes(self, largest_size: int) -> Modes:
        """The problem as weighted modes, accurate for model sizes up to `largest_size`.

        Cost: O(dim) up to a few thousand modes, O(log dim) beyond.
        """
        if isinstance(self.spectrum, Measured) or (self.spectrum.dim or np.inf) <= max(2 * _HEAD, 2 * largest_size):
            return Modes.of(*self.dense())
        return _compressed(self.spectrum.s, self.source, self.spectrum.dim, largest_size)


def _compressed(s: float, r: float, dim: int | None, largest_size: int) -> Modes:
    """Power laws k^-(1+s), k^-(1+r): head exact, tail by Gauss-Legendre panels in log k.

    The tail sum over K < k <= dim is, by Euler and Maclaurin at midpoints, the integral from K + 1/2 to dim + 1/2
    plus (f'(K + 1/2) - f'(dim + 1/2))/24, the slopes taken as differences f(k + 1) - f(k).
    """
    last = float(dim) + 0.5 if dim is not None else max(largest_size, _HEAD) * _REACH
    log_k, weights = log_panels(_HEAD, last)
    head = np.arange(1, _HEAD + 1, dtype=float)
    k = np.concatenate([head, [_HEAD, _HEAD + 1], np.exp(log_k)])
    weights = np.concatenate([np.ones(_HEAD), [-1 / 24, 1 / 24], weights])
    if dim is not None:
        k = np.append(k, [dim, dim + 1])
        weights = np.append(weights, [1 / 24, -1 / 24])
    eigenvalues, energies = k ** -(1 + s), k ** -(1 + r)
    if dim is None:  # beyond `last` a mode acts as lambda/kappa and E/kappa: keep the two sums
        rest_lambda, rest_energy = last**-s / s, last**-r / r
        smallest = last ** -(1 + s)
        count = rest_lambda / smallest
        eigenvalues = np.append(eigenvalues, smallest)
        energies = np.append(energies, rest_energy / count)
        weights = np.append(weights, count)
    return Modes(eigenvalues, energies, weights)


def log_panels(head: int, last: float) -> tuple[np.ndarray, np.ndarray]:
    """Gauss-Legendre panels in log k from head + 1/2 to last: log k and weights, so that sum w f is int f dk."""
    start, stop = np.log(head + 0.5), np.log(last)
    edges = np.linspace(start, stop, max(1, int(np.ceil((stop - start) / _PANEL))) + 1)
    node, weight = np.polynomial.legendre.leggauss(_NODES)
    half = np.diff(edges)[:, None] / 2
    log_k = (edges[:-1, None] + half * (node + 1)).ravel()
    return log_k, (half * weight).ravel() * np.exp(log_k)
