"""Where the heavy operations of a cell run: the host's BLAS, or accelerators through jax.

On a CPU the host's symmetric product beats a compiled matrix product several times; on an accelerator jax wins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeVar

import numpy as np

from .gram import Gram
from .precision import Precision
from .rows import BLOCK_ROWS, Rows

_Made = TypeVar("_Made")


class GramSums(NamedTuple):
    """Sums over rows, float64 but for F'F on an accelerator, which is held there as it was summed.

    Attributes:
        gram: F'F, shape (N, N).
        cross: F'labels, shape (N, c), c = 2 m + 1 for m outputs.
        labels: labels'labels, shape (c, c).
        rows: How many rows were summed.
    """

    gram: Gram
    cross: np.ndarray
    labels: np.ndarray
    rows: int


@dataclass(frozen=True)
class MemoryBudget:
    """How much of a cell may be in memory at once.

    Attributes:
        rows: Rows of F.
        together: Factorisations under way, None for one a core.
        vectors: Lanczos vectors of one factorisation, None for as many as pay.
        dense: Whether there is room for a dense factorisation.
    """

    rows: int = BLOCK_ROWS
    together: int | None = None
    vectors: int | None = None
    dense: bool = True


class Device(Protocol):
    """The heavy operations of a cell; arrays go in and come out as numpy's. activation: a name, see `Sampled`."""

    @property
    def name(self) -> str:
        """host or jax."""
        ...

    @property
    def precision(self) -> Precision:
        """That of sums; all else is float64."""
        ...

    @property
    def room(self) -> MemoryBudget:
        """What memory allows."""
        ...

    @property
    def share(self) -> tuple[int, int]:
        """(p, P): of the blocks of training rows this process is to sum p, p + P, p + 2 P, ..."""
        ...

    def sums(self, rows: Iterator[Rows], matrix: np.ndarray, activation: str, outputs: int = 1) -> GramSums:
        """Stream rows once and sum what training needs; F = f(inputs @ matrix) is never held whole.

        rows: the blocks of this process's share; the sums are those of all processes.
        """
        ...

    def errors(
        self, rows: Iterator[Rows], matrix: np.ndarray, activation: str, weights: np.ndarray, target: np.ndarray
    ) -> np.ndarray:
        """Mean squared errors, shape (k,), of weights (N, k) against labels @ target, target of shape (3,).

        With m outputs weights have shape (N, m, k) and target (2 m + 1, m), and errors add up over outputs.
        """
        ...

    def together(self, tasks: Sequence[Callable[[], _Made]], size: int) -> list[_Made]:
        """Results of independent factorisations of matrices of about `size` rows, in order."""
        ...

    def eigh(self, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Eigenvalues, rising, and eigenvectors of a symmetric matrix."""
        ...

    def left(self, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Left singular vectors (dim, r) and singular values (r,), falling, r = min(dim, N)."""
        ...
