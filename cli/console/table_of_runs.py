"""Options and reading of a table of runs, for the joint laws and what rests on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ...errors import InputError

if TYPE_CHECKING:
    from ...compare.tables import SelectionRules, Table

_ROLES = ("loss", "size", "tokens", "optimizer")
_COLUMNS = (
    click.option("--loss", metavar="COL", help="Column of the loss."),
    click.option("--size", metavar="COL", help="Column of the size: parameters, width or compute."),
    click.option("--tokens", metavar="COL", help="Column of the training tokens."),
    click.option("--optimizer", metavar="COL", help="Column of the optimizer's name."),
    click.option("--by", metavar="COL[,COL]", help="Columns that tell series apart, beside the optimizer's."),
    click.option("--role", metavar="COL=ROLE", multiple=True, help="Role of any column: sweep, seed, step, other, ..."),
    click.option("--roles", type=click.Path(path_type=Path), metavar="FILE", help="Roles from a TOML file."),
    click.option("--drop", metavar="COL[=VALUE]", multiple=True, help="Leave out rows where COL is VALUE (or 1)."),
    click.option("--decimal", type=click.Choice([".", ","]), help="Decimal mark, where the table cannot tell."),
)
_ROWS = (
    click.option("--best", is_flag=True, help="Repeated cells are a sweep, whatever differs: take the lowest loss."),
    click.option(
        "--take", type=click.Choice(["last", "lowest", "every"]), help="Of a history.  [default: last; audit: every]"
    ),
    click.option("--keep-outliers", is_flag=True, help="Diverged replicates count."),
)
_BASELINE = click.option(
    "--baseline", metavar="NAME", help="Optimizer to compare with.  [default: AdamW, Adam, SGD or the first]"
)


def table_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that name columns, say which rows count and choose the baseline, as keywords of the command.

    Args:
        command: the function of a click command.

    Returns:
        It, with the options.
    """
    return _with(command, (*_COLUMNS, *_ROWS, _BASELINE))


def column_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that name columns and leave out rows, as keywords of the command.

    Args:
        command: the function of a click command.

    Returns:
        It, with the options.
    """
    return _with(command, _COLUMNS)


def _with(command: Callable[..., Any], options: Sequence[Callable[..., Any]]) -> Callable[..., Any]:
    for option in reversed(options):
        command = option(command)
    return command


def run_table(path: str, named: Mapping[str, Any], progress: Callable[[float, str], Any] | None = None) -> Table:
    """Read a table of runs, - for standard input, with the roles that were typed.

    Args:
        path: of the file.
        named: the options of `table_options` by name, None where not given.
        progress: called with the share read and a label.

    Returns:
        The table.

    Raises:
        InputError: it is no table, or a column that was named is not there.
    """
    from ...compare.tables import read_table

    return read_table(path, typed_roles(named), decimal=named.get("decimal"), progress=progress)


def selection_rules(named: Mapping[str, Any]) -> SelectionRules:
    """What is done with rows that differ, as typed.

    Args:
        named: the options of `table_options` by name.

    Returns:
        The rules.
    """
    from ...compare.tables import SelectionRules

    return SelectionRules(named["best"], named["take"], named["drop"], named["keep_outliers"])


def typed_roles(named: Mapping[str, Any]) -> dict[str, list[str]]:
    """Roles from the file of --roles, then those that were typed.

    Args:
        named: the options of `table_options` by name, and --step where a command has it.

    Returns:
        Columns by role.

    Raises:
        InputError: the file cannot be read, or a --role names no role.
    """
    from ...compare.tables import read_roles

    roles = read_roles(named["roles"]) if named.get("roles") is not None else {}
    typed = {role: [named[role]] for role in (*_ROLES, "step") if named.get(role)}
    typed |= {"by": [name.strip() for name in named["by"].split(",")]} if named.get("by") else {}
    for pair in named.get("role") or ():
        name, equal, role = pair.rpartition("=")
        if not equal:
            raise InputError(f"--role '{pair}' names no role; type --role COLUMN=ROLE, such as --role lr=sweep.")
        typed.setdefault(role, []).append(name)
    said = {name for names in typed.values() for name in names}
    kept = {role: [name for name in names if name not in said] for role, names in roles.items() if role not in typed}
    return kept | typed


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
