"""A risk curve over T with its numerical error, as the marching recursions give it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Curve:
    """A risk in T.

    Attributes:
        steps: T, shape (t,).
        risk: over the target's variance, shape (t,).
        error: an estimate of its relative error, shape (t,).
    """

    steps: np.ndarray
    risk: np.ndarray
    error: np.ndarray

    def slopes(self) -> np.ndarray:
        """d log(risk)/d log(T) between successive steps, shape (t - 1,)."""
        return np.diff(np.log(self.risk)) / np.diff(np.log(self.steps))
