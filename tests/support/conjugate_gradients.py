"""Conjugate gradients on a power law: the recursion of the witness on bins, with an error."""

from __future__ import annotations

import numpy as np

from optscaling.theory.dynamics import Curve
from optscaling.theory.gram import spectral_bins
from optscaling.theory.witness.accelerated import conjugate_bins_risk


def conjugate_gradient_risk(
    steps: np.ndarray,
    *,
    s: float,
    r: float,
    size: float | None = None,
    dim: int | None = None,
    digits: int = 200,
    width: float = 0.02,
) -> Curve:
    """Risk of conjugate gradients: the least of floor + sum_j E_j h(x_j)^2 over polynomials h of degree T, h(0) = 1.

    steps: whole numbers, shape (t,), up to 200. digits: of the arithmetic; rounding destroys the recursion's
    orthogonality, by tens of digits in a hundred steps. The error compares with twice wider bins and half the digits.
    Cost: T times (bins) times 10 multiprecision operations.
    """
    wanted = np.asarray(steps, dtype=float)
    order = wanted.astype(int)
    fine = conjugate_bins_risk(spectral_bins(s, r, size, dim, width), int(np.max(order)), digits)[order]
    coarse = conjugate_bins_risk(spectral_bins(s, r, size, dim, 2 * width), int(np.max(order)), digits // 2)[order]
    return Curve(wanted, fine, np.abs(coarse / fine - 1))
