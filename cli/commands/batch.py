"""optscaling batch: how large a batch may be, as an exponent and as a number."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ...errors import InputError
from ..console import check_figure, print_json, print_table, save_figure, say


@click.command(short_help="The critical batch of an optimizer under a schedule.")
@click.argument("optimizer")
@click.option("--s", metavar="S", help="Spectral exponent: eigenvalues k^-(1+s). Symbolic if left out.")
@click.option("--r", metavar="R", help="Source exponent: target energies k^-(1+r). Isotropic (r = s) if left out.")
@click.option(
    "--schedule", default="constant", metavar="SCHEDULE", help="constant, linear, cosine, wsd:SHARE, power:D."
)
@click.option("--noise/--no-noise", default=True, help="Labels carry noise (the usual case), or none.")
@click.option("--tokens", type=float, metavar="D", help="Samples of a run: the critical batch as a number, at s and r.")
@click.option("--variance", type=float, default=1.0, metavar="V", help="Of the label noise, over the target's; 1.")
@click.option(
    "--figure", type=click.Path(path_type=Path), metavar="FILE", help="Risk against B, steps against samples."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(optimizer: str, figure: Path | None, as_json: bool, **asked: Any) -> None:
    """The critical batch of OPTIMIZER: the largest B at which the same samples in fewer steps cost no risk.

    \b
    optscaling batch sgd --s 1 --r 2 --schedule power:4
    optscaling batch sgd --s 1/2 --r 2 --tokens 1e6
    optscaling batch sgd-power:1/2 --s 1 --r 2 --schedule cosine --tokens 1e6 --figure batch.svg
    """
    from ...theory.data_limited import critical_batch_exponent

    check_figure(figure)
    tokens, schedule = asked["tokens"], asked["schedule"]
    found = critical_batch_exponent(optimizer, asked["s"], asked["r"], schedule, noise=asked["noise"])
    content = {"schema": "optscaling/batch/1", **found.to_json(), "tokens": tokens, "batch": None}
    if tokens is None:
        if figure is not None:
            raise InputError("--figure shows the risk after D samples, but --tokens was not given; add --tokens 1e6.")
        print_json(content) if as_json else say(str(found))
        return
    if not (found.at.s.is_number and found.at.r.is_number):
        raise InputError("--tokens asks for a number, which needs --s and --r (or --s alone for r = s); add them.")
    from ...theory.one_pass import critical_batch_number

    s, r = float(found.at.s), float(found.at.r)
    noise = asked["variance"] if asked["noise"] else 0.0
    number = critical_batch_number(optimizer, s, r, found.at.schedule, tokens, noise)
    content |= number.to_json()
    if figure is not None:
        from ...compare.figures import plot_batches

        title = f"{found.at.optimizer}, {found.at.schedule.name}, s = {found.at.s}, r = {found.at.r}"
        save_figure(plot_batches(number.curve, number.needed(), title), figure)
        content["figure"] = str(figure)
    if as_json:
        print_json(content)
        return
    say(str(found))
    say(f"\nat D = {tokens:g} samples: {number.sentence}\n")
    print_table(("B", "steps", "risk", "over the smallest"), number.rows)
    if figure is not None:
        say(f"figure: {figure}")
