"""optscaling reproduce: simulate, predict and compare in one go, with figures and a report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..console import (
    SIZES,
    STDIN,
    STEPS,
    Counts,
    check_writable,
    comparison_json,
    meter,
    print_json,
    read_experiment,
    say,
    show_comparison,
)

if TYPE_CHECKING:
    from ...theory.experiments import Experiment


@click.command(short_help="Simulate, predict and compare a preset, with a report.")
@click.argument("preset")
@click.option("--quick", is_flag=True, help="The preset's quick form, for a first look.")
@click.option("--sizes", type=SIZES, help="Sizes N: a list A,B,C, or those of the preset within A:B.")
@click.option("--seeds", type=int, metavar="K", help="Number of seeds.")
@click.option("--steps", type=STEPS, help="Steps T: a list A,B,C, or those of the preset within A:B.")
@click.option("--noise", type=float, metavar="V", help="Label-noise variance over the target's.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Where to write.  [default: runs/PRESET]")
@click.option("--processes", type=int, default=1, metavar="P", help="Cells measured at once.  [default: 1]")
@click.option("--memory", type=float, metavar="GB", help="Memory that may be used. No limit if left out.")
@click.option(
    "--precision",
    default="float64",
    metavar="P",
    help="Of the sums over rows: float64, mixed or float32.  [default: float64]",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(
    preset: str,
    quick: bool,
    sizes: Counts | None,
    seeds: int | None,
    steps: Counts | None,
    noise: float | None,
    out: Path | None,
    processes: int,
    memory: float | None,
    precision: str,
    as_json: bool,
) -> None:
    """Simulate and predict PRESET, hold the two against each other, and write figures and a report.

    PRESET may also be a TOML file. The directory is a run, so the same command goes on where it was stopped.

    \b
    optscaling reproduce ramani-jain --quick
    optscaling reproduce ramani-jain --sizes 25:1000 --seeds 3 --out runs/small
    """
    made = _experiment(preset, quick)
    made = made.with_(
        sizes=None if sizes is None else sizes.among(made.sizes),
        seeds=seeds,
        steps=None if steps is None else steps.among(made.steps),
        noise=noise,
    )
    folder = _folder(preset, made, out)
    report = folder / "report.html"
    check_writable(report)
    from ...sim import simulate
    from ...sim.devices import check_precision

    checked = check_precision(precision)
    with meter("simulate") as show:
        run = simulate(made, folder, memory_gb=memory, processes=processes, precision=checked, progress=show.sweep)
    from ...compare.runs import compare_with_theory

    with meter("predict") as show:
        comparison, status = compare_with_theory(run, show.fraction)
    from ...compare.figures import save_figures
    from ...compare.report import write_report

    figures = save_figures(comparison, folder / "figures")
    write_report(comparison, report, command=click.get_current_context().obj)
    if as_json:
        files = {"run": str(folder), "report": str(report), "figures": [str(path) for path in figures]}
        print_json(comparison_json(comparison, status) | files)
    else:
        show_comparison(comparison, status)
        say(f"report: {report}")


def _experiment(preset: str, quick: bool) -> Experiment:
    if not quick:
        return read_experiment(preset)
    from ...errors import InputError
    from ...theory.experiments import load_experiment, presets

    known = presets()
    name = f"{preset}-quick"
    if name not in known:
        have = ", ".join(each.removesuffix("-quick") for each in known if each.endswith("-quick")) or "none"
        raise InputError(f"'{preset}' has no quick form (presets that have one: {have}); leave --quick out.")
    return load_experiment(name)


def _folder(preset: str, experiment: Experiment, out: Path | None) -> Path:
    from ...errors import InputError

    if out is not None:
        return out
    if preset == STDIN:
        raise InputError("An experiment from standard input has no name to write under; add --out DIR.")
    return Path("runs") / experiment.name
