"""The scale kappa: what N random features resolve of a spectrum.

    zeta = kappa (1 - (1/N) sum_k lambda_k/(lambda_k + kappa))

maps the scale kappa to minus the argument of the resolvent of the feature Gram matrix, zeta = -x. Features have
variance 1/N. Source: the deterministic equivalent of Gaussian random features (e.g. Simon et al. 2023, Atanasov
et al. 2024); the notation is this project's.
"""

from __future__ import annotations

import numpy as np

from ..problems import Modes
from .contour import follow

_ROUNDS = 200  # bisections where Newton's method does not settle
SUMS = 1e-8  # relative error of sums over compressed modes


def outlier_push(modes: Modes) -> float:
    """How far the first mode's eigenvalue is pushed up by all others, where it separates from them.

        push = sum_{k>1} lambda_k/(lambda_1 - lambda_k):

    the largest eigenvalue of G on N features is lambda_1 (1 + push/N), and on n samples (1 + push/n) times that.

    Args:
        modes: the first of weight 1 and larger than all others.

    Returns:
        The push, not divided by N.

    >>> outlier_push(Modes.of(np.array([2.0, 1.0]), np.array([1.0, 1.0])))
    1.0
    """
    first, others = modes.eigenvalues[0], modes.eigenvalues[1:]
    return float(np.sum(modes.weights[1:] * others / (first - others)))


def degrees_of_freedom(kappa: np.ndarray, modes: Modes) -> tuple[np.ndarray, np.ndarray]:
    """df_1 = sum lambda/(lambda + kappa) and df_2 = sum (lambda/(lambda + kappa))^2.

    Args:
        kappa: scales, real or complex, shape (m,).
        modes: eigenvalues lambda with their weights.

    Returns:
        df_1 and df_2, of kappa's shape.
    """
    share = modes.eigenvalues / (modes.eigenvalues + np.asarray(kappa)[..., None])
    return share @ modes.weights, (share * share) @ modes.weights


def unresolved_share(kappa: np.ndarray, modes: Modes, size: int) -> tuple[np.ndarray, np.ndarray]:
    """1 - df_1/N and 1 - df_2/N, without cancellation where N reaches the rank.

    Args:
        kappa: scales, real or complex, shape (m,).
        modes: eigenvalues with their weights.
        size: N.

    Returns:
        The two shares, of kappa's shape.
    """
    if size < modes.rank:
        one, two = degrees_of_freedom(kappa, modes)
        return 1 - one / size, 1 - two / size
    positive = modes.eigenvalues > 0
    weights = modes.weights[positive]
    left = np.asarray(kappa)[..., None] / (modes.eigenvalues[positive] + np.asarray(kappa)[..., None])
    excess = size - modes.rank
    return (excess + left @ weights) / size, (excess + (left * (2 - left)) @ weights) / size


def zeta_of(kappa: np.ndarray, modes: Modes, size: int) -> np.ndarray:
    """zeta = kappa (1 - df_1(kappa)/N)."""
    return kappa * unresolved_share(kappa, modes, size)[0]


def resolved_scale(modes: Modes, count: float) -> float:
    """kappa(B): the scale down to which B features resolve the spectrum, sum lambda/(lambda + kappa) = B.

    Args:
        modes: eigenvalues with their weights.
        count: B.

    Returns:
        kappa, 0 where B reaches the rank.
    """
    return float(resolved_scales(modes, np.array([count]))[0])


def resolved_scales(modes: Modes, counts: np.ndarray) -> np.ndarray:
    """kappa(B) for each of `counts`, shape (b,), together; 0 where B reaches the rank.

    Newton's method for log df_1 in log kappa, inside a bracket that every step narrows. Cost: about eight sums over
    modes for each count.
    """
    wanted = np.asarray(counts, dtype=float)
    kappa = np.zeros(len(wanted))
    below = wanted < modes.rank
    if not np.any(below):
        return kappa
    aim = np.log(wanted[below])
    # df_1 <= trace/kappa bounds kappa from above; df_1 >= B where kappa is far below every eigenvalue
    high = np.log(np.sum(modes.weights * modes.eigenvalues)) - aim + 1.0
    low = np.full(len(aim), np.log(modes.eigenvalues[modes.eigenvalues > 0].min()) - np.log(modes.rank + 1.0) - 40.0)
    root = high - 1.0
    for _ in range(_ROUNDS):
        one, two = degrees_of_freedom(np.exp(root), modes)
        excess = np.log(one) - aim
        low, high = np.where(excess > 0, root, low), np.where(excess > 0, high, root)
        with np.errstate(all="ignore"):  # where every mode is resolved there is no slope, and the bracket is halved
            stepped = root + excess * one / (one - two)
        fresh = np.where((stepped > low) & (stepped < high), stepped, (low + high) / 2)
        done = np.max(np.abs(fresh - root)) < 1e-14 * np.max(np.abs(root) + 1)
        root = fresh
        if done:
            break
    kappa[below] = np.exp(root)
    return kappa


def scale_error(kappa: float, modes: Modes, count: float) -> float:
    """Relative error of kappa(B): the error of the sum df_1, and what the root leaves, over its slope in log kappa."""
    one, two = (float(f[0]) for f in degrees_of_freedom(np.array([kappa]), modes))
    return (SUMS * one + abs(one - count)) / (one - two)


def scale_on(x: np.ndarray, modes: Modes, size: int) -> np.ndarray:
    """kappa at zeta = -x. Cost: about 60 evaluations of the two sums.

    Args:
        x: in the upper half plane, shape (m,).
        modes: eigenvalues with their weights.
        size: N.

    Returns:
        kappa, complex, shape (m,).
    """

    def equation(log_kappa: np.ndarray, zeta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        kappa = np.exp(log_kappa)
        one, two = unresolved_share(kappa, modes, size)
        return kappa * one - zeta, kappa * two

    return follow(equation, x, np.log(np.abs(x) + np.sum(modes.weights * modes.eigenvalues) / size))
