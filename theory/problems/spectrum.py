"""Spectra: the eigenvalues lambda_k of the input covariance, largest first."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from numbers import Real

from ...errors import InputError


def as_numbers(values: Iterable[float], whole: str, parts: str) -> tuple[float, ...]:
    """Numbers of a list or a one-dimensional array, as a tuple.

    Args:
        values: shape (m,).
        whole: what the list is, for the sentence that refuses another.
        parts: what its entries are.

    Raises:
        InputError: for anything but a list of real numbers.
    """
    shape = getattr(values, "shape", None)
    if shape is not None and len(shape) != 1:
        raise InputError(
            f"The {whole} is an array of shape {tuple(shape)}, but a list of {parts} is expected, shape (dim,); of a "
            "matrix take numpy.linalg.eigvalsh."
        )
    listed = tuple(values) if isinstance(values, Iterable) else None
    if listed is None or not all(isinstance(value, Real) for value in listed):
        raise InputError(f"The {whole} is {repr(values)[:60]}, but a list of {parts}, all real numbers, is expected.")
    return tuple(float(value) for value in listed)


@dataclass(frozen=True)
class PowerLaw:
    """lambda_k = k^-(1+s) for k = 1..dim.

    The tail sum over k > N falls as N^-s. Source: the convention of Ramani and Jain (2026), section 2.

    Args:
        s: spectral exponent, > -1.
        dim: number of modes; None is infinitely many, which needs s > 0 (else the trace diverges).

    Raises:
        InputError: for s <= -1, dim < 1, and s <= 0 with infinite dim.

    >>> PowerLaw(1.0, dim=1000)
    PowerLaw(s=1.0, dim=1000)
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
    """Eigenvalues measured on data.

    Args:
        values: shape (dim,), an array or any sequence of numbers in any order, not negative and not all zero; kept as
            a tuple in the order given, which is that of the target's energies.

    Raises:
        InputError: unless `values` is such a list of numbers.

    >>> Measured([0.25, 1.0]).values
    (0.25, 1.0)
    """

    values: Sequence[float]

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", as_numbers(self.values, "spectrum", "eigenvalues"))
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

    @property
    def dim(self) -> int:
        """Number of modes."""
        return len(self.values)


Spectrum = PowerLaw | Measured
