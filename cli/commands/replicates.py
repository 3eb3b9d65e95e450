"""optscaling replicates: entries with several seeds each."""

from __future__ import annotations

from typing import Any

import click

from ..console import print_json, run_table, say


@click.command(short_help="Entries with several seeds: who is ahead, and which order holds.")
@click.argument("runs", metavar="RUNS")
@click.option("--entry", metavar="COL", help="Column of the entries.  [default: the optimizer's]")
@click.option("--target", type=float, metavar="LOSS", help="Compare steps at the evidence of a mean below it.")
@click.option("--loss", metavar="COL", help="Column of the loss.")
@click.option("--step", metavar="COL", help="Column of the steps at which a run stops.")
@click.option("--drop", metavar="COL[=VALUE]", multiple=True, help="Leave out rows where COL is VALUE (or 1).")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(runs: str, entry: str | None, target: float | None, as_json: bool, **named: Any) -> None:
    """Compare the entries in the table RUNS (- is standard input), one row a run.

    \b
    optscaling replicates final.csv --entry group --target 3.28
    """
    from ...compare.replicates import compare_replicates

    frame, roles, _ = run_table(runs, named)
    found = compare_replicates(frame, roles, entry=entry, target=target)
    if as_json:
        print_json(found.to_json())
    else:
        say(str(found))
