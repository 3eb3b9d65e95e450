"""Figure: measured losses with their fitted laws, and speed-ups over the baseline with their intervals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator

from ..loss_laws import LawFit, LossFits, moved, power_law, shown
from .axes import axes_or_new, legend, new_figure, number_text, optimizer_key, plain_key
from .palette import FAINT, INK, Style, styles

_FINE = 100


def plot_fit(result: LossFits, ax: Axes | None = None) -> Axes:
    """Losses against size with the fitted laws; on its own also the speed-ups, where there are any.

    Filled points are fitted, hollow ones refused or outside the window. A law of size and tokens is drawn as the
    fitted loss of each run against its size.

    Args:
        result: of `fit_losses`.
        ax: given, only the losses are drawn on it.

    Returns:
        The axes of the losses.
    """
    if ax is not None:
        return plot_losses(result, ax)
    if not result.speedup:
        return plot_losses(result, None)
    figure = new_figure(11.0, 4.6 + 0.2 * max(len(result.fits), len(result.speedup) + 1))
    left, right = figure.subplots(1, 2)
    plot_losses(result, left)
    plot_speedup(result, right)
    return left


def plot_losses(result: LossFits, ax: Axes | None = None) -> Axes:
    """Losses against size, log-log.

    Args:
        result: of `fit_losses`.
        ax: where to draw; on its own otherwise.

    Returns:
        The axes.
    """
    ax = axes_or_new(ax, 6.4, 4.6 + 0.2 * len(result.fits))
    style = _styles(result)
    keys = []
    for each in result.fits:
        drawn = style[each.name]
        sizes, losses = np.array(each.sizes), np.array(each.losses)
        fitted = np.zeros(len(sizes), bool)
        if each.fit is not None:
            low, high = each.fit.window
            fitted = (sizes >= low * (1 - 1e-9)) & (sizes <= high * (1 + 1e-9))
        many = len(sizes) > 40
        _points(ax, sizes, losses, fitted, drawn, 3.0 if many else 5.0)
        label = _plain(each.name)
        if each.fit is not None:
            _law(ax, each.fit, each.sizes, drawn)
            interval = each.fit.interval
            label += f", {each.fit.alpha:.3f}" + (
                "" if interval is None else f" [{interval[0]:.3f}, {interval[1]:.3f}]"
            )
        else:
            label += ", refused"
        keys.append(optimizer_key(drawn, label))
    ax.set_xscale("log")
    ax.set_yscale("log")
    _size_axis(ax)
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:.3g}")
    ax.yaxis.set_minor_formatter(lambda value, _: f"{value:.3g}")
    ax.tick_params(axis="y", which="minor", labelsize=8)
    ax.set_xlabel(_plain(result.table.size))
    ax.set_ylabel(_plain(result.table.loss))
    ax.set_title(f"alpha of the form {result.form}, 95 %", fontsize=10, loc="left", color=INK)
    legend(ax, keys, loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=1)
    return ax


def plot_speedup(result: LossFits, ax: Axes | None = None) -> Axes:
    """How many times the size the baseline needs, by the fitted curves; hollow: between the points, without a law.

    Points of one size are set apart a little.

    Args:
        result: of `fit_losses`, with a speed-up.
        ax: where to draw; on its own otherwise.

    Returns:
        The axes.
    """
    ax = axes_or_new(ax, 6.4, 5.0)
    style = _styles(result)
    keys = []
    count = len(result.speedup)
    for k, gain in enumerate(result.speedup):
        drawn = style[" / ".join([*gain.stratum, gain.a])]
        apart = 1.03 ** (k - (count - 1) / 2)
        sizes = np.array([p.size for p in gain.points]) * apart
        values = np.array([p.value for p in gain.points])
        ax.plot(sizes, values, color=drawn.colour, marker=drawn.marker, markersize=5, linewidth=1.2)
        pair = next((p for p in result.pairs if (p.stratum, p.a, p.b) == (gain.stratum, gain.a, gain.baseline)), None)
        if pair is not None and pair.interpolated:
            between = pair.interpolated
            ax.plot(
                [p.size * apart for p in between], [p.value for p in between], linestyle="none", marker=drawn.marker,
                markersize=8, markerfacecolor="none", color=drawn.colour,
            )  # fmt: skip
        for size, point in zip(sizes, gain.points, strict=True):
            if point.interval is not None:
                ax.plot([size, size], point.interval, color=to_rgba(drawn.colour, 0.5), linewidth=1.2)
        keys.append(
            optimizer_key(drawn, _plain(f"{' / '.join([*gain.stratum, gain.a])} over {gain.baseline}: {gain.trend}"))
        )
    ax.axhline(1.0, color=FAINT, linewidth=1.0, linestyle="--")
    ax.set_xscale("log")
    ax.set_yscale("log")
    _size_axis(ax)
    for which in ("major", "minor"):
        getattr(ax.yaxis, f"set_{which}_formatter")(lambda value, _: f"{value:.3g}")
    ax.tick_params(axis="y", which="minor", labelsize=8)
    ax.set_xlabel(_plain(result.table.size))
    ax.set_ylabel("baseline over optimizer")
    ax.set_title("speed-up at equal loss, 95 %", fontsize=10, loc="left", color=INK)
    keys.append(plain_key("no difference", line="--"))
    legend(ax, keys, loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=1)
    return ax


def _styles(result: LossFits) -> dict[str, Style]:
    return styles(each.name for each in result.fits)


def _points(ax: Axes, x: np.ndarray, y: np.ndarray, fitted: np.ndarray, drawn: Style, size: float) -> None:
    for kept, face in ((fitted, drawn.colour), (~fitted, "none")):
        ax.add_line(
            Line2D(
                x[kept], y[kept], linestyle="none", marker=drawn.marker, markersize=size, color=drawn.colour,
                markerfacecolor=face,
            )
        )  # fmt: skip
    ax.update_datalim(np.column_stack([x, y]))
    ax.autoscale_view()


def _law(ax: Axes, fit: LawFit, sizes: Sequence[float], drawn: Style) -> None:
    if fit.form == "chinchilla":
        level = np.exp(fit.law.evaluate(fit.theta[None])[0][0])
        ax.plot(sizes, level, linestyle="none", marker="_", markersize=6, color=INK, alpha=0.6)
        return
    x = np.log(np.geomspace(*fit.window, _FINE))
    law, theta = fit.law, fit.theta
    if fit.form == "shared":
        law, theta = power_law(x), np.array([np.log(fit.parameters["A"].value), fit.alpha])
    level = moved(law, x).evaluate(theta[None])[0][0]
    ax.plot(np.exp(x), np.exp(level), color=drawn.colour, linewidth=1.3)


def _plain(text: str) -> str:
    """Text from a file, drawn as it is: no mathematics, nothing unprintable."""
    return shown(text).replace("$", r"\$")


def _size_axis(ax: Axes) -> None:
    """Plain sizes at the decades, and at 2 and 5 between them where few decades are shown."""
    low, high = ax.get_xlim()
    ax.xaxis.set_major_formatter(lambda value, _: _size_text(value))
    ax.xaxis.set_minor_locator(LogLocator(subs=(2, 5), numticks=20))
    few = high / low < 300
    ax.xaxis.set_minor_formatter(lambda value, _: _size_text(value) if few else "")


def _size_text(value: float) -> str:
    return number_text(value) if value < 1e9 else f"{value / 1e9:g}B" if value < 1e12 else f"{value:.0e}"
