"""What a table holds: which columns are targets, features, eigenvalues, or an index."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...errors import InputError
from .border import shown
from .columns import features_of, is_index
from .contents import Eigenvalues, Features, Kernel, LeftOut, Reading
from .matrices import is_symmetric, kernel_of, refuse_column_of_kernel, spectrum_of_matrix
from .positive_values import positive_values
from .request import Request
from .roles import energies_among, role_of
from .targets import targets_of
from .text_table import Table, first_misprint, first_word

Labels = tuple[np.ndarray, str, list[str]]


def contents_of_table(
    table: Table, labels: Labels | None, request: Request, source: str
) -> Eigenvalues | Features | Kernel:
    """What a table holds: features where a target is named or labels came with it, else a kernel or eigenvalues.

    Args:
        table: The table.
        labels: Targets that were read elsewhere, what to call them, and notes.
        request: What is asked.
        source: The file's name, for sentences.

    Raises:
        InputError: For whatever cannot be used.
    """
    if table.numbers.size == 0:
        raise InputError(f"{source} is empty; expected a column of eigenvalues, or features with a target.")
    if labels is not None:
        targets, label, notes = labels
        if len(targets) != len(table.numbers):
            raise InputError(
                f"{source} has {len(table.numbers)} rows, but there are {len(targets)} labels; give one each."
            )
        reading = Reading(source, "features", label, notes=tuple(notes))
        if not table.words and is_symmetric(table.numbers):
            return kernel_of(table.numbers, targets, table.precision, replace(reading, kind="kernel"))
        return _features(table, targets, set(), request, reading)
    if request.target:
        if table.width == 1:
            raise InputError(f"{source} has one column, which reads as eigenvalues; leave --target out.")
        if not table.names and is_symmetric(table.numbers):
            refuse_column_of_kernel(source)
        columns = [column_named(each, table, source) for each in request.target]
        words = [j for j in columns if j in table.words]
        if words and len(columns) > 1:
            raise InputError(f"{source}: of several targets {table.label(words[0])} holds words; name it alone.")
        label = " and ".join(map(table.label, columns))
        array = table.words[columns[0]] if words else table.numbers[:, columns]
        targets, notes = targets_of(array, source, label, request.classes)
        return _features(table, targets, set(columns), request, Reading(source, "features", label, notes=tuple(notes)))
    if not table.words and is_symmetric(table.numbers):
        return spectrum_of_matrix(table.numbers, "", Reading(source, "eigenvalues"))
    return _eigenvalue_columns(table, request, source)


def _features(table: Table, targets: np.ndarray, used: set[int], request: Request, reading: Reading) -> Features:
    """The features of a table, columns of words left out where they are ids."""
    source = reading.source
    excluded = {j for each in request.exclude for j in _columns_named(each, table, source)} - used
    left = [LeftOut("column", table.label(j), "so it was asked") for j in sorted(excluded)]
    candidates = []
    for j in range(table.width):
        if j in used or j in excluded:
            continue
        if j in table.words:
            if first_misprint(table.words[j]) or len(np.unique(table.words[j])) < len(table.numbers):
                row, cell = first_word(table.words[j])
                raise InputError(
                    f"{source}: row {row}, column {table.label(j)} is '{cell}', but a number is expected; give its "
                    f"values as numbers, or leave it out by --exclude {table.label(j)}."
                )
            left.append(LeftOut("column", table.label(j), "it is a word of its own in every row"))
            continue
        candidates.append(j)
    told = replace(reading, left_out=(*reading.left_out, *left))
    return Features(*features_of(table, targets, candidates, told, request.tell))


def _eigenvalue_columns(table: Table, request: Request, source: str) -> Eigenvalues:
    """Eigenvalues, with energies where columns are named so; an index beside them is left out."""
    excluded = {j for each in request.exclude for j in _columns_named(each, table, source)}
    left = [LeftOut("column", table.label(j), "so it was asked") for j in sorted(excluded)]
    open_columns = [j for j in range(table.width) if j not in excluded]
    named = [j for j in open_columns if table.names and role_of(table.names[j]) == "eigenvalues"]
    energies = [j for j in energies_among(table.names) if j in open_columns]
    values = named
    if not named:
        for j in open_columns:
            reason = None if j in table.words or table.width == 1 else is_index(table.numbers[:, j], _name(table, j))
            if reason is not None:
                left.append(LeftOut("column", table.label(j), reason))
            elif j not in energies:
                values = [*values, j]
    if len(values) != 1:
        last = table.label(open_columns[-1]) if open_columns else "y"
        raise InputError(
            f"{source} has {table.width} columns and no target; name its column, for example --target {last}, give a "
            "file of --labels, or one column of eigenvalues."
        )
    if values[0] in table.words:
        row, cell = first_word(table.words[values[0]])
        raise InputError(f"{source}: row {row}, column {table.label(values[0])} is '{cell}', but a number is expected.")
    if named:
        rest = [j for j in open_columns if j not in named and j not in energies]
        left += [LeftOut("column", table.label(j), "its name tells no role") for j in rest]
    reading = Reading(source, "eigenvalues", left_out=tuple(left))
    return positive_values(table.numbers[:, values[0]], table.numbers[:, energies] if energies else None, reading)


def _name(table: Table, column: int) -> str | None:
    return table.names[column] if table.names else None


def _columns_named(text: str, table: Table, source: str) -> list[int]:
    """Columns of that name, all of them where several have it, or of that number."""
    found = [j for j, name in enumerate(table.names) if name == text]
    return found or [column_named(text, table, source)]


def column_named(text: str, table: Table, source: str) -> int:
    """The column of that name, or else of that number.

    Args:
        text: Name, or number from 0, negative from the end.
        table: The table.
        source: The file's name, for sentences.

    Raises:
        InputError: Where there is none, or where several have the name, with the choices to type.
    """
    names, width = table.names, table.width
    same = [j for j, name in enumerate(names) if name == text]
    if not same:
        same = [j for j, name in enumerate(names) if name.lower() == text.lower()]
    if len(same) == 1:
        return same[0]
    if same:
        raise InputError(_choices(text, same, table, source))
    try:
        number = int(text)
    except ValueError:
        number = width
    if -width <= number < width:
        return number % width
    known = ", ".join([shown(name) for name in names[:8]] + ["..."] * (width > 8)) if names else f"0 to {width - 1}"
    raise InputError(f"{source} has no column '{shown(text)}'; its columns are {known}.")


def _choices(text: str, same: list[int], table: Table, source: str) -> str:
    """What to type where several columns have one name."""
    told = ", ".join(map(str, same))
    equal = [j for j in same[1:] for i in same[: same.index(j)] if _equal(table, i, j)]
    text = shown(text)
    also = f", of which {' and '.join(map(str, sorted(set(equal))))} repeat an earlier one" if equal else ""
    options = " or ".join(
        " ".join([f"--target {j}", *(f"--exclude {i}" for i in same if i != j and _equal(table, i, j))]) for j in same
    )
    return (
        f"{source} has {len(same)} columns named {text} (numbers {told}{also}), and one is the target, others may be "
        f"features; give its number: {options}."
    )


def _equal(table: Table, i: int, j: int) -> bool:
    if i in table.words or j in table.words:
        return i in table.words and j in table.words and np.array_equal(table.words[i], table.words[j])
    return np.array_equal(table.numbers[:, i], table.numbers[:, j], equal_nan=True)
