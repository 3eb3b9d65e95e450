"""optscaling spike: whether a strong eigenvalue of the inputs stays visible in N features."""

from __future__ import annotations

from pathlib import Path

import click

from ...errors import InputError
from ..console import COUNT, check_figure, print_json, save_figure


@click.command(short_help="Whether a spike of the inputs stays visible in N features.")
@click.option("--s", type=float, metavar="S", help="Bulk of eigenvalues k^-(1+s), k = 1 to dim.")
@click.option("--bulk", metavar="LOW:HIGH", help="Instead of --s: dim eigenvalues evenly between two numbers.")
@click.option("--dim", type=COUNT, required=True, metavar="D", help="Eigenvalues of the bulk.")
@click.option("--size", type=COUNT, required=True, metavar="N", help="Features (or samples, for a sample covariance).")
@click.option("--strength", type=float, required=True, metavar="THETA", help="The spike's eigenvalue.")
@click.option("--figure", type=click.Path(path_type=Path), metavar="FILE", help="Position and overlap over strength.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(
    s: float | None, bulk: str | None, dim: int, size: int, strength: float, figure: Path | None, as_json: bool
) -> None:
    """A spike of the input covariance in the Gram matrix of N features: does it escape the bulk, and where is it.

    \b
    optscaling spike --bulk 0.5:1 --dim 600 --size 300 --strength 3
    optscaling spike --s 1 --dim 1000 --size 300 --strength 2 --figure spike.svg
    """
    from ...theory.gram import find_spike, spike_bulk

    check_figure(figure)
    if (s is None) == (bulk is None):
        raise InputError("A bulk is needed, --s S or --bulk LOW:HIGH, and only one of them; try --s 1.")
    values = spike_bulk(dim, s, bulk)
    found = find_spike(values, size, strength)
    content = {"schema": "optscaling/spike/1", "dim": dim, **found.to_json()}
    if figure is not None:
        from ...compare.figures import plot_spike

        save_figure(plot_spike(found, values), figure)
        content["figure"] = str(figure)
    if as_json:
        print_json(content)
        return
    click.echo(str(found))
    if figure is not None:
        click.echo(f"figure: {figure}")
