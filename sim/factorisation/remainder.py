"""What a Krylov space leaves out of a function of a symmetric matrix, exactly and as a bound.

    f(M) b - V f(T) V'b = beta |b| D(M) q,   D(x) = sum_i u_1i u_mi (f(x) - f(x_i))/(x - x_i),   |q| = 1

for Ritz values x_i with eigenvectors u_i of T, which follows from Cauchy's formula for f and q'(z - V T V')^(-1) b = 0.
D is beta_1 ... beta_(m-1) times the divided difference of f on all Ritz values and x: smooth from one Ritz value to the
next, so that a grid finds its maximum.
"""

from __future__ import annotations

import numpy as np

BETWEEN = 1.1  # by how much D may be larger between places of the grid, which are 16 % apart or closer

_GAP = np.array([0.3, 0.7])  # where between Ritz values D is looked at
_APART = 1e-8  # how near to a Ritz value, relative
_EVEN = 200  # and at how many places evenly spaced in log x, 13 decades: below the smallest Ritz value, in wide gaps


class Remainder:
    """D of any function, on a grid. grid: shape (g,), rising in two runs, between `least` / 2 and the largest."""

    def __init__(self, values: np.ndarray, vectors: np.ndarray, inner: np.ndarray, least: float) -> None:
        """Where D is to be looked at.

        Args:
            values: Ritz values, shape (m,).
            vectors: eigenvectors of T as columns, shape (m, m).
            inner: values between which D is looked at, the largest eigenvalue of M among them.
            least: below it an eigenvalue counts as zero.
        """
        inner = np.unique(inner)
        between = (inner[:-1, None] + np.diff(inner)[:, None] * _GAP).ravel()
        grid = np.concatenate([[least / 2], np.geomspace(least, inner[-1], _EVEN + 2)[1:], between])
        # beside a Ritz value D is a difference of equal numbers, and it is the same a little further on
        nearest = np.min(np.abs(grid[:, None] - values), axis=1)
        self.grid = grid[nearest > _APART * grid]
        self._kernel = vectors[0] * vectors[-1] / (self.grid[:, None] - values)

    def of(self, on_values: np.ndarray, on_grid: np.ndarray) -> np.ndarray:
        """D, shape (g, k), for functions with values of shapes (m, k) on Ritz values and (g, k) on the grid."""
        return on_grid * self._kernel.sum(axis=1)[:, None] - self._kernel @ on_values
