"""Tables of text, and data frames, as numbers and words by column; large ones a part at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError
from .border import library_errors, shown
from .memory import check_fits
from .real_numbers import is_words, real_numbers
from .text_dialect import SAMPLE, Dialect, dialect_of

_PART = 2**21  # cells read at once
_LONGEST = 200  # characters of a cell: more is no number, and the rest is not kept


@dataclass(frozen=True, eq=False)
class Table:
    """Columns of numbers, and those that hold words.

    Attributes:
        numbers: Shape (n, d); NaN in columns of words.
        names: Of the columns, empty where the file has none.
        words: Column -> its cells as text, shape (n,).
        precision: Relative rounding of the numbers as stored.
    """

    numbers: np.ndarray
    names: tuple[str, ...] = ()
    words: dict[int, np.ndarray] = field(default_factory=dict)
    precision: float = 2.0**-52

    @property
    def width(self) -> int:
        """Columns."""
        return self.numbers.shape[1]

    def label(self, column: int) -> str:
        """What to call a column."""
        return shown(self.names[column]) if self.names and self.names[column] else str(column)


def read_text(path: Path, source: str, tell: Callable[[float], None]) -> Table:
    """A table of text: csv, tsv, or plain columns, with or without a header.

    Args:
        path: The file.
        source: What to call it in sentences.
        tell: Called with the share that has been read.

    Raises:
        InputError: For rows of different widths, an empty table, and what pandas cannot read.
    """
    size = path.stat().st_size
    check_fits(2.0 * size, source)
    with library_errors(source, "a table of numbers"):
        with path.open("rb") as file:
            start = file.read(SAMPLE)
        dialect = dialect_of(start, len(start) < SAMPLE, source)
        if dialect is None:
            raise InputError(f"{source} is empty; expected a column of eigenvalues, or features with a target.")
        return _parsed(path, dialect, size, tell)


def from_frame(frame: Any, source: str) -> Table:
    """A pandas DataFrame (or what pandas makes one of).

    Args:
        frame: The frame; its index is no column.
        source: What to call it in sentences.

    Raises:
        InputError: Where columns hold neither numbers nor words.
    """
    with library_errors(source, "columns of numbers or words"):
        return _joined([_columns(frame)], tuple(map(str, frame.columns)))


def from_records(array: np.ndarray, source: str) -> Table:
    """An array of records, one a row, whose fields are the columns.

    Args:
        array: Shape (n,), or (n, 1); its type has named fields.
        source: What to call it in sentences.

    Raises:
        InputError: For records in several columns, and fields that are neither numbers nor words.
    """
    names = array.dtype.names or ()
    if array.size != max(array.shape, default=0) or any(array.dtype[name].shape for name in names):
        raise InputError(
            f"{source} holds records of shape {array.shape} whose fields are {shown(str(array.dtype), 80)}; expected "
            "one record a row, and one number a field."
        )
    with library_errors(source, "fields of numbers or words"):
        flat = array.reshape(-1)
        return _joined([[_field(np.asarray(flat[name]), source, name) for name in names]], names)


def _field(values: np.ndarray, source: str, name: str) -> np.ndarray:
    if is_words(values):
        return np.char.decode(values, "latin-1") if values.dtype.kind == "S" else values
    return np.asarray(real_numbers(values, source, name), dtype=np.float64)


def first_word(cells: np.ndarray) -> tuple[int, str]:
    """Row, from 1, and text of the first cell that is no number; ("empty" for a blank one)."""
    for i, cell in enumerate(cells):
        if not _reads(cell):
            return i + 1, shown(str(cell)) or "empty"
    return 1, shown(str(cells[0]))


def first_misprint(cells: np.ndarray) -> tuple[int, str] | None:
    """`first_word` of a column that is mostly numbers, so that a word in it is a slip; None for a column of words."""
    some = cells[:: max(1, len(cells) // 1000)]
    return first_word(cells) if sum(map(_reads, some)) > len(some) / 2 else None


def _reads(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return len(cell) < _LONGEST


def _parsed(path: Path, dialect: Dialect, size: int, tell: Callable[[float], None]) -> Table:
    import pandas

    parts = []
    separator = {"": "\x01", " ": r"\s+"}.get(dialect.delimiter, dialect.delimiter)
    with path.open("rb") as file:
        reader = pandas.read_csv(
            file,
            sep=separator,
            decimal=dialect.decimal,
            thousands=None,
            encoding=dialect.encoding,
            encoding_errors="replace",
            header=None,
            skiprows=dialect.skipped,
            comment=dialect.comment,
            names=range(dialect.width),
            usecols=range(dialect.width),
            index_col=False,
            skipinitialspace=True,
            float_precision="round_trip",
            low_memory=False,
            chunksize=max(1, _PART // dialect.width),
        )
        for part in reader:
            parts.append(_columns(part))
            tell(min(file.tell() / max(size, 1), 1.0))
    return _joined(parts, dialect.names)


def _columns(frame: Any) -> list[np.ndarray]:
    """Columns of a frame: float64, or text where they hold words."""
    found = []
    for j in range(frame.shape[1]):
        column = frame.iloc[:, j]
        if column.dtype.kind in "fiub" and not hasattr(column.dtype, "na_value"):
            found.append(column.to_numpy(dtype=np.float64))
        else:
            found.append(_numbers_or_words(column))
    return found


def _numbers_or_words(column: Any) -> np.ndarray:
    import pandas

    numbers = pandas.to_numeric(column, errors="coerce")
    blank = column.isna() | (column.astype(str).str.strip() == "")
    if bool((numbers.isna() & ~blank).any()):
        words = column.astype(str).str.strip().str.slice(0, _LONGEST).where(~blank, "")
        return np.array(words.to_list(), dtype=str)
    return np.asarray(numbers.to_numpy(dtype=np.float64, na_value=np.nan))


def _joined(parts: list[list[np.ndarray]], names: tuple[str, ...]) -> Table:
    """Parts below each other. A column that holds words in one of them holds words."""
    width, length = len(parts[0]), sum(len(part[0]) for part in parts if part)
    numbers = np.empty((length, width))
    words: dict[int, np.ndarray] = {}
    for j in range(width):
        pieces = [part[j] for part in parts]
        if any(each.dtype.kind == "U" for each in pieces):
            words[j] = np.concatenate([each.astype(str) for each in pieces])
            numbers[:, j] = np.nan
        else:
            np.concatenate(pieces, out=numbers[:, j])
    return Table(numbers, names, words)
