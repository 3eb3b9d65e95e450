"""The figures of a comparison, drawn together and saved: PNG to look at, SVG and PDF for papers."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

from ..runs import Comparison
from .alpha_vs_s import plot_alpha
from .alpha_vs_steps import steps_panels
from .axes import figure_of
from .figure_files import Kind, save_figure
from .gap_vs_s import plot_gaps
from .journal_column import Column, fit_column
from .risk_vs_size import loss_panels


def draw_figures(comparison: Comparison, *, width: Column | None = None) -> dict[str, Figure]:
    """Every figure of a comparison.

    Args:
        comparison: the run against theory.
        width: of a journal's column; None for the screen.

    Returns:
        Figures by name; alpha against T only where the run has several T, the gaps only where there are any.
    """
    made = {
        "alpha-against-s": figure_of(plot_alpha(comparison)),
        "risk-against-size": loss_panels(comparison, width=width),
    }
    if any(gap.value is not None and gap.s is not None for gap in comparison.threshold.gaps):
        made["gap-against-s"] = figure_of(plot_gaps(comparison))
    if len(comparison.measurement.steps) > 1:
        made["alpha-against-steps"] = steps_panels(comparison, width=width)
    if width is not None:
        for figure in made.values():
            fit_column(figure, width)
    return made


def save_figures(
    comparison: Comparison, folder: str | Path, *, kinds: tuple[Kind, ...] = ("png", "svg"), width: Column | None = None
) -> list[Path]:
    """Write every figure of a comparison in every kind.

    Args:
        comparison: the run against theory.
        folder: where to; made where it is missing.
        kinds: of files.
        width: of a journal's column, "single" or "double"; None for the screen.

    Returns:
        The paths.

    Raises:
        InputError: where a file cannot be written.
    """
    written = []
    for name, figure in draw_figures(comparison, width=width).items():
        for kind in kinds:
            written.append(save_figure(figure, Path(folder) / f"{name}.{kind}"))
    return written
