"""A network near its parameters: f(theta + u) = f(theta) + J u, for rows of inputs and flat parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np


class Linearised(Protocol):
    """What a framework gives of a network with p parameters and m outputs, on n rows. Arrays are NumPy's, float64.

    Attributes:
        outputs: f, shape (n, m).
        layers: name of each array of parameters -> its place among the flat ones; they do not overlap.
        parameters: p.
        rounding: relative error of one number in the format that the network computes in.
    """

    outputs: np.ndarray
    layers: Mapping[str, slice]
    parameters: int
    rounding: float

    def forward(self, direction: np.ndarray) -> np.ndarray:
        """J u, shape (n, m), for u of shape (p,)."""
        ...

    def adjoint(self, weights: np.ndarray) -> np.ndarray:
        """J'v, shape (p,), for v of shape (n, m)."""
        ...

    def outputs_at(self, direction: np.ndarray) -> np.ndarray:
        """f at theta + u, shape (n, m), for u of shape (p,): the network itself, not its linearisation."""
        ...

    def descended(self, targets: np.ndarray, loss: str, rate: float, steps: int) -> Linearised:
        """The network after steps of gradient descent on these rows: of |f - y|^2/2 or of the cross-entropy, averaged.

        targets: shape (n, m), probabilities for the cross-entropy. Raises InputError where they diverge.
        """
        ...
