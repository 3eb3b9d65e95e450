"""Full-batch momentum and conjugate gradients on power laws, at any size and time.

Momentum's residuals are those of `momentum_residual`, on bins of the real axis (`density`), in which late oscillations
are averaged: bins are wide against them, and risks late in time are means over them. Conjugate gradients minimise the
risk over polynomials: their recursion, in many digits. Source: Hestenes and Stiefel (1952).
"""

from __future__ import annotations

import mpmath
import numpy as np

from ...errors import InputError
from ..dynamics import Curve, Momentum, bins_risk, check_step, checked_steps
from ..gram import Bins, spectral_bins


def accelerated_risk(
    method: Momentum,
    steps: np.ndarray,
    *,
    s: float,
    r: float,
    size: float | None = None,
    dim: int | None = None,
    eta: float = 0.5,
    width: float = 0.05,
) -> Curve:
    """Risk of full-batch momentum on the power-law problem (s, r) with N = size Gaussian features.

    steps: whole numbers, shape (t,), up to 1e15. eta: step in units of 1/lambda_1 of the input covariance, at most 1.
    The error is what twice wider bins change. Raises InputError.
    """
    wanted = checked_steps(steps)
    if not 0 < eta <= 1:
        raise InputError(f"eta is {eta:g}, but 0 < eta <= 1 is needed; try eta = 0.5.")
    fine = accelerated_bins_risk(method, wanted, spectral_bins(s, r, size, dim, width), eta)
    coarse = accelerated_bins_risk(method, wanted, spectral_bins(s, r, size, dim, 2 * width), eta)
    return Curve(wanted, fine, np.abs(coarse / fine - 1))


def accelerated_bins_risk(method: Momentum, steps: np.ndarray, bins: Bins, eta: float) -> np.ndarray:
    """Risk over variance on given bins at each of `steps`, shape (t,); eta and limits as in `accelerated_risk`.

    Raises InputError where the largest eigenvalue, which exceeds lambda_1 for small N, makes the step unstable.
    """
    check_step(method, eta * float(bins.x[0]))
    return bins_risk(method, np.asarray(steps, dtype=float), bins, eta)


def conjugate_bins_risk(bins: Bins, last: int, digits: int) -> np.ndarray:
    """Risk over variance after 0..last steps of conjugate gradients on the point masses, shape (last + 1,)."""
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
