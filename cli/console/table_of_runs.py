"""Options and reading of a table of runs, for the joint laws and what rests on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from ...errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from pandas import DataFrame

_ROLES = ("loss", "size", "tokens", "optimizer")


def table_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that name columns, drop rows and choose the baseline, as keywords of the command.

    Args:
        command: the function of a click command.

    Returns:
        It, with the options.
    """
    options = [
        *(click.option(f"--{role}", metavar="COL", help=f"Column of the {role}.") for role in _ROLES),
        click.option("--drop", metavar="COL[=VALUE]", multiple=True, help="Leave out rows where COL is VALUE (or 1)."),
        click.option(
            "--baseline", metavar="NAME", help="Optimizer to compare with.  [default: AdamW, Adam, SGD, first]"
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def run_table(path: str, named: Mapping[str, Any]) -> tuple[DataFrame, dict[str, str], str | None]:
    """Read a table of runs, - for standard input, and leave out the rows that are dropped.

    Args:
        path: of the file.
        named: the options of `table_options` by name, None where not given.

    Returns:
        The rows, the columns that were named by their roles, and the baseline.

    Raises:
        InputError: it is no table, or --drop names no column.
    """
    from ...compare.tables import read_table

    given = {role: named[role] for role in (*_ROLES, "step") if named.get(role) is not None}
    frame = read_table(path, given).frame
    for rule in named.get("drop") or ():
        column, _, value = rule.partition("=")
        if column not in frame.columns:
            raise InputError(f"--drop names '{column}', which is no column; there are {', '.join(frame.columns)}.")
        cells = frame[column]
        try:
            dropped = cells == (float(value or 1) if cells.dtype.kind == "f" else (value or "1"))
        except ValueError:
            raise InputError(f"--drop {rule}: column '{column}' holds numbers, and '{value}' is none.") from None
        frame = frame[~dropped]
    return frame, given, named.get("baseline")


def named_numbers(pairs: Sequence[str], option: str) -> dict[str, float]:
    """NAME=X, as numbers by name.

    Args:
        pairs: as typed.
        option: its name, for the message.

    Returns:
        Number by name.

    Raises:
        InputError: a pair is no name with a positive number.

    >>> named_numbers(["muon=1.03"], "--cost")
    {'muon': 1.03}
    """
    found = {}
    for pair in pairs:
        name, _, text = pair.rpartition("=")
        try:
            found[name] = float(text)
        except ValueError:
            found[name] = -1.0
        if not name or not 0 < found[name] < float("inf"):
            raise InputError(f"{option} {pair}: expected NAME=X with X > 0, such as muon=1.03.")
    return found


def points_at(texts: Sequence[str]) -> list[tuple[float, float] | float]:
    """Points as typed: 10x, or N=1.6e9,D=3.2e10.

    Args:
        texts: as typed.

    Returns:
        A factor of compute, or (N, D), for each.

    Raises:
        InputError: a text is neither.

    >>> points_at(["10x", "N=1.6e9,D=3.2e10"])
    [10.0, (1600000000.0, 32000000000.0)]
    """
    found: list[tuple[float, float] | float] = []
    for text in texts:
        wrong = InputError(f"--at {text}: expected a factor such as 10x, or N=1.6e9,D=3.2e10.")
        if text.lower().endswith("x"):
            try:
                factor = float(text[:-1])
            except ValueError:
                raise wrong from None
            if not 0 < factor < float("inf"):
                raise wrong
            found.append(factor)
            continue
        try:
            numbers = named_numbers(text.split(","), "--at")
        except InputError:
            raise wrong from None
        if set(numbers) != {"N", "D"}:
            raise wrong
        found.append((numbers["N"], numbers["D"]))
    return found


def read_numbers(path: Path) -> dict[str, float]:
    """Numbers by name from a TOML or JSON file.

    Args:
        path: of the file; JSON where it ends in .json.

    Returns:
        Number by name.

    Raises:
        InputError: there is no such file, or it holds anything else.
    """
    import json
    import tomllib

    try:
        text = path.read_text("utf-8")
        content = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except OSError:
        raise InputError(f"'{path}' is not a file; give TOML such as alpha = 0.34, one line a parameter.") from None
    except ValueError as error:
        raise InputError(f"{path} is neither TOML nor JSON ({error}); expected lines such as alpha = 0.34.") from None
    if not isinstance(content, dict) or not all(type(value) in (int, float) for value in content.values()):
        raise InputError(f"{path} must hold one number for each name, such as alpha = 0.34, and nothing else.")
    return {name: float(value) for name, value in content.items()}
