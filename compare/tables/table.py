"""A table of runs with the roles of its columns, and how it was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from ...errors import InputError
from .mended import melted, mended
from .role_file import read_roles
from .role_names import is_logarithm
from .roles import ColumnRole, assign_roles, shown
from .table_files import Progress, read_frame


@dataclass(frozen=True, eq=False)
class Reading:
    """How a table was read.

    Attributes:
        source: where from.
        written: format, delimiter, marks and encoding, in words.
        columns: the role of each column, with its reason.
        rows: of the source.
        notes: what was put right, in sentences.
    """

    source: str
    written: str
    columns: dict[str, ColumnRole]
    rows: int
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "source": self.source,
            "format": self.written,
            "rows": self.rows,
            "notes": list(self.notes),
            "columns": {name: {"role": each.role, "why": each.why} for name, each in self.columns.items()},
        }

    def __str__(self) -> str:
        told = [f"{shown(self.source)}: {self.rows} rows, {self.written}."]
        main = ("loss", "size", "tokens", "compute", "optimizer", "by", "step", "seed", "hyper-parameter", "state")
        for role in main:
            names = [(name, each) for name, each in self.columns.items() if each.role == role]
            if names:
                whys = "; ".join(dict.fromkeys(each.why for _, each in names))
                told.append(f"{role}: {', '.join(shown(name) for name, _ in names)} ({whys})")
        return "\n".join(told + [f"note: {each}" for each in self.notes])


@dataclass(frozen=True, eq=False)
class Table:
    """A table of runs.

    Attributes:
        frame: one row for each row of the source; columns are float64, or text (None where missing).
        roles: role to the names of the columns that have it.
        reading: how it was read.
    """

    frame: pd.DataFrame
    roles: dict[str, tuple[str, ...]]
    reading: Reading

    def one(self, role: str) -> str | None:
        """The column of a role that one column has, or None."""
        names = self.roles.get(role, ())
        return names[0] if names else None

    def column(self, role: str) -> pd.Series | None:
        """The cells of that column."""
        name = self.one(role)
        return None if name is None else self.frame[name]

    def needed(self, role: str) -> str:
        """The column of a role that must be there. Raises InputError."""
        name = self.one(role)
        if name is None:
            numbers = [shown(str(each), 30) for each in self.frame.columns if self.frame[each].dtype.kind == "f"][:12]
            held = f"numbers: {', '.join(numbers)}" if numbers else "no column holds numbers"
            logs = [shown(str(each)) for each in self.frame.columns if is_logarithm(str(each))]
            if logs and role != "loss":
                held = f"{logs[0]} is a logarithm, and the number itself is wanted; {held}"
            raise InputError(
                f"{self.reading.source} has no column that looks like the {role}; name it with --{role} ({held})."
            )
        return name


def read_table(
    source: Any,
    roles: Mapping[str, str | Sequence[str]] | str | Path | None = None,
    *,
    decimal: str | None = None,
    progress: Progress | None = None,
) -> Table:
    """Read a table of runs and give each column a role.

    Args:
        source: a path (csv, tsv, JSON, JSON lines, markdown, parquet), "-" for standard input, a pandas DataFrame, an
            xarray Dataset or a mapping of columns; a table that was read is given back as it is.
        roles: role to column or columns, for those that are known; or a TOML file with them.
        decimal: the decimal mark, where the text cannot tell.
        progress: called with the share read and a label.

    Returns:
        The table, with every column's role and the reason for it in `reading`.

    Raises:
        InputError: where it is no table, or two columns are as likely for one role.

    >>> table = read_table({"params": [1e6, 2e6], "val_loss": [3.0, 2.5], "optimizer": ["adamw", "adamw"]})
    >>> table.one("size"), table.one("loss"), table.one("optimizer")
    ('params', 'val_loss', 'optimizer')
    """
    if isinstance(source, Table):
        return source
    asked = read_roles(roles) if isinstance(roles, str | Path) else roles
    frame, name, written = read_frame(source, decimal=decimal, progress=progress)
    if not len(frame):
        raise InputError(f"{name} has a header and no rows; expected one line for each run.")
    count = len(frame)
    frame, spread = melted(frame) if not asked else (frame, ())
    columns = assign_roles(frame, name, asked)
    frame, notes = mended(frame, columns)
    held: dict[str, tuple[str, ...]] = {}
    for column, each in columns.items():
        held[each.role] = (*held.get(each.role, ()), column)
    return Table(frame, held, Reading(name, written, columns, count, spread + notes))
