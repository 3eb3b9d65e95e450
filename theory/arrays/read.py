"""The one reader of arrays: a file, or arrays in memory, as eigenvalues, features or a kernel."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError
from .border import library_errors, shown
from .columns import features_of, is_index
from .containers import Member, members_in_memory, members_of
from .contents import Eigenvalues, Features, Kernel, LeftOut, Reading
from .matrices import is_symmetric, kernel_of, refuse_column_of_kernel, spectrum_of_matrix
from .positive_values import positive_values
from .real_numbers import precision_of, real_numbers
from .request import Request
from .roles import role_of, roles_among
from .table_contents import Labels, column_named, contents_of_table
from .targets import targets_of
from .text_table import Table, from_frame, from_records, read_text

Source = str | Path | np.ndarray | Mapping[str, Any]


def read_data(
    source: Source,
    target: str | int | Sequence[str | int] | None = None,
    *,
    labels: Any = None,
    exclude: Sequence[str | int] = (),
    classes: bool = False,
    tell: Callable[[float], None] | None = None,
) -> Eigenvalues | Features | Kernel:
    """Read eigenvalues, features with a target, or a kernel matrix, from a file or from memory.

    A file is .npy, .npz, .mat, .safetensors or a table of text. Arrays are told apart by name (X and y, X_train and
    y_train, features and targets, K and y, eigenvalues and energies, ...), one alone by its shape: a column is
    eigenvalues, a symmetric matrix without negative eigenvalues is a kernel and never features, any other matrix is
    features. Nothing is unpickled. A large .npy file stays on disk, mapped.

    Args:
        source: A path, an array, a mapping of arrays, or a data frame.
        target: Columns of the target, by name or number (from 0, negative from the end), or the target's array.
        labels: A file or an array with the targets, where they are not in the source.
        exclude: Columns that are no features, by name or number.
        classes: Take numbers of the target as labels of classes, as words always are.
        tell: Called with the share that has been read.

    Returns:
        What was found, with an account of how it was read.

    Raises:
        InputError: For whatever cannot be used: what was got, what was expected, what to try.
    """
    listed = () if target is None else (target,) if isinstance(target, str | int) else tuple(target)
    request = Request(
        tuple(map(str, listed)), labels, tuple(map(str, exclude)), classes, tell if tell is not None else lambda _: None
    )
    name = _name_of(source)
    with np.errstate(all="ignore"):  # what overflows or is no number is refused in words
        opened = _opened(source, request)
        if isinstance(opened, Table):
            told = None if request.labels is None else _other_labels(request)
            return contents_of_table(opened, told, request, name)
        return _from_members(opened, request, name)


def read_features(path: str, target: str | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Features with one target.

    Args:
        path: The file.
        target: The target's column, by name or number.

    Returns:
        X of shape (n, d) and y of shape (n,), float64.

    Raises:
        InputError: As `read_data`, and where the file holds no features, or several targets.
    """
    data = read_data(path, target)
    if not isinstance(data, Features):
        raise InputError(f"{path} holds {data.reading.kind}, but features with a target are needed here.")
    if data.targets.shape[1] != 1:
        raise InputError(f"{path} has {data.targets.shape[1]} columns of targets, but one is needed here; name one.")
    return data.inputs, data.targets[:, 0]


def _name_of(source: Source) -> str:
    return shown(str(source), 200) if isinstance(source, str | Path) else "the data"


def _opened(source: Source, request: Request) -> Table | dict[str, Member]:
    name = _name_of(source)
    if isinstance(source, str | Path):
        path = Path(source)
        with library_errors(name, "a file"):
            if not path.is_file():
                raise InputError(f"'{name}' is not a file; give a .npy, .npz, .mat, .safetensors, .csv or .txt file.")
        members = members_of(path, name)
        return read_text(path, name, request.tell) if members is None else members
    if hasattr(source, "iloc"):
        return from_frame(source, name)
    arrays = source if isinstance(source, Mapping) else {"": source}
    return members_in_memory(arrays, name)


def _array(members: Mapping[str, Member], name: str, source: str) -> np.ndarray:
    with library_errors(source):
        return members[name].load()


def _from_members(members: dict[str, Member], request: Request, source: str) -> Eigenvalues | Features | Kernel:
    if not members:
        raise InputError(f"{source} holds no arrays of numbers; expected X and y, K and y, or eigenvalues.")
    roles = roles_among(members, request.one_target, source)
    names = roles.names
    left = [LeftOut("array", shown(each), "it is held out") for each in roles.held_out]
    left += [LeftOut("array", shown(each), "its name tells no role") for each in roles.rest]
    if "features" in names and "kernel" in names:
        raise InputError(f"{source} holds both {names['features']} and {names['kernel']}; keep one of them.")
    reading = Reading(source, "eigenvalues", left_out=tuple(left))
    if "target" not in names and request.labels is None and len(members) == 1 and "energies" not in names:
        only = next(iter(members))
        return _bare(_array(members, only, source), only, request, source)
    if "eigenvalues" in names and "features" not in names and "kernel" not in names:
        values = _array(members, names["eigenvalues"], source)
        energies = _array(members, names["energies"], source) if "energies" in names else None
        return positive_values(values, energies, reading)
    if len(members) == 1 and request.labels is not None:
        rows = next(iter(members))
    elif "kernel" in names and ("target" in names or request.labels is not None):
        rows = names["kernel"]
    elif "features" in names and ("target" in names or request.labels is not None):
        rows = names["features"]
    elif "kernel" in names:
        return spectrum_of_matrix(_array(members, names["kernel"], source), names["kernel"], reading)
    else:
        held = ", ".join(f"{shown(name)} {each.shape}" for name, each in list(members.items())[:8])
        raise InputError(
            f"{source} holds {held}; expected keys X and y, K and y, eigenvalues with energies, or one array."
        )
    matrix = _array(members, rows, source)
    return _with_labels(matrix, rows, _labels(members, names.get("target"), request, source), request, reading)


def _labels(members: Mapping[str, Member], key: str | None, request: Request, source: str) -> Labels:
    """The targets, what to call them, and notes."""
    if request.labels is not None:
        if key is not None:
            raise InputError(f"{source} holds its target as {shown(key)}, and labels were given too; keep one of them.")
        return _other_labels(request)
    if key is None:
        raise InputError(f"{source} holds no target; give its labels.")
    if request.target and request.target[0] not in members and request.target[0] != key:
        raise InputError(
            f"{source} holds its target as {shown(key)}, but '{shown(request.target[0])}' is asked for; leave the "
            "target out."
        )
    targets, notes = targets_of(_array(members, key, source), source, shown(key), request.classes)
    return targets, shown(key), notes


def _other_labels(request: Request) -> Labels:
    """Targets from a source of their own: its only array or column beside an index."""
    name = _name_of(request.labels)
    opened = _opened(request.labels, replace(request, tell=lambda _: None))
    if isinstance(opened, Table):
        numbered = [
            is_index(opened.numbers[:, j], opened.names[j] if opened.names else None) for j in range(opened.width)
        ]
        columns = [j for j, why in enumerate(numbered) if j in opened.words or why is None]
        if request.target:
            columns = [column_named(each, opened, name) for each in request.target]
        words = [j for j in columns if j in opened.words]
        if not columns or (words and len(columns) > 1):
            told = ", ".join(map(opened.label, columns[:8])) or "none"
            raise InputError(f"{name} has the columns {told}; name the one that holds the target, by --target.")
        array = opened.words[columns[0]] if words else opened.numbers[:, columns]
        label = opened.label(columns[0]) if opened.names else "y"
    else:
        keys = [key for key in opened if role_of(key) == "target"] if len(opened) > 1 else list(opened)
        if request.target and request.target[0] in opened:
            keys = [request.target[0]]
        if len(keys) != 1:
            raise InputError(f"{name} holds {', '.join(map(shown, opened))}; expected one array of labels.")
        array, label = _array(opened, keys[0], name), shown(keys[0]) or "y"
    targets, notes = targets_of(array, name, label, request.classes)
    return targets, label, notes


def _with_labels(
    matrix: np.ndarray,
    key: str,
    labels: Labels,
    request: Request,
    reading: Reading,
) -> Features | Kernel:
    source, shape = reading.source, matrix.shape
    targets, label, notes = labels
    told = replace(reading, target=label, notes=(*reading.notes, *notes))
    role = role_of(key)
    square = matrix.ndim == 2 and shape[0] == shape[1] and len(targets) == shape[0]
    what, expected = ("K", "(n, n)") if role == "kernel" else (shown(key) or "X", "(n, d)")
    if matrix.ndim == 1 and role != "kernel":
        matrix = matrix[:, None]
    if matrix.ndim > 2 and role != "kernel" and len(matrix) == len(targets):
        told = replace(told, notes=(*told.notes, f"{what} has shape {shape}; each row was taken as one vector."))
        matrix = matrix.reshape(len(matrix), -1)
    if matrix.ndim != 2 or len(targets) != len(matrix) or (role == "kernel" and not square):
        seen = targets.shape if targets.shape[1] > 1 else (len(targets),)
        raise InputError(f"{source}: {what} has shape {shape} and {label} {seen}; expected {expected} and (n,).")
    precision = precision_of(matrix)
    numbers = real_numbers(matrix, source, key)
    if role == "kernel" or (role is None and square and is_symmetric(numbers)):
        return kernel_of(numbers, targets, precision, replace(told, kind="kernel"))
    table = Table(numbers)
    excluded = {column_named(each, table, source) for each in request.exclude}
    candidates = [j for j in range(table.width) if j not in excluded]
    return Features(*features_of(table, targets, candidates, told, request.tell))


def _bare(array: np.ndarray, key: str, request: Request, source: str) -> Eigenvalues | Features | Kernel:
    """One array without a name that tells: by its shape."""
    if array.dtype.names is not None:
        return contents_of_table(from_records(array, source), None, request, source)
    if array.ndim == 0 or array.ndim > 2:
        raise InputError(f"{source} holds an array of {array.ndim} dimensions; expected one or two.")
    if array.size == 0:
        raise InputError(f"{source} is empty; expected a column of eigenvalues, or features with a target.")
    reading = Reading(source, "eigenvalues")
    if array.ndim == 1 or 1 in array.shape:
        if request.target:
            raise InputError(f"{source} has one column, which reads as eigenvalues; leave --target out.")
        return positive_values(array.reshape(-1), None, reading)
    numbers = real_numbers(array, source, key)
    if is_symmetric(numbers):
        if request.target:
            refuse_column_of_kernel(source)
        return spectrum_of_matrix(numbers, "", reading, precision_of(array))
    return contents_of_table(Table(numbers, precision=precision_of(array)), None, request, source)
