"""Tables of measured losses: csv, read row by row, grouped by optimizer and by whatever else is named.

Cells are text or numbers and nothing else: none is evaluated, and `shown` makes any safe to print. What is kept of a
row are its numbers and its marks, so a file may be larger than the memory for its text.
"""

from __future__ import annotations

import csv
import math
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import chain, islice
from pathlib import Path

import numpy as np

from ...errors import InputError
from .columns import guess, marks_in, needed, numeric, optimizer_column

_SNIFFED = 1000  # rows looked at to guess columns
_KINDS = 20  # values of a text column beyond which it names runs, not kinds of run


@dataclass(frozen=True, eq=False)
class Series:
    """The runs of one optimizer with the same values in the other columns it is grouped by.

    sizes, losses: shape (n,), as read, or the best of each size. tokens: the same, or None. marks: how many of
    these rows carry each mark, by column and value. rows: rows of the file that went in.
    """

    optimizer: str
    stratum: tuple[str, ...]
    sizes: np.ndarray
    losses: np.ndarray
    tokens: np.ndarray | None
    marks: dict[tuple[str, str], int]
    rows: int

    def curve(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Different sizes in rising order, the mean loss at each, and how many rows it is the mean of."""
        sizes, place, count = np.unique(self.sizes, return_inverse=True, return_counts=True)
        return sizes, np.bincount(place, weights=self.losses) / count, count

    @property
    def name(self) -> str:
        """Optimizer and stratum."""
        return " / ".join([*self.stratum, self.optimizer])


@dataclass(frozen=True, eq=False)
class LossTable:
    """The series of a file, in its order, with the names of the columns used and what was left out."""

    source: str
    series: tuple[Series, ...]
    loss: str
    size: str
    tokens: str | None
    by: tuple[str, ...]
    best: bool
    notes: tuple[str, ...]


def shown(text: str, most: int = 60) -> str:
    """Text of a cell, fit to be printed: no control characters, and not endless.

    >>> shown("=1+1\\x1b[31m")
    '=1+1?[31m'
    """
    clean = "".join(c if c.isprintable() else "?" for c in text)
    return clean if len(clean) <= most else clean[: most - 3] + "..."


def read_losses(
    path: str | Path,
    *,
    loss: str | None = None,
    size: str | None = None,
    tokens: str | None = None,
    by: Sequence[str] = (),
    best: bool = False,
    drop: Sequence[str] = (),
) -> LossTable:
    """The losses in a csv file with one header line. Columns that are not named are guessed.

    by: columns that tell series apart, beside the optimizer's. best: rows of one series with the same size (and
    tokens) are a sweep, of which the lowest loss counts; otherwise they are replicates. drop: COLUMN or COLUMN=VALUE:
    leave out the rows where the column is 1, or VALUE. Raises InputError.
    """
    try:
        with open(path, encoding="utf-8-sig", newline="") as lines:
            return read_lines(lines, str(path), loss=loss, size=size, tokens=tokens, by=by, best=best, drop=drop)
    except FileNotFoundError:
        raise InputError(f"'{path}' is not a file; give a csv file with a header line, or - for input.") from None


def read_lines(
    lines: Iterable[str],
    source: str,
    *,
    loss: str | None = None,
    size: str | None = None,
    tokens: str | None = None,
    by: Sequence[str] = (),
    best: bool = False,
    drop: Sequence[str] = (),
) -> LossTable:
    """`read_losses` for lines from anywhere."""
    rows = _rows(lines, source)
    header = [cell.strip() for cell in next(rows, (0, []))[1]]
    if not header:
        raise InputError(f"{source} is empty; expected a csv file with a header line and one line for each run.")
    twice = [name for name, count in Counter(header).items() if count > 1]
    if twice:
        raise InputError(f"{source}: the header has '{shown(twice[0])}' twice; columns need different names.")
    if all(numeric(cell) for cell in header):
        raise InputError(f"{source} begins with numbers; expected a header line with the columns' names.")
    head = list(islice(rows, _SNIFFED))
    columns = {name: k for k, name in enumerate(header)}

    def column(option: str, name: str) -> int:
        if name not in columns:
            close = get_close_matches(name, header, n=2)
            known = ", ".join(shown(c, 30) for c in header[:12]) + (", ..." if len(header) > 12 else "")
            advice = f"did you mean {' or '.join(map(shown, close))}?" if close else f"its columns are {known}."
            raise InputError(f"{source} has no column '{shown(name)}' for {option}; {advice}")
        return columns[name]

    cells = [row for _, row in head]

    def chosen(what: str, named: str | None) -> int:
        return column(f"--{what}", named if named is not None else needed(what, header, cells, source))

    sizes_at, losses_at = chosen("size", size), chosen("loss", loss)
    likely = tokens if tokens is not None else guess("tokens", header, cells, source)
    tokens_at = None if likely is None else column("--tokens", likely)
    strata = [column("--by", name) for name in by]
    optimizer_at = optimizer_column(header)
    if optimizer_at is None and strata:
        optimizer_at = strata[-1]
    strata = [k for k in strata if k != optimizer_at]
    leave = [(column("--drop", each.partition("=")[0]), each.partition("=")[2] or "1") for each in drop]
    used = {sizes_at, losses_at, tokens_at, optimizer_at, *strata}
    reader = _Reader(source, header, best, marks_in(header, cells, used), used)
    left: Counter[str] = Counter()
    for number, row in chain(head, rows):
        if len(row) != len(header):
            raise InputError(f"{source}: line {number} has {len(row)} cells, but the header has {len(header)}.")
        if any(row[k].strip() == value for k, value in leave):
            left["dropped as asked"] += 1
            continue
        if not row[losses_at].strip():
            left[f"without {header[losses_at]}"] += 1
            continue
        numbers = [reader.number(row, k, number) for k in (sizes_at, losses_at)]
        if tokens_at is not None:
            numbers.append(reader.number(row, tokens_at, number) if row[tokens_at].strip() else math.nan)
        if math.isnan(numbers[1]):
            left["with a loss that is not a number (diverged?)"] += 1
            continue
        key = (row[optimizer_at].strip() if optimizer_at is not None else "all", *(row[k].strip() for k in strata))
        reader.take(key, numbers, row)
    if not reader.groups:
        raise InputError(f"{source} holds no run with a loss; expected one line for each run below the header.")
    notes = [f"{count} rows {why} are left out." for why, count in left.items()]
    return LossTable(
        source=source,
        series=tuple(group.series(key) for key, group in reader.groups.items()),
        loss=header[losses_at],
        size=header[sizes_at],
        tokens=None if tokens_at is None else header[tokens_at],
        by=tuple(header[k] for k in strata),
        best=best,
        notes=(*notes, *reader.mixed()),
    )


def _rows(lines: Iterable[str], source: str) -> Iterator[tuple[int, list[str]]]:
    """Lines that are not blank, with their numbers."""
    reader = csv.reader(lines)
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield reader.line_num, row
    except UnicodeDecodeError:
        raise InputError(f"{source} is not UTF-8 text; expected a csv file with a header line.") from None
    except csv.Error as error:
        raise InputError(
            f"{source}: line {reader.line_num} cannot be read as csv ({error}); expected cells between commas."
        ) from None


@dataclass
class _Group:
    """What is kept of a series while reading."""

    numbers: array[float] = field(default_factory=lambda: array("d"))
    marks: list[tuple[tuple[str, str], ...]] = field(default_factory=list)
    place: dict[tuple[float, float], int] = field(default_factory=dict)
    first: dict[float, dict[int, str]] = field(default_factory=dict)
    mixed: set[int] = field(default_factory=set)
    rows: int = 0

    def series(self, key: tuple[str, ...]) -> Series:
        table = np.array(self.numbers).reshape(-1, 3)
        tokens = None if np.isnan(table[:, 2]).any() else table[:, 2]
        counted = Counter(mark for row in self.marks for mark in row)
        return Series(key[0], key[1:], table[:, 0], table[:, 1], tokens, dict(counted), self.rows)


class _Reader:
    """Takes rows into their groups."""

    def __init__(self, source: str, header: list[str], best: bool, marks: list[int], used: set[int | None]) -> None:
        self.source, self.header, self.best, self.marks = source, header, best, marks
        self.groups: dict[tuple[str, ...], _Group] = {}
        self._others = [k for k in range(len(header)) if k not in used and k not in marks]
        self._seen: dict[int, set[str]] = {k: set() for k in self._others}
        self._known: dict[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]] = {}

    def number(self, row: list[str], k: int, line: int) -> float:
        """A cell as a positive number, or NaN where it says so itself."""
        cell = row[k].strip()
        what = f"{self.source}: line {line}, column {shown(self.header[k])} is '{shown(cell, 40)}'"
        if not numeric(cell):
            raise InputError(f"{what}, but a number is expected; name another column or correct the cell.")
        value = float(cell)
        if math.isnan(value):
            return value
        if value <= 0 or math.isinf(value):
            raise InputError(f"{what}, but a positive, finite number is expected: laws are fitted to logarithms.")
        return value

    def take(self, key: tuple[str, ...], numbers: list[float], row: list[str]) -> None:
        size, loss, tokens = (*numbers, math.nan)[:3]
        if math.isnan(size):
            raise InputError(f"{self.source}: a run of {shown(key[0])} has a size that is not a number; correct it.")
        group = self.groups.setdefault(key, _Group())
        group.rows += 1
        found = tuple((self.header[k], row[k].strip()) for k in self.marks if not _nothing(row[k]))
        found = self._known.setdefault(found, found)
        self._compare(group, size, row)
        at = (size, -1.0 if math.isnan(tokens) else tokens)
        if self.best and at in group.place:
            k = group.place[at]
            if loss < group.numbers[3 * k + 1]:
                group.numbers[3 * k + 1], group.marks[k] = loss, found
            return
        if self.best:
            group.place[at] = len(group.marks)
        group.numbers.extend((size, loss, tokens))
        group.marks.append(found)

    def _compare(self, group: _Group, size: float, row: list[str]) -> None:
        """Note the text columns in which rows of one series and size differ."""
        kinds = {}
        for k in tuple(self._others):
            cell = row[k].strip()
            if cell and numeric(cell):
                continue
            kinds[k] = cell
            self._seen[k].add(cell)
            if len(self._seen[k]) > _KINDS:
                self._others.remove(k)
        if kinds:
            first = group.first.setdefault(size, kinds)
            group.mixed.update(k for k, cell in kinds.items() if first.get(k, cell) != cell)

    def mixed(self) -> list[str]:
        """What was noted, in one sentence."""
        names = dict.fromkeys(k for group in self.groups.values() for k in sorted(group.mixed) if k in self._others)
        if not names:
            return []
        where = [shown(key[0]) for key, group in self.groups.items() if group.mixed & set(names)]
        told = ", ".join(shown(self.header[k]) for k in names)
        return [
            f"Runs of one series and size differ in {told} (in {', '.join(dict.fromkeys(where))}); "
            "name with --by what should keep them apart."
        ]


def _nothing(cell: str) -> bool:
    return cell.strip().lower() in ("", "0", "0.0", "no", "none", "false", "inside", "ok")
