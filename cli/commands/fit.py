"""optscaling fit: exponents from measured losses."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import click

from ..console import check_figure, meter, print_json, run_table, save_figure, say

FORMS = ["auto", "power", "offset", "shared", "chinchilla", "broken", "broken-offset", "joint", "multipower"]


@click.command(short_help="Exponents from the losses of your training runs.")
@click.argument("losses", metavar="TABLE")
@click.option("--form", type=click.Choice(FORMS), default="auto", show_default=True, help="The law; auto: all of them.")
@click.option("--loss", metavar="COL", help="Column of the loss.")
@click.option("--size", metavar="COL", help="Column of the size: parameters, width or compute.")
@click.option("--tokens", metavar="COL", help="Column of the training tokens.")
@click.option("--optimizer", metavar="COL", help="Column of the optimizer's name.")
@click.option("--by", metavar="COL[,COL]", help="Columns that tell series apart, beside the optimizer's.")
@click.option("--role", metavar="COL=ROLE", multiple=True, help="Role of any column: sweep, seed, step, other, ...")
@click.option("--roles", type=click.Path(path_type=Path), metavar="FILE", help="Roles from a TOML file.")
@click.option("--save-roles", type=click.Path(path_type=Path), metavar="FILE", help="Write the roles found.")
@click.option("--best", is_flag=True, help="Repeated sizes are a sweep, whatever differs: take the lowest loss.")
@click.option("--take", type=click.Choice(["last", "lowest"]), default="last", show_default=True, help="Of a history.")
@click.option("--keep-outliers", is_flag=True, help="Diverged replicates count.")
@click.option(
    "--drop", metavar="COL[=VALUE]", multiple=True, help="Leave out rows where COL is VALUE (1 if not given)."
)
@click.option("--floor", type=float, metavar="E", help="The loss that no size goes below, where it is known.")
@click.option("--baseline", metavar="NAME", help="Optimizer to compare with.  [default: AdamW, Adam, SGD or the first]")
@click.option("--from", "low", type=float, metavar="N", help="Smallest size.")
@click.option("--to", "high", type=float, metavar="N", help="Largest size.")
@click.option("--decimal", type=click.Choice([".", ","]), help="Decimal mark, where the table cannot tell.")
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
def command(losses: str, figure: Path | None, save_roles: Path | None, as_json: bool, **asked: Any) -> None:
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
    if asked["form"] == "joint":
        _print_joint(losses, asked, figure, as_json)
        return
    if asked["form"] == "multipower":
        _print_curves(losses, {name: asked[name] for name in ("loss", "size", "drop")}, asked, as_json)
        return
    with meter("fit") as shown:
        found = _fitted(losses, asked, save_roles, shown.fraction)
    files = {} if figure is None else {"figure": str(figure)}
    if figure is not None:
        from ...compare.figures import plot_fit

        save_figure(plot_fit(found).figure, figure)  # type: ignore[arg-type]
    if save_roles is not None:
        files["roles"] = str(save_roles)
    if as_json:
        print_json(found.to_json() | files)
        return
    say(str(found))
    for name, path in files.items():
        say(f"{name}: {path}")


def _print_joint(losses: str, asked: dict[str, Any], figure: Path | None, as_json: bool) -> None:
    from ...compare.joint_laws import JointSettings, analyse_runs

    frame, columns, baseline = run_table(losses, asked)
    settings = JointSettings(draws=min(asked["draws"], 200), seed=asked["seed"])
    units = (asked["size_unit"], asked["token_unit"])
    analysis = analyse_runs(frame, columns, baseline=baseline, units=units, settings=settings)
    if figure is not None:
        from ...compare.law_figures import plot_exponent_changes

        save_figure(plot_exponent_changes(analysis).figure, figure)  # type: ignore[arg-type]
    if as_json:
        print_json(analysis.to_json())
    else:
        say(str(analysis))


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


def _fitted(losses: str, asked: dict[str, Any], save_roles: Path | None, progress: Any) -> Any:
    """Read, save the roles, fit."""
    progress(0.0, "reading the table")
    from ...compare.loss_laws import FitOptions, fit
    from ...compare.tables import SelectionRules, read_table
    from ...compare.tables import save_roles as write_roles

    options = FitOptions(
        asked["baseline"], asked["objective"], _window(asked["low"], asked["high"]), asked["draws"], asked["seed"],
        asked["floor"],
    )  # fmt: skip
    rules = SelectionRules(asked["best"], asked["take"], asked["drop"], asked["keep_outliers"])
    table = read_table(losses, _roles(asked), decimal=asked["decimal"], progress=lambda f, t: progress(0.5 * f, t))
    if save_roles is not None:
        write_roles(table.reading.columns, save_roles)
    progress(0.5, "fitting")
    return fit(table, asked["form"], rules=rules, options=options)


def _window(low: float | None, high: float | None) -> tuple[float, float] | None:
    from ...errors import InputError

    if low is None and high is None:
        return None
    window = (low or 0.0, math.inf if high is None else high)
    if not window[0] <= window[1]:
        raise InputError(f"--from {low:g} lies above --to {high:g}; give the smaller size first.")
    return window


def _roles(asked: dict[str, Any]) -> dict[str, list[str]]:
    """Roles from the file, then those that were typed."""
    from ...compare.tables import read_roles
    from ...errors import InputError

    roles = read_roles(asked["roles"]) if asked["roles"] is not None else {}
    typed = {role: [asked[role]] for role in ("loss", "size", "tokens", "optimizer") if asked[role]}
    typed |= {"by": [name.strip() for name in asked["by"].split(",")]} if asked["by"] else {}
    for pair in asked["role"]:
        name, equal, role = pair.rpartition("=")
        if not equal:
            raise InputError(f"--role '{pair}' names no role; type --role COLUMN=ROLE, such as --role lr=sweep.")
        typed.setdefault(role, []).append(name)
    said = {name for names in typed.values() for name in names}
    kept = {role: [name for name in names if name not in said] for role, names in roles.items() if role not in typed}
    return kept | typed
