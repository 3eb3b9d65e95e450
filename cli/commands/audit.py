"""optscaling audit: a published law against its own data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ..console import print_json, read_numbers, run_table, say, selection_rules, table_options


@click.command(short_help="A published law against its own data.")
@click.argument("runs", metavar="RUNS")
@click.option(
    "--parameters",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE",
    help="TOML or JSON with E, A, alpha, B, beta (ln_A for log A).",
)
@click.option(
    "--delta", type=float, default=1e-3, show_default=True, help="Of Huber's function; inf for least squares."
)
@table_options
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(runs: str, parameters: Path, delta: float, as_json: bool, **named: Any) -> None:
    """Hold the law E + A N^-alpha + B D^-beta in FILE against the table RUNS that it was fitted to.

    \b
    optscaling audit runs.csv --parameters law.toml --delta 1e-4
    """
    from ...compare.audits import audit

    named["take"] = named["take"] or "every"
    found = audit(run_table(runs, named), read_numbers(parameters), rules=selection_rules(named), delta=delta)
    if as_json:
        print_json(found.to_json())
    else:
        say(str(found))
