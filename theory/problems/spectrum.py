"""Spectra: the eigenvalues lambda_k of the input covariance, largest first."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...errors import InputError

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class PowerLaw:
    """lambda_k = k^-(1+s) for k = 1..dim.

    s: spectral exponent, > -1. The tail sum over k > N falls as N^-s.
    dim: number of modes; None is infinitely many, which needs s > 0 (else the trace diverges).
    Raises InputError. Source: the convention of Ramani and Jain (2026), section 2.
    """

    s: float
    dim: int | None = None

    def __post_init__(self) -> None:
        if not math.isfinite(self.s) or self.s <= -1:
            raise InputError(f"s is {self.s:g}, but eigenvalues k^-(1+s) fall only for s > -1; try s = 1.")
        if self.dim is None and self.s <= 0:
            raise InputError(
                f"s is {self.s:g} with infinite dim, but for s <= 0 the trace diverges; give a finite dim."
            )
        if self.dim is not None and self.dim < 1:
            raise InputError(f"dim is {self.dim}, but at least one mode is needed; try dim = 1000.")


@dataclass(frozen=True)
class Measured:
    """Eigenvalues measured on data, sorted from the largest to the smallest.

    values: shape (dim,), non-negative with a positive first entry; kept as a tuple so that it can be compared
    and hashed. Raises InputError.
    """

    values: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.values:
            raise InputError("The spectrum is empty, but at least one eigenvalue is needed.")
        if not all(math.isfinite(v) for v in self.values):
            raise InputError("The spectrum has an entry that is not finite; remove NaN and infinite eigenvalues.")
        if min(self.values) < 0:
            raise InputError(
                f"The spectrum has a negative eigenvalue ({min(self.values):g}), but a covariance has none; "
                "give eigenvalues of a covariance or kernel matrix."
            )
        if max(self.values) == 0:
            raise InputError("Every eigenvalue is zero, but at least one must be positive.")
        object.__setattr__(self, "values", tuple(sorted((float(v) for v in self.values), reverse=True)))

    @classmethod
    def from_array(cls, values: np.ndarray) -> Measured:
        """Make a spectrum of a one-dimensional array, in any order."""
        return cls(tuple(float(v) for v in values))

    @property
    def dim(self) -> int:
        """Number of modes."""
        return len(self.values)


Spectrum = PowerLaw | Measured
