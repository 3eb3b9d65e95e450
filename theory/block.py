"""Block-diagonal preconditioning (K-FAC, Shampoo): its spectral measure, derived here.

P = the inverse of the diagonal blocks of G turns each block of B features into an orthonormal basis of its span,
so P G has the nonzero spectrum of R = Pi_1 + ... + Pi_K, a sum of K = N/B independent random projections in mode
space. One projection has E[(omega + Pi)^-1] = 1/(omega + d) with d_k = lambda_k/(lambda_k + kappa), and the sum of
K independent ones is their free sum over the diagonal matrices, K omega = zeta + (K-1)(omega + d). Together

    E (zeta + R)^-1 = 1/(zeta + K d_k),    B = sum_k d_k (1 + (1 - d_k)/(zeta + K d_k)).

So a mode learns at the rate K lambda/(lambda + kappa(zeta)): damping, but by a scale that moves from kappa(B) for
the leading modes (zeta -> infinity) to that of all N features, kappa = K kappa_0/zeta, as zeta -> 0. Keeping
kappa(B) throughout is `damped` with eps = kappa(B). K = 1 is a projection and B = N the stepped natural gradient. The
equivalent is exact as B grows; it errs by about 1/B (`benchmarks/population.py` measures it).
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq, minimize_scalar

from .contour import follow, lens
from .errors import CheckError
from .measure import SpectralMeasure, lower_edge
from .modes import Modes
from .scale import resolved_scale

_MASS_ERROR = 1e-4  # of the floor (and 1e-9 of the variance): mass that the contour may miss


def block_measure(modes: Modes, size: int, block: int) -> SpectralMeasure:
    """The measure for N = size features in blocks of `block`, block below size and the rank.

    The lens must start below the spectrum, whose lower edge has no closed form; it is moved down until the measure
    holds all the mass above the floor. Raises CheckError where it never does.
    """
    kappa_0 = resolved_scale(modes, size)
    kappa_b = resolved_scale(modes, block)
    floor = (
        float(np.sum(modes.weights * modes.energies * (kappa_0 / (modes.eigenvalues + kappa_0)))) if kappa_0 else 0.0
    )
    largest = _upper_edge(modes, size / block, block, kappa_b)
    edge = lower_edge(modes, size, kappa_0)
    left = 1e-3 * size / block * edge / (edge + kappa_b)
    missed = np.inf
    for _ in range(6):
        x, dx = lens(left, 1.01 * largest)
        kappa = _scale_on(x, modes, size, block, kappa_b)
        share = modes.eigenvalues / (modes.eigenvalues + kappa[:, None])
        weights = (1 / (size / block * share - x[:, None])) @ (modes.weights * modes.energies) * dx / np.pi
        missed = modes.total - floor - float(np.imag(np.sum(weights)))
        if abs(missed) < max(_MASS_ERROR * floor, 1e-9 * modes.total):
            # sum_i 1/(x_i + zeta) over the nonzero spectrum: the trace over modes less its part at 0
            trace = ((size / block * share) / (size / block * share - x[:, None])) @ modes.weights
            counts = (size - trace) / (-x) * dx / np.pi
            return SpectralMeasure(floor, largest, 0.0, modes.total, x / largest, weights, counts)
        left *= 1e-3
    raise CheckError(f"The spectral measure for blocks of {block} misses {missed / modes.total:.1e} of the target.")


def _scale_on(x: np.ndarray, modes: Modes, size: int, block: int, kappa_b: float) -> np.ndarray:
    """kappa at zeta = -x, followed from zeta > 0, where it is real and above kappa(B)."""
    blocks = size / block
    positive = modes.eigenvalues > 0
    eigenvalues, weights = modes.eigenvalues[positive], modes.weights[positive]

    def equation(log_kappa: np.ndarray, zeta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        d = eigenvalues / (eigenvalues + np.exp(log_kappa)[:, None])
        zeta = zeta[:, None]
        rate = zeta + blocks * d
        if size < modes.rank:
            value = (d * (1 + (1 - d) / rate)) @ weights - block
        else:  # near zeta = 0 the sum is nearly rank/K: taken off term by term, lest it cancel
            value = (((blocks - 1) * blocks * d * d + (blocks * d - 1) * zeta) / (blocks * rate)) @ weights
            value = value + (modes.rank - size) / blocks
        derivative = (-d * (1 - d) * (1 + ((zeta + blocks * d * d) / rate - 2 * d) / rate)) @ weights
        return value, derivative

    return follow(equation, x, np.log(kappa_b) + np.log1p(1 / np.abs(x)))


def _upper_edge(modes: Modes, blocks: float, block: int, kappa_b: float) -> float:
    """The largest eigenvalue of R in the limit: the least x at which the equation has a real root, kappa < kappa(B)."""

    def location(log_kappa: float) -> float:
        d = modes.eigenvalues / (modes.eigenvalues + np.exp(log_kappa))
        excess = float(np.sum(modes.weights * d)) - block

        def equation(x: float) -> float:
            return float(np.sum(modes.weights * d * (1 - d) / (x - blocks * d))) - excess

        high = 2 * blocks
        while equation(high) > 0:
            high *= 2
        low = blocks * float(d[0]) * (1 + 1e-14)
        return low if equation(low) <= 0 else float(brentq(equation, low, high))  # at the pole, to rounding

    top = np.log(kappa_b)
    return float(minimize_scalar(location, bounds=(top - 12, top - 1e-3), method="bounded").fun)
