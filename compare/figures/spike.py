"""Figure: where a spike's eigenvalue lies and how much of the spike its eigenvector holds, against its strength."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ...theory.gram import Spike, follow_spike
from .axes import dress, new_figure
from .palette import FAINT, INK

_BLUE, _ORANGE = "#0072B2", "#D55E00"
_POINTS = 160


def plot_spike(found: Spike, bulk: np.ndarray) -> Figure:
    """Left: position over strength, with the bulk's edge and the range of single draws. Right: the squared overlap.

    Args:
        found: The spike that is marked.
        bulk: Eigenvalues of the bulk, shape (m,).

    Returns:
        The figure.
    """
    figure = new_figure(8.4, 3.6)
    left, right = figure.subplots(1, 2)
    for ax in (left, right):
        dress(ax)
        ax.set_xlabel("strength of the spike")
        ax.axvline(found.critical, color=FAINT, linestyle=(0, (4, 3)), linewidth=1.0)
    strengths = np.linspace(1.001 * float(bulk.max()), max(1.3 * found.strength, 2 * found.critical), _POINTS)
    along = follow_spike(bulk, found.size, [float(each) for each in strengths])
    position = np.array([each.position for each in along])
    deviation = np.nan_to_num([each.deviation for each in along])
    band = position - 2 * deviation, position + 2 * deviation
    left.fill_between(strengths, *band, color=_BLUE, alpha=0.2, linewidth=0)
    left.plot(strengths, position, color=_BLUE)
    left.axhline(found.edge, color=FAINT, linewidth=1.0)
    left.annotate("edge of the bulk", (strengths[-1], found.edge), ha="right", va="bottom", color=INK, fontsize=8)
    left.set_ylabel("its eigenvalue")
    right.plot(strengths, [each.overlap for each in along], color=_ORANGE)
    right.set_ylabel("squared overlap")
    for ax, value in ((left, found.position), (right, found.overlap)):
        ax.plot([found.strength], [value], marker="*", markersize=12, color=INK, markeredgecolor="white")
    left.set_title(f"N = {found.size}, critical {found.critical:.4g}", fontsize=10, loc="left")
    return figure
