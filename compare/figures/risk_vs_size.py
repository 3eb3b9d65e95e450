"""Figure: risk against model size, one panel for each s."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ..runs import Comparison, Measurement, compare, predicted_curve
from .axes import (
    PREDICTED,
    axes_or_new,
    legend,
    legend_columns,
    log_risks,
    log_sizes,
    new_figure,
    optimizer_key,
    panel_columns,
    plain_key,
)
from .journal_column import Column
from .palette import FAINT, INK, Style, styles

if TYPE_CHECKING:
    from ...theory.prediction import Prediction


def plot_loss(comparison: Comparison, *, s: float | None, steps: int | None = None, ax: Axes | None = None) -> Axes:
    """Risk against N at one s and T: mean with its draw-to-draw band, prediction dashed.

    The band is one standard deviation of log risk over seeds. The shaded strip is the window of the fit.

    Args:
        comparison: the run against theory.
        s: spectral exponent; None for data.
        steps: T; the headline's unless given.
        ax: where to draw; on its own otherwise.

    Returns:
        The axes.
    """
    made = comparison.measurement
    at = comparison.steps if steps is None else steps
    alone = ax is None
    ax = axes_or_new(ax, 5.6, 4.4)
    style = styles(made.optimizers)
    sizes = np.array(made.sizes, dtype=float)
    predicted_any = False
    for name in made.optimizers:
        risk, mean = made.cell(name, s, at), made.mean(name, s, at)
        _draw_measured(ax, sizes, risk, mean, style[name])
        if comparison.prediction is not None:
            curve, _ = predicted_curve(comparison.prediction, name, s, at, made.sizes)
            good = np.isfinite(curve) & (curve > 0)
            if good.any():
                predicted_any = True
                ax.plot(sizes[good], curve[good], color=INK, linestyle=PREDICTED, linewidth=1.1, alpha=0.85, zorder=4)
    log_sizes(ax, made.sizes)
    log_risks(ax)
    ax.tick_params(axis="y", which="minor", labelsize=8)
    ax.axvspan(made.experiment.fit_sizes[0], made.sizes[-1], color=FAINT, alpha=0.10, linewidth=0, zorder=0)
    ax.set_xlabel("model size N")
    ax.set_ylabel("risk / target variance")
    ax.set_title("data" if s is None else f"s = {s:g}", fontsize=10, loc="left", color=INK)
    if alone:
        legend(ax, loss_keys(comparison, predicted_any), loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return ax


def _draw_measured(ax: Axes, sizes: np.ndarray, risk: np.ndarray, mean: np.ndarray, style: Style) -> None:
    """The mean over seeds, and one standard deviation of log risk on each side where there are several seeds."""
    fine = np.isfinite(mean) & (mean > 0)
    if fine.any():
        ax.plot(sizes[fine], mean[fine], style.marker, ls="-", color=style.colour, lw=1.3, markersize=4.5, zorder=3)
    usable = np.isfinite(risk) & (risk > 0)
    whole = usable.all(axis=0) & fine
    if len(risk) > 1 and whole.any():
        factor = np.exp(np.std(np.log(risk[:, whole]), axis=0, ddof=1))
        low, high = mean[whole] / factor, mean[whole] * factor
        ax.fill_between(sizes[whole], low, high, color=style.colour, alpha=0.22, linewidth=0)


def loss_keys(comparison: Comparison, predicted: bool) -> list[Line2D]:
    """The legend of a loss figure.

    Args:
        comparison: the run against theory.
        predicted: whether a prediction is drawn.

    Returns:
        Its entries.
    """
    style = styles(comparison.measurement.optimizers)
    keys = [optimizer_key(style[n], n) for n in comparison.measurement.optimizers]
    return [*keys, plain_key("predicted", line=PREDICTED)] if predicted else keys


def loss_panels(comparison: Comparison, *, steps: int | None = None, width: Column | None = None) -> Figure:
    """`plot_loss` for every s of the run, small multiples under one legend.

    Args:
        comparison: the run against theory.
        steps: T; the headline's unless given.
        width: of the column they are for.

    Returns:
        The figure.
    """
    made = comparison.measurement
    columns = panel_columns(len(made.s), width)
    rows = -(-len(made.s) // columns)
    figure = new_figure(max(5.0, 3.3 * columns), 3.0 * rows + 0.7)
    for i, s in enumerate(made.s):
        ax = plot_loss(comparison, s=s, steps=steps, ax=figure.add_subplot(rows, columns, i + 1))
        if i % columns:
            ax.set_ylabel("")
        if i + columns < len(made.s):
            ax.set_xlabel("")
    keys = loss_keys(comparison, comparison.prediction is not None)
    legend(figure, keys, loc="outside lower center", ncols=legend_columns(len(keys), 7 if columns > 2 else 3))
    return figure


def prediction_panels(prediction: Prediction) -> Figure:
    """Predicted risk against size at the last T, one panel for each s, drawn as a run without scatter would be.

    Args:
        prediction: as `predict` makes it.

    Returns:
        The figure.
    """
    curves = Measurement(
        experiment=prediction.experiment,
        optimizers=prediction.optimizers,
        s=tuple(None if math.isnan(s) else s for s in prediction.s),
        sizes=prediction.sizes,
        seeds=1,
        steps=prediction.steps,
        risk=prediction.risk[:, :, :, None, :],
    )
    steps = prediction.steps[-1]
    figure = loss_panels(compare(curves), steps=steps)
    figure.suptitle(f"Predicted, T = {steps} steps", fontsize=10, color=INK)
    return figure
