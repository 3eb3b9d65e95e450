"""Data files: eigenvalues, features with a target, or a kernel matrix with one; nothing is ever unpickled."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...errors import InputError

_LARGEST = 1e100  # of features and targets, which are squared, multiplied and added up
_ASYMMETRY = 1e-6  # of the largest element: a matrix saved in float32 is symmetric to about that
_ROUNDING = 1e-6  # of the largest eigenvalue: negative ones of that size are rounding in float32


@dataclass(frozen=True)
class Features:
    """Inputs X, shape (n, d), and their target y, shape (n,)."""

    inputs: np.ndarray
    target: np.ndarray


@dataclass(frozen=True)
class Kernel:
    """A kernel matrix on n rows, K[i, j] = k(x_i, x_j), shape (n, n), and their target y, shape (n,)."""

    matrix: np.ndarray
    target: np.ndarray


def read_data(path: str, target: str | None = None) -> np.ndarray | Features | Kernel:
    """Eigenvalues (shape (k,), largest first) of a one-column file, the features of a wider one, or a kernel.

    path: .npy, .npz (keys X and y, K and y, K alone, or one array of eigenvalues) or .csv. K alone is any symmetric
    matrix without negative eigenvalues, such as a gradient covariance: its eigenvalues are returned.
    target: the target's column: its name (csv) or its number from 0, negative from the end; npz files hold it as y.
    Raises InputError.
    """
    matrix = _symmetric(path)
    if matrix is not None:
        kernel, y = matrix
        if y is not None:
            return Kernel(kernel, _target(kernel, y, path, "K", "(n, n)", "y"))
        values = np.linalg.eigvalsh(kernel)
        return _eigenvalues(np.where(np.abs(values) < _ROUNDING * np.abs(values).max(), 0.0, values), path)
    table, names, y = _load(path)
    if table.size == 0:
        raise InputError(f"{path} is empty; expected a column of eigenvalues, or features with a target.")
    if y is None and (table.ndim == 1 or table.shape[1] == 1):
        if target is not None:
            raise InputError(f"{path} has one column, which reads as eigenvalues; leave --target out.")
        return _eigenvalues(table.reshape(-1), path)
    if table.ndim != 2:
        raise InputError(f"{path} holds an array of {table.ndim} dimensions; expected one or two.")
    _finite(table, path, names)
    if y is not None and target not in (None, "y"):
        raise InputError(f"{path} holds its target as y, but '{target[:40]}' is asked for; leave the target out.")
    label = "y"
    if y is None:
        if target is None:
            last = names[-1] if names else "-1"
            raise InputError(
                f"{path} has {table.shape[1]} columns and no target; name its column, for example --target {last}, "
                "or give one column of eigenvalues."
            )
        column = _column(target, names, table.shape[1], path)
        y, table = table[:, column], np.delete(table, column, axis=1)
        label = names[column] if names else f"{column}"
    return _features(table, y, path, label)


def read_features(path: str, target: str | None = None) -> tuple[np.ndarray, np.ndarray]:
    """X of shape (n, d) and y of shape (n,). Raises InputError, also where the file holds eigenvalues."""
    data = read_data(path, target)
    if not isinstance(data, Features):
        raise InputError(f"{path} has one column, but features with a target are needed here.")
    return data.inputs, data.target


def _load(path: str) -> tuple[np.ndarray, list[str], np.ndarray | None]:
    """The table (1 or 2 dimensions), column names where there are any, and y where the file names it."""
    file = Path(path)
    if not file.is_file():
        raise InputError(f"'{path}' is not a file; give a .npy, .npz or .csv file.")
    suffix = file.suffix.lower()
    try:
        if suffix == ".npy":
            return _numeric(np.load(file, allow_pickle=False), path), [], None
        if suffix == ".npz":
            return _from_npz(file, path)
        if suffix == ".csv":
            return (*_from_csv(file.read_text("utf-8-sig"), path), None)
    except InputError:
        raise
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        reason = str(error).split("\n")[0].rstrip(".")
        raise InputError(f"{path} cannot be read ({reason}); expected plain numbers, not pickled objects.") from None
    raise InputError(f"{path} ends in '{suffix}', but .npy, .npz or .csv is expected.")


def _symmetric(path: str) -> tuple[np.ndarray, np.ndarray | None] | None:
    """K and y (None where there is none) of an .npz file with a key K, None for any other file. Raises InputError."""
    if not path.lower().endswith(".npz") or not zipfile.is_zipfile(path):
        return None
    try:
        with np.load(path, allow_pickle=False) as archive:
            if "K" not in archive:
                return None
            if "X" in archive:
                raise InputError(f"{path} holds both X and K; keep one of them.")
            kernel = _numeric(archive["K"], path)
            y = _numeric(archive["y"], path) if "y" in archive else None
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        reason = str(error).split("\n")[0].rstrip(".")
        raise InputError(f"{path} cannot be read ({reason}); expected plain numbers, not pickled objects.") from None
    if kernel.ndim != 2 or kernel.shape[0] != kernel.shape[1]:
        raise InputError(f"{path}: K has shape {kernel.shape}, but a square matrix (n, n) is expected.")
    _finite(kernel, path, [])
    largest = float(np.abs(kernel).max(initial=0.0))
    if largest == 0 or np.abs(kernel - kernel.T).max() > _ASYMMETRY * largest:
        raise InputError(f"{path}: K is 0 or not symmetric; give K with K[i, j] = k(x_i, x_j).")
    return (kernel + kernel.T) / 2, y


def _from_npz(file: Path, path: str) -> tuple[np.ndarray, list[str], np.ndarray | None]:
    with np.load(file, allow_pickle=False) as archive:
        keys = list(archive.keys())
        if "X" in keys and "y" in keys:
            return _numeric(archive["X"], path), [], _numeric(archive["y"], path)
        if len(keys) == 1:
            return _numeric(archive[keys[0]], path), [], None
    held = ", ".join(keys) or "nothing"
    raise InputError(f"{path} holds {held}; expected keys X and y, K and y, or one array of eigenvalues.")


def _numeric(array: np.ndarray, path: str) -> np.ndarray:
    if array.dtype.kind not in "fiub":
        raise InputError(f"{path} holds values of type {array.dtype}, but real numbers are expected.")
    return np.asarray(array, dtype=float)


def _from_csv(text: str, path: str) -> tuple[np.ndarray, list[str]]:
    rows = [row for row in csv.reader(io.StringIO(text)) if any(cell.strip() for cell in row)]
    if not rows:
        return np.empty((0, 0)), []
    names: list[str] = []
    if not all(_is_number(cell) for cell in rows[0]):
        names, rows = [cell.strip() for cell in rows[0]], rows[1:]
        if not rows:
            return np.empty((0, len(names))), names
    width = len(names) or len(rows[0])
    table = np.empty((len(rows), width))
    for i, row in enumerate(rows):
        if len(row) != width:
            raise InputError(f"{path}: data row {i + 1} has {len(row)} columns, but {width} are expected.")
        for j, cell in enumerate(row):
            if not _is_number(cell):
                shown = cell.strip()[:40] or "empty"
                raise InputError(
                    f"{path}: row {i + 1}, column {names[j] if names else j} is '{shown}', but a number is expected."
                )
            table[i, j] = float(cell)
    return table, names


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _column(target: str, names: list[str], width: int, path: str) -> int:
    if target in names:
        return names.index(target)
    try:
        number = int(target)
    except ValueError:
        number = width
    if -width <= number < width:
        return number % width
    known = ", ".join(names[:8] + ["..."] * (len(names) > 8)) if names else f"0 to {width - 1}"
    raise InputError(f"{path} has no column '{target}'; its columns are {known}.")


def _finite(table: np.ndarray, path: str, columns: list[str]) -> None:
    """Raises InputError with the place of the first value that is not finite. columns: names, by number if empty."""
    places = np.argwhere(~np.isfinite(table))
    if len(places):
        row, column = places[0]
        raise InputError(
            f"{path}: row {row + 1}, column {columns[column] if columns else column} is {table[row, column]:g}; values "
            f"that are NaN or infinite ({len(places)} here) cannot be used, so remove or fill them first."
        )


def _eigenvalues(values: np.ndarray, path: str) -> np.ndarray:
    _finite(values[:, None], path, [])
    if values.min() < 0:
        raise InputError(
            f"{path} has a negative eigenvalue ({values.min():g}); a covariance or kernel matrix has none, "
            "so check what was saved."
        )
    positive = np.sort(values[values > 0])[::-1]
    if len(positive) < 3:
        raise InputError(f"{path} has {len(positive)} positive eigenvalues, but at least 3 are needed.")
    return positive


def _features(inputs: np.ndarray, y: np.ndarray, path: str, label: str) -> Features:
    """label: the target's column. Columns of inputs that do not vary are kept: centred, they do nothing."""
    if inputs.ndim == 2 and inputs.shape[1] < 1:
        raise InputError(f"{path} has {len(y)} rows and no features; at least 1 is needed.")
    y = _target(inputs, y, path, "X", "(n, d)", label)
    if np.all(np.ptp(inputs, axis=0) == 0):
        raise InputError(f"{path}: no feature varies, so there is nothing to learn from.")
    return Features(inputs, y)


def _target(rows: np.ndarray, y: np.ndarray, path: str, name: str, shape: str, label: str) -> np.ndarray:
    """y, checked against the array `name` of that shape. Raises InputError."""
    if rows.ndim != 2 or y.ndim != 1 or len(y) != len(rows):
        raise InputError(f"{path}: {name} has shape {rows.shape} and y {y.shape}; expected {shape} and (n,).")
    _finite(y[:, None], path, [label])
    if len(y) < 4:
        raise InputError(f"{path} has {len(y)} rows; at least 4 are needed.")
    largest = max(np.abs(rows).max(), np.abs(y).max())
    if largest > _LARGEST:
        raise InputError(
            f"{path} holds a value of {largest:g}, but sums of squares overflow beyond {_LARGEST:g}; give the columns "
            "in other units."
        )
    if np.ptp(y) == 0:
        raise InputError(f"{path}: the target, column {label}, is the same in every row, so there is nothing to learn.")
    return y
