"""Numeric settings of the joint laws."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class JointSettings:
    """How hard to look, and what counts.

    Attributes:
        not_excluded: AICc above the best up to which a law is not excluded (10 is a likelihood ratio of e^5).
        draws: simulated data sets per rival.
        scattered: random starts about each start.
        seed: of all draws.
        delta: of Huber's function of log residuals; infinite for least squares.
    """

    not_excluded: float = 10.0
    draws: int = 200
    scattered: int = 1
    seed: int = 0
    delta: float = float("inf")
