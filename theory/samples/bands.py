"""The bands of a sample spectrum on the real axis, and how many eigenvalues each holds.

    zeta = kappa (1 - df_1(kappa)/N) (1 - df_1(kappa)/n),   zeta = -x,   kappa = -xi in the gaps

In a gap x rises with xi. A gap lies between two neighbouring eigenvalues of the inputs, and there is at most one
between two: seen from N features alone, xi obeys sum lambda^2/(lambda - xi)^2 < N, a convex sum, and n samples of their
spectrum (or the other way round) narrow that interval by a slope that is concave in the scale of the first level. So
the edges are roots between known brackets. Between two gaps the spectrum holds as many eigenvalues as the inputs do.
Sources: Silverstein and Choi (1995) for the edges of one level, Bai and Silverstein (1999) for the separation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..gram import degrees_of_freedom, resolved_scale
from .nested_ridge import NestedScale

_HALVINGS = 100  # of a bracket: twice what the digits of a double need, as a bracket may be far wider than its root
_GOLDEN = (np.sqrt(5) - 1) / 2


@dataclass(frozen=True)
class Bands:
    """Bands of a spectrum, falling: edges as rows (lower, upper), shape (b, 2), and eigenvalues in each, shape (b,)."""

    edges: np.ndarray
    counts: np.ndarray


def spectral_bands(nested: NestedScale) -> Bands:
    """Bands of the nonzero spectrum of F'F/n.

    N or n may be infinite; they must differ, and the smaller one not be the rank. Cost: 300 sums over modes for each
    pair of neighbouring eigenvalues that are far enough apart for a gap.
    """
    fewer, more = sorted((nested.features, nested.samples))
    low = nested.gap(resolved_scale(nested.modes, fewer), more)
    first = float(nested.modes.eigenvalues[0])
    high = 2 * first
    while nested.slope(high) < 0:
        high *= 2

    def slope(xi: np.ndarray) -> np.ndarray:
        return nested.zeta(-xi)[1]

    top = nested.position(float(_root(slope, np.array([first * (1 + 1e-12)]), np.array([high]))[0]))
    gaps = _gaps(nested, fewer, slope)
    below, above = (np.array([nested.position(float(xi)) for xi in side]) for side in gaps)
    modes = nested.modes
    over = np.array([np.sum(modes.weights[modes.eigenvalues > xi]) for xi in gaps[0]])
    return Bands(
        np.stack([np.append(above, low), np.append(top, below)], axis=1),
        np.diff(np.concatenate([[0.0], over, [min(fewer, modes.rank)]])),
    )


def _gaps(
    nested: NestedScale, fewer: float, slope: Callable[[np.ndarray], np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """xi at the lower and upper edge of each gap within the spectrum, falling, each of shape (gaps,)."""
    values, inverse = np.unique(nested.modes.eigenvalues, return_inverse=True)
    weights = np.bincount(inverse, nested.modes.weights)
    strength = weights * values**2
    # the least of a/(u - xi)^2 + b/(xi - v)^2 is (a^(1/3) + b^(1/3))^3/(u - v)^2: most pairs are too close for a gap
    usable = (weights[1:] > 0) & (weights[:-1] > 0) & (values[:-1] > 0)
    least = (np.cbrt(strength[1:]) + np.cbrt(strength[:-1])) ** 3 / np.diff(values) ** 2
    pair = np.flatnonzero(usable & (least < fewer))[::-1]

    def crowded(xi: np.ndarray) -> np.ndarray:
        return degrees_of_freedom(-xi, nested.modes)[1] - fewer

    width = 1e-9 * np.diff(values)[pair]
    left, right = values[pair] + width, values[pair + 1] - width
    lowest = _highest(lambda xi: -crowded(xi), left, right)
    open_ = crowded(lowest) < 0
    left, right, lowest = left[open_], right[open_], lowest[open_]
    left = _root(lambda xi: -crowded(xi), left, lowest)
    right = _root(crowded, lowest, right)
    steepest = _highest(slope, left, right)
    open_ = slope(steepest) > 0
    left, right, steepest = left[open_], right[open_], steepest[open_]
    return _root(slope, left, steepest), _root(lambda xi: -slope(xi), steepest, right)


def _root(rising: Callable[[np.ndarray], np.ndarray], low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Where each rising function changes sign between low and high, by bisection, shape (m,)."""
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        above = rising(middle) > 0
        low, high = np.where(above, low, middle), np.where(above, middle, high)
        if np.all((high - low) <= 4e-16 * np.abs(high)):
            break
    return (low + high) / 2


def _highest(function: Callable[[np.ndarray], np.ndarray], low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Where each function, with one maximum between low and high, is largest, by golden section, shape (m,)."""
    span = high - low
    for _ in range(60):
        inner = _GOLDEN * (high - low)
        left, right = high - inner, low + inner
        rises = function(left) < function(right)
        low, high = np.where(rises, left, low), np.where(rises, high, right)
        if np.all(high - low < 1e-8 * span):  # a maximum is flat: closer than the root of the digits tells nothing
            break
    return (low + high) / 2
