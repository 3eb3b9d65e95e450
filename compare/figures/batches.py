"""Figure: the risk after D samples against the batch, and the steps and samples that each batch needs for one risk."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ...theory.one_pass import BatchCurve, StepsAndTokens
from .axes import dress, new_figure
from .palette import FAINT, INK

_BLUE, _ORANGE = "#0072B2", "#D55E00"


def plot_batches(curve: BatchCurve, needed: StepsAndTokens, title: str) -> Figure:
    """Left: risk against B at D samples, the critical batch marked. Right: steps against samples for the same risk.

    The dashed line is the hyperbola (T/T_min - 1)(D/D_min - 1) = 1 of McCandlish et al. (2018), for comparison.

    Args:
        curve: Risks of one D at each batch.
        needed: Steps and samples to one risk at each batch.
        title: What stands above both.

    Returns:
        A figure.
    """
    figure = new_figure(9.0, 3.9)
    left, right = figure.subplots(1, 2)
    for ax in (left, right):
        dress(ax)
        ax.set_xscale("log")
        ax.set_yscale("log")
    left.plot(curve.batches, curve.risks, marker="o", markersize=4, color=_BLUE)
    if curve.complete:
        left.axvspan(*curve.interval, color=_ORANGE, alpha=0.2, linewidth=0)
        left.axvline(curve.critical, color=_ORANGE, linewidth=1.2)
        left.annotate(
            f"critical batch {curve.critical:.3g}",
            (curve.critical, float(np.max(curve.risks))),
            xytext=(-6, 0),
            textcoords="offset points",
            ha="right",
            va="top",
            color=INK,
            fontsize=9,
        )
    left.set_xlabel("batch B")
    left.set_ylabel(f"risk after D = {curve.tokens:.3g} samples, best step")
    kept = np.isfinite(needed.tokens)
    steps, tokens = needed.steps[kept], needed.tokens[kept]
    right.plot(tokens, steps, marker="o", markersize=4, color=_BLUE)
    if len(tokens) > 1:
        least_tokens, least_steps = float(tokens.min()), float(steps.min())
        along = np.geomspace(1.02, max(2.0, float(tokens.max()) / least_tokens), 200)
        bend = least_steps * (1 + 1 / (along - 1))
        shown = bend < 2 * float(steps.max())
        right.plot(least_tokens * along[shown], bend[shown], color=FAINT, linestyle=(0, (4, 3)), linewidth=1.0)
    right.set_xlabel("samples D")
    right.set_ylabel(f"steps T to a risk of {needed.risk:.3g}")
    figure.suptitle(title, fontsize=11, color=INK, x=0.01, ha="left")
    return figure
