"""optscaling forecast: the losses of runs not made, from the laws of those that were."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ..console import (
    check_figure,
    named_numbers,
    points_at,
    print_json,
    run_table,
    save_figure,
    say,
    selection_rules,
    table_options,
)


@click.command(short_help="Losses of runs not made, and what a target costs.")
@click.argument("runs", metavar="RUNS")
@click.option(
    "--at", multiple=True, metavar="10x|N=..,D=..", help="Where: times the largest run's compute, or N and D."
)
@click.option("--compute", type=float, multiple=True, metavar="FLOPS", help="Best N and D of each optimizer at 6 N D.")
@click.option("--target-loss", type=float, multiple=True, metavar="LOSS", help="What it costs to get there.")
@click.option("--cost", multiple=True, metavar="NAME=X", help="Time of a step over the baseline's, such as muon=1.03.")
@click.option("--beyond", is_flag=True, help="Answer also where the back-tests do not carry.")
@click.option("--draws", type=click.IntRange(100, 20_000), default=400, show_default=True, help="Laws drawn.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the draws.")
@table_options
@click.option(
    "--figure", type=click.Path(path_type=Path), metavar="FILE", help="Fans of losses and gaps, .png or .svg."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(
    runs: str,
    at: tuple[str, ...],
    compute: tuple[float, ...],
    target_loss: tuple[float, ...],
    cost: tuple[str, ...],
    figure: Path | None,
    as_json: bool,
    **named: Any,
) -> None:
    """Forecast losses from the table RUNS (- is standard input), with a back-test on its own largest runs.

    \b
    optscaling forecast runs.csv --at 5x --at N=1.6e9,D=3.2e10
    optscaling forecast runs.csv --compute 1e21 --target-loss 2.6 --cost muon=1.03
    """
    check_figure(figure)
    from ...compare.forecasts import ForecastSettings, forecast

    asked = {name: named[name] for name in ("draws", "seed", "baseline", "beyond")}
    settings = ForecastSettings(**asked, rules=selection_rules(named))
    found = forecast(
        run_table(runs, named),
        at=points_at(at),
        compute=compute,
        target_loss=target_loss,
        cost=named_numbers(cost, "--cost"),
        settings=settings,
    )
    if figure is not None:
        from ...compare.law_figures import plot_forecast

        save_figure(plot_forecast(found).figure, figure)  # type: ignore[arg-type]
    if as_json:
        print_json(found.to_json())
    else:
        say(str(found))
