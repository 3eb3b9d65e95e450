"""Figure: the compute-optimal phases of an optimizer in the (s, r) plane."""

from __future__ import annotations

import numpy as np
import sympy
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from ...theory.symbolic import S, latex
from ...theory.thresholds import Phase, PhaseDiagram, Piece
from .axes import axes_or_new
from .palette import FAINT, INK

_COLOURS = (
    "#56B4E9",
    "#E69F00",
    "#009E73",
    "#CC79A7",
    "#F0E442",
    "#0072B2",
    "#D55E00",
    "#999999",
    "#8A3B12",
    "#5B4B9A",
)


def plot_phases(diagram: PhaseDiagram, ax: Axes | None = None) -> Axes:
    """Each phase as an area with its name, its law in the legend; the dashed line is the isotropic target, r = s.

    A point that was asked for is marked.

    Args:
        diagram: as `phases` makes it.
        ax: where to draw; on its own otherwise.

    Returns:
        The axes.
    """
    ax = axes_or_new(ax, 9.6, 5.2)
    ax.grid(visible=False)
    right, top = _window(diagram)
    keys = []
    for phase, colour in zip(diagram.phases, _colours(len(diagram.phases)), strict=True):
        for piece in phase.pieces:
            _area(ax, piece, colour, right, top)
        _name(ax, phase, right, top)
        law = rf"$\eta = {latex(phase.eta)}$,  $\xi = {latex(phase.xi)}$"
        keys.append(Patch(facecolor=colour, alpha=0.55, label=f"{phase.name}: {phase.tradeoff}\n{law}"))
    ax.plot([0, right], [0, right], color=INK, linewidth=1.0, linestyle=(0, (4, 3)), alpha=0.5)
    ax.annotate(
        "r = s", (0.93 * right, 0.93 * right), xytext=(0, -14), textcoords="offset points", color=INK, fontsize=8
    )
    if diagram.s is not None and diagram.r is not None:
        ax.plot([float(diagram.s)], [float(diagram.r)], marker="*", markersize=13, color=INK, markeredgecolor="white")
    ax.set_xlim(min(float(piece.left) for phase in diagram.phases for piece in phase.pieces), right)
    ax.set_ylim(0, top)
    ax.set_xlabel("spectral exponent s")
    ax.set_ylabel("source exponent r")
    ax.set_title(f"Compute-optimal phases of {diagram.optimizer}, f = {diagram.cost}", fontsize=11, loc="left")
    ax.legend(
        handles=keys,
        loc="center left",
        bbox_to_anchor=(1.01, 0.5),
        frameon=False,
        fontsize=9,
        labelcolor=INK,
        labelspacing=1.0,
    )
    return ax


def _colours(count: int) -> list[str]:
    return [_COLOURS[i % len(_COLOURS)] for i in range(count)]


def _window(diagram: PhaseDiagram) -> tuple[float, float]:
    """How far s and r are drawn: past every corner, and past the point."""
    corners = [float(p.right) for phase in diagram.phases for p in phase.pieces if p.right is not None]
    right = max(2.0, 1.4 * max(corners, default=0.0))
    top = 2 * right + 1
    if diagram.s is not None and diagram.r is not None:
        right, top = max(right, 1.15 * float(diagram.s)), max(top, 1.15 * float(diagram.r))
    return right, top


def _edges(piece: Piece, right: float, top: float, count: int = 200) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """s and the lower and upper edge in r, inside the window."""
    stop = right if piece.right is None else min(right, float(piece.right))
    s = np.linspace(float(piece.left), stop, count)
    s[[0, -1]] += np.array([1e-9, -1e-9])  # a bound may have a pole at the corner
    low = np.broadcast_to(sympy.lambdify(S, piece.low)(s), s.shape)
    high = np.full_like(s, top) if piece.high is None else np.broadcast_to(sympy.lambdify(S, piece.high)(s), s.shape)
    return s, np.clip(low, 0, top), np.clip(high, 0, top)


def _area(ax: Axes, piece: Piece, colour: str, right: float, top: float) -> None:
    s, low, high = _edges(piece, right, top)
    ax.fill_between(s, low, high, where=list(high > low), facecolor=colour, alpha=0.55, edgecolor=FAINT, linewidth=0.8)


def _name(ax: Axes, phase: Phase, right: float, top: float) -> None:
    """The name where the phase is widest."""
    best: tuple[float, float, float] | None = None
    for piece in phase.pieces:
        s, low, high = _edges(piece, right, top)
        room = np.minimum((high - low) / top, np.minimum(s - s[0], s[-1] - s) / (right + 1) + 1e-3)
        i = int(np.argmax(room))
        if best is None or room[i] > best[0]:
            best = float(room[i]), float(s[i]), float((low[i] + high[i]) / 2)
    if best is not None and best[0] > 0:
        ax.text(
            best[1], best[2], phase.name, ha="center", va="center", color=INK, fontsize=11, fontweight="bold", zorder=3
        )
