"""optscaling fit: exponents from measured losses."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import click

from ..console import (
    check_figure,
    meter,
    print_json,
    run_table,
    save_figure,
    say,
    selection_rules,
    table_options,
    typed_roles,
)

FORMS = ["auto", "power", "offset", "shared", "chinchilla", "broken", "broken-offset", "joint", "multipower"]
# Options of single forms: what a form does not have is refused, not ignored.
_SERIES = ("objective", "draws", "seed", "floor", "low", "high")
_ROWS = ("best", "take", "keep_outliers", "baseline", "save_roles")
_OWN = {
    "joint": ("size_unit", "token_unit", "draws", "seed", *_ROWS),
    "multipower": ("train", "warm_up", "curve", "rate"),
}


@click.command(short_help="Exponents from the losses of your training runs.")
@click.argument("losses", metavar="TABLE")
@click.option("--form", type=click.Choice(FORMS), default="auto", show_default=True, help="The law; auto: all of them.")
@table_options
@click.option("--save-roles", type=click.Path(path_type=Path), metavar="FILE", help="Write the roles found.")
@click.option("--floor", type=float, metavar="E", help="The loss that no size goes below, where it is known.")
@click.option("--from", "low", type=float, metavar="N", help="Smallest size.")
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
@click.pass_context
def command(
    context: click.Context, losses: str, figure: Path | None, save_roles: Path | None, as_json: bool, **asked: Any
) -> None:
    """Fit scaling laws to the losses in TABLE (- is standard input) and compare the optimizers in it.

    TABLE is csv, tsv, JSON, JSON lines, markdown or parquet; how it is written and which column is what is found out
    and said.

    \b
    optscaling fit runs.csv
    optscaling fit runs.csv --loss val_loss --by family --floor 1.6
    optscaling fit runs.csv --form joint --drop optimizer=Sophia
    optscaling fit curves.csv --form multipower --train cosine,constant --warm-up 2000
    optscaling fit runs.csv --size flops --baseline AdamW --figure runs.svg
    """
    check_figure(figure)
    _refuse_options(context, asked["form"], figure)
    with meter("fit") as shown:
        found = _fitted(losses, asked, save_roles, shown.fraction)
    files = {} if figure is None else {"figure": str(figure)}
    if figure is not None:
        save_figure(_plotted(found, asked["form"]), figure)
    if save_roles is not None:
        files["roles"] = str(save_roles)
    if as_json:
        print_json(found.to_json() | files)
        return
    say(str(found))
    for name, path in files.items():
        say(f"{name}: {path}")


def _refuse_options(context: click.Context, form: str, figure: Path | None) -> None:
    """Refuse options that the form does not have, so that none is ignored."""
    from ...errors import InputError

    own = {name for names in _OWN.values() for name in names} | {*_SERIES}
    known = set(_OWN.get(form, (*_SERIES, *_ROWS)))
    flags = {parameter.name: parameter.opts[0] for parameter in context.command.params}
    for name in sorted(own - known):
        if context.get_parameter_source(name) == click.core.ParameterSource.COMMANDLINE:
            raise InputError(f"{flags[name]} is no option of --form {form}; leave it out, or choose another form.")
    if form == "multipower" and figure is not None:
        raise InputError("--form multipower draws no figure; leave --figure out.")


def _plotted(found: Any, form: str) -> Any:
    if form == "joint":
        from ...compare.law_figures import plot_exponent_changes

        return plot_exponent_changes(found).figure
    from ...compare.figures import plot_fit

    return plot_fit(found).figure


def _fitted(losses: str, asked: dict[str, Any], save_roles: Path | None, progress: Any) -> Any:
    """Read, save the roles, fit."""
    progress(0.0, "reading the table")
    from ...compare.fits import fit
    from ...compare.tables import save_roles as write_roles

    table = run_table(losses, asked, lambda share, told: progress(0.5 * share, told))
    if save_roles is not None:
        write_roles(table.reading.columns, save_roles)
    progress(0.5, "fitting")
    roles: dict[str, Any] = {}
    if asked["form"] == "joint":
        options = {name: asked[name] for name in ("baseline", "draws", "seed")}
        options["units"] = (asked["size_unit"], asked["token_unit"])
    elif asked["form"] == "multipower":
        names = tuple(name.strip() for name in (asked["train"] or "").split(",") if name.strip())
        options = {"train": names, "warm_up": asked["warm_up"]}
        roles = {role: columns[0] for role, columns in typed_roles(asked).items()}
        roles |= {role: asked[role] for role in ("curve", "rate") if asked[role]}
    else:
        options = {name: asked[name] for name in ("baseline", "objective", "draws", "seed", "floor")}
        options["window"] = _window(asked["low"], asked["high"])
    return fit(table, asked["form"], roles=roles, rules=selection_rules(asked), **options)


def _window(low: float | None, high: float | None) -> tuple[float, float] | None:
    from ...errors import InputError

    if low is None and high is None:
        return None
    window = (low or 0.0, math.inf if high is None else high)
    if not window[0] <= window[1]:
        raise InputError(f"--from {low:g} lies above --to {high:g}; give the smaller size first.")
    return window
