"""Modes: a problem as weighted eigenvalues and energies, short enough to sum over at once.

Every formula of level 2 is a sum over modes of a function that is smooth in log k. So a power law of any
length, infinite ones included, is a few hundred weighted modes: the head one by one, the tail by quadrature.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class Modes:
    """Weighted modes: sum_k f(lambda_k, E_k) = sum_j weights_j f(eigenvalues_j, energies_j).

    Attributes:
        eigenvalues: lambda, shape (m,); the two largest come first.
        energies: E, shape (m,).
        weights: shape (m,), 1 for the two largest eigenvalues.
        count: number of modes, where the weights add up to it only to their own accuracy.
    """

    eigenvalues: np.ndarray
    energies: np.ndarray
    weights: np.ndarray
    count: int | None = None

    @classmethod
    def of(cls, eigenvalues: np.ndarray, energies: np.ndarray) -> Modes:
        """Modes of weight one, from arrays of shape (dim,); zero eigenvalues with zero energy are dropped."""
        keep = (eigenvalues > 0) | (energies > 0)
        order = np.argsort(-eigenvalues[keep], kind="stable")
        values = np.asarray(eigenvalues[keep], dtype=float)[order]
        return cls(values, np.asarray(energies[keep], dtype=float)[order], np.ones(len(values)))

    @cached_property
    def rank(self) -> float:
        """Number of modes with a positive eigenvalue (infinite where the tail was lumped)."""
        return float(np.sum(self.weights[self.eigenvalues > 0]) if self.count is None else self.count)

    @property
    def seen(self) -> Modes:
        """The modes whose eigenvalue is positive."""
        kept = self.eigenvalues > 0
        if kept.all():
            return self
        return Modes(self.eigenvalues[kept], self.energies[kept], self.weights[kept], self.count)

    @cached_property
    def total(self) -> float:
        """The target's variance, sum_k E_k."""
        return float(np.sum(self.weights * self.energies))


def whitened(modes: Modes, p: float) -> Modes:
    """Modes of inputs Sigma^(-p/2) x: eigenvalues to the power 1 - p, energies as they were.

    What `sgd-data-power:p` trains on: its prediction is SGD's on the bins of these modes.

    Args:
        modes: of the inputs x.
        p: power of the preconditioner.

    Returns:
        The modes of the whitened inputs.
    """
    values = np.where(modes.eigenvalues > 0, modes.eigenvalues, 0.0) ** (1 - p)
    return replace(modes, eigenvalues=np.where(modes.eigenvalues > 0, values, 0.0))
