"""One cell's draw: what the trained weights see of a problem, either its population or training rows."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ...errors import InputError
from ..devices import Rows


@dataclass(frozen=True)
class Population:
    """A linear problem in law: risk(a) = |t - A a|^2, G = A'A, b = A't.

    Attributes:
        matrix: A, shape (dim, N).
        target: t, shape (dim,), |t| = 1 in units of the target's variance; (dim, m) for m outputs, whose risks add up.
        unreachable: Share of the target's variance that is left out of t, NaN where nothing is.
    """

    matrix: np.ndarray
    target: np.ndarray
    unreachable: float = math.nan

    def risk(self, weights: np.ndarray) -> np.ndarray:
        """Risks, shape (k,), of weights of shape (N, k), or (N, m, k) for m outputs."""
        learned = self.matrix @ weights.reshape(len(weights), -1)
        left = (self.target[..., None] - learned.reshape(len(learned), *weights.shape[1:])).reshape(
            -1, weights.shape[-1]
        )
        return np.einsum("ik,ik->k", left, left)


@dataclass(frozen=True)
class Sampled:
    """Training rows, read block by block, and what to test on.

    Features are f(inputs @ matrix), f being the activation of that name in `theory.problems`.

    Attributes:
        matrix: Shape (dim, N).
        activation: The name of f.
        samples: n as the ridge knows it, infinite where the rows are the population.
        train: Iterates the blocks, `depth` of them ahead, or one process's `share` of them, see `ahead`.
        noise: Label-noise variance over the target's variance.
        standardised: Whether targets are centred and scaled by the training set's mean and deviation.
        test: The population where risk is known in law, otherwise blocks of test rows.
        unreachable: Share of the target's variance that no weights reach, NaN where it is not known.
        outputs: m. Their variances add up to 1, so that risks do not depend on how many there are, and their label
            noise shares `noise` evenly.
    """

    matrix: np.ndarray
    activation: str
    samples: float
    train: Callable[..., Iterator[Rows]]
    noise: float
    standardised: bool
    test: Population | Callable[[int], Iterator[Rows]]
    unreachable: float = math.nan
    outputs: int = 1

    def combination(self, label_sums: np.ndarray, rows: float) -> np.ndarray:
        """Weights, shape (3,), that make of the label columns the target trained on; (2 m + 1, m) for m outputs.

        label_sums: labels' labels over all training rows, shape (2 m + 1, 2 m + 1). Raises InputError.
        """
        m = self.outputs
        made = np.zeros((2 * m + 1, m))
        for j in range(m):
            made[m + 1 + j, j] = math.sqrt(self.noise / m)
            if not self.standardised:
                made[j, j] = 1.0
                continue
            mean = label_sums[j, m] / rows
            variance = label_sums[j, j] / rows - mean**2
            if not variance > 1e-14 * (label_sums[j, j] / rows):
                raise InputError("The target does not vary over the training rows, so there is nothing to learn.")
            scale = math.sqrt(m * variance)
            made[j, j], made[m, j] = 1 / scale, -mean / scale
        return made[:, 0] if m == 1 else made


Draw = Population | Sampled


class Problem(Protocol):
    """A family of draws."""

    def draw(self, s: float, size: int, seed: int) -> Draw:
        """The draw of one cell, the same whenever it is asked for."""
        ...
