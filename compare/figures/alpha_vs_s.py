"""Figure: alpha against the spectral exponent s, measured, predicted and published."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from ..runs import Comparison, ScalingPoint
from .axes import axes_or_new, legend, optimizer_key, plain_key, published_key
from .palette import FAINT, INK, Style, styles


def plot_alpha(comparison: Comparison, *, steps: int | None = None, ax: Axes | None = None) -> Axes:
    """alpha against s at one T; against the optimizer for data problems.

    Filled: measured, thick bar 95 % over seeds, thin bar 95 % t interval of the line. Dashed: predicted. Hollow:
    published with the interval as printed.

    Args:
        comparison: the run against theory.
        steps: T; the headline's unless given.
        ax: where to draw; on its own otherwise.

    Returns:
        The axes.
    """
    made = comparison.measurement
    at = comparison.steps if steps is None else steps
    ax = axes_or_new(ax, 7.6, 4.6)
    style = styles(made.optimizers)
    known = [s for s in made.s if s is not None]
    pitch = min(np.diff(sorted(known)), default=1.0) if len(known) > 1 else 1.0
    marks = _Marks(ax, len(made.optimizers), float(pitch))
    for i, name in enumerate(made.optimizers):
        marks.optimizer(i, [comparison.cell(name, s, at) for s in made.s], style[name])
    ax.axhline(0, color=FAINT, linewidth=0.8, zorder=0)
    ax.set_ylabel(r"$\alpha$ in risk $\sim N^{-\alpha}$")
    if known:
        ax.set_xlabel(r"spectral exponent $s$  (eigenvalues $k^{-(1+s)}$)")
        ax.set_xticks(known, [f"{s:g}" for s in known])
        ax.set_xlim(min(known) - 0.6 * pitch, max(known) + 0.6 * pitch)
    else:
        ax.set_xticks(range(marks.count), made.optimizers)
        ax.set_xlim(-0.6, marks.count - 0.4)
    window = made.experiment.fit_sizes
    ax.set_title(f"T = {at} steps, fitted on N = {window[0]} to {window[-1]}", fontsize=10, loc="left", color=INK)
    keys = [optimizer_key(style[n], n) for n in made.optimizers] if known else []
    if keys:
        keys.append(Line2D([], [], linestyle="none", label=" "))
    keys += [key for name, key in _kinds(comparison).items() if name in marks.shown]
    legend(ax, keys, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return ax


@dataclass
class _Marks:
    """Marks of `count` optimizers beside each other at each s, `pitch` apart; `shown` are the kinds that were drawn."""

    ax: Axes
    count: int
    pitch: float
    shown: set[str] = field(default_factory=set)

    def optimizer(self, place: int, cells: list[ScalingPoint], style: Style) -> None:
        """All of one optimizer, the `place`-th of them."""
        line: list[tuple[float, float]] = []
        for cell in cells:
            centre = float(place) if cell.s is None else cell.s
            shift = 0.0 if cell.s is None else (place - (self.count - 1) / 2) * 0.62 * self.pitch / self.count
            apart = 0.12 if cell.s is None else 0.24 * self.pitch / self.count
            if cell.predicted is not None and cell.predicted.value is not None:
                line.append((centre, cell.predicted.value))
            self._measured(centre + shift - (apart if cell.published is not None else 0.0), cell, style)
            self._published(centre + shift + apart, cell, style)
        if line:
            self.shown.add("predicted")
            x, y = zip(*sorted(line), strict=True)
            if len(line) > 1:
                self.ax.plot(x, y, color=style.colour, linestyle=(0, (4, 2)), linewidth=1.4, zorder=1)
            else:
                self.ax.plot(x, y, color=style.colour, marker="_", markersize=26, markeredgewidth=1.6, zorder=1)

    def _measured(self, x: float, cell: ScalingPoint, style: Style) -> None:
        if cell.measured.value is None:
            return
        self.shown.add("measured")
        if cell.measured.interval is not None:
            self.ax.plot([x, x], cell.measured.interval, color=style.colour, linewidth=0.9, zorder=2)
            self.shown.add("line")
        if cell.measured.bootstrap is not None:
            self.ax.plot([x, x], cell.measured.bootstrap, color=style.colour, linewidth=3.2, zorder=3)
            self.shown.add("seeds")
        self.ax.plot([x], [cell.measured.value], marker=style.marker, color=style.colour, markersize=5.5, zorder=4)

    def _published(self, x: float, cell: ScalingPoint, style: Style) -> None:
        if cell.published is None:
            return
        self.shown.add("published")
        self.ax.plot([x, x], cell.published.interval, color=style.colour, linewidth=0.9, alpha=0.75, zorder=2)
        (mark,) = self.ax.plot(
            [x], [cell.published.value], marker=style.marker, color=style.colour, markersize=5.5, zorder=3
        )
        mark.set_markerfacecolor("none")


def _kinds(comparison: Comparison) -> dict[str, Line2D]:
    """Legend entries of the kinds of marks."""
    kinds = {
        "measured": plain_key("measured", marker="o"),
        "seeds": plain_key("95 % over seeds", line="-"),
        "line": plain_key("95 % of the line (t)", line="-"),
        "predicted": plain_key("predicted", line="--"),
        "published": published_key(comparison),
    }
    if len(comparison.measurement.s) < 2:
        kinds["predicted"] = plain_key("predicted", marker="_")
        kinds["predicted"].set(markersize=18, markeredgewidth=1.6)
    kinds["seeds"].set_linewidth(3.2)
    kinds["line"].set_linewidth(0.9)
    return kinds
