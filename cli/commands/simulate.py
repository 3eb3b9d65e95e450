"""optscaling simulate: measure an experiment into a run directory."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..console import meter, print_json, read_experiment

if TYPE_CHECKING:
    import xarray


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
    from ...compare.runs import Measurement, measured_rows
    from ...sim import simulate
    from ...sim.devices import check_precision
    from ..console import cells_json, cells_line, print_rows

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
        print_json(head | rows.to_json() | {"cells": cells_json(run)})
        return
    click.echo(
        f"{made.name}, measured over {made.seeds} seeds, fitted on N = {made.fit_sizes[0]} to {made.fit_sizes[-1]}"
    )
    print_rows(rows)
    notes = (
        run.attrs["rank_status"],
        run.attrs["precision_status"],
        chosen_summary(run) if "chosen" in run else "",
        run.attrs["diverged"],
    )
    for note in filter(None, notes):
        click.echo(note)
    click.echo(cells_line(run))
    click.echo(f"run: {out}")


def chosen_summary(run: xarray.Dataset) -> str:
    """How many cells took which candidate, a line for each optimizer that had several."""
    lines = []
    for name, taken in zip(run["optimizer"].values, run["chosen"].values, strict=True):
        counts = Counter(str(each) for each in taken.ravel())
        if set(counts) != {str(name)}:
            listed = ", ".join(f"{each} in {count}" for each, count in counts.most_common())
            lines.append(f"{name}: {taken.size} cells, {listed}")
    return "\n".join(lines)
