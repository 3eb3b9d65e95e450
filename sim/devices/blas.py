"""Matrix products on the host, all through one BLAS.

numpy and scipy each bring a BLAS with threads of its own, and idle threads of one spin for a while on the cores
the other needs: products that alternate between the two take nearly twice as long. So all that is done once a
block of rows goes through scipy's, which has the symmetric product. Both factors are float64, or both float32.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.linalg.blas import dgemm, dsymv, dsyrk, sgemm, ssyrk

_MIRRORED = 256  # columns copied across the diagonal at a time
LARGEST = 8192  # rows up to which OpenBLAS' threaded symmetric kernels are safe: on two threads they fault at 16,000
PANEL = 4096  # columns multiplied at a time beyond


def product(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The product of two matrices whose rows are contiguous, by scipy's BLAS.

    Args:
        left: Shape (n, k), float64 or float32.
        right: Shape (k, p), of the same type.

    Returns:
        left @ right, shape (n, p), its rows contiguous.
    """
    return _gemm(left)(1.0, right.T, left.T).T


def add_square(gram: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """gram + rows' rows in its lower triangle, in place where gram is in Fortran order.

    gram: shape (N, N). rows: shape (m, N), rows contiguous; float32 rows may have a float64 gram, to which products of
    panels of columns are added once they are whole. The same way is taken where N is too large for the BLAS.
    """
    syrk = ssyrk if rows.dtype == np.float32 else dsyrk
    size = len(gram)
    if gram.dtype == rows.dtype and size <= LARGEST:
        return syrk(1.0, rows.T, beta=1.0, c=gram, lower=1, overwrite_c=1)
    cuts = [slice(start, min(start + PANEL, size)) for start in range(0, size, PANEL)]
    panels = [np.ascontiguousarray(rows[:, cut]) for cut in cuts]
    gemm = _gemm(rows)
    for i, (below, left) in enumerate(zip(cuts, panels, strict=True)):
        for right, beside in zip(cuts[:i], panels[:i], strict=True):
            gram[below, right] += gemm(1.0, left.T, beside.T, trans_b=1)
        gram[below, below] += syrk(1.0, left.T, lower=1)
    return gram


def mirror(gram: np.ndarray) -> None:
    """Copy the lower triangle onto the upper one, in place and without a second matrix. gram: shape (N, N)."""
    size = len(gram)
    for start in range(0, size, _MIRRORED):
        stop = min(start + _MIRRORED, size)
        inner = gram[start:stop, start:stop]
        inner[...] = np.tril(inner) + np.tril(inner, -1).T
        gram[start:stop, stop:] = gram[stop:, start:stop].T


def add_cross(cross: np.ndarray, rows: np.ndarray, labels: np.ndarray) -> None:
    """Add rows' labels to cross, shape (N, c), in place. rows: shape (m, N). labels: shape (m, c), of the same type."""
    cross += _gemm(rows)(1.0, rows.T, labels)


def multiplier(matrix: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """v -> matrix @ v for a symmetric float64 matrix, of which half is read: such products wait for memory."""
    columns = matrix if matrix.flags.f_contiguous else np.ascontiguousarray(matrix).T
    return lambda vector: dsymv(1.0, columns, vector, lower=1)


def _gemm(matrix: np.ndarray) -> Callable[..., np.ndarray]:
    return sgemm if matrix.dtype == np.float32 else dgemm
