"""Figure: where the eigenvalues of the Gram matrix and the target's energy lie on the real axis."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from ...theory.gram import SpectralDensity
from .axes import axes_or_new, legend, plain_key
from .palette import FAINT, INK

_EIGENVALUES, _ENERGY = "#0072B2", "#D55E00"
_SHOWN = 1e-6  # of the highest density: lower ones are left out


def plot_density(
    density: SpectralDensity, *, draws: np.ndarray | None = None, bins: int = 60, ax: Axes | None = None
) -> Axes:
    """Densities per unit log x against x: the share of the N eigenvalues, and the share of the target's variance.

    Bands are drawn apart, and each outlier has a stroke two standard deviations wide over its place. What lies at 0 is
    told in the title.

    Args:
        density: as `spectral_density` makes it.
        draws: eigenvalues of simulated Gram matrices, any shape, in the same units, for a histogram.
        bins: of the histogram.
        ax: where to draw; on its own otherwise.

    Returns:
        The axes.
    """
    ax = axes_or_new(ax, 6.4, 4.2)
    height = density.density * density.x
    energy = density.energy * density.x / density.total
    least = _SHOWN * max(float(np.max(height)), float(np.max(energy)))
    if draws is not None:
        _draw_histogram(ax, np.asarray(draws, dtype=float).ravel(), bins, 1 - density.zero)
    for low, high in density.bands:
        inside = np.flatnonzero((density.x > low) & (density.x < high))
        inside = inside[np.argsort(density.x[inside])]
        for shape, colour in ((height, _EIGENVALUES), (energy, _ENERGY)):
            shown = inside[shape[inside] > least]
            ax.plot(density.x[shown], shape[shown], color=colour, linewidth=1.4)
    low_end = least if least > 0 else 1e-6
    for place, width in zip(density.outliers.position, density.outliers.deviation, strict=True):
        ax.plot(
            [place * np.exp(-width / place), place * np.exp(width / place)], [low_end * 2] * 2, color=INK, linewidth=3
        )
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xlabel("eigenvalue x of the Gram matrix")
    ax.set_ylabel("share per unit of log x")
    told = [f"N = {density.size}"]
    if density.zero > 0:
        told.append(f"{density.zero:.3g} of the eigenvalues are 0")
    if density.energy_at_zero > 0:
        told.append(f"{density.energy_at_zero / density.total:.3g} of the energy is at 0")
    ax.set_title(", ".join(told), fontsize=10, loc="left", color=INK)
    legend(ax, _keys(len(density.outliers.position) > 0, draws is not None), loc="best")
    return ax


def _draw_histogram(ax: Axes, values: np.ndarray, bins: int, share: float) -> None:
    """The positive values per unit log x, with `share` as their area."""
    positive = values[values > 0]
    edges = np.geomspace(positive.min(), positive.max(), bins + 1)
    count, _ = np.histogram(positive, edges)
    height = share * count / (len(positive) * np.diff(np.log(edges)))
    ax.stairs(height, edges, fill=True, color=FAINT, alpha=0.35)


def _keys(outliers: bool, drawn: bool) -> list[Line2D]:
    """The entries of the legend."""
    eigenvalues, variance = plain_key("eigenvalues", line="-"), plain_key("target energy", line="-")
    eigenvalues.set_color(_EIGENVALUES)
    variance.set_color(_ENERGY)
    keys = [eigenvalues, variance]
    if outliers:
        outlier = plain_key("outlier, one deviation each way", line="-")
        outlier.set_linewidth(3)
        keys.append(outlier)
    if drawn:
        histogram = plain_key("drawn eigenvalues", marker="s")
        histogram.set_markerfacecolor(FAINT)
        histogram.set_markeredgecolor(FAINT)
        keys.append(histogram)
    return keys
