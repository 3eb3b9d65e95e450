"""The numbers of a spectrum, in one place."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What the reading of a spectrum takes for granted.

    Attributes:
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
    """

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


SETTINGS = Settings()
