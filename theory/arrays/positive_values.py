"""Eigenvalues as a spectrum: positive, falling, without what is rounding alone; energies on the same modes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...errors import InputError
from .contents import Eigenvalues, LeftOut, Reading
from .real_numbers import precision_of, real_numbers

_NEGATIVE = 1e-5  # of the largest: negative eigenvalues of that size are rounding in float32
_NARROW = 8.0  # times the rounding of the type, where that is more
_NOISE = 3.0  # times the most negative one: positive ones below that are rounding too
_FEWEST = 3


def positive_values(values: np.ndarray, energies: np.ndarray | None, reading: Reading) -> Eigenvalues:
    """Eigenvalues in falling order, what is rounding left out, and said.

    Where some are negative by rounding, as many positive ones are rounding as well: all below three times the most
    negative one.

    Args:
        values: Shape (k,), in any order and any type of numbers.
        energies: A target's energies on the same modes, shape (k,), or (k, t) for t outputs, which are added up.
        reading: What is known of the source so far.

    Raises:
        InputError: For values that are no spectrum: not finite, negative, all alike, or fewer than 3.
    """
    source = reading.source
    precision = precision_of(values)
    numbers = np.asarray(real_numbers(values, source), dtype=np.float64).reshape(-1)
    _finite(numbers, source, "eigenvalue")
    summed = None if energies is None else _energies(energies, len(numbers), source)
    left = list(reading.left_out)
    largest, lowest = float(numbers.max(initial=0.0)), float(numbers.min(initial=0.0))
    limit = max(_NEGATIVE, _NARROW * precision if precision > 1e-6 else 0.0)
    if lowest < -limit * largest:
        raise InputError(
            f"{source} has a negative eigenvalue ({lowest:g}); a covariance or kernel matrix has none, so check what "
            "was saved."
        )
    floor = _NOISE * -lowest
    dropped = int(np.sum((numbers <= floor) & (numbers != 0))) if lowest < 0 else 0
    if dropped:
        reason = f"they lie within {floor / largest:.1e} of the largest, where negative ones show that all is rounding"
        left.append(LeftOut("values", str(dropped), reason))
    kept = numbers > floor
    order = np.argsort(-numbers[kept], kind="stable")
    positive = numbers[kept][order]
    if len(positive) < _FEWEST:
        raise InputError(f"{source} has {len(positive)} positive eigenvalues, but at least {_FEWEST} are needed.")
    if positive[-1] > 0.999 * positive[0]:
        raise InputError(
            f"{source}: all {len(positive)} eigenvalues are {positive[0]:.4g}, so they follow no power law; give those "
            "of a matrix whose eigenvalues fall."
        )
    told = replace(reading, kind="eigenvalues", target=None if summed is None else "energies", left_out=tuple(left))
    return Eigenvalues(positive, None if summed is None else summed[kept][order], told)


def _energies(energies: np.ndarray, count: int, source: str) -> np.ndarray:
    numbers = np.asarray(real_numbers(energies, source, "energies"), dtype=np.float64)
    if numbers.ndim == 2:
        if numbers.shape[0] != count and numbers.shape[1] == count:
            numbers = numbers.T
        numbers = numbers.sum(axis=1)
    if numbers.shape != (count,):
        raise InputError(f"{source} has {count} eigenvalues and energies of shape {energies.shape}; give one for each.")
    _finite(numbers, source, "energy")
    least, most = float(numbers.min()), float(numbers.max())
    if least < -_NEGATIVE * most or most <= 0:
        raise InputError(f"{source} has an energy of {least:g}; energies are squares: check them.")
    return np.maximum(numbers, 0.0)


def _finite(numbers: np.ndarray, source: str, what: str) -> None:
    bad = np.flatnonzero(~np.isfinite(numbers))
    if len(bad):
        raise InputError(
            f"{source}: {what} {bad[0] + 1} is {numbers[bad[0]]:g}; values that are NaN or infinite ({len(bad)} here) "
            "cannot be used, so remove them first."
        )
