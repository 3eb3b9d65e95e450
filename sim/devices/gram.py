"""G = F'F/n wherever it is held: in the host's memory, or in an accelerator's (`panels.py`).

What trains weights asks a Gram matrix for little: products with a vector, its diagonal, a block on it. So its N^2
numbers need not come to where the question is asked.
"""

from __future__ import annotations

import math
from typing import Protocol

import numpy as np

from .basis import Basis, HostBasis
from .blas import mirror, multiplier

_NOISE_COLUMNS = 256  # columns of a perturbation drawn at a time


class Gram(Protocol):
    """A symmetric positive semidefinite matrix of shape (N, N). `scale` and `perturb` change it in place."""

    @property
    def size(self) -> int:
        """N."""
        ...

    @property
    def fits_host(self) -> bool:
        """Whether `whole` is cheap enough for what is not needed, such as the numerical rank."""
        ...

    def times(self, vector: np.ndarray) -> np.ndarray:
        """G v in float64, shape (N,)."""
        ...

    def basis(self, size: int, most: int) -> Basis:
        """An empty basis beside G, for at most `most` vectors of `size` numbers."""
        ...

    def is_above(self, shift: float) -> bool | None:
        """Whether every eigenvalue is above `shift`, where that is cheap to know; None where it is not."""
        ...

    def diagonal(self) -> np.ndarray:
        """G_ii, shape (N,)."""
        ...

    def block(self, rows: slice) -> np.ndarray:
        """G[rows, rows], on the host."""
        ...

    def whole(self) -> np.ndarray:
        """G, shape (N, N), float64, on the host. It may be the matrix itself: it is not to be written to."""
        ...

    def scale(self, factor: float) -> None:
        """G <- factor G."""
        ...

    def perturb(self, u: float) -> None:
        """G <- G + E, symmetric, E_ij of u sqrt(G_ii G_jj) times a standard normal number; always the same E."""
        ...


class HostGram:
    """A Gram matrix in the host's memory, float64."""

    fits_host = True

    def __init__(self, matrix: np.ndarray) -> None:
        """matrix: shape (N, N), whole; it is not copied."""
        self._matrix = matrix
        self._times = multiplier(matrix)

    @property
    def size(self) -> int:
        """See Gram."""
        return len(self._matrix)

    def times(self, vector: np.ndarray) -> np.ndarray:
        """See Gram; the BLAS reads half of the matrix."""
        return self._times(vector)

    def basis(self, size: int, most: int) -> HostBasis:
        """See Gram."""
        return HostBasis(size, most)

    def is_above(self, shift: float) -> None:
        """See Gram; a factorisation that answers it goes on to the rank, see `numerical_rank.py`."""
        return None

    def diagonal(self) -> np.ndarray:
        """See Gram."""
        return np.diag(self._matrix)

    def block(self, rows: slice) -> np.ndarray:
        """See Gram."""
        return self._matrix[rows, rows]

    def whole(self) -> np.ndarray:
        """See Gram; the matrix itself."""
        return self._matrix

    def scale(self, factor: float) -> None:
        """See Gram."""
        self._matrix *= factor

    def perturb(self, u: float) -> None:
        """See Gram."""
        random, matrix = np.random.default_rng(0), self._matrix
        scale = np.sqrt(np.diag(matrix))
        for start in range(0, len(matrix), _NOISE_COLUMNS):
            stop = min(start + _NOISE_COLUMNS, len(matrix))
            noise = random.standard_normal((len(matrix) - start, stop - start))
            noise *= u * scale[start:, None]
            noise *= scale[start:stop]
            matrix[start:, start:stop] += noise
        mirror(matrix)


def perturb_moment(moment: np.ndarray, diagonal: np.ndarray, energy: float, u: float) -> None:
    """b <- b + e, e_i of u sqrt(G_ii energy) times a standard normal number, always the same ones; in place.

    Args:
        moment: b, shape (N,), or (N, m) for m outputs.
        diagonal: G_ii, shape (N,).
        energy: the mean square of the targets.
        u: see `unit`.
    """
    random = np.random.default_rng(1)
    moment += u * math.sqrt(energy) * (np.sqrt(diagonal) * random.standard_normal(moment.T.shape)).T
