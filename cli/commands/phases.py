"""optscaling phases: the compute-optimal laws of an optimizer, as a table and a diagram."""

from __future__ import annotations

from pathlib import Path

import click

from ..console import check_figure, print_json, save_figure


@click.command(short_help="The compute-optimal laws of an optimizer, phase by phase.")
@click.argument("optimizer")
@click.option("--s", metavar="S", help="Spectral exponent of a point: eigenvalues k^-(1+s).")
@click.option("--r", metavar="R", help="Source exponent of the point: target energies k^-(1+r). r = s if left out.")
@click.option("--cost", metavar="COST", help="What compute is, such as 'N*T' or 'N^2*T + N^3'; the optimizer's own.")
@click.option("--samples", is_flag=True, help="Limited samples: n is chosen too; needs a --cost with n.")
@click.option("--noise", is_flag=True, help="Labels carry noise of a fixed variance.")
@click.option("--figure", type=click.Path(path_type=Path), metavar="FILE", help="Phase diagram, as .png, .svg or .pdf.")
@click.option("--cite", is_flag=True, help="BibTeX of the papers it rests on.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(
    optimizer: str,
    s: str | None,
    r: str | None,
    cost: str | None,
    samples: bool,
    noise: bool,
    figure: Path | None,
    cite: bool,
    as_json: bool,
) -> None:
    """The compute-optimal phases of OPTIMIZER: risk ~ f^-eta at N ~ f^xi, and where in (s, r) each law holds.

    \b
    optscaling phases sgd
    optscaling phases sgd --s 1 --r 5/2
    optscaling phases natural-gradient --cost "N^2*T + N^3" --figure phases.svg
    """
    from ...errors import InputError
    from ...theory.symbolic import bibliography
    from ...theory.thresholds import phases

    check_figure(figure)
    if s is None and r is not None:
        raise InputError("--r was given without --s, but a point needs both; add --s, or leave out --r for the table.")
    found = phases(optimizer, cost, samples, noise)
    if s is not None:
        found = found.at(s, r)
    if figure is not None:
        from ...compare.figures import plot_phases

        drawn = plot_phases(found).get_figure(root=True)
        assert drawn is not None
        save_figure(drawn, figure)
    if as_json:
        content = found.to_json()
        if figure is not None:
            content["figure"] = str(figure)
        if cite:
            content["bibtex"] = bibliography(found.sources)
        print_json(content)
        return
    click.echo(bibliography(found.sources) if cite else str(found))
    if figure is not None:
        click.echo(f"figure: {figure}")
