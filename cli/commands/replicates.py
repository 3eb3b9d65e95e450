"""optscaling replicates: entries with several seeds each."""

from __future__ import annotations

from typing import Any

import click

from ..console import column_options, print_json, run_table, say


@click.command(short_help="Entries with several seeds: who is ahead, and which order holds.")
@click.argument("runs", metavar="RUNS")
@click.option("--entry", metavar="COL", help="Column of the entries.  [default: the optimizer's]")
@click.option("--target", type=float, metavar="LOSS", help="Compare steps at the evidence of a mean below it.")
@click.option("--step", metavar="COL", help="Column of the steps at which a run stops.")
@column_options
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(runs: str, entry: str | None, target: float | None, as_json: bool, **named: Any) -> None:
    """Compare the entries in the table RUNS (- is standard input), one row a run.

    \b
    optscaling replicates final.csv --entry group --target 3.28
    """
    from ...compare.replicates import compare_replicates

    found = compare_replicates(run_table(runs, named), entry=entry, target=target, drop=named["drop"])
    if as_json:
        print_json(found.to_json())
    else:
        say(str(found))
