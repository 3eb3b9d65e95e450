"""Regimes of a spectrum: power laws that meet at a few ranks, y_k = A k^-(1+e_1) to k_1, then k^-(1+e_2), ...

Straight pieces in log y against log k, joined, their number by the Bayesian information criterion. The slopes are
linear, so every choice of breaks among the bins' edges is one small least-squares problem, and all are tried.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any

import numpy as np
from scipy.stats import t as student

BEND = 0.15  # difference of neighbouring exponents that counts as a break
_SHORTEST = 4  # bins in a piece
_PIECES = 3
_CLEAR = 10.0  # of the information criterion that a further break must gain: odds of exp(5)
_FLOOR = 1e-3  # of log y: exact laws have no scatter, and any misfit would count as a break
_LEVEL = 0.975


@dataclass(frozen=True)
class Regime:
    """An exponent e in y_k ~ k^-(1+e) over a part of the ranks.

    Attributes:
        value: e.
        interval: At 95 %, by the scatter around the joined pieces.
        window: First and last rank, both included.
    """

    value: float
    interval: tuple[float, float]
    window: tuple[int, int]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"value": self.value, "interval": list(self.interval), "window": list(self.window)}


def regimes(x: np.ndarray, y: np.ndarray, weights: np.ndarray, edges: np.ndarray) -> tuple[Regime, ...]:
    """The pieces of log y on log k; empty where one straight line serves as well, or there are too few bins for two.

    x, y: means of log k and log y over bins, shape (K,). weights: inverse variances up to a factor, shape (K,).
    edges: the last rank of each bin before its first one, and that of the last, shape (K + 1,).
    Pieces with less than `BEND` between their exponents do not count.
    """
    count = len(x)
    root = np.sqrt(weights / weights.mean())
    best = _piece(x, y, root, ())
    chosen: tuple[int, ...] = ()
    for breaks in range(1, _PIECES):
        found = []
        for inner in combinations(range(_SHORTEST, count - _SHORTEST + 1), breaks):
            if all(b - a >= _SHORTEST for a, b in pairwise(inner)):
                found.append((_piece(x, y, root, inner, edges), inner))
        if not found:
            break
        fit, inner = min(found, key=lambda each: each[0][1])
        slopes = np.cumsum(fit[0][1:])
        if _criterion(fit, count, breaks) > _criterion(best, count, breaks - 1) - _CLEAR:
            break
        if np.min(np.abs(np.diff(slopes))) < BEND:
            break
        best, chosen = fit, inner
    if not chosen:
        return ()
    coefficients, squares, design = best
    free = count - design.shape[1] - len(chosen)
    inverse = np.linalg.inv(design.T @ design) * squares / max(free, 1)
    ends = [0, *chosen, count]
    made = []
    for i in range(len(chosen) + 1):
        pick = np.zeros(len(coefficients))
        pick[1 : 2 + i] = 1.0
        value = -float(pick @ coefficients) - 1
        half = math.sqrt(float(pick @ inverse @ pick)) * float(student.ppf(_LEVEL, max(free, 1)))
        window = (int(edges[ends[i]]) + 1, int(edges[ends[i + 1]]))
        made.append(Regime(value, (value - half, value + half), window))
    return tuple(made)


def _piece(
    x: np.ndarray, y: np.ndarray, root: np.ndarray, inner: tuple[int, ...], edges: np.ndarray | None = None
) -> tuple[np.ndarray, float, np.ndarray]:
    """Coefficients (level, slope, changes of slope), squares left, and the weighted design, breaks before bin i."""
    columns = [np.ones_like(x), x]
    if edges is not None:
        columns += [np.maximum(x - math.log(edges[i] + 0.5), 0.0) for i in inner]
    design = root[:, None] * np.column_stack(columns)
    coefficients = np.linalg.lstsq(design, root * y, rcond=None)[0]
    return coefficients, float(np.sum((root * y - design @ coefficients) ** 2)), design


def _criterion(fit: tuple[np.ndarray, float, np.ndarray], count: int, breaks: int) -> float:
    """K log(RSS/K) + log K for each slope and each place of a break."""
    return count * math.log(fit[1] / count + _FLOOR**2) + 2 * breaks * math.log(count)
