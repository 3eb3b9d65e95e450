"""optscaling compare: a run against theory and published values."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..console import check_figure, check_writable, comparison_json, meter, print_json, say, show_comparison

if TYPE_CHECKING:
    from ...compare.figures import Column


@click.command(short_help="Hold a run against theory and published values.")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--report", type=click.Path(path_type=Path), metavar="FILE.html", help="Write a page with figures.")
@click.option("--figure", type=click.Path(path_type=Path), metavar="FILE", help="alpha against s: .png, .svg or .pdf.")
@click.option("--figures", type=click.Path(path_type=Path), metavar="DIR", help="Write every figure as SVG and PDF.")
@click.option("--width", type=click.Choice(["single", "double"]), help="Set figures for a journal's column.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(
    run: Path, report: Path | None, figure: Path | None, figures: Path | None, width: Column | None, as_json: bool
) -> None:
    """Hold the run in the directory RUN against theory, and against published values where its set-up is theirs.

    \b
    optscaling compare runs/mine
    optscaling compare runs/mine --report mine.html
    optscaling compare runs/mine --figures paper --width single
    """
    if report is not None:
        check_writable(report)
    if figures is not None:
        check_writable(figures / "alpha-against-s.svg")
    check_figure(figure)
    from ...compare.runs import compare_with_theory
    from ...sim import open_run

    with meter("predict") as show:
        comparison, status = compare_with_theory(open_run(run), show.fraction)
    if report is not None:
        from ...compare.report import write_report

        write_report(comparison, report, command=click.get_current_context().obj)
    files = {} if report is None else {"report": str(report)}
    if figure is not None or figures is not None:
        from ...compare.figures import draw_figures, save_figure, save_figures

        if figure is not None:
            save_figure(draw_figures(comparison, width=width)["alpha-against-s"], figure)
            files["figure"] = str(figure)
        if figures is not None:
            save_figures(comparison, figures, kinds=("svg", "pdf"), width=width)
            files["figures"] = str(figures)
    if as_json:
        print_json(comparison_json(comparison, status) | {"run": str(run)} | files)
    else:
        show_comparison(comparison, status)
        for name, path in files.items():
            say(f"{name}: {path}")
