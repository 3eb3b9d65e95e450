"""Symmetric matrices: a kernel on rows, or a matrix that is known by its eigenvalues alone."""

from __future__ import annotations

from dataclasses import replace
from typing import NoReturn

import numpy as np

from ...errors import InputError
from .border import library_errors
from .contents import Eigenvalues, Kernel, Reading
from .memory import check_fits
from .positive_values import positive_values
from .real_numbers import precision_of, real_numbers

_ASYMMETRY = 1e-5  # of the largest element: a matrix saved in float32 is symmetric to about that
_NARROW = 8.0  # times the rounding of the type, where that is more
_STRIP = 1024  # rows compared at once
_FEWEST = 4
_WHOLE = 6000  # rows of a matrix whose every eigenvalue is worked out
_LEADING = 500  # eigenvalues of a larger one
_SPARE = 60  # more columns of the projection than eigenvalues wanted
_ROUNDS = 4  # products with the matrix after the first


def is_symmetric(matrix: np.ndarray) -> bool:
    """Whether a matrix is square, 3 x 3 or more, finite, not zero and symmetric up to the rounding of its type."""
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or len(matrix) < 3:
        return False
    corner = np.asarray(matrix[:3], dtype=float) - np.asarray(matrix[:, :3], dtype=float).T
    if not np.all(np.abs(corner) <= 0.1 * np.abs(np.asarray(matrix[:3], dtype=float)).max()):
        return False  # most matrices are told by their first rows
    largest = apart = 0.0
    for start in range(0, len(matrix), _STRIP):
        rows = np.asarray(matrix[start : start + _STRIP], dtype=float)
        columns = np.asarray(matrix[:, start : start + _STRIP], dtype=float)
        largest = max(largest, float(np.abs(rows).max()))
        apart = max(apart, float(np.abs(rows - columns.T).max()))
    return bool(np.isfinite(largest) and largest > 0 and apart <= _tolerance(matrix) * largest)


def refuse_column_of_kernel(source: str) -> NoReturn:
    """What to say where a column of a symmetric matrix is asked for as the target. Raises InputError."""
    raise InputError(
        f"{source} is a symmetric matrix, which reads as a kernel, and no column of it is a target; give the targets "
        "of its rows by --labels, or leave --target out for its eigenvalues."
    )


def kernel_of(matrix: np.ndarray, targets: np.ndarray, precision: float, reading: Reading) -> Kernel:
    """A kernel and the targets on its rows, checked.

    Args:
        matrix: Shape (n, n).
        targets: Shape (n, k).
        precision: Relative rounding of the matrix as stored.
        reading: What is known of the source.

    Raises:
        InputError: For a matrix that is not symmetric or not finite, fewer than 4 rows, or a target that does not vary.
    """
    source, label = reading.source, reading.target or "y"
    _finite(matrix, source)
    if not is_symmetric(matrix):
        raise InputError(f"{source}: K is 0 or not symmetric; give K with K[i, j] = k(x_i, x_j).")
    if len(targets) < _FEWEST:
        raise InputError(f"{source} has {len(targets)} rows; at least {_FEWEST} are needed.")
    if not np.all(np.isfinite(targets)):
        raise InputError(f"{source}: the target {label} holds NaN or infinite values; remove those rows first.")
    if not np.any(np.ptp(targets, axis=0) > 0):
        raise InputError(
            f"{source}: the target, column {label}, is the same in every row, so there is nothing to learn."
        )
    return Kernel(matrix, targets, precision, reading)


def spectrum_of_matrix(matrix: np.ndarray, key: str, reading: Reading, precision: float | None = None) -> Eigenvalues:
    """The eigenvalues of a kernel or covariance matrix that came without a target.

    Above 6,000 rows the 500 leading ones, by products with random vectors.

    Args:
        matrix: Shape (n, n).
        key: Its name in the file.
        reading: What is known of the source.
        precision: Relative rounding of the numbers as stored, where the array was converted since.

    Raises:
        InputError: For a matrix that is not symmetric, has negative eigenvalues, or cannot fit the memory.
    """
    source = reading.source
    stored = precision_of(matrix) if precision is None else precision
    numbers = real_numbers(matrix, source, key)
    if numbers.ndim != 2 or numbers.shape[0] != numbers.shape[1]:
        raise InputError(f"{source}: {key or 'K'} has shape {numbers.shape}, but a square matrix (n, n) is expected.")
    _finite(numbers, source)
    if not is_symmetric(numbers):
        raise InputError(f"{source}: {key or 'K'} is 0 or not symmetric; give K with K[i, j] = k(x_i, x_j).")
    count = len(numbers)
    notes = [
        *reading.notes,
        f"A symmetric matrix ({count} x {count}) was taken as a kernel, by its eigenvalues.",
    ]
    with library_errors(source, "a symmetric matrix"):
        if count <= _WHOLE:
            check_fits(20.0 * count**2, source)
            values = np.linalg.eigvalsh(np.asarray(numbers, dtype=np.float64))
        else:
            values = _leading(numbers)
            notes.append(f"Of its {count} eigenvalues the {len(values)} largest were used.")
    told = replace(reading, notes=tuple(notes))
    if stored > 1e-6:  # each element is rounded, which moves small eigenvalues by that share of the largest
        floor = stored * float(np.abs(values).max(initial=0.0)) / 2
        values = np.where(np.abs(values) < floor, 0.0, values)
    elif len(values):
        floor = 1e-12 * float(np.abs(values).max())
        values = np.where(np.abs(values) < floor, 0.0, values)
    return positive_values(values, None, told)


def _leading(matrix: np.ndarray) -> np.ndarray:
    """The largest eigenvalues, by Rayleigh-Ritz on powers of the matrix times random vectors (Halko et al. 2011)."""
    count = len(matrix)
    vectors = np.random.default_rng(0).standard_normal((count, _LEADING + _SPARE)).astype(np.float32)
    for _ in range(_ROUNDS + 1):
        vectors, _ = np.linalg.qr(_times(matrix, vectors))
    small = vectors.T @ _times(matrix, vectors)
    values = np.linalg.eigvalsh(np.asarray(small + small.T, dtype=np.float64) / 2)
    return np.asarray(values[::-1][:_LEADING])


def _times(matrix: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """matrix @ vectors in float32, a strip of the matrix at a time."""
    made = np.empty_like(vectors)
    for start in range(0, len(matrix), _STRIP):
        made[start : start + _STRIP] = np.asarray(matrix[start : start + _STRIP], dtype=np.float32) @ vectors
    return made


def _finite(matrix: np.ndarray, source: str) -> None:
    for start in range(0, len(matrix), _STRIP):
        rows = np.asarray(matrix[start : start + _STRIP], dtype=float)
        if not np.all(np.isfinite(rows)):
            row, column = np.argwhere(~np.isfinite(rows))[0]
            raise InputError(
                f"{source}: row {start + row + 1}, column {column} is {rows[row, column]:g}; values that are NaN or "
                "infinite cannot be used, so remove or fill them first."
            )


def _tolerance(matrix: np.ndarray) -> float:
    precision = precision_of(matrix)
    return max(_ASYMMETRY, _NARROW * precision if precision > 1e-6 else 0.0)
