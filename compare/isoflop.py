"""The best size for a training budget from the bottoms of its curves: approach 2 of Hoffmann et al. (2022).

At each budget C a parabola of log L in log N has its lowest point at N_opt(C); N_opt ~ C^a is fitted to those points. A
bottom at the end of the sizes that were run says only that the true one lies beyond, so it is left out and said.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import stdtrit

_SAME = 0.02  # relative difference of two budgets that are one
_FEWEST = 4


@dataclass(frozen=True)
class IsoFlopMinimum:
    """The bottom at one budget. edge: it does not lie inside the sizes."""

    compute: float
    size: float
    loss: float
    edge: bool


@dataclass(frozen=True)
class IsoFlops:
    """N_opt ~ C^exponent over the budgets whose bottom lies inside. law: the same exponent by a law in N and D."""

    minima: tuple[IsoFlopMinimum, ...]
    exponent: float | None
    interval: tuple[float, float] | None
    law: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        difference = None if self.exponent is None or self.law is None else self.exponent - self.law
        return {
            "minima": [{"compute": m.compute, "size": m.size, "loss": m.loss, "edge": m.edge} for m in self.minima],
            "exponent": self.exponent,
            "interval": None if self.interval is None else list(self.interval),
            "law_exponent": self.law,
            "difference": difference,
        }

    def __str__(self) -> str:
        edges = [m for m in self.minima if m.edge]
        inside = len(self.minima) - len(edges)
        told = "no exponent" if self.exponent is None else f"N_opt ~ C^{self.exponent:.3f}"
        if self.interval is not None:
            told += f" [{self.interval[0]:.3f}, {self.interval[1]:.3f}]"
        told += f" from the bottoms at {inside} budgets"
        if self.law is not None:
            told += f"; C^{self.law:.3f} by the law in N and D"
            told += "" if self.exponent is None else f" (difference {self.exponent - self.law:+.3f})"
        if edges:
            told += f"; at C = {', '.join(f'{m.compute:.3g}' for m in edges)} the bottom lies beyond the sizes"
        return told + "."


def isoflops(sizes: np.ndarray, compute: np.ndarray, losses: np.ndarray, law: float | None = None) -> IsoFlops | None:
    """Bottoms at each budget with four sizes or more, and the exponent of N_opt.

    Args:
        sizes: N, shape (n,).
        compute: C of each run, shape (n,).
        losses: L, shape (n,).
        law: beta / (alpha + beta) of a law in N and D, to be shown beside it.

    Returns:
        The bottoms and the exponent; None where fewer than two budgets have enough sizes.
    """
    order = np.argsort(compute)
    group = np.concatenate([[0], np.cumsum(np.diff(np.log(compute[order])) > _SAME)])
    minima = []
    for each in range(int(group[-1]) + 1):
        rows = order[group == each]
        x, y = np.log(sizes[rows]), np.log(losses[rows])
        if len(np.unique(x)) < _FEWEST:
            continue
        middle = x.mean()
        a, b, c = np.polyfit(x - middle, y, 2)
        place = middle - b / (2 * a) if a > 0 else (x.max() if y[np.argmax(x)] < y[np.argmin(x)] else x.min())
        least = c - b * b / (4 * a) if a > 0 else y.min()
        inner = np.unique(x)
        edge = not inner[1] <= place <= inner[-2] or y.argmin() in (x.argmin(), x.argmax())
        budget = float(np.exp(np.log(compute[rows]).mean()))
        minima.append(IsoFlopMinimum(budget, float(np.exp(place)), float(np.exp(least)), bool(edge)))
    if len(minima) < 2:
        return None
    inside = [m for m in minima if not m.edge]
    exponent = interval = None
    if len(inside) > 1:
        x = np.log([m.compute for m in inside])
        y = np.log([m.size for m in inside])
        slope, start = np.polyfit(x, y, 1)
        exponent = float(slope)
        if len(inside) > 2:
            residual = y - start - slope * x
            spread = math.sqrt(float(residual @ residual) / (len(x) - 2) / float(np.sum((x - x.mean()) ** 2)))
            reach = float(stdtrit(len(x) - 2, 0.975)) * spread
            interval = (exponent - reach, exponent + reach)
    return IsoFlops(tuple(minima), exponent, interval, law)
