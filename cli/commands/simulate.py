"""optscaling simulate: measure an experiment into a run directory."""

from __future__ import annotations

from pathlib import Path

import click

from ..console import meter, print_json, read_experiment


@click.command(short_help="Measure an experiment; a run that was stopped goes on.")
@click.argument("experiment")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    metavar="RUN",
    help="The run's directory; one that is there already goes on.",
)
@click.option("--memory", type=float, metavar="GB", help="Memory that may be used. No limit if left out.")
@click.option("--processes", type=int, default=1, metavar="P", help="Cells measured at once.  [default: 1]")
@click.option(
    "--precision",
    default="float64",
    metavar="P",
    help="Of the sums over rows: float64, mixed or float32.  [default: float64]",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(experiment: str, out: Path, memory: float | None, processes: int, precision: str, as_json: bool) -> None:
    """Measure EXPERIMENT into the directory RUN, which then serves `optscaling compare`.

    EXPERIMENT is a preset (see `optscaling list`), a TOML file, or - for standard input. Each finished cell is
    kept, so the same command goes on where it was stopped.

    \b
    optscaling simulate mine.toml --out runs/mine
    cat mine.toml | optscaling simulate - --out runs/mine --json
    """
    made = read_experiment(experiment)
    from ...compare.runs import Measurement, cell_usage, chosen_counts, measured_rows, usage_summary
    from ...sim import simulate
    from ...sim.devices import check_precision
    from ..console import cells_line, print_rows

    checked = check_precision(precision)
    with meter("simulate") as show:
        run = simulate(made, out, memory_gb=memory, processes=processes, precision=checked, progress=show.sweep)
    measurement = Measurement.from_dataset(run, made.name)
    rows = measured_rows(measurement)
    if as_json:
        head = {
            "run": str(out),
            "experiment": made.to_dict(),
            "fingerprint": made.fingerprint,
            "seconds": measurement.seconds,
            **{key: run.attrs[key] or None for key in ("diverged", "rank_status", "precision_status")},
        }
        print_json(head | rows.to_json() | {"cells": [cell.to_json() for cell in cell_usage(run)]})
        return
    click.echo(
        f"{made.name}, measured over {made.seeds} seeds, fitted on N = {made.fit_sizes[0]} to {made.fit_sizes[-1]}"
    )
    print_rows(rows)
    notes = (
        run.attrs["rank_status"],
        run.attrs["precision_status"],
        *(chosen_line(name, counts) for name, counts in chosen_counts(run).items()),
        run.attrs["diverged"],
    )
    for note in filter(None, notes):
        click.echo(note)
    click.echo(cells_line(usage_summary(run)))
    click.echo(f"run: {out}")


def chosen_line(optimizer: str, counts: dict[str, int]) -> str:
    """How many cells took which of an optimizer's candidates."""
    listed = ", ".join(f"{candidate} in {count}" for candidate, count in counts.items())
    return f"{optimizer}: {sum(counts.values())} cells, {listed}"
