"""The scale kappa: what N random features resolve of a spectrum.

    zeta = kappa (1 - (1/N) sum_k lambda_k/(lambda_k + kappa))

maps the scale kappa to minus the argument of the resolvent of the feature Gram matrix, zeta = -x. Features have
variance 1/N. Source: the deterministic equivalent of Gaussian random features (e.g. Simon et al. 2023, Atanasov
et al. 2024); the notation is this project's.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq

from .contour import follow
from .modes import Modes

SUMS = 1e-8  # relative error of sums over compressed modes


def degrees(kappa: np.ndarray, modes: Modes) -> tuple[np.ndarray, np.ndarray]:
    """df_1 = sum lambda/(lambda + kappa) and df_2 = sum (lambda/(lambda + kappa))^2, each of kappa's shape (m,)."""
    share = modes.eigenvalues / (modes.eigenvalues + np.asarray(kappa)[..., None])
    return share @ modes.weights, (share * share) @ modes.weights


def spare(kappa: np.ndarray, modes: Modes, size: int) -> tuple[np.ndarray, np.ndarray]:
    """1 - df_1/N and 1 - df_2/N, without cancellation where N reaches the rank."""
    if size < modes.rank:
        one, two = degrees(kappa, modes)
        return 1 - one / size, 1 - two / size
    positive = modes.eigenvalues > 0
    weights = modes.weights[positive]
    left = np.asarray(kappa)[..., None] / (modes.eigenvalues[positive] + np.asarray(kappa)[..., None])
    excess = size - modes.rank
    return (excess + left @ weights) / size, (excess + (left * (2 - left)) @ weights) / size


def zeta_of(kappa: np.ndarray, modes: Modes, size: int) -> np.ndarray:
    """zeta = kappa (1 - df_1(kappa)/N)."""
    return kappa * spare(kappa, modes, size)[0]


def resolved_scale(modes: Modes, count: float) -> float:
    """kappa(B): the scale down to which B features resolve the spectrum, sum lambda/(lambda + kappa) = B.

    0 where B reaches the rank. A bracketed root in log kappa.
    """
    if count >= modes.rank:
        return 0.0
    positive = modes.eigenvalues[modes.eigenvalues > 0]
    trace = float(np.sum(modes.weights * modes.eigenvalues))
    # df_1 <= trace/kappa bounds kappa from above; df_1 >= B where kappa is far below every eigenvalue
    high = np.log(trace / count) + 1.0
    low = float(np.log(positive.min())) - np.log(modes.rank + 1.0) - 40.0
    root = brentq(
        lambda log_kappa: float(degrees(np.array([np.exp(log_kappa)]), modes)[0][0]) - count,
        low,
        high,
        xtol=1e-14,
        rtol=8.9e-16,
    )
    return float(np.exp(root))


def scale_error(kappa: float, modes: Modes, count: float) -> float:
    """Relative error of kappa(B): the error of the sum df_1, and what the root leaves, over its slope in log kappa."""
    one, two = (float(f[0]) for f in degrees(np.array([kappa]), modes))
    return (SUMS * one + abs(one - count)) / (one - two)


def scale_on(x: np.ndarray, modes: Modes, size: int) -> np.ndarray:
    """kappa at zeta = -x for x in the upper half plane, shape (m,). Cost: about 60 evaluations of the two sums."""

    def equation(log_kappa: np.ndarray, zeta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        kappa = np.exp(log_kappa)
        one, two = spare(kappa, modes, size)
        return kappa * one - zeta, kappa * two

    return follow(equation, x, np.log(np.abs(x) + np.sum(modes.weights * modes.eigenvalues) / size))
