"""Arrays of any type that holds numbers, as real numbers in float32 or float64."""

from __future__ import annotations

import numpy as np

from ...errors import InputError
from .border import library_errors, shown

_IMAGINARY = 1e-6  # of the largest modulus: less is rounding of an eigensolver
_NARROW = ("bfloat16", "float8_e4m3", "float8_e4m3fn", "float8_e5m2", "float8_e3m4", "float4_e2m1fn")


def real_numbers(array: np.ndarray, source: str, name: str = "") -> np.ndarray:
    """The array as it is where it holds float32 or float64, else its numbers in the narrower of these that is exact.

    Taken are booleans, whole numbers, float16, bfloat16 (which numpy saves as two bytes without a type), long double,
    complex numbers whose imaginary part is rounding, and text that reads as numbers.

    Args:
        array: Any shape. An array that is mapped from a file stays mapped.
        source: The file's name, for the sentence.
        name: The array's name in it, if it has one.

    Returns:
        The same shape, of type float32 or float64.

    Raises:
        InputError: For other types, with the type found.
    """
    kind, place = array.dtype.kind, f"{source}{': ' + name if name else ''}"
    if array.dtype in (np.float32, np.float64):
        return array
    if array.dtype.name in _NARROW or array.dtype == np.float16:
        return array.astype(np.float32)
    if kind == "V" and array.dtype.names is None and array.dtype.itemsize == 2:
        import ml_dtypes

        return np.ascontiguousarray(array).view(ml_dtypes.bfloat16).astype(np.float32)
    if kind in "fiub":
        with library_errors(source):
            return array.astype(np.float64)
    if kind == "c":
        largest, imaginary = np.abs(array).max(initial=0.0), np.abs(array.imag).max(initial=0.0)
        if imaginary > _IMAGINARY * largest:
            raise InputError(
                f"{place} holds complex numbers with imaginary parts up to {imaginary:.3g}, but real numbers are "
                "expected; give the eigenvalues of a symmetric matrix."
            )
        return np.asarray(array.real, dtype=np.float64)
    if kind in "US":
        return _from_text(array, place)
    raise InputError(f"{place} holds values of type {shown(str(array.dtype))}, but real numbers are expected.")


def precision_of(array: np.ndarray) -> float:
    """The relative rounding of the numbers as they were stored, by their type; of text that of float64."""
    dtype = array.dtype
    if dtype.name in _NARROW or (dtype.kind == "V" and dtype.itemsize == 2):
        return 2.0**-8
    if dtype.kind == "f":
        return float(np.finfo(dtype).eps)
    if dtype.kind == "c":
        return float(np.finfo(dtype).eps)
    return float(np.finfo(np.float64).eps)


def is_words(array: np.ndarray) -> bool:
    """Whether the array holds words: text that does not read as numbers throughout."""
    if array.dtype.kind not in "US":
        return False
    try:
        array.astype(np.float64)
    except ValueError:
        return True
    return False


def _from_text(array: np.ndarray, place: str) -> np.ndarray:
    try:
        return array.astype(np.float64)
    except ValueError:
        raise InputError(f"{place} holds words (type {array.dtype}), but real numbers are expected.") from None
