"""Figure: a diagnosis, its spectrum on the left and the predicted risk against size on the right."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..diagnosis import Diagnosis
from .axes import axes_or_new, legend, log_risks, log_sizes, new_figure, optimizer_key, plain_key
from .figure_files import save_figure
from .palette import FAINT, INK, styles

_VALUES, _ENERGIES = "#0072B2", "#009E73"


def plot_diagnosis(diagnosis: Diagnosis, ax: Axes | None = None) -> Axes:
    """Eigenvalues and target energies against rank with the fitted laws; on its own also risk against size.

    The shaded ranks are those of the fit of s. The vertical line is the last mode gd learns: sizes beyond it gain
    from preconditioning.

    Args:
        diagnosis: of a data set.
        ax: given, only the spectrum is drawn on it.

    Returns:
        The axes of the spectrum.
    """
    if ax is not None:
        return plot_spectrum(diagnosis, ax)
    return _both(new_figure(10.0, 4.4), diagnosis)


def _both(figure: Figure, diagnosis: Diagnosis) -> Axes:
    left, right = figure.subplots(1, 2)
    plot_spectrum(diagnosis, left)
    plot_forecast(diagnosis, right)
    return left


def plot_spectrum(diagnosis: Diagnosis, ax: Axes | None = None) -> Axes:
    """Eigenvalues over the largest and target energies over their sum, against rank, with the fitted slopes.

    Args:
        diagnosis: of a data set.
        ax: where to draw; on its own otherwise.

    Returns:
        The axes.
    """
    ax = axes_or_new(ax, 5.6, 4.4)
    ranks, made = diagnosis.ranks, diagnosis
    inside = ranks <= made.modes * 1.001
    _points(ax, ranks[inside], made.eigenvalues[inside], _VALUES, "o")
    if not inside.all():
        shown = ~inside & (ranks < 10 * max(made.sizes))
        ax.plot(ranks[shown], made.eigenvalues[shown], color=_VALUES, linewidth=1.2, linestyle=":")
    _law(ax, made.s.window, made.s.line)
    keys = [plain_key(f"eigenvalues, s = {_value(made.s.value, made.s.interval)}", marker="o")]
    keys[-1].set_color(_VALUES)
    keys[-1].set_markerfacecolor(_VALUES)
    if made.energies is not None:
        shown = inside & (made.energies > 0)
        _points(ax, ranks[shown], made.energies[shown], _ENERGIES, "^")
        r = "not available" if made.r is None else _value(made.r.value, made.r.interval)
        keys.append(plain_key(f"target energies, r = {r}", marker="^"))
        keys[-1].set_color(_ENERGIES)
        keys[-1].set_markerfacecolor(_ENERGIES)
        if made.r is not None:
            _law(ax, made.r.window, made.r.line)
    ax.axvspan(*made.s.window, color=FAINT, alpha=0.12, linewidth=0, zorder=0)
    ax.set_xscale("log")
    ax.set_yscale("log")
    if made.learned >= 1:
        ax.axvline(made.learned, color=INK, ymin=0.3, linewidth=1.0, linestyle="--", zorder=1)
        keys.append(plain_key(f"gd learns {made.learned:.0f} modes in {made.steps} steps", line="--"))
    keys.append(plain_key("fitted power law" + ("" if inside.all() else " (dotted: extrapolated)"), line="-"))
    ax.set_xlabel("rank k")
    ax.set_ylabel("share of the largest eigenvalue / of the target" if made.energies is not None else "eigenvalue")
    ax.set_title("spectrum, ranks of the fit shaded", fontsize=10, loc="left", color=INK)
    _room_below(ax)
    legend(ax, keys, loc="lower left")
    return ax


def plot_forecast(diagnosis: Diagnosis, ax: Axes | None = None) -> Axes:
    """Predicted risk against model size for gd, the natural gradient and what differs from both.

    Args:
        diagnosis: of a data set.
        ax: where to draw; on its own otherwise.

    Returns:
        The axes.
    """
    ax = axes_or_new(ax, 5.6, 4.4)
    style = styles(diagnosis.risk)
    sizes = np.array(diagnosis.sizes, dtype=float)
    keys = []
    for name, values in diagnosis.risk.items():
        drawn = style[name]
        ax.plot(sizes, values, color=drawn.colour, marker=drawn.marker, markersize=5, linewidth=1.4)
        interval = diagnosis.alpha_intervals[name]
        value = diagnosis.alpha[name]
        told = "no exponent" if value is None else rf"$\alpha$ = {_value(value, interval)}"
        keys.append(optimizer_key(drawn, f"{name}, {told}"))
    log_sizes(ax, diagnosis.sizes)
    log_risks(ax)
    ax.tick_params(axis="y", which="minor", labelsize=8)
    ax.set_xlabel("model size N")
    ax.set_ylabel("predicted risk / variance that can be learned")
    ax.set_title(f"after T = {diagnosis.steps} steps", fontsize=10, loc="left", color=INK)
    legend(ax, keys, loc="lower left")
    return ax


def save_diagnosis(diagnosis: Diagnosis, path: str | Path) -> Path:
    """Write the figure of a diagnosis.

    Args:
        diagnosis: of a data set.
        path: its end says the kind: .png, .svg or .pdf.

    Returns:
        The path.

    Raises:
        InputError: for another kind, or where the file cannot be written.
    """
    figure = new_figure(10.0, 4.4)
    _both(figure, diagnosis)
    return save_figure(figure, path)


def _points(ax: Axes, ranks: np.ndarray, values: np.ndarray, colour: str, marker: str) -> None:
    ax.plot(ranks, values, linestyle="none", marker=marker, markersize=3.6, color=colour, alpha=0.75, zorder=2)


def _law(ax: Axes, window: tuple[int, int], line: Callable[[np.ndarray], np.ndarray]) -> None:
    ends = np.array(window, dtype=float)
    ax.plot(ends, line(ends), color=INK, linewidth=1.6, zorder=3)


def _room_below(ax: Axes) -> None:
    """Two decades in five below the points, where the legend stands."""
    low, high = ax.get_ylim()
    ax.set_ylim(low * (low / high) ** 0.45, high)


def _value(value: float, interval: tuple[float, float] | None) -> str:
    return f"{value:.2f}" if interval is None else f"{value:.2f} [{interval[0]:.2f}, {interval[1]:.2f}]"
