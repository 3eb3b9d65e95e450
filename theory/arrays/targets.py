"""What a target is: numbers, several columns of them, or words, which are classes."""

from __future__ import annotations

import numpy as np

from ...errors import InputError
from .border import shown
from .real_numbers import is_words, real_numbers
from .text_table import first_misprint

_MOST_CLASSES = 1000
_FEW = 50  # whole numbers of at most so many values are told to be taken as numbers


def targets_of(array: np.ndarray, source: str, label: str, classes: bool = False) -> tuple[np.ndarray, list[str]]:
    """Targets, shape (n, k), and sentences on what they were taken for.

    Words are classes, and classes one column each, 1 where a row is of that class and 0 elsewhere; two classes need
    one column alone, as the other is its complement. Columns add up, and are centred where they are used.

    Args:
        array: Shape (n,), (n, 1) or (n, k).
        source: The file's name, for sentences.
        label: The target's name.
        classes: Whether numbers are labels of classes as well.

    Raises:
        InputError: For words that differ in nearly every row, other shapes, and types that are no numbers.
    """
    if array.ndim == 2 and 1 in array.shape:
        array = array.reshape(-1)
    if array.ndim not in (1, 2):
        raise InputError(f"{source}: the target {label} has shape {array.shape}; expected (n,) or (n, k).")
    if array.ndim == 1 and (is_words(array) or classes):
        return _one_hot(array, source, label)
    if is_words(array):
        raise InputError(f"{source}: the target {label} has several columns of words; give one, or numbers.")
    numbers = np.asarray(real_numbers(array, source, label), dtype=np.float64)
    notes = []
    if numbers.ndim == 1:
        kinds = np.unique(numbers) if len(numbers) else numbers
        if 2 < len(kinds) <= min(_FEW, len(numbers) // 4) and np.all(kinds == np.round(kinds)):
            notes.append(
                f"The target {label} holds {len(kinds)} whole numbers and was taken as numbers; classes = true "
                "(--classes) takes them as labels of classes."
            )
    elif numbers.shape[1] > 1:
        notes.append(f"The target {label} has {numbers.shape[1]} columns; their energies were added up.")
    return numbers.reshape(len(numbers), -1), notes


def _one_hot(array: np.ndarray, source: str, label: str) -> tuple[np.ndarray, list[str]]:
    if array.dtype.kind == "S":
        array = array.astype(str, copy=False) if array.dtype.kind == "U" else np.char.decode(array, "latin-1")
    if array.dtype.kind == "U" and np.any(array == ""):
        row = int(np.argmax(array == "")) + 1
        raise InputError(f"{source}: the target {label} is empty in row {row}; fill it, or leave the row out.")
    slip = first_misprint(array) if array.dtype.kind == "U" else None
    if slip is not None:
        raise InputError(f"{source}: row {slip[0]}, column {label} is '{slip[1]}', but a number is expected.")
    kinds, which = np.unique(array, return_inverse=True)
    if len(kinds) > min(_MOST_CLASSES, max(2, len(array) // 2)):
        raise InputError(
            f"{source}: the target {label} holds {len(kinds)} different words in {len(array)} rows (such as "
            f"'{shown(str(kinds[0]))}'), too many for classes; name a target of numbers, or of fewer classes."
        )
    told = ", ".join(shown(str(kind), 20) for kind in kinds[:4]) + ", ..." * (len(kinds) > 4)
    note = f"The target {label} was taken as {len(kinds)} classes ({told}), one column each, centred."
    if len(kinds) == 2:
        return (which == 1).astype(np.float64)[:, None], [note]
    return (which[:, None] == np.arange(len(kinds))).astype(np.float64), [note]
