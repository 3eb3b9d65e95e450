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

_HEAD = 96  # modes summed one by one at either end; the quadrature between errs by about HEAD^-5
_NODES = 12  # Gauss-Legendre nodes on a panel
_TURN = 1.5  # width of a panel in log lambda: 45 degrees off the negative axis, kappa is pi/4 from its poles
_STEEP = 4.0  # width of a panel in log energy
_REACH = 1e4  # infinite tails: modes beyond REACH times the largest size act through their sums alone
# f'/24 - 7/5760 f''' at k + 1/2, the end of a sum over integers, from f(k - 1), f(k), f(k + 1), f(k + 2)
_END = np.array([17.0, -291.0, 291.0, -17.0]) / 5760


@dataclass(frozen=True)
class Modes:
    """Weighted modes: sum_k f(lambda_k, E_k) = sum_j weights_j f(eigenvalues_j, energies_j).

    eigenvalues, energies, weights: shape (m,); the two largest eigenvalues come first, each of weight 1.
    count: number of modes, where the weights add up to it only to their own accuracy.
    """

    eigenvalues: np.ndarray
    energies: np.ndarray
    weights: np.ndarray
    count: int | None = None

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
        return float(np.sum(self.weights[self.eigenvalues > 0]) if self.count is None else self.count)

    @property
    def seen(self) -> Modes:
        """The modes whose eigenvalue is positive."""
        kept = self.eigenvalues > 0
        if kept.all():
            return self
        return Modes(self.eigenvalues[kept], self.energies[kept], self.weights[kept], self.count)

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

        Cost: a few hundred modes, more only as log dim.
        """
        dim = self.spectrum.dim
        if isinstance(self.spectrum, Measured) or (dim is not None and dim <= 4 * _HEAD):
            return Modes.of(*self.dense())
        return _compressed(self.spectrum.s, self.source, dim, largest_size)


def _compressed(s: float, r: float, dim: int | None, largest_size: int) -> Modes:
    """Power laws k^-(1+s), k^-(1+r): both ends exact, the middle by Gauss-Legendre panels in log k.

    The sum over a < k <= b is, by Euler and Maclaurin at midpoints, the integral from a + 1/2 to b + 1/2 plus
    f'/24 - 7/5760 f''' at the lower end and minus that at the upper one, derivatives taken as differences.
    """
    last = float(dim - _HEAD) + 0.5 if dim is not None else max(largest_size, _HEAD) * _REACH
    width = min(_TURN / (1 + s), _STEEP / (2 + abs(r)), _TURN)
    log_k, weights = log_panels(_HEAD, last, width)
    head = np.arange(1, _HEAD + 1, dtype=float)
    head_weights = np.ones(_HEAD)
    head_weights[-2:] += _END[:2]
    k = np.concatenate([head, [_HEAD + 1, _HEAD + 2], np.exp(log_k)])
    weights = np.concatenate([head_weights, _END[2:], weights])
    if dim is not None:
        foot_weights = np.ones(_HEAD)
        foot_weights[:2] -= _END[2:]
        k = np.concatenate([k, [dim - _HEAD - 1, dim - _HEAD], np.arange(dim - _HEAD + 1, dim + 1)])
        weights = np.concatenate([weights, -_END[:2], foot_weights])
    eigenvalues, energies = k ** -(1 + s), k ** -(1 + r)
    if dim is None:  # beyond `last` a mode acts as lambda/kappa and E/kappa: keep the two sums
        rest_lambda, rest_energy = last**-s / s, last**-r / r
        smallest = last ** -(1 + s)
        count = rest_lambda / smallest
        eigenvalues = np.append(eigenvalues, smallest)
        energies = np.append(energies, rest_energy / count)
        weights = np.append(weights, count)
    return Modes(eigenvalues, energies, weights, dim)


def log_panels(head: int, last: float, width: float = 0.5) -> tuple[np.ndarray, np.ndarray]:
    """Gauss-Legendre panels in log k from head + 1/2 to last: log k and weights, so that sum w f is int f dk."""
    start, stop = np.log(head + 0.5), np.log(last)
    edges = np.linspace(start, stop, max(1, int(np.ceil((stop - start) / width))) + 1)
    node, weight = np.polynomial.legendre.leggauss(_NODES)
    half = np.diff(edges)[:, None] / 2
    log_k = (edges[:-1, None] + half * (node + 1)).ravel()
    return log_k, (half * weight).ravel() * np.exp(log_k)
