"""Standard output: one JSON object, or text and tables that a pipe gets without colours or wrapping."""

from __future__ import annotations

import json
import math
import shutil
import sys
from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any

import click


def print_json(content: Mapping[str, Any]) -> None:
    """Print one JSON object; a number that is not finite is not available, so it is null."""
    click.echo(json.dumps(_available(content), indent=2, allow_nan=False))


def _available(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _available(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_available(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table: fitted to the width of a terminal, in its natural width to anything else."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for heading in headings:
        table.add_column(Text(heading), overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    terminal = sys.stdout.isatty()
    if terminal:
        width = shutil.get_terminal_size().columns
    else:
        width = 2 * len(headings) + sum(
            max(len(line[i]) for line in (headings, *rows)) for i in range(len(headings))
        )
    buffer = StringIO()
    Console(file=buffer, width=width, force_terminal=terminal, color_system="auto" if terminal else None).print(
        table
    )
    click.echo("\n".join(line.rstrip() for line in buffer.getvalue().splitlines()))
