"""Figure: how much preconditioning adds to alpha, against s, for several T: the threshold made visible."""

from __future__ import annotations

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from ..runs import Comparison, Threshold
from .axes import PREDICTED, axes_or_new, legend, number_text, plain_key
from .palette import FAINT, INK

_CURVES = 4


def plot_gaps(comparison: Comparison, *, ax: Axes | None = None) -> Axes:
    """alpha(preconditioned) - alpha(gd) against s, one curve a T: measured with 95 % over seeds, predicted dashed.

    The triangles on the axis mark s* = log(eta T)/log N - 1 at the largest N of the run: for s beyond it, gradient
    descent has not learned the last modes that size could carry.

    Args:
        comparison: the run against theory, of a problem with s.
        ax: where to draw; on its own otherwise.

    Returns:
        The axes.
    """
    ax = axes_or_new(ax, 7.6, 4.4)
    chosen = _spread(comparison)
    colours = matplotlib.colormaps["viridis"](np.linspace(0.22, 0.84, len(chosen)))
    known = [s for s in comparison.measurement.s if s is not None]
    pitch = min(np.diff(sorted(known)), default=1.0) if len(known) > 1 else 1.0
    left, right = min(known) - 0.6 * pitch, max(known) + 0.6 * pitch
    predicted = marked = False
    keys = []
    for i, (threshold, colour) in enumerate(zip(chosen, colours, strict=True)):
        _measured(ax, threshold, colour, (i - (len(chosen) - 1) / 2) * 0.07 * pitch)
        line = sorted((g.s, g.predicted) for g in threshold.gaps if g.s is not None and g.predicted is not None)
        if line:
            predicted = True
            x_line, y_line = zip(*line, strict=True)
            ax.plot(x_line, y_line, color=INK, linestyle=PREDICTED, linewidth=1.1, alpha=0.85, zorder=4)
        if threshold.s_star and left <= threshold.s_star[-1][1] <= right:
            marked = True
            _triangle(ax, threshold.s_star[-1][1], colour)
        keys.append(Line2D([], [], color=colour, marker="o", markersize=5, label=f"T = {number_text(threshold.steps)}"))
    ax.axhline(0, color=FAINT, linewidth=1.0, zorder=0)
    ax.set_xlim(left, right)
    ax.set_xticks(known, [f"{s:g}" for s in known])
    ax.set_xlabel(r"spectral exponent $s$")
    first = comparison.threshold
    ax.set_ylabel(rf"$\alpha$({first.optimizer}) $-$ $\alpha$({first.baseline})")
    if predicted:
        keys.append(plain_key("predicted", line=PREDICTED))
    if marked:
        keys.append(plain_key(f"s* at N = {comparison.measurement.sizes[-1]}", marker="^"))
    legend(ax, keys, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return ax


def _measured(ax: Axes, threshold: Threshold, colour: np.ndarray, shift: float) -> None:
    gaps = [(g.s, g.value, g.interval) for g in threshold.gaps if g.s is not None and g.value is not None]
    points = sorted(gaps, key=lambda point: point[0])
    if points:
        x = [s + shift for s, _, _ in points]
        ax.plot(x, [value for _, value, _ in points], color=colour, marker="o", markersize=5, linewidth=1.2, zorder=3)
    for s, _, interval in points:
        if interval is not None:
            ax.plot([s + shift] * 2, interval, color=colour, linewidth=2.4, alpha=0.6, zorder=2)


def _triangle(ax: Axes, s: float, colour: np.ndarray) -> None:
    ax.plot([s], [0.02], marker="^", markersize=8, color=colour, transform=ax.get_xaxis_transform(), zorder=5)


def _spread(comparison: Comparison) -> list[Threshold]:
    """The headline T and up to three more, evenly spread in log T."""
    known = [t for t in comparison.thresholds if any(g.value is not None for g in t.gaps)]
    if len(known) <= _CURVES:
        return known
    logs = np.log([t.steps for t in known])
    at = {int(np.argmin(np.abs(logs - x))) for x in np.linspace(logs[0], logs[-1], _CURVES)}
    head = next(i for i, t in enumerate(known) if t.steps == comparison.steps)
    if head not in at:
        at.remove(min(at, key=lambda i: abs(i - head)))
        at.add(head)
    return [known[i] for i in sorted(at)]
