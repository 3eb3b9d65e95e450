"""A table of runs for the joint laws and what rests on them: a DataFrame and its columns by role."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import InputError

if TYPE_CHECKING:
    from pandas import DataFrame

USUAL = {
    "loss": ("loss", "val_loss", "final_loss", "eval_loss", "c4_loss"),
    "size": ("params_nonembed", "params", "n_params", "size", "N", "n"),
    "tokens": ("tokens", "n_tokens", "D", "d"),
    "optimizer": ("optimizer", "optimiser", "optim"),
}


def run_table(path: str, named: dict[str, str | None], drop: tuple[str, ...] = ()) -> tuple[DataFrame, dict[str, str]]:
    """Read a csv file with a header line, - for standard input.

    Args:
        path: of the file.
        named: column by role, None to be guessed.
        drop: COLUMN (rows with 1) or COLUMN=VALUE.

    Returns:
        The rows and the columns of the roles that were found.

    Raises:
        InputError: it is no table, or a column that was named, or that of the loss or the size, is not there.
    """
    import sys

    import pandas as pd

    try:
        frame = pd.read_csv(sys.stdin if path == "-" else path, encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"'{path}' is not a file; give a csv file with a header line, or - for input.") from None
    except (ValueError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is no table ({error}); expected csv with one header line.") from None
    for rule in drop:
        column, _, value = rule.partition("=")
        if column not in frame.columns:
            raise InputError(f"--drop names '{column}', which is no column; there are {', '.join(frame.columns)}.")
        frame = frame[frame[column].astype(str) != (value or "1")]
    roles = {}
    for role, name in named.items():
        if name is not None and name not in frame.columns:
            raise InputError(f"--{role} names '{name}', which is no column; there are {', '.join(frame.columns)}.")
        found = name or next((usual for usual in USUAL.get(role, ()) if usual in frame.columns), None)
        if found is not None:
            roles[role] = found
        elif role in ("loss", "size"):
            raise InputError(f"{path} has no column that looks like the {role}; name it with --{role}.")
    return frame, roles
