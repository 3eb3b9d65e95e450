"""A table of runs for the joint laws and what rests on them: a DataFrame and its columns by role."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import InputError

if TYPE_CHECKING:
    from pandas import DataFrame

_NEEDED = ("loss", "size")


def run_table(path: str, named: dict[str, str | None], drop: tuple[str, ...] = ()) -> tuple[DataFrame, dict[str, str]]:
    """Read a table of runs, - for standard input, and give its columns their roles.

    Args:
        path: of the file.
        named: column by role, None to be found by the reader.
        drop: COLUMN (rows with 1) or COLUMN=VALUE.

    Returns:
        The rows and the columns of the roles that were found.

    Raises:
        InputError: it is no table, or a column that was named, or that of the loss or the size, is not there.
    """
    from ...compare.tables import read_table

    given = {role: name for role, name in named.items() if name is not None}
    table = read_table(path, given)
    frame = table.frame
    for rule in drop:
        column, _, value = rule.partition("=")
        if column not in frame.columns:
            raise InputError(f"--drop names '{column}', which is no column; there are {', '.join(frame.columns)}.")
        cells = frame[column]
        numeric = cells.dtype.kind == "f"
        try:
            dropped = cells == (float(value or 1) if numeric else (value or "1"))
        except ValueError:
            raise InputError(f"--drop {rule}: column '{column}' holds numbers, and '{value}' is none.") from None
        frame = frame[~dropped]
    roles = {role: table.needed(role) if role in _NEEDED else table.one(role) for role in named}
    return frame, {role: name for role, name in roles.items() if name is not None}
