"""The host: numpy and one BLAS."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import ClassVar, TypeVar

import numpy as np
from scipy.linalg import eigh, svd

from ...theory.problems import ACTIVATIONS
from .blas import add_cross, add_square, mirror, product
from .gram import HostGram
from .precision import Precision
from .protocol import GramSums, MemoryBudget
from .rows import Rows, pieces
from .threads import Work, blas_threads
from .usage import cores

_ALONE = 200  # sizes up to which factorisations are over before threads for them have begun

_Made = TypeVar("_Made")


@dataclass(frozen=True)
class Host:
    """See Device, for what its methods do as well."""

    precision: Precision = "float64"
    room: MemoryBudget = field(default_factory=MemoryBudget)
    name: ClassVar[str] = "host"
    share: ClassVar[tuple[int, int]] = (0, 1)

    def sums(self, rows: Iterator[Rows], matrix: np.ndarray, activation: str, outputs: int = 1) -> GramSums:
        """F'F is half as large again while a block's product is apart from it (mixed), or while it is widened."""
        size, columns = matrix.shape[1], 2 * outputs + 1
        small = np.dtype(np.float64 if self.precision == "float64" else np.float32)
        summed = np.dtype(np.float32 if self.precision == "float32" else np.float64)
        matrix = matrix.astype(small, copy=False)
        gram = np.zeros((size, size), summed, order="F")
        cross, labels, count = np.zeros((size, columns), summed), np.zeros((columns, columns)), 0
        with blas_threads(Work.PRODUCT, size):
            for piece in pieces(rows, self.room.rows):
                features = _features(piece.inputs.astype(small, copy=False), matrix, activation)
                gram = add_square(gram, features)
                add_cross(cross, features, piece.labels.astype(small, copy=False))
                del features  # or there were two at the next one
                labels += piece.labels.T @ piece.labels
                count += len(piece.labels)
        gram = gram.astype(np.float64, copy=False)
        mirror(gram)
        return GramSums(HostGram(gram), cross.astype(np.float64, copy=False), labels, count)

    def errors(
        self, rows: Iterator[Rows], matrix: np.ndarray, activation: str, weights: np.ndarray, target: np.ndarray
    ) -> np.ndarray:
        """In float64."""
        total, count = np.zeros(weights.shape[-1]), 0
        columns = weights.reshape(len(weights), -1)
        with blas_threads(Work.PRODUCT, matrix.shape[1]):
            for piece in pieces(rows, self.room.rows):
                left = product(_features(piece.inputs, matrix, activation), columns).reshape(-1, *weights.shape[1:])
                left -= (piece.labels @ target)[..., None]
                left = left.reshape(-1, weights.shape[-1])
                total += np.einsum("ik,ik->k", left, left)
                count += len(piece.labels)
        return total / count

    def together(self, tasks: Sequence[Callable[[], _Made]], size: int) -> list[_Made]:
        """Each task has a thread, and the BLAS threads are shared out among them."""
        workers = min(len(tasks), cores(), self.room.together or len(tasks)) if size > _ALONE else 1
        with blas_threads(Work.FACTORISATION, size, max(1, workers)):
            if workers <= 1:
                return [task() for task in tasks]
            with ThreadPoolExecutor(workers) as pool:
                return list(pool.map(lambda task: task(), tasks))

    def eigh(self, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """By divide and conquer."""
        return eigh(matrix, driver="evd", check_finite=False)

    def left(self, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """By divide and conquer."""
        vectors, values, _ = svd(matrix, full_matrices=False, check_finite=False)
        return vectors, values


def _features(inputs: np.ndarray, matrix: np.ndarray, activation: str) -> np.ndarray:
    features = product(inputs, matrix)
    return ACTIVATIONS[activation].function(features, out=features)
