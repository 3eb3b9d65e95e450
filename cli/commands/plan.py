"""optscaling plan: which further runs settle a question."""

from __future__ import annotations

from typing import Any

import click

from ..console import print_json, run_table, say, selection_rules, table_options


@click.command(short_help="Which further runs settle a question within a budget.")
@click.argument("runs", metavar="RUNS")
@click.option("--question", required=True, metavar="TEXT", help="'muon > adamw at 10x', or 'd_beta muon'.")
@click.option("--budget", type=float, required=True, metavar="FLOPS", help="Compute of all further runs, 6 N D each.")
@click.option("--noise", type=float, metavar="SD", help="Of log L between runs.  [default: of the residuals]")
@table_options
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(runs: str, question: str, budget: float, noise: float | None, as_json: bool, **named: Any) -> None:
    """Plan further runs beside those in the table RUNS (- is standard input).

    \b
    optscaling plan runs.csv --question "muon > adamw at 10x" --budget 1e20
    optscaling plan runs.csv --question "d_beta muon" --budget 1e21 --noise 0.001
    """
    from ...compare.forecasts import plan

    rules, baseline = selection_rules(named), named["baseline"]
    found = plan(run_table(runs, named), question, budget, rules=rules, baseline=baseline, noise=noise)
    if as_json:
        print_json(found.to_json())
    else:
        say(str(found))
