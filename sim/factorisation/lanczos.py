"""Lanczos with full re-orthogonalisation: a symmetric matrix on the Krylov space of a vector, as a tridiagonal one.

    M V = V T + beta q e_m',   V'V = 1,   V e_1 = start/|start|,   q orthogonal to V

Source: Golub and van Loan, Matrix Computations, chapter 10.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.linalg import eigh_tridiagonal, solve_banded

from ..devices import Basis, HostBasis
from .numerical_rank import rounding

Bases = Callable[[int, int], Basis]  # N and the most vectors there may be -> an empty basis

_DROP = 0.5  # a vector that loses more than this of its length to a re-orthogonalisation has a second one


class Lanczos:
    """A Krylov space that grows. Cost of m vectors: m products with M, and 2 m^2 N to 4 m^2 N for orthogonality."""

    def __init__(
        self, multiply: Callable[[np.ndarray], np.ndarray], start: np.ndarray, most: int, bases: Bases = HostBasis
    ) -> None:
        """multiply: v -> M v. start: shape (N,), not zero. most: vectors there may ever be. bases: where they are."""
        self._multiply = multiply
        self._basis = bases(len(start), most + 1)  # the last of them is q
        self._alpha, self._beta = np.zeros(most), np.zeros(most)
        self.length = float(np.linalg.norm(start))
        self._latest = self._previous = start / self.length
        self._basis.append(self._latest)
        self.count = 0

    @property
    def size(self) -> int:
        """N."""
        return self._basis.size

    @property
    def exhausted(self) -> bool:
        """Whether the space is invariant within rounding, so that it cannot grow."""
        if self.count == 0:
            return False
        scale = np.max(np.abs(self._alpha[: self.count]))
        return self.count == self.size or self.beta <= rounding(self.size) * scale

    @property
    def beta(self) -> float:
        """What links the space to q."""
        return float(self._beta[self.count - 1])

    def grow(self, count: int) -> None:
        """Go on until there are `count` vectors, or the space is exhausted."""
        while self.count < count and not self.exhausted:
            j = self.count
            found = self._multiply(self._latest)
            self._alpha[j] = found @ self._latest
            found = found - self._alpha[j] * self._latest
            if j:
                found -= self._beta[j - 1] * self._previous
            before = np.linalg.norm(found)
            for _ in range(2):  # twice is enough (Kahan, in Parlett's book)
                found = self._basis.project_out(found)
                after = np.linalg.norm(found)
                if after > _DROP * before:
                    break
                before = after
            self._beta[j] = after
            self.count += 1
            if not self.exhausted:
                self._previous, self._latest = self._latest, found / after
                self._basis.append(self._latest)

    def ritz(self) -> tuple[np.ndarray, np.ndarray]:
        """Ritz values, rising, shape (m,), and eigenvectors of T, shape (m, m)."""
        return eigh_tridiagonal(self._alpha[: self.count], self._beta[: self.count - 1], check_finite=False)

    def radau(self) -> tuple[np.ndarray, np.ndarray]:
        """Nodes of the Gauss-Radau rule with one at 0, rising, shape (m + 1,), and eigenvectors of its matrix.

        The matrix is T with beta beside it and a last entry that makes it singular: beta^2 e_m'T^(-1) e_m.
        Source: Golub and Meurant, Matrices, Moments and Quadrature, chapter 6.
        """
        diagonal, beside = self._alpha[: self.count], self._beta[: self.count]
        unit = np.zeros(self.count)
        unit[-1] = 1.0
        banded = np.zeros((3, self.count))
        banded[0, 1:], banded[1], banded[2, :-1] = beside[:-1], diagonal, beside[:-1]
        last = beside[-1] ** 2 * solve_banded((1, 1), banded, unit, check_finite=False)[-1]
        return eigh_tridiagonal(np.append(diagonal, last), beside, check_finite=False)

    def top(self) -> tuple[float, float]:
        """The largest Ritz value, and its residual: an eigenvalue of M is within the residual of it."""
        last = self.count - 1
        value, vector = eigh_tridiagonal(
            self._alpha[: last + 1], self._beta[:last], select="i", select_range=(last, last), check_finite=False
        )
        return float(value[0]), abs(self.beta * float(vector[-1, 0]))

    def combine(self, columns: np.ndarray) -> np.ndarray:
        """V columns, shape (N, k), for columns of shape (m, k)."""
        return self._basis.combine(columns)


def largest_eigenvalue(
    multiply: Callable[[np.ndarray], np.ndarray],
    start: np.ndarray,
    most: int,
    accuracy: float,
    bases: Bases = HostBasis,
) -> float | None:
    """The largest eigenvalue of a positive semidefinite matrix, by Lanczos vectors.

    The start has a random vector added, always the same one, so that no eigenvector is orthogonal to it.

    Args:
        multiply: v -> M v, shape (N,).
        start: Shape (N,), not zero.
        most: Vectors that there may be.
        accuracy: Of the residual, relative; the eigenvalue is as close, and closer by the square where it stands apart.
        bases: Where the vectors are held.

    Returns:
        The largest Ritz value, None where `most` vectors do not reach `accuracy`.
    """
    random = np.random.default_rng(0).standard_normal(len(start))
    both = start / np.linalg.norm(start) + random / np.linalg.norm(random)
    space = Lanczos(multiply, both, most, bases)
    for count in range(8, most + 4, 4):
        space.grow(min(count, most))
        value, residual = space.top()
        if residual <= accuracy * value:
            return value
        if space.exhausted:
            break
    return None
