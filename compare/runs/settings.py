"""What a comparison of a run with theory chooses: its resampling, and what counts as a difference."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ComparisonSettings:
    """Choices of a comparison.

    Attributes:
        draws: resamples of the seeds for each interval.
        seed: of the random numbers of the resampling and of the imagined repeats.
        repeats: imagined repeats of the run, by which misses are counted.
        margin: smallest difference of two exponents that counts. Optimizers share their draws, so differences far
            smaller than any that matters are resolved.
        last_budget: the largest number of steps T at which a run's experiment is predicted as well.
    """

    draws: int = 1000
    seed: int = 0
    repeats: int = 2000
    margin: float = 0.01
    last_budget: int = 10**7


SETTINGS = ComparisonSettings()
