"""Standard output: one JSON object, or text and tables that a pipe gets without colours or wrapping."""

from __future__ import annotations

import json
import math
import shutil
import sys
from collections.abc import Collection, Mapping, Sequence
from io import StringIO
from typing import Any

import click

from .visible_text import visible


def say(text: str) -> None:
    """Print text, with what could not be seen in it written out.

    Args:
        text: of one line or several; names in it come from files and may hold anything.
    """
    click.echo(visible(text))


def print_json(content: Mapping[str, Any]) -> None:
    """Print one JSON object; a number that is not finite is not available, so it is null.

    Args:
        content: Plain values, or numpy's, by key.
    """
    click.echo(json.dumps(_available(content), indent=2, allow_nan=False))


def _available(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _available(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_available(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]], kept: Collection[str] = ()) -> None:
    """Print a table: fitted to the width of a terminal, in its natural width to anything else.

    A column in which every row has "-" is left out.

    Args:
        headings: Of the columns.
        rows: Cells, one for each heading.
        kept: Headings of columns that are printed whatever they hold.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = [i for i, name in enumerate(headings) if name in kept or any(row[i] != "-" for row in rows)]
    lines = [[visible(line[i]) for i in shown] for line in (headings, *rows)]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for place, heading in enumerate(lines[0]):
        table.add_column(Text(heading), overflow="fold", no_wrap=place == 0)
    for line in lines[1:]:
        table.add_row(*map(Text, line))
    terminal = sys.stdout.isatty()
    natural = 2 * len(shown) + sum(max(map(len, column)) for column in zip(*lines, strict=True))
    console = Console(
        file=StringIO(),
        width=shutil.get_terminal_size().columns if terminal else natural,
        force_terminal=terminal,
        color_system="auto" if terminal else None,
    )
    with console.capture() as printed:
        console.print(table)
    click.echo("\n".join(line.rstrip() for line in printed.get().splitlines()))
