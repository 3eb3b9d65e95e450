"""Figures in the width of a journal's column: set again with smaller type, the legend below."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.text import Text

from .palette import INK

Column = Literal["single", "double"]
INCHES: dict[Column, float] = {"single": 3.5, "double": 7.2}  # 89 and 183 mm, the widths that most journals share
_TYPE = 7.0  # points, the smallest that journals ask for is 5 to 7
_LINES = 0.8


def fit_column(figure: Figure, column: Column) -> Figure:
    """Resize a figure to a journal's column, in place.

    Everything is drawn for the width it will be printed at, so type is not scaled down with it. In a single column a
    legend beside the axes goes below them.

    Args:
        figure: of this package.
        column: "single" or "double".

    Returns:
        The same figure.
    """
    width = INCHES[column]
    was, height = figure.get_size_inches()
    single = column == "single"
    below = [legend for ax in figure.axes if (legend := ax.get_legend()) is not None] if single else []
    below += figure.legends
    rows = 0
    for legend in below:
        handles, labels = _entries(legend)
        legend.remove()
        columns = 2 if single else min(len(labels), 5)
        rows += -(-len(labels) // columns)
        figure.legend(
            handles, labels, loc="outside lower center", ncols=columns, frameon=False, labelcolor=INK, columnspacing=1.0
        )
    # axes keep their shape, and a legend that stood beside them gives way
    shape = height / was * (1.25 if single else 1.0)
    figure.set_size_inches(width, min(width * shape + 0.16 * rows, 9.0))
    for text in _texts(figure):
        text.set_fontsize(_TYPE)
    for ax in figure.axes:
        ax.tick_params(which="both", labelsize=_TYPE - 0.5, width=0.6, length=2.5)
        for spine in ax.spines.values():
            spine.set_linewidth(0.6)
        for line in ax.lines:
            line.set_linewidth(_LINES * line.get_linewidth())
            line.set_markersize(_LINES * line.get_markersize())
    return figure


def _entries(legend: Legend) -> tuple[list[Line2D], list[str]]:
    """Handles and labels, without the blank that stands between two groups in a column."""
    pairs = zip(legend.legend_handles, (text.get_text() for text in legend.get_texts()), strict=True)
    kept = [(handle, label) for handle, label in pairs if label.strip() and isinstance(handle, Line2D)]
    return [handle for handle, _ in kept], [label for _, label in kept]


def _texts(figure: Figure) -> Iterable[Text]:
    return [each for each in figure.findobj(Text) if isinstance(each, Text)]
