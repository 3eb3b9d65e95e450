"""Axes in the house style, made without pyplot so that no global state is touched."""

from __future__ import annotations

import math
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullFormatter, NullLocator

from ..runs import Comparison
from .journal_column import Column
from .palette import FAINT, INK, Style

PREDICTED = (0, (2.5, 2))


def new_figure(width: float, height: float) -> Figure:
    """A figure with its own canvas, inches."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def axes_or_new(ax: Axes | None, width: float = 7.2, height: float = 4.6) -> Axes:
    """The given axes, or fresh ones; dressed."""
    made = new_figure(width, height).add_subplot() if ax is None else ax
    dress(made)
    return made


def dress(ax: Axes) -> None:
    """Open frame, quiet grid, one ink."""
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

    >>> number_text(2500), number_text(1e6)
    ('2.5k', '1M')
    """
    for unit, name in ((1e6, "M"), (1e3, "k")):
        if abs(value) >= unit:
            return f"{value / unit:g}{name}"
    return f"{value:g}"


def log_sizes(ax: Axes, values: tuple[int, ...], room: int = 8) -> None:
    """A log x axis with ticks at the values themselves, thinned to those far enough apart to be read."""
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
    """A log y axis with plain numbers, 2 and 5 of each decade labelled where few decades are shown."""
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
    """Columns that fill the rows of a legend evenly, at most `most`.

    >>> legend_columns(7, 6), legend_columns(5, 6)
    (4, 5)
    """
    rows = -(-entries // most)
    return -(-entries // rows)


def panel_columns(panels: int, width: Column | None = None) -> int:
    """Columns of small multiples: three, two where that leaves no gap and three would, or in a single column."""
    if width == "single":
        return min(2, panels)
    return 2 if panels in (2, 4) else min(3, panels)


def optimizer_key(style: Style, label: str) -> Line2D:
    """A legend entry for an optimizer."""
    return Line2D(
        [], [], color=style.colour, marker=style.marker, markersize=6, linestyle="-", linewidth=1.4, label=label
    )


def plain_key(label: str, *, line: Any = "none", marker: str = "", hollow: bool = False) -> Line2D:
    """A legend entry for a kind of mark, whatever the optimizer."""
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
    """The legend entry of published values, with their sizes where the run fits others."""
    table = comparison.published
    sizes = None if table is None or table.same_window(comparison.measurement.experiment) else table.fit_sizes
    where = "as printed" if sizes is None else f"N = {sizes[0]} to {sizes[-1]}"
    return plain_key(f"published, {where}", marker="o", hollow=True)


def legend(ax: Axes | Figure, keys: list[Line2D], **where: Any) -> None:
    """A frameless legend in the house ink."""
    options: dict[str, Any] = {"frameon": False, "fontsize": 8.5, "labelcolor": INK}
    ax.legend(handles=keys, **options, **where)
