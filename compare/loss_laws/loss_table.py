"""The series of a table of losses: the runs of one optimizer with the same values in the columns of `--by`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd

from ..tables import Reading, SelectedRuns, SelectionRules, Table, merged_values, read_table, select_runs, texts
from ..tables import shown as shown
from .settings import SETTINGS


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
        """Different sizes in rising order, the mean loss at each, and how many rows it is the mean of.

        Beyond a few hundred sizes, those within 1 % are one: a curve of a million points says no more.
        """
        sizes, place, count = np.unique(self.sizes, return_inverse=True, return_counts=True)
        if len(sizes) > SETTINGS.most_sizes:
            values, _ = merged_values(self.sizes, SETTINGS.binned)
            sizes, place, count = np.unique(values, return_inverse=True, return_counts=True)
        return sizes, np.bincount(place, weights=self.losses) / count, count

    def replicate_spread(self) -> tuple[float, int]:
        """Standard deviation of log loss between replicates of one size, and its degrees of freedom."""
        _, place, count = np.unique(self.sizes, return_inverse=True, return_counts=True)
        log = np.log(self.losses)
        squares = float(np.sum((log - (np.bincount(place, weights=log) / count)[place]) ** 2))
        free = len(log) - len(count)
        return (float(np.sqrt(squares / free)), free) if free > 0 else (0.0, 0)

    @property
    def name(self) -> str:
        """Optimizer and stratum."""
        return " / ".join([*self.stratum, self.optimizer])


@dataclass(frozen=True, eq=False)
class LossTable:
    """The series of a table, in its order, with the names of the columns used and what was left out.

    Attributes:
        source: the table's name.
        series: one for each optimizer and stratum.
        loss, size, tokens: names of columns; tokens may be None.
        by: columns that tell series apart.
        best: the best of a sweep was taken.
        notes: what was left out and what was done with rows that differ.
        reading: which column is what and why.
        runs: the rows that count.
    """

    source: str
    series: tuple[Series, ...]
    loss: str
    size: str
    tokens: str | None
    by: tuple[str, ...]
    best: bool
    notes: tuple[str, ...]
    reading: Reading | None = None
    runs: SelectedRuns | None = field(default=None, repr=False)

    def reading_json(self) -> dict[str, Any]:
        """How the table was read, as plain values."""
        return {
            **({} if self.reading is None else self.reading.to_json()),
            **({} if self.runs is None else self.runs.to_json()),
        }


def series_of(table: Table, rules: SelectionRules | None = None) -> LossTable:
    """The series of a table of runs.

    Args:
        table: as `read_table` gives it.
        rules: what is done with rows of one optimizer and size that differ.

    Returns:
        A series for each optimizer and each value of the columns that tell series apart.

    Raises:
        InputError: where no row is left, or rows differ in a column without a role.
    """
    runs = select_runs(table, rules)
    frame = runs.frame
    series = []
    for key, part in frame.groupby([*runs.by, "@optimizer"], sort=False, dropna=False):
        names = [str(each) for each in (key if isinstance(key, tuple) else (key,))]
        tokens = part["@tokens"].to_numpy()
        series.append(
            Series(
                names[-1],
                tuple(names[:-1]),
                part["@size"].to_numpy(),
                part["@loss"].to_numpy(),
                tokens if np.isfinite(tokens).all() else None,
                _marks(part, runs.marks),
                int(part["@rows"].iloc[0]),
            )
        )
    left = [f"{count} rows {why} are left out." for why, count in runs.left_out.items()]
    mixed = ["runs of one size differ in tokens: a law in size alone mixes them"] if runs.tokens_vary else []
    told = [f"{note[0].upper()}{note[1:]}." for note in (*runs.notes, *mixed)]
    return LossTable(
        source=table.reading.source,
        series=tuple(series),
        loss=table.needed("loss"),
        size=table.needed("size"),
        tokens=table.one("tokens"),
        by=runs.by,
        best=runs.swept,
        notes=(*left, *told, *(f"{edge}." for edge in runs.edges)),
        reading=table.reading,
        runs=runs,
    )


def read_losses(
    source: Any,
    *,
    loss: str | None = None,
    size: str | None = None,
    tokens: str | None = None,
    by: Sequence[str] = (),
    best: bool = False,
    drop: Sequence[str] = (),
) -> LossTable:
    """The losses in a table. Columns that are not named are found by their names and cells.

    Args:
        source: a path, "-", a DataFrame, an xarray Dataset or a mapping of columns, as in `read_table`.
        loss: column of the loss.
        size: column of the size: parameters, width or compute.
        tokens: column of the training tokens.
        by: columns that tell series apart, beside the optimizer's.
        best: rows of one series with the same size (and tokens) are a sweep, of which the lowest loss counts.
        drop: COLUMN or COLUMN=VALUE: leave out the rows where the column is 1, or VALUE.

    Returns:
        Its series.

    Raises:
        InputError: where the table cannot be used, with what to do.
    """
    table = read_table(source, roles_asked({"loss": loss, "size": size, "tokens": tokens}, by))
    return series_of(table, SelectionRules(best=best, drop=tuple(drop)))


def roles_asked(named: Mapping[str, str | None], by: Sequence[str] = ()) -> dict[str, str | Sequence[str]]:
    """The roles that were given, for `read_table`."""
    made: dict[str, str | Sequence[str]] = {role: name for role, name in named.items() if name is not None}
    return made | ({"by": list(by)} if by else {})


def read_lines(lines: Iterable[str], source: str, **options: Any) -> LossTable:
    """`read_losses` for lines of text from anywhere.

    Args:
        lines: of a text table, with its header.
        source: its name, for messages.
        **options: of `read_losses`.

    Returns:
        Its series.
    """
    text = "".join(line if line.endswith("\n") else line + "\n" for line in lines)
    stream = BytesIO(text.encode())
    stream.name = source
    return read_losses(stream, **options)


def _marks(part: pd.DataFrame, marks: Sequence[str]) -> dict[tuple[str, str], int]:
    found: Counter[tuple[str, str]] = Counter()
    for name in marks:
        for value, count in texts(part[name]).value_counts().items():
            if str(value).lower() not in ("", "0", "no", "none", "false", "inside", "ok"):
                found[name, str(value)] += int(count)
    return dict(found)
