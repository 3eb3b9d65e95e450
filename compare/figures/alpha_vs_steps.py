"""Figure: alpha against training steps T, one panel for each s."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ..runs import Comparison, predicted_alpha, predicted_curve
from .axes import (
    PREDICTED,
    axes_or_new,
    legend,
    legend_columns,
    log_sizes,
    new_figure,
    optimizer_key,
    panel_columns,
    plain_key,
    published_key,
)
from .journal_column import Column
from .palette import FAINT, INK, styles


def plot_steps(comparison: Comparison, *, s: float | None, ax: Axes | None = None) -> Axes:
    """alpha against T at one s: measured with 95 % over seeds, predicted dashed at every T it has.

    A prediction costs the same at any T, so it may reach further than the run. The T of the published values is marked
    where the run has it, with those values hollow.

    Args:
        comparison: the run against theory.
        s: spectral exponent; None for data.
        ax: where to draw; on its own otherwise.

    Returns:
        The axes.
    """
    made = comparison.measurement
    alone = ax is None
    ax = axes_or_new(ax, 5.6, 4.4)
    style = styles(made.optimizers)
    for name in made.optimizers:
        colour, marker = style[name].colour, style[name].marker
        cells = [comparison.cell(name, s, t) for t in made.steps]
        points = [(c.steps, c.measured.value, c.measured.bootstrap) for c in cells if c.measured.value is not None]
        if points:
            ax.plot(
                [p[0] for p in points],
                [p[1] for p in points],
                color=colour,
                marker=marker,
                markersize=4.5,
                linewidth=1.3,
                zorder=3,
            )
        for t, _, interval in points:
            if interval is not None:
                ax.plot([t, t], interval, color=colour, linewidth=2.4, alpha=0.6, zorder=2)
        line = predicted_exponents(comparison, name, s)
        if line:
            ax.plot(*np.array(line).T, color=colour, linestyle=PREDICTED, linewidth=1.3, zorder=4)
        for cell in cells:
            if cell.published is not None:
                ax.plot([cell.steps], [cell.published.value], marker=marker, color=colour, markersize=9, zorder=5)[
                    0
                ].set_markerfacecolor("none")
    table = comparison.published
    if table is not None and table.steps in made.steps:
        ax.axvline(table.steps, color=FAINT, linewidth=1.0, zorder=0)
    ax.axhline(0, color=FAINT, linewidth=0.8, zorder=0)
    steps = made.steps if comparison.prediction is None else tuple(sorted({*made.steps, *comparison.prediction.steps}))
    if len(steps) > 1:
        log_sizes(ax, steps, room=6)
    ax.set_xlabel("training steps T")
    ax.set_ylabel(r"$\alpha$ in risk $\sim N^{-\alpha}$")
    ax.set_title("data" if s is None else f"s = {s:g}", fontsize=10, loc="left", color=INK)
    if alone:
        legend(ax, steps_keys(comparison), loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return ax


def predicted_exponents(comparison: Comparison, optimizer: str, s: float | None) -> list[tuple[int, float]]:
    """Predicted alpha over the sizes of the fit, at every T of the prediction.

    Args:
        comparison: the run against theory.
        optimizer: command-line name.
        s: spectral exponent; None for data.

    Returns:
        Pairs (T, alpha), where there is one.
    """
    prediction, sizes = comparison.prediction, comparison.measurement.experiment.fit_sizes
    if prediction is None:
        return []
    found = []
    for steps in prediction.steps:
        value = predicted_alpha(sizes, *predicted_curve(prediction, optimizer, s, steps, sizes)).value
        if value is not None:
            found.append((steps, value))
    return found


def steps_keys(comparison: Comparison) -> list[Line2D]:
    """The legend of an alpha-against-T figure.

    Args:
        comparison: the run against theory.

    Returns:
        Its entries.
    """
    style = styles(comparison.measurement.optimizers)
    keys = [optimizer_key(style[n], n) for n in comparison.measurement.optimizers]
    if comparison.prediction is not None:
        keys.append(plain_key("predicted", line=PREDICTED))
    table = comparison.published
    if table is not None and table.steps in comparison.measurement.steps:
        keys.append(published_key(comparison))
    return keys


def steps_panels(comparison: Comparison, *, width: Column | None = None) -> Figure:
    """`plot_steps` for every s of the run, small multiples under one legend.

    Args:
        comparison: the run against theory.
        width: of the column they are for.

    Returns:
        The figure.
    """
    made = comparison.measurement
    columns = panel_columns(len(made.s), width)
    rows = -(-len(made.s) // columns)
    figure = new_figure(max(5.0, 3.3 * columns), 2.8 * rows + 0.7)
    shared: Axes | None = None
    for i, s in enumerate(made.s):
        ax = figure.add_subplot(rows, columns, i + 1, sharey=shared)
        shared = shared or ax
        plot_steps(comparison, s=s, ax=ax)
        if i % columns:
            ax.set_ylabel("")
            ax.tick_params(labelleft=False)
        if i + columns < len(made.s):
            ax.set_xlabel("")
    keys = steps_keys(comparison)
    legend(figure, keys, loc="outside lower center", ncols=legend_columns(len(keys), 7 if columns > 2 else 3))
    return figure
