"""Roots of preconditioners: P = W W', so that P G has the eigenvalues of the symmetric matrix W'G W.

Filters have W = 1 (their P is a function of G), `diagonal` the fourth roots of 1/G_ii, and `block:B` the inverse
roots of diagonal blocks of G, without the directions in which a block is zero within rounding.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..devices import Device, Gram
from .numerical_rank import positive


@dataclass(frozen=True)
class Root:
    """W as blocks on its diagonal, or as a diagonal.

    size: columns of W. diagonal: shape (N,), or None. blocks: (rows, W on them, columns), or none where W is diagonal.
    """

    size: int
    diagonal: np.ndarray | None = None
    blocks: tuple[tuple[slice, np.ndarray, slice], ...] = ()

    def times(self, right: np.ndarray) -> np.ndarray:
        """W right. right: shape (size,) or (size, k)."""
        if self.blocks:
            return np.concatenate([white @ right[columns] for _, white, columns in self.blocks])
        if self.diagonal is None:
            return right
        return self.diagonal * right if right.ndim == 1 else self.diagonal[:, None] * right

    def adjoint_times(self, right: np.ndarray) -> np.ndarray:
        """W'right. right: shape (N,) or (N, k)."""
        if self.blocks:
            return np.concatenate([white.T @ right[rows] for rows, white, _ in self.blocks])
        return self.times(right)

    def whole(self, gram: np.ndarray) -> np.ndarray:
        """W'G W, shape (size, size)."""
        if self.blocks:
            half = np.concatenate([gram[:, rows] @ white for rows, white, _ in self.blocks], axis=1)
            made = self.adjoint_times(half)
            return (made + made.T) / 2
        return gram if self.diagonal is None else self.diagonal[:, None] * gram * self.diagonal

    def trace(self, gram: Gram) -> float:
        """The trace of W'G W."""
        if self.blocks:
            return float(self.size)
        diagonal = gram.diagonal()
        return float(diagonal.sum() if self.diagonal is None else (self.diagonal**2) @ diagonal)


def root(kind: tuple[str, int], gram: Gram, device: Device) -> Root:
    """W of a family. gram: G. Cost: about 9 N B^2 for blocks of B features."""
    if kind[0] == "filter":
        return Root(gram.size)
    if kind[0] == "diagonal":
        diagonal = gram.diagonal()
        made = np.zeros(gram.size)
        np.power(diagonal, -0.25, out=made, where=diagonal > 0)
        return Root(gram.size, made)
    blocks, start = [], 0
    for first in range(0, gram.size, kind[1]):
        rows = slice(first, min(first + kind[1], gram.size))
        values, vectors = positive(gram.block(rows), device)
        blocks.append((rows, vectors / np.sqrt(values), slice(start, start + len(values))))
        start += len(values)
    return Root(start, None, tuple(blocks))
