"""Figure: alpha against the spectral exponent s, measured, predicted and published."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from ..runs import Comparison
from .axes import axes_or_new, legend, optimizer_key, plain_key, published_key
from .palette import FAINT, INK, styles


def plot_alpha(comparison: Comparison, *, steps: int | None = None, ax: Axes | None = None) -> Axes:
    """alpha against s at T = `steps` (the headline's unless given); against the optimizer for data problems.

    Filled: measured, thick bar 95 % over seeds, thin bar 95 % t interval of the line. Dashed: predicted. Hollow:
    published with the interval as printed.
    """
    made = comparison.measurement
    at = comparison.steps if steps is None else steps
    ax = axes_or_new(ax, 7.6, 4.6)
    style = styles(made.optimizers)
    on_data = made.s == (None,)
    count = len(made.optimizers)
    known = [s for s in made.s if s is not None]
    pitch = min(np.diff(sorted(known)), default=1.0) if len(known) > 1 else 1.0
    shown: set[str] = set()
    for i, name in enumerate(made.optimizers):
        colour, marker = style[name].colour, style[name].marker
        line: list[tuple[float, float]] = []
        for s in made.s:
            cell = comparison.cell(name, s, at)
            centre = float(i) if s is None else s
            shift = 0.0 if s is None else (i - (count - 1) / 2) * 0.62 * pitch / count
            apart = 0.12 if s is None else 0.24 * pitch / count
            if cell.predicted is not None and cell.predicted.value is not None:
                line.append((centre, cell.predicted.value))
            published = cell.published
            x = centre + shift - (apart if published is not None else 0.0)
            if cell.measured.value is not None:
                shown.add("measured")
                if cell.measured.interval is not None:
                    ax.plot([x, x], cell.measured.interval, color=colour, linewidth=0.9, zorder=2)
                    shown.add("line")
                if cell.measured.bootstrap is not None:
                    ax.plot([x, x], cell.measured.bootstrap, color=colour, linewidth=3.2, zorder=3)
                    shown.add("seeds")
                ax.plot([x], [cell.measured.value], marker=marker, color=colour, markersize=5.5, zorder=4)
            if published is not None:
                shown.add("published")
                y = centre + shift + apart
                ax.plot([y, y], published.interval, color=colour, linewidth=0.9, alpha=0.75, zorder=2)
                ax.plot([y], [published.value], marker=marker, color=colour, markersize=5.5, zorder=3)[
                    0
                ].set_markerfacecolor("none")
        if line:
            shown.add("predicted")
            x_line, y_line = zip(*sorted(line), strict=True)
            if len(line) > 1:
                ax.plot(x_line, y_line, color=colour, linestyle=(0, (4, 2)), linewidth=1.4, zorder=1)
            else:
                ax.plot(x_line, y_line, color=colour, marker="_", markersize=26, markeredgewidth=1.6, zorder=1)
    ax.axhline(0, color=FAINT, linewidth=0.8, zorder=0)
    ax.set_ylabel(r"$\alpha$ in risk $\sim N^{-\alpha}$")
    if on_data:
        ax.set_xticks(range(count), made.optimizers)
        ax.set_xlim(-0.6, count - 0.4)
    else:
        ax.set_xlabel(r"spectral exponent $s$  (eigenvalues $k^{-(1+s)}$)")
        ax.set_xticks(known, [f"{s:g}" for s in known])
        ax.set_xlim(min(known) - 0.6 * pitch, max(known) + 0.6 * pitch)
    window = comparison.measurement.experiment.fit_sizes
    ax.set_title(f"T = {at} steps, fitted on N = {window[0]} to {window[-1]}", fontsize=10, loc="left", color=INK)
    keys = [] if on_data else [optimizer_key(style[n], n) for n in made.optimizers]
    marks = {
        "measured": plain_key("measured", marker="o"),
        "seeds": plain_key("95 % over seeds", line="-"),
        "line": plain_key("95 % of the line (t)", line="-"),
        "predicted": plain_key("predicted", line="--"),
        "published": published_key(comparison),
    }
    if len(made.s) < 2:
        marks["predicted"] = plain_key("predicted", marker="_")
        marks["predicted"].set(markersize=18, markeredgewidth=1.6)
    marks["seeds"].set_linewidth(3.2)
    marks["line"].set_linewidth(0.9)
    if keys:
        keys.append(Line2D([], [], linestyle="none", label=" "))
    keys += [key for name, key in marks.items() if name in shown]
    legend(ax, keys, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return ax
