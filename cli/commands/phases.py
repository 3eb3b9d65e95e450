"""optscaling phases: the compute-optimal laws of an optimizer, as a table and a diagram."""

from __future__ import annotations

from pathlib import Path

import click

from ..console import check_figure, listed, print_json, save_figure, say, say_stand_ins, stand_ins_json, stand_ins_of


@click.command(short_help="The compute-optimal laws of an optimizer, phase by phase.")
@click.argument("optimizer")
@click.option("--s", metavar="S", help="Spectral exponent of a point, or several: 1,2: eigenvalues k^-(1+s).")
@click.option(
    "--r",
    metavar="R",
    help="Source exponent of the point: target energies k^-(1+r). r = s if left out; r is all.",
)
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
    from ...theory.symbolic import bibliography
    from ...theory.thresholds import phases

    check_figure(figure)
    taken = stand_ins_of((optimizer,))
    found = phases(optimizer, cost, samples, noise)
    shown = [found.at(each, r) for each in listed(s, "s")]
    if figure is not None:
        from ...compare.figures import figure_of, plot_phases

        save_figure(figure_of(plot_phases(shown[0] if shown[0].here else found)), figure)
    if as_json:
        several = [each.to_json() for each in shown]
        content = (several[0] if len(several) == 1 else {"optimizer": found.optimizer, "results": several}) | (
            stand_ins_json(taken)
        )
        if figure is not None:
            content["figure"] = str(figure)
        if cite:
            content["bibtex"] = bibliography(found.sources)
        print_json(content)
        return
    if not cite:
        say_stand_ins(taken)
    say(bibliography(found.sources) if cite else "\n\n".join(map(str, shown)))
    if figure is not None:
        say(f"figure: {figure}")
