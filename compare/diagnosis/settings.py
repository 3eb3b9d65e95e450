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
        kernel_rows: Rows of a kernel matrix at most.
        plain_rank: Columns of a covariance, or rows of fewer, at most.
        row_groups: Groups of rows that are resampled as one.
        rounding: Eigenvalues below this share of the largest are rounding.
        negative: Negative eigenvalues of a kernel up to this share of the largest are rounding of float32.
        spare: Share of the rows that must be left to estimate noise from residuals.
        spare_ranks: Of the rows; a kernel of lower rank ends there.
        noise_rows: Rows from which noise is estimated at most.
        noise_size: The size for which noise is estimated, on which it does not depend.
        unseen_noise: Of the target's variance; less noise is not told from the fit's own error.
        largest_shift: Of log lambda; a larger bias is not of first order.
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
    kernel_rows: int = 2000
    plain_rank: int = 3000
    row_groups: int = 1000
    rounding: float = 1e-12
    negative: float = 1e-5
    spare: float = 0.1
    spare_ranks: float = 0.85
    noise_rows: int = 1000
    noise_size: int = 10
    unseen_noise: float = 0.005
    largest_shift: float = 0.5
    farthest: float = 10.0
    reach: float = 1e3
    per_decade: int = 8
    mode_groups: int = 8
    mode_step: float = 0.05
    linear_error: float = 0.03
    kernel_error: float = 0.05
    diagonal_error: float = 0.03


SETTINGS = Settings()
