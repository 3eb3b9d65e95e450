"""optscaling predict: finite-size theory alone."""

from __future__ import annotations

from pathlib import Path

import click

from ..console import (
    check_figure,
    meter,
    print_json,
    read_experiment,
    save_figure,
    say,
    say_stand_ins,
    stand_ins_json,
    stand_ins_of,
)


@click.command(short_help="Risks and exponents of an experiment, without training.")
@click.argument("experiment")
@click.option(
    "--figure", type=click.Path(path_type=Path), metavar="FILE", help="Risk against size, as .png, .svg or .pdf."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(experiment: str, figure: Path | None, as_json: bool) -> None:
    """Predict the risks and exponents of EXPERIMENT by theory, without training anything.

    EXPERIMENT is a preset (see `optscaling list`), a TOML file, or - for standard input.

    \b
    optscaling predict ramani-jain-quick
    optscaling predict mine.toml --figure risk.svg
    """
    check_figure(figure)
    made = read_experiment(experiment)
    from ...compare.runs import predicted_rows
    from ...theory.prediction import predict
    from ..console import print_rows

    with meter("predict") as show:
        prediction = predict(made, progress=show.fraction)
    rows = predicted_rows(prediction)
    taken = stand_ins_of(made.optimizers)
    if figure is not None:
        from ...compare.figures import prediction_panels

        save_figure(prediction_panels(prediction), figure)
    if as_json:
        head = {"experiment": made.to_dict(), "fingerprint": made.fingerprint}
        files = {} if figure is None else {"figure": str(figure)}
        print_json(head | rows.to_json() | {"notes": dict(prediction.notes)} | stand_ins_json(taken) | files)
        return
    say_stand_ins(taken)
    say(f"{made.name}, predicted by theory, fitted on N = {made.fit_sizes[0]} to {made.fit_sizes[-1]}")
    print_rows(rows)
    for name, note in prediction.notes.items():
        say(f"{name}: {note}")
    if figure is not None:
        say(f"figure: {figure}")
