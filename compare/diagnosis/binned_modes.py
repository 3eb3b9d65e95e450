"""A measured spectrum as weighted modes: the head one by one, the rest in narrow bins, and a power law beyond.

Level 2 sums functions that are smooth in log k over the modes, so bins a few percent wide lose nothing and make a
prediction ten times cheaper.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...theory.problems import Modes

_HEAD = 48  # modes kept one by one
_WIDTH = 1.06  # last rank over first in a bin of the rest
_BEYOND = 1e3  # an extrapolated tail ends at this multiple of the largest size


@dataclass(frozen=True, eq=False)
class Bins:
    """Ranks in bins: `starts` are their first indices, shape (b,), for `length` modes."""

    starts: np.ndarray
    length: int

    @classmethod
    def of(cls, length: int) -> Bins:
        """Single modes first, then bins of equal width in log k."""
        starts, at = list(range(min(length, _HEAD))), _HEAD
        while at < length:
            starts.append(at)
            at = max(at + 1, int(at * _WIDTH))
        return cls(np.array(starts), length)

    @property
    def counts(self) -> np.ndarray:
        """Modes in each bin."""
        return np.diff(np.append(self.starts, self.length)).astype(float)

    def mean(self, values: np.ndarray) -> np.ndarray:
        """Means over bins of an array of shape (..., length)."""
        return np.asarray(np.add.reduceat(values, self.starts, axis=-1) / self.counts)


def law_tail(first: int, largest_size: int) -> tuple[np.ndarray, np.ndarray]:
    """Ranks (geometric means of bins) and counts of the modes from rank `first` on, far beyond the largest size."""
    edges = [first]
    while edges[-1] < _BEYOND * largest_size:
        edges.append(max(edges[-1] + 1, int(edges[-1] * 1.1)))
    low, high = np.array(edges[:-1], dtype=float), np.array(edges[1:], dtype=float)
    return np.sqrt(low * np.maximum(high - 1, low)), high - low


def weighted(eigenvalues: np.ndarray, energies: np.ndarray, counts: np.ndarray) -> Modes:
    """Modes in the order that level 2 expects, the largest eigenvalue first."""
    order = np.argsort(-eigenvalues, kind="stable")
    return Modes(eigenvalues[order], energies[order], counts[order])
