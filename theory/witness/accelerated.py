"""Full-batch momentum and conjugate gradients on spectral bins, at any size and time.

Momentum's residuals are those of `momentum_residual`, on bins of the real axis (`bins`), in which late oscillations
are averaged: bins are wide against them, and risks late in time are means over them. Conjugate gradients minimise the
risk over polynomials: their recursion, in many digits. Source: Hestenes and Stiefel (1952).
"""

from __future__ import annotations

import mpmath
import numpy as np

from ..dynamics import Momentum, bins_risk, check_step
from ..gram import Bins


def accelerated_bins_risk(method: Momentum, steps: np.ndarray, bins: Bins, eta: float) -> np.ndarray:
    """Risk of full-batch momentum over the target's variance.

    Args:
        method: Heavy ball, with a schedule or without, or Nesterov.
        steps: Whole numbers, shape (t,), up to 1e15.
        bins: The spectrum of N features.
        eta: Step in units of 1/lambda_1 of the input covariance.

    Returns:
        Risks, shape (t,).

    Raises:
        InputError: The largest eigenvalue, which exceeds lambda_1 for small N, makes the step unstable, or momentum's
            delta is a symbol.
    """
    check_step(method, eta * float(bins.x[0]))
    return bins_risk(method, np.asarray(steps, dtype=float), bins, eta)


def conjugate_bins_risk(bins: Bins, last: int, digits: int) -> np.ndarray:
    """Risk of conjugate gradients: the least of floor + sum_j E_j h(x_j)^2 over polynomials h of degree T, h(0) = 1.

    Cost: T times (bins) times 10 multiprecision operations.

    Args:
        bins: Point masses.
        last: The last T.
        digits: Of the arithmetic; rounding destroys the recursion's orthogonality, by tens of digits in a hundred
            steps.

    Returns:
        Risks over the target's variance after 0..last steps, shape (last + 1,).
    """
    with mpmath.workdps(digits):
        x = np.array([mpmath.mpf(float(v)) for v in bins.x], dtype=object)
        energies = np.array([mpmath.mpf(float(v)) for v in bins.energies], dtype=object)
        once, twice = x * energies, x * x * energies
        residual = direction = np.array([mpmath.mpf(1)] * len(x), dtype=object)
        strength = np.sum(once)
        risks = [float(np.sum(energies))]
        for _ in range(last):
            if strength == 0:
                risks.append(risks[-1])
                continue
            residual = residual - (strength / np.sum(twice * direction * direction)) * (x * direction)
            square = residual * residual
            risks.append(float(np.sum(energies * square)))
            fresh = np.sum(once * square)
            direction = residual + (fresh / strength) * direction
            strength = fresh
    return (bins.floor + np.array(risks)) / bins.total
