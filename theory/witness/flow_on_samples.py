"""Risk of a spectral filter trained on n samples with N random features: the two-point formula on a contour.

A filter h acts on the eigenvalues x of the sample Gram matrix F'F/n. With e_z the error of ridge regression at
ridge zeta, and the scale kappa of zeta = kappa (1 - df_1(kappa)/N) (1 - df_1(kappa)/n), the error of the filter is

    e_h = e_0 + (1/2 pi i) closed-integral of (h(x)/x) e_{zeta=-x} dx  around the nonzero spectrum,

so its mean square is a double integral of C(zeta_1, zeta_2) = E[e_{zeta_1} e_{zeta_2}] = P/(1 - D/n), where

    P = kappa_1 kappa_2 (sum E R + (sum E lambda R) (sum lambda R)/(N - d)),
    D = (d (1 - df_1(kappa_2)/N) + kappa_1 df_1(kappa_1) (sum lambda R)/N)/(1 - d/N),
    R = 1/((lambda + kappa_1)(lambda + kappa_2)),   d = sum lambda^2 R.

Label noise of variance 1 adds the same double integral of (1 - h) (1 - h)/(x_1 x_2) (D/n)/(1 - D/n). These are divided
differences of the one-point formulas, written so that nothing cancels where kappa_1 = kappa_2. Source: the two-point
deterministic equivalent of ridge resolvents (e.g. Atanasov, Zavatone-Veth and Pehlevan 2024), nested over N and n.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...errors import InputError
from ..gram import lens, resolved_scale
from ..problems import Modes
from ..samples import NestedScale

_HALF_RULE = 0.05  # of the value: what half the nodes may miss, so that all of them miss less than the square of it

Residual = Callable[[np.ndarray], np.ndarray]


def flow(time: float, p: float = 0.0) -> Residual:
    """h(x) = exp(-T x^(1-p)), gradient flow preconditioned by G^-p for the time T, x in units of the eigenvalues."""
    return lambda x: np.exp(-time * x ** (1 - p))


@dataclass(frozen=True)
class SampleRisk:
    """A problem at given N and n, ready for any filter: risk = bias + variance * (label-noise variance).

    Energies as given (not divided by `total`). least_norm: bias of the least-norm solution, h = 0 off the null space.
    nodes: x on the upper arc, shape (m,); edge, shape (m,), and the pairs, shape (m, m): the weights of h, of h h and
    of h h* in the integrals.
    """

    least_norm: float
    nodes: np.ndarray
    edge: np.ndarray
    signal: tuple[np.ndarray, np.ndarray]
    noise: tuple[np.ndarray, np.ndarray]

    def bias(self, residual: Residual) -> float:
        """Mean squared error on fresh inputs without label noise.

        residual: h at complex x, shape (m,) to (m,), analytic near the positive axis and bounded within 45 degrees of
        it. Cost O(m^2). Raises InputError where half the nodes do not give nearly the same.
        """
        h = residual(self.nodes)
        full, half = (
            self.least_norm - 2 * k / np.pi * float(np.imag(h[::k] @ self.edge[::k])) + _pairs(h, self.signal, k)
            for k in (1, 2)
        )
        return _agreed(full, half)

    def variance(self, residual: Residual) -> float:
        """Excess error per unit of label-noise variance; residual and errors as for `bias`."""
        learned = 1 - residual(self.nodes)
        full, half = (_pairs(learned, self.noise, k) for k in (1, 2))
        return _agreed(full, half)


def _pairs(f: np.ndarray, weights: tuple[np.ndarray, np.ndarray], k: int) -> float:
    """The double integral of f f by every k-th node."""
    same, across = (w[::k, ::k] for w in weights)
    f = f[::k]
    return k * k * float(np.real(f @ across @ np.conj(f) - f @ same @ f)) / (2 * np.pi**2)


def _agreed(full: float, half: float) -> float:
    if not abs(full - half) <= _HALF_RULE * abs(full):
        raise InputError(
            f"The contour gives {full:.6g}, but half its nodes give {half:.6g}: the filter varies or grows too fast "
            "within 45 degrees of the real axis; try one that stays bounded there."
        )
    return full


def sample_risk(modes: Modes, features: float, samples: float) -> SampleRisk:
    """Prepare N = features of variance 1/N (infinite: the kernel limit) and n = samples.

    modes: accurate for sizes up to min(N, n). Cost: four products of (m, modes) by (modes, m), m = 400 to 700: seconds.
    Raises InputError for sizes below 1, for N = n (the spectrum reaches 0: no contour passes) and where neither is
    below the rank.
    """
    fewer, more = min(features, samples), max(features, samples)
    if not (features >= 1 and samples >= 1):
        raise InputError(
            f"N is {features:g} and n is {samples:g}, but a model has at least one feature and one sample; try N = 64."
        )
    if features == samples or fewer >= modes.rank:
        raise InputError(
            f"N is {features:g}, n is {samples:g} and the rank is {modes.rank:g}, but a gap above 0 is needed in the "
            "spectrum; take N and n different, one of them below the rank."
        )
    nested = NestedScale(modes, features, samples)
    kappa_0 = resolved_scale(modes, fewer)
    x, dx = lens(nested.gap(kappa_0, more) / 2, nested.beyond())
    kappa = np.append(kappa_0, nested.at(x))
    measure = dx / x
    signal, noise = nested.pairs(kappa, kappa)
    edge = signal[0, 1:] * measure
    least_norm = float(np.real(signal[0, 0]))
    weights = np.outer(measure, measure)
    same = signal[1:, 1:] * weights, noise[1:, 1:] * weights
    signal, noise = nested.pairs(kappa[1:], np.conj(kappa[1:]))
    weights = np.outer(measure, np.conj(measure))
    return SampleRisk(least_norm, x, edge, (same[0], signal * weights), (same[1], noise * weights))
