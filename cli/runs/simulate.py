"""optscaling simulate: measure an experiment into a run directory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..console import meter, print_json, read_experiment, say, stoppable

if TYPE_CHECKING:
    import xarray

    from ...theory.experiments import Experiment


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
@click.option(
    "--executor",
    type=click.Choice(["processes", "dask"]),
    default="processes",
    help="What runs the cells: processes of this machine, or a dask cluster.  [default: processes]",
)
@click.option("--scheduler", metavar="ADDRESS", help="Of a dask cluster that is there, such as tcp://10.0.0.1:8786.")
@click.option("--shard", metavar="I/N", help="Measure one part of N alone, to be joined by `optscaling merge`.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(experiment: str, out: Path, as_json: bool, **options: Any) -> None:
    """Measure EXPERIMENT into the directory RUN, which then serves `optscaling compare`.

    EXPERIMENT is a preset (see `optscaling list`), a TOML file, or - for standard input. Each finished cell is
    kept, so the same command goes on where it was stopped.

    \b
    optscaling simulate mine.toml --out runs/mine
    optscaling simulate mine.toml --out runs/mine --executor dask --scheduler tcp://10.0.0.1:8786
    optscaling simulate mine.toml --out runs/part-1 --shard 1/3
    cat mine.toml | optscaling simulate - --out runs/mine --json
    """
    with stoppable():
        _simulate(read_experiment(experiment), out, as_json, Options(**options))


@dataclass(frozen=True)
class Options:
    """How an experiment is measured, as typed."""

    memory: float | None
    processes: int
    precision: str
    executor: str
    scheduler: str | None
    shard: str | None


def _simulate(made: Experiment, out: Path, as_json: bool, options: Options) -> None:
    from ...errors import InputError

    on_dask = options.executor == "dask"
    if options.scheduler is not None and not on_dask:
        raise InputError("A scheduler belongs to dask; add --executor dask, or leave --scheduler out.")
    if options.shard is not None and on_dask:
        raise InputError("A shard is measured by processes of one machine; leave --shard or --executor dask out.")
    from ...sim import Dask, Shard, simulate, simulate_shard
    from ...sim.devices import check_precision

    precision = check_precision(options.precision)
    if options.shard is not None:
        shard = Shard.parse(options.shard)
        with meter(f"shard {shard}") as show:
            count = simulate_shard(
                made,
                out,
                shard,
                memory_gb=options.memory,
                processes=options.processes,
                precision=precision,
                progress=show.sweep,
            )
        total = len(made.problem.s or (0,)) * len(made.sizes) * made.seeds
        if as_json:
            print_json({"run": str(out), "shard": str(shard), "cells": count, "of": total})
        else:
            say(f"{made.name}: shard {shard} has its {count} of {total} cells; merge the shards to go on")
            say(f"run: {out}")
        return
    with meter("simulate") as show:
        run = simulate(
            made,
            out,
            memory_gb=options.memory,
            processes=options.processes,
            precision=precision,
            executor=Dask(options.scheduler) if on_dask else None,
            progress=show.sweep,
        )
    if as_json:
        print_json(run_json(run, made, out))
    else:
        print_run(run, made, out)


def run_json(run: xarray.Dataset, made: Experiment, out: Path) -> dict[str, Any]:
    """A whole run as one JSON object."""
    from ...compare.runs import Measurement, cell_usage, measured_rows

    measurement = Measurement.from_dataset(run, made.name)
    head = {
        "run": str(out),
        "experiment": made.to_dict(),
        "fingerprint": made.fingerprint,
        "seconds": measurement.seconds,
        **{key: run.attrs.get(key) or None for key in ("diverged", "rank_status", "precision_status", "damaged")},
    }
    return head | measured_rows(measurement).to_json() | {"cells": [cell.to_json() for cell in cell_usage(run)]}


def print_run(run: xarray.Dataset, made: Experiment, out: Path) -> None:
    """A whole run in tables and sentences."""
    from ...compare.runs import Measurement, chosen_counts, measured_rows, usage_summary
    from ..console import cells_line, print_rows

    say(f"{made.name}, measured over {made.seeds} seeds, fitted on N = {made.fit_sizes[0]} to {made.fit_sizes[-1]}")
    print_rows(measured_rows(Measurement.from_dataset(run, made.name)))
    notes = (
        run.attrs["rank_status"],
        run.attrs["precision_status"],
        *(chosen_line(name, counts) for name, counts in chosen_counts(run).items()),
        run.attrs["diverged"],
        run.attrs.get("damaged", ""),
    )
    for note in filter(None, notes):
        say(note)
    say(cells_line(usage_summary(run)))
    say(f"run: {out}")


def chosen_line(optimizer: str, counts: dict[str, int]) -> str:
    """How many cells took which of an optimizer's candidates."""
    listed = ", ".join(f"{candidate} in {count}" for candidate, count in counts.items())
    return f"{optimizer}: {sum(counts.values())} cells, {listed}"
