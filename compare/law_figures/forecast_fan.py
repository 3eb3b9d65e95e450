"""Figure: the loss of each optimizer against compute, and its gap to the baseline, with intervals that open beyond."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from ..figures import FAINT, INK, Style, axes_or_new, legend, new_figure, optimizer_key, plain_key, styles
from ..forecasts import Forecast

_MOST = 4  # optimizers, so that their fans can be told apart
_POINTS = 40
_BEYOND = 10.0  # times the largest compute, where nothing farther was asked for
_NEAR = 1.5  # factor in D/N within which a run counts as on the path
_ENDS = (0.025, 0.975)


def plot_forecast(found: Forecast, ax: Axes | None = None) -> Axes:
    """Losses along one ratio of tokens to size with 95 % fans; on its own also the gaps to the baseline.

    The ratio is that of the first point that was asked for, or the runs' mean. Drawn are the baseline and the three
    optimizers whose median is the lowest at the largest run. Filled marks are runs within a factor 1.5 of the ratio,
    hollow ones points that were asked for; beyond the dashed line the back-tests do not carry.

    Args:
        found: of `forecast`.
        ax: given, only the losses are drawn on it.

    Returns:
        The axes of the losses.
    """
    path = _path(found)
    if ax is not None or len(path.drawn) == 1:
        return _losses(found, path, axes_or_new(ax, 7.2, 5.0))
    figure = new_figure(11.0, 4.8)
    left, right = figure.subplots(1, 2)
    _losses(found, path, axes_or_new(left))
    _gaps(found, path, axes_or_new(right))
    return left


@dataclass(frozen=True, eq=False)
class _Path:
    """Where the fans are drawn: compute along D = ratio N, and how each optimizer looks."""

    ratio: float
    top: float
    compute: np.ndarray
    drawn: dict[str, Style]

    def logs(self, found: Forecast, name: str) -> np.ndarray:
        """Log losses, shape (points, draws)."""
        sizes = np.sqrt(self.compute / 6 / self.ratio)
        return np.stack([found.laws.log_loss(found.laws.index(name), n, n * self.ratio) for n in sizes])


def _path(found: Forecast) -> _Path:
    data = found.lattice.data
    tokens = data.sizes if data.tokens is None else data.tokens
    asked = [p.tokens / p.size for p in found.points[:1]]
    ratio = asked[0] if asked else float(np.exp(np.mean(np.log(tokens / data.sizes))))
    compute = 6 * data.sizes * tokens
    top = float(compute.max())
    last = max([_BEYOND * top, *(6 * p.size * p.tokens for p in found.points)])
    size, names = float(np.sqrt(top / 6 / ratio)), found.laws.names
    at_top = {n: float(np.median(found.laws.log_loss(k, size, size * ratio))) for k, n in enumerate(names)}
    drawn = [names[0], *sorted(names[1:], key=at_top.__getitem__)[: _MOST - 1]]
    return _Path(ratio, top, np.geomspace(float(compute.min()), last, _POINTS), styles(drawn))


def _losses(found: Forecast, path: _Path, ax: Axes) -> Axes:
    data, laws = found.lattice.data, found.laws
    tokens = data.sizes if data.tokens is None else data.tokens
    noise = laws.noise * np.random.default_rng(0).standard_normal(laws.noise.size)
    for name, style in path.drawn.items():
        logs = path.logs(found, name)
        low, high = np.exp(np.quantile([laws.spread(row + noise) for row in logs], _ENDS, axis=1))
        ax.fill_between(path.compute, low, high, color=style.colour, alpha=0.15, linewidth=0)
        ax.plot(path.compute, np.exp(np.median(logs, axis=1)), color=style.colour, linewidth=1.4)
        near = np.abs(np.log(tokens / data.sizes / path.ratio)) < np.log(_NEAR)
        near &= data.optimizer == laws.index(name)
        ax.plot(6 * (data.sizes * tokens)[near], data.losses[near], style.marker, color=style.colour, markersize=5)
        for point in (p for p in found.points if p.optimizer == name and np.isclose(p.tokens / p.size, path.ratio)):
            error = [[max(point.loss - point.interval[0], 0)], [max(point.interval[1] - point.loss, 0)]]
            at = 6 * point.size * point.tokens
            ax.errorbar(at, point.loss, error, fmt=style.marker, color=style.colour, capsize=3, markerfacecolor="none")
    ax.set_yscale("log")
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:.3g}")
    ax.yaxis.set_minor_formatter(lambda value, _: f"{value:.3g}")
    ax.set_ylabel("loss")
    _reach(found, path, ax)
    keys = [optimizer_key(style, name) for name, style in path.drawn.items()]
    legend(ax, [*keys, plain_key("back-tests carry to here", line=(0, (2, 2)))])
    return ax


def _gaps(found: Forecast, path: _Path, ax: Axes) -> None:
    baseline = path.logs(found, found.laws.names[0])
    for name, style in list(path.drawn.items())[1:]:
        gap = path.logs(found, name) - baseline
        low, high = 100 * np.quantile([found.laws.spread(row) for row in gap], _ENDS, axis=1)
        ax.fill_between(path.compute, low, high, color=style.colour, alpha=0.2, linewidth=0)
        ax.plot(path.compute, 100 * np.median(gap, axis=1), color=style.colour, linewidth=1.4)
    ax.axhline(0, color=INK, linewidth=1)
    ax.set_ylabel(f"log loss against {found.laws.names[0]}, %")
    _reach(found, path, ax)


def _reach(found: Forecast, path: _Path, ax: Axes) -> None:
    ax.axvline(path.top, color=FAINT, linewidth=1)
    ax.axvline(path.top * found.carried, color=INK, linewidth=1, linestyle=(0, (2, 2)))
    ax.set_xscale("log")
    ax.set_xlabel(f"compute 6 N D, at D = {path.ratio:.3g} N")
