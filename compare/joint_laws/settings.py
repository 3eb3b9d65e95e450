"""Numeric settings of the joint laws."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class JointSettings:
    """How hard to look, and what counts.

    not_excluded: AICc above the best up to which a law is an account that the data do not exclude (a likelihood ratio
        of e^5). draws: simulated data sets per rival and refits per bootstrap. scattered: random starts about each
        start. seed: of all draws. delta: of Huber's function of log residuals; infinite for least squares.
    """

    not_excluded: float = 10.0
    draws: int = 200
    scattered: int = 1
    seed: int = 0
    delta: float = float("inf")
