"""optscaling schedules: which schedule of the step size is best at (s, r), and what it gains."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ..console import check_figure, print_json, print_table, save_figure, say


@click.command(short_help="Which schedule of the step size is best, and what it gains.")
@click.argument("optimizer", default="sgd")
@click.option("--s", required=True, metavar="S", help="Spectral exponent: eigenvalues k^-(1+s), s > 0.")
@click.option("--r", metavar="R", help="Source exponent: target energies k^-(1+r). Isotropic (r = s) if left out.")
@click.option("--schedule", "extra", multiple=True, metavar="SCHEDULE", help="One more to compare; may be repeated.")
@click.option("--tokens", type=float, metavar="D", help="Samples of a run: the risk of each at its best step too.")
@click.option("--batch", type=float, default=1.0, metavar="B", help="Samples of a step, with --tokens; 1.")
@click.option("--variance", type=float, default=1.0, metavar="V", help="Of the label noise, over the target's; 1.")
@click.option("--figure", type=click.Path(path_type=Path), metavar="FILE", help="The gentlest decay at every (s, r).")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(optimizer: str, extra: tuple[str, ...], figure: Path | None, as_json: bool, **asked: Any) -> None:
    """Exponents in the data of OPTIMIZER (sgd) under each schedule, with label noise at the best step.

    \b
    optscaling schedules --s 1/2 --r 1
    optscaling schedules sgd-power:1/2 --s 2 --r 1 --tokens 1e6
    optscaling schedules --s 1 --r 2 --schedule wsd:1/10,2 --figure schedules.svg
    """
    from ...theory.data_limited import compare_schedules
    from ...theory.schedules import STANDARD

    check_figure(figure)
    names = tuple(dict.fromkeys((*STANDARD, *extra)))
    found = compare_schedules(optimizer, asked["s"], asked["r"], names)
    content = {"schema": "optscaling/schedules/1", **found.to_json()}
    rows = [
        [row["schedule"], f"{each.symbolic}", f"+{row['gain']:.3g}", "yes" if row["enough"] else "no", "-"]
        for each, row in zip(found.exponents, content["schedules"], strict=True)
    ]
    if asked["tokens"] is not None:
        from ...theory.one_pass import risks_of_schedules

        risks = risks_of_schedules(
            optimizer,
            float(found.s),
            float(found.r),
            asked["tokens"],
            names,
            noise=asked["variance"],
            batch=asked["batch"],
        )
        for row, line, each in zip(content["schedules"], rows, risks, strict=True):
            row["risk"], line[-1] = each.risk, f"{each.risk:.4g}"
    if figure is not None:
        from ...compare.figures import draw_schedule_choice

        drawn = draw_schedule_choice(float(found.order), found.optimizer, (float(found.s), float(found.r)))
        save_figure(drawn, figure)
        content["figure"] = str(figure)
    if as_json:
        print_json(content)
        return
    say(f"{found.optimizer}, s = {found.s}, r = {found.r}, label noise, risk ~ D^-alpha at the best step")
    print_table(("schedule", "alpha", "gain", "largest", "risk"), rows)
    say(found.sentence)
    if figure is not None:
        say(f"figure: {figure}")
