"""Axes as every figure has them, made without pyplot so that no global state is touched."""

from __future__ import annotations

import math
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullFormatter, NullLocator

from ...errors import CheckError
from ..runs import Comparison
from .journal_column import Column
from .palette import FAINT, INK, Style

PREDICTED = (0, (2.5, 2))


def new_figure(width: float, height: float) -> Figure:
    """A figure with its own canvas.

    Args:
        width: inches.
        height: inches.

    Returns:
        An empty figure.
    """
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def axes_or_new(ax: Axes | None, width: float = 7.2, height: float = 4.6) -> Axes:
    """The given axes, or fresh ones; dressed.

    Args:
        ax: axes to use; None for new ones.
        width: of a new figure, inches.
        height: of a new figure, inches.

    Returns:
        The axes.
    """
    made = new_figure(width, height).add_subplot() if ax is None else ax
    dress(made)
    return made


def figure_of(ax: Axes) -> Figure:
    """The figure that axes are in.

    Args:
        ax: of a figure of their own.

    Returns:
        The figure.

    Raises:
        CheckError: where the axes are in no figure, or in a part of one.
    """
    if not isinstance(ax.figure, Figure):
        raise CheckError("Axes of a figure of their own were expected, and these are in a part of one.")
    return ax.figure


def dress(ax: Axes) -> None:
    """Give axes an open frame, a quiet grid and one ink.

    Args:
        ax: changed in place.
    """
    ax.set_facecolor("none")
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set_color(INK)
    ax.tick_params(which="both", colors=INK, labelsize=9)
    ax.xaxis.label.set_color(INK)
    ax.yaxis.label.set_color(INK)
    ax.title.set_color(INK)
    ax.grid(color=FAINT, alpha=0.25, linewidth=0.6)
    ax.set_axisbelow(True)


def number_text(value: float) -> str:
    """A size or a number of steps, short: 200, 1k, 50k, 1M.

    Args:
        value: the number.

    Returns:
        Its text.

    Example:
        >>> number_text(2500), number_text(1e6)
        ('2.5k', '1M')
    """
    for unit, name in ((1e6, "M"), (1e3, "k")):
        if abs(value) >= unit:
            return f"{value / unit:g}{name}"
    return f"{value:g}"


def log_sizes(ax: Axes, values: tuple[int, ...], room: int = 8) -> None:
    """Make x logarithmic with ticks at the values themselves, thinned to those far enough apart to be read.

    Args:
        ax: changed in place.
        values: ascending.
        room: how many ticks there is room for.
    """
    ax.set_xscale("log")
    span = values[-1] / values[0]
    kept: list[int] = []
    for value in values:
        if not kept or (value / kept[-1]) ** room > span * 0.98:
            kept.append(value)
    ax.xaxis.set_major_locator(FixedLocator([float(v) for v in kept]))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: number_text(x)))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_minor_formatter(NullFormatter())


def log_risks(ax: Axes) -> None:
    """Make y logarithmic with plain numbers, 2 and 5 of each decade labelled where few decades are shown.

    Args:
        ax: changed in place.
    """
    ax.set_yscale("log")
    low, high = ax.get_ylim()
    decades = math.log10(high / low)
    ax.yaxis.set_major_locator(LogLocator(numticks=9))
    ax.yaxis.set_minor_locator(LogLocator(subs=range(2, 10), numticks=99))
    wanted = {2, 3, 4, 6} if decades < 1 else {2, 5} if decades < 2 else set()

    def minor(value: float, _: object) -> str:
        digit = round(value / 10 ** math.floor(math.log10(value) + 1e-9))
        return _risk_text(value) if digit in wanted else ""

    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _risk_text(value)))
    ax.yaxis.set_minor_formatter(FuncFormatter(minor))


def _risk_text(value: float) -> str:
    return f"{value:.3g}" if value >= 1e-4 else f"$10^{{{math.log10(value):.0f}}}$"


def legend_columns(entries: int, most: int) -> int:
    """Columns that fill the rows of a legend evenly.

    Args:
        entries: of the legend.
        most: columns there may be.

    Returns:
        The number of columns.

    Example:
        >>> legend_columns(7, 6), legend_columns(5, 6)
        (4, 5)
    """
    rows = -(-entries // most)
    return -(-entries // rows)


def panel_columns(panels: int, width: Column | None = None) -> int:
    """Columns of small multiples: three, two where that leaves no gap and three would, or in a single column.

    Args:
        panels: how many there are.
        width: of a journal's column; None for the screen.

    Returns:
        The number of columns.
    """
    if width == "single":
        return min(2, panels)
    return 2 if panels in (2, 4) else min(3, panels)


def optimizer_key(style: Style, label: str) -> Line2D:
    """A legend entry for an optimizer.

    Args:
        style: how it is drawn.
        label: its text.

    Returns:
        The entry.
    """
    return Line2D(
        [], [], color=style.colour, marker=style.marker, markersize=6, linestyle="-", linewidth=1.4, label=label
    )


def plain_key(label: str, *, line: Any = "none", marker: str = "", hollow: bool = False) -> Line2D:
    """A legend entry for a kind of mark, whatever the optimizer.

    Args:
        label: its text.
        line: line style of matplotlib.
        marker: of matplotlib.
        hollow: draw the marker unfilled.

    Returns:
        The entry.
    """
    return Line2D(
        [],
        [],
        color=INK,
        linestyle=line,
        linewidth=1.3,
        marker=marker,
        markersize=6,
        markerfacecolor="none" if hollow else INK,
        label=label,
    )


def published_key(comparison: Comparison) -> Line2D:
    """The legend entry of published values, with their sizes where the run fits others.

    Args:
        comparison: the run against theory and print.

    Returns:
        The entry.
    """
    table = comparison.published
    sizes = None if table is None or table.same_window(comparison.measurement.experiment) else table.fit_sizes
    where = "as printed" if sizes is None else f"N = {sizes[0]} to {sizes[-1]}"
    return plain_key(f"published, {where}", marker="o", hollow=True)


def legend(ax: Axes | Figure, keys: list[Line2D], **where: Any) -> None:
    """Add a legend without a frame, in the ink of the axes.

    Args:
        ax: axes or a whole figure.
        keys: the entries.
        **where: of matplotlib's `legend`.
    """
    options: dict[str, Any] = {"frameon": False, "fontsize": 8.5, "labelcolor": INK}
    ax.legend(handles=keys, **options, **where)
