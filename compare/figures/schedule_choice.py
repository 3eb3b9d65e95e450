"""Figure: which decay of the step size is enough at each (s, r), and what it gains on a constant step."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .axes import axes_or_new, new_figure
from .palette import INK

_SIDE = 241
_LEVELS = (0.0, 0.5, 1.0, 2.0, 4.0)  # ends of: square root, linear, cosine, power:4
_NAMES = ("(1-x)^(1/2)", "linear, WSD", "cosine", "power:4", "steeper")
_COLOURS = ("#56B4E9", "#009E73", "#F0E442", "#E69F00", "#CC79A7")


def plot_schedule_choice(
    order: float, optimizer: str, point: tuple[float, float] | None = None, ax: Axes | None = None
) -> Axes:
    """Areas of (s, r) by the gentlest schedule with the largest exponent in the data; lines of equal gain in alpha.

    Args:
        order: q of the optimizer's rates lambda^q.
        optimizer: Its name, for the title.
        point: An (s, r) to mark.
        ax: Where to draw; None makes new axes.

    Returns:
        The axes.
    """
    ax = axes_or_new(ax, 7.2, 4.8)
    ax.grid(visible=False)
    top = 4.0 if point is None else max(4.0, 1.15 * max(point))
    s, r = np.meshgrid(np.linspace(0.01, top, _SIDE), np.linspace(0.01, top, _SIDE))
    decay = (1 + s) * order
    inner = decay - 1
    enough = np.where(r >= inner, np.maximum(inner, 0), r / np.maximum(decay - r, 1e-9))
    gain = r / np.maximum(decay, 1 + r) - r / np.maximum(np.maximum(decay, 1 + r), r + decay)
    levels = [-1.0, *_LEVELS[1:], 1e9]
    ax.contourf(s, r, enough, levels=levels, colors=_COLOURS, alpha=0.55)
    lines = ax.contour(s, r, gain, levels=[0.05, 0.1, 0.15, 0.2, 0.25, 0.3], colors=INK, linewidths=0.8)
    ax.clabel(lines, fmt=lambda value: f"+{value:.2f}", fontsize=8)
    for colour, name in zip(_COLOURS, _NAMES, strict=True):
        ax.fill_between([], [], [], facecolor=colour, alpha=0.55, label=name)
    if point is not None:
        ax.plot(*point, marker="*", markersize=13, color=INK, markeredgecolor="white")
    ax.set_xlabel("spectral exponent s")
    ax.set_ylabel("source exponent r")
    ax.set_title(f"The gentlest decay that is enough for {optimizer}; lines: gain in alpha", fontsize=10, loc="left")
    ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False, fontsize=9, labelcolor=INK)
    return ax


def draw_schedule_choice(order: float, optimizer: str, point: tuple[float, float] | None = None) -> Figure:
    """`plot_schedule_choice` on a figure of its own.

    Args:
        order: q of the optimizer's rates lambda^q.
        optimizer: Its name, for the title.
        point: An (s, r) to mark.

    Returns:
        The figure.
    """
    figure = new_figure(7.2, 4.8)
    plot_schedule_choice(order, optimizer, point, figure.add_subplot())
    return figure
