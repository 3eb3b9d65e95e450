"""Numerical rank: which eigenvalues of a symmetric matrix are not zero within rounding.

An eigenvalue counts as zero where it is below N eps times the largest. F'F is rank-deficient where there are fewer
rows than features, where features repeat, or where units never fire; steps leave what belongs to a zero eigenvalue
alone, so factorisations leave it out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy.linalg.lapack import dpotrf, dsytrf

from ..devices import LARGEST, Device, Gram, Work, blas_threads

_EPS = float(np.finfo(float).eps)


def rounding(size: int) -> float:
    """The share of the largest eigenvalue below which an eigenvalue counts as zero: N eps.

    Args:
        size: N, rows of the matrix.

    Returns:
        N times 2^-52.
    """
    return size * _EPS


def positive(matrix: np.ndarray, device: Device) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues that are not zero within rounding, rising, and their eigenvectors. Cost: about 9 N^3."""
    values, vectors = device.eigh(matrix)
    kept = values > rounding(len(matrix)) * values[-1]
    return (values, vectors) if kept.all() else (values[kept], vectors[:, kept])


def rank(matrix: np.ndarray, largest: float) -> int:
    """How many eigenvalues of a positive semidefinite matrix are not zero within rounding, without finding them.

    With t = N eps `largest`, all of them if G - t has a Cholesky factor; if not, Sylvester's law of inertia: G - t has
    as many positive eigenvalues as D of its factorisation L D L' (Bunch and Kaufman 1977). Cost: N^3/3, twice where
    the rank is not full.

    Args:
        matrix: G, shape (N, N), float64; it is not written to.
        largest: Its largest eigenvalue.

    Returns:
        The numerical rank, 0 to N.
    """

    def shifted() -> np.ndarray:
        made = np.array(matrix, order="F")
        made[np.diag_indices_from(made)] -= rounding(len(matrix)) * largest
        return made

    # the factorisations call what is not safe on several threads for large matrices, see `product.LARGEST`
    with blas_threads(Work.STEP if len(matrix) > LARGEST else Work.FACTORISATION, len(matrix)):
        if dpotrf(shifted(), lower=1, clean=0, overwrite_a=1)[1] == 0:
            return len(matrix)
        factor, pivots, _ = dsytrf(shifted(), lower=1, overwrite_a=1)
    # negative pivots come in pairs, for a block of D of two rows, which is indefinite: one eigenvalue of each sign
    diagonal = np.diag(factor)[pivots > 0]
    return int(np.count_nonzero(diagonal > 0)) + int(np.count_nonzero(pivots < 0)) // 2


def gram_rank(gram: Gram, largest: float) -> float:
    """`rank` of G wherever it is held.

    Args:
        gram: G.
        largest: Its largest eigenvalue.

    Returns:
        The rank, NaN where it is neither known to be full nor G small enough to be brought to the host.
    """
    if gram.is_above(rounding(gram.size) * largest):
        return float(gram.size)
    return float(rank(gram.whole(), largest)) if gram.fits_host else math.nan


def rank_status(ranks: np.ndarray, sizes: Sequence[int]) -> str:
    """A sentence on the cells in which G is rank-deficient.

    Args:
        ranks: Ranks of G, shape (s, N, seed), NaN where not known.
        sizes: N, one for each of the second axis.

    Returns:
        The sentence, empty where no cell is known to be.
    """
    short = ranks < np.array(sizes)[:, None]
    if not short.any():
        return ""
    least = np.min(np.where(short, ranks, np.inf), axis=(0, 2))
    where = [size for size, found in zip(sizes, least, strict=True) if found < np.inf]
    worst = int(np.argmin(least / sizes))
    return (
        f"F'F is rank-deficient within rounding at N = {', '.join(map(str, where))} (rank {least[worst]:.0f} at "
        f"N = {sizes[worst]}), in {np.count_nonzero(short)} of {short.size} cells; weights stay at 0 along its null "
        "space, as they do under gradient steps."
    )
