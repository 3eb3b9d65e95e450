"""What the cells of a run took, as one line of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...compare.runs import UsageSummary


def cells_line(usage: UsageSummary) -> str:
    """All cells in a sentence.

    Args:
        usage: of the run.

    Returns:
        The sentence, without its stop.

    Example:
        >>> from optscaling.compare.runs import UsageSummary
        >>> cells_line(UsageSummary(1, 90.0, 2e9, 1e10))
        "1 cell, 1.5 min of processor time, at most 2 GB, 10 GFLOP/s in the largest (F and F'F alone counted)"
    """
    minutes = usage.cpu_seconds / 60
    time = f"{minutes:.3g} min" if minutes >= 1 else f"{usage.cpu_seconds:.2g} s"
    text = f"{usage.cells} cell{'s' if usage.cells > 1 else ''}, {time} of processor time"
    if usage.peak is not None:
        text += f", at most {usage.peak / 1e9:.2g} GB"
    if usage.flops_per_second is not None:
        text += f", {usage.flops_per_second / 1e9:.2g} GFLOP/s in the largest (F and F'F alone counted)"
    return text
