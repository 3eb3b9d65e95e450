"""The numbers of a diagnosis, in one place."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What a diagnosis takes for granted.

    Attributes:
        steps: T where none is given.
        draws: Resamples.
        gap: In alpha; a smaller gain is hard to see in a fit over a decade of sizes.
        ratio: Of risks at the largest size; a smaller gain is not worth another optimizer.
        sure: Share of the resamples that makes a verdict.
        farthest: Largest size over the modes that the data hold; beyond it nothing is predicted.
        reach: Largest T of gd that is looked at, over T.
        per_decade: Values of T of gd a decade.
        mode_groups: Groups of neighbouring modes that are moved together.
        mode_step: Of log lambda, in the differences.
        linear_error: Relative error of theory for linear features at large N.
        kernel_error: The same for kernels.
        diagonal_error: Of `diagonal` against gd, because its measure is an approximation.
    """

    steps: int = 2000
    draws: int = 1000
    gap: float = 0.05
    ratio: float = 1.1
    sure: float = 0.975
    farthest: float = 10.0
    reach: float = 1e3
    per_decade: int = 8
    mode_groups: int = 8
    mode_step: float = 0.05
    linear_error: float = 0.03
    kernel_error: float = 0.05
    diagonal_error: float = 0.03


SETTINGS = Settings()
