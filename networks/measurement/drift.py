"""How far a network's kernel moves in training: |K_1 - K_0| over |K_0|, in the Frobenius norm.

A forecast takes the kernel as fixed; drift says whether it is. Both norms come from the same random vectors v, since
|A|^2 is the mean of |A v|^2 over normal v.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..kernels import Linearised
from .settings import SETTINGS


@dataclass(frozen=True)
class Drift:
    """How far a kernel moved.

    Attributes:
        value: |K_1 - K_0|/|K_0|.
        error: Its standard error, from the random vectors.
        between: What the second kernel was, in words that follow "moves".
    """

    value: float
    error: float
    between: str

    @property
    def status(self) -> str:
        """Whether a forecast from the first kernel holds, in a sentence."""
        told = f"the kernel moves by {self.value:.2g} ({self.error:.1g}) of itself {self.between}"
        if self.value < SETTINGS.holds:
            return f"The forecast holds: {told}; below {SETTINGS.holds:g} risks were within 6 % where this was tried."
        if self.value <= SETTINGS.roughly:
            return f"The forecast holds roughly: {told}; near 0.3 risks were off by 5 to 30 % where this was tried."
        return (
            f"The forecast does not hold: {told}, so the network learns features and its risk is not that of a fixed "
            "kernel; its spectrum at these parameters is all that was measured."
        )


def drift(before: Linearised, after: Linearised, probes: int, seed: int, between: str) -> Drift:
    """Between two linearisations of one network on the same rows. Cost: two products a probe."""
    random, rows = np.random.default_rng([seed, 3]), len(before.outputs)
    moved, whole = np.zeros(probes), np.zeros(probes)
    for probe in range(probes):
        vector = random.standard_normal(before.outputs.shape)
        first = before.forward(before.adjoint(vector)) / rows
        second = after.forward(after.adjoint(vector)) / rows
        moved[probe], whole[probe] = np.sum((second - first) ** 2), np.sum(first**2)
    value = float(np.sqrt(moved.sum() / whole.sum()))
    without = np.sqrt((moved.sum() - moved) / (whole.sum() - whole))
    error = float(np.sqrt((probes - 1) / probes * np.sum((without - without.mean()) ** 2)))
    return Drift(value, error, between)
