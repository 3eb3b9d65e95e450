"""optscaling fit: exponents from measured losses."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import click

from ..console import check_figure, print_json, run_table, save_figure, say

FORMS = ["power", "offset", "shared", "chinchilla", "broken", "joint", "multipower"]


@click.command(short_help="Exponents from the losses of your training runs.")
@click.argument("losses", metavar="LOSSES.csv")
@click.option("--form", type=click.Choice(FORMS), default="power", show_default=True, help="The law.")
@click.option("--loss", metavar="COL", help="Column of the loss.")
@click.option("--size", metavar="COL", help="Column of the size: parameters, width or compute.")
@click.option("--tokens", metavar="COL", help="Column of the training tokens, for chinchilla.")
@click.option("--by", metavar="COL[,COL]", help="Columns that tell series apart, beside the optimizer's.")
@click.option("--best", is_flag=True, help="Repeated sizes are a sweep: take the lowest loss. Otherwise: replicates.")
@click.option(
    "--drop", metavar="COL[=VALUE]", multiple=True, help="Leave out rows where COL is VALUE (1 if not given)."
)
@click.option("--baseline", metavar="NAME", help="Optimizer to compare with.  [default: AdamW, Adam, SGD or the first]")
@click.option("--from", "low", type=float, metavar="N", help="Smallest size.  [default: by rule]")
@click.option("--to", "high", type=float, metavar="N", help="Largest size.")
@click.option(
    "--objective",
    type=click.Choice(["squares", "huber", "lad"]),
    help="Summed over log residuals.  [default: squares; huber (delta 1e-3) for chinchilla]",
)
@click.option("--draws", type=click.IntRange(0, 100_000), default=1000, show_default=True, help="Bootstrap refits.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the bootstrap.")
@click.option("--size-unit", type=float, metavar="N0", help="joint: where rho_N is quoted.  [default: geometric mean]")
@click.option("--token-unit", type=float, metavar="D0", help="joint: where rho_D is quoted.  [default: geometric mean]")
@click.option("--train", metavar="NAME[,NAME]", help="multipower: schedules to fit, the others are predicted.")
@click.option(
    "--warm-up", type=click.IntRange(0), default=0, metavar="STEPS", help="multipower: before the first record."
)
@click.option("--curve", metavar="COL", help="multipower: column of the schedule's name.")
@click.option("--rate", metavar="COL", help="multipower: column of the learning rate.")
@click.option("--figure", type=click.Path(path_type=Path), metavar="FILE", help="Fits and speed-ups, .png or .svg.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(
    losses: str,
    form: Any,
    loss: str | None,
    size: str | None,
    tokens: str | None,
    by: str | None,
    best: bool,
    drop: tuple[str, ...],
    baseline: str | None,
    low: float | None,
    high: float | None,
    objective: Any,
    draws: int,
    seed: int,
    size_unit: float | None,
    token_unit: float | None,
    figure: Path | None,
    as_json: bool,
    **curves: Any,
) -> None:
    """Fit scaling laws to the losses in LOSSES.csv (- is standard input) and compare the optimizers in it.

    \b
    optscaling fit runs.csv --loss val_loss --size params --by family --best
    optscaling fit runs.csv --form chinchilla --tokens tokens --draws 10000
    optscaling fit runs.csv --form joint --tokens tokens --drop optimizer=Sophia
    optscaling fit curves.csv --form multipower --train cosine,constant --warm-up 2000
    optscaling fit runs.csv --size flops --baseline AdamW --figure runs.svg
    """
    check_figure(figure)
    from ...compare.loss_laws import fit_losses, read_lines, read_losses
    from ...errors import InputError

    if form == "multipower":
        _print_curves(losses, {"loss": loss, "size": size, "drop": drop}, curves, as_json)
        return
    if form == "joint":
        from ...compare.joint_laws import JointSettings, analyse_runs

        frame, columns, _ = run_table(losses, {"loss": loss, "size": size, "tokens": tokens, "drop": drop})
        settings = JointSettings(draws=min(draws, 200), seed=seed)
        analysis = analyse_runs(frame, columns, baseline=baseline, units=(size_unit, token_unit), settings=settings)
        if figure is not None:
            from ...compare.law_figures import plot_exponent_changes

            save_figure(plot_exponent_changes(analysis).figure, figure)  # type: ignore[arg-type]
        if as_json:
            print_json(analysis.to_json())
        else:
            say(str(analysis))
        return
    window = None
    if low is not None or high is not None:
        window = (low or 0.0, math.inf if high is None else high)
        if not window[0] <= window[1]:
            raise InputError(f"--from {low:g} lies above --to {high:g}; give the smaller size first.")
    named: dict[str, Any] = {
        "loss": loss,
        "size": size,
        "tokens": tokens,
        "by": tuple(name.strip() for name in by.split(",")) if by else (),
        "best": best,
        "drop": drop,
    }
    if losses == "-":
        with click.open_file("-", encoding="utf-8-sig") as lines:
            table = read_lines(lines, "standard input", **named)
    else:
        table = read_losses(losses, **named)
    found = fit_losses(table, form, baseline=baseline, objective=objective, window=window, draws=draws, seed=seed)
    files = {} if figure is None else {"figure": str(figure)}
    if figure is not None:
        from matplotlib.figure import Figure

        from ...compare.figures import plot_fit

        drawn = plot_fit(found).figure
        assert isinstance(drawn, Figure)
        save_figure(drawn, figure)
    if as_json:
        print_json(found.to_json() | files)
        return
    say(str(found))
    for name, path in files.items():
        say(f"{name}: {path}")


def _print_curves(losses: str, named: dict[str, Any], asked: dict[str, Any], as_json: bool) -> None:
    from ...compare.loss_curves import fit_curve_table

    frame, roles, _ = run_table(losses, named)
    roles |= {role: asked[role] for role in ("curve", "rate") if asked[role]}
    train = tuple(name.strip() for name in asked["train"].split(",")) if asked["train"] else ()
    found = fit_curve_table(frame, roles, train=train, warm_up=asked["warm_up"])
    if as_json:
        print_json(found.to_json())
    else:
        say(str(found))
