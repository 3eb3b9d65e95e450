"""Targets: the energy E_k = lambda_k w_k^2 that the function to be learned has on each mode."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ...errors import InputError
from .spectrum import as_numbers


@dataclass(frozen=True)
class Isotropic:
    """E_k = lambda_k: every weight w_k has the same size, so r = s."""


@dataclass(frozen=True)
class PowerLawTarget:
    """E_k = k^-(1+r); the tail sum over k > N falls as N^-r.

    Args:
        r: source exponent, > 0 where dim is infinite.

    Raises:
        InputError: unless r is finite.
    """

    r: float

    def __post_init__(self) -> None:
        if not math.isfinite(self.r):
            raise InputError(f"r is {self.r}, but a finite source exponent is needed; try r = 1.")


@dataclass(frozen=True)
class MeasuredTarget:
    """Energies measured on data, in the order in which the spectrum's eigenvalues were given.

    Args:
        energies: E_k = lambda_k w_k^2, shape (dim,), an array or any sequence, not negative and not all zero; kept as
            a tuple.

    Raises:
        InputError: unless `energies` is such a list of numbers.
    """

    energies: Sequence[float]

    def __post_init__(self) -> None:
        object.__setattr__(self, "energies", as_numbers(self.energies, "target", "energies"))
        if not all(math.isfinite(e) and e >= 0 for e in self.energies) or sum(self.energies) <= 0:
            raise InputError("Target energies must be finite, not negative and not all zero; give E_k >= 0.")


Target = Isotropic | PowerLawTarget | MeasuredTarget
