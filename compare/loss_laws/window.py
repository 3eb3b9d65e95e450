"""The window of a power-law fit, chosen by a stated rule; what alpha is in other windows; series that have no law.

The rule: take all sizes. While five or more are left and a parabola in log N beats the straight line at the 0.1 %
level (t test of the quadratic term, K - 3 degrees of freedom), drop the smallest size; stop at four sizes or at half
of them. Small sizes are dropped, since a scaling law is a statement about large ones. The level is strict, so that a
straight series keeps its sizes and its interval keeps its coverage; a bend at the 1 % level is told.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from .forms import LawForm
from .solver import minimise

_DROPPED = 0.999  # confidence in a bend that shortens the window
_TOLD = 0.99  # confidence in a bend that is mentioned
_FEWEST = 4
_REVERSAL = 2.0


@dataclass(frozen=True)
class Window:
    """Index of the first size kept, and what the rule did in one sentence. curved: it still bends."""

    first: int
    curved: bool
    sentence: str


@dataclass(frozen=True)
class SubWindow:
    """alpha between two sizes."""

    low: float
    high: float
    sizes: int
    alpha: float


def choose_window(x: np.ndarray, y: np.ndarray) -> Window:
    """The rule, for x = log N in rising order, shape (K,), and y = log L."""
    count = len(x)
    least = max(_FEWEST, math.ceil(count / 2))
    first = 0
    while count - first > least and bends(x[first:], y[first:], _DROPPED):
        first += 1
    curved = bends(x[first:], y[first:], _TOLD)
    if not first:
        told = "they bend at the 1 % level" if curved else "no bend at the 1 % level"
        return Window(0, curved, f"All {count} sizes: {told}.")
    left = "The smallest size is" if first == 1 else f"The {first} smallest sizes are"
    rest = "still bends" if curved else "is straight"
    return Window(
        first, curved, f"{left} left out of {count}, since the series bends; the rest {rest} at the 1 % level."
    )


def bends(x: np.ndarray, y: np.ndarray, confidence: float) -> bool:
    """Whether the quadratic term of y in x is told from zero with this confidence; False below four points."""
    free = len(x) - 3
    if free < 1:
        return False
    basis = np.vander((x - x.mean()) / np.ptp(x), 3)
    solution = np.linalg.lstsq(basis, y, rcond=None)[0]
    variance = float(np.sum((y - basis @ solution) ** 2)) / free
    error = math.sqrt(variance * float(np.linalg.inv(basis.T @ basis)[0, 0]))
    rounding = 1e-12 * float(np.ptp(y))
    return bool(abs(solution[0]) > float(stdtrit(free, (1 + confidence) / 2)) * error + rounding)


def reversal(x: np.ndarray, y: np.ndarray) -> float:
    """The largest move against the fitted trend, in units of the trend's own change over the window.

    max over i < j of -(y_j - y_i) sign(slope), over |slope| (x_K - x_1); x in rising order.
    """
    slope = float(np.polyfit(x - x.mean(), y, 1)[0])
    along = y * (1.0 if slope >= 0 else -1.0)
    back = float(np.max(np.maximum.accumulate(along) - along))
    change = abs(slope) * float(np.ptp(x))
    return back / change if change > 0 else (math.inf if back > 0 else 0.0)


def refusal(x: np.ndarray, y: np.ndarray) -> str | None:
    """Why a series has no exponent, or None: it goes back by more than twice what its trend amounts to."""
    back = reversal(x, y)
    if back <= _REVERSAL:
        return None
    place = np.argmax(np.abs(np.diff(y)))
    return (
        f"The losses are not monotone in size: they move against their own trend by {min(back, 999):.3g} times what "
        f"the trend amounts to (most between {math.exp(x[place]):.4g} and {math.exp(x[place + 1]):.4g}), so no "
        "exponent exists; check the tuning of these runs or leave the sizes out."
    )


def sub_windows(law: LawForm, theta: np.ndarray, x: np.ndarray, y: np.ndarray, delta: float) -> tuple[SubWindow, ...]:
    """alpha in every run of sizes that can hold the law; beyond eight sizes, only with small or large ones cut off."""
    sizes = np.unique(x)
    count = len(sizes)
    fewest = max(3, len(theta) + 1)
    spans = [(i, j) for i in range(count) for j in range(i + fewest, count + 1)]
    if count > 8:
        cuts = sorted({round(count * share) for share in (0, 0.125, 0.25, 0.375, 0.5)})
        spans = [(c, count) for c in cuts] + [(0, count - c) for c in cuts if c]
    spans = [(i, j) for i, j in spans if np.sum((x >= sizes[i]) & (x <= sizes[j - 1])) >= fewest]
    if not spans:
        return ()
    weights = np.array([(x >= sizes[i]) & (x <= sizes[j - 1]) for i, j in spans], dtype=float)
    found, _, good = minimise(law, y, weights, np.repeat(theta[None], len(spans), axis=0), delta)
    return tuple(
        SubWindow(float(np.exp(sizes[i])), float(np.exp(sizes[j - 1])), j - i, float(found[k, law.main]))
        for k, (i, j) in enumerate(spans)
        if good[k]
    )
