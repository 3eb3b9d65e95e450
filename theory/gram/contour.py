"""Contours around a spectrum, and roots followed along them.

An integral of f^2 against a measure on (left, right), whose Stieltjes transform is known off the axis, is taken on a
lens: the arc through left and right that meets the axis at 45 degrees. A stable filter whose rate rises
no faster than x^2 stays bounded there.
In z = log((x - left)/(right - x)) the trapezoid rule converges exponentially, as exp(-2 pi (pi/4)/step) where the
integrand is analytic down to the axis; `summed` estimates what it misses.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.interpolate import CubicSpline

from ...errors import CheckError

_ANGLE = np.pi / 4
STEP = 0.2  # trapezoid step in z unless another is asked for: error about exp(-2 pi (pi/4)/0.2) = 2e-11
_REACH = 25.0  # how far beyond the ends of the lens the rule reaches, in e-folds
_FROM_ZERO = -40.0  # log(left/right) where the spectrum reaches 0
_TURNS = (16, 64, 256)  # steps in which the argument of zeta is turned from 0; more where Newton's method needs them
_ROUNDING = 1e-15  # of each term of a sum on the contour
_PAIRS = 1e-14  # of each term of a sum over pairs, which are divided differences
_EVERY = 16  # one node in EVERY is reached by turning; a power of 2
_TIGHT, _LOOSE, _LOST = 1e-8, 1e-4, 1e-2  # last Newton step: its square is left; on the way; refused
_NEAR = 1e-3  # a root this near to what was suggested is taken however close the neighbours are


def lens(left: float, right: float, step: float = STEP) -> tuple[np.ndarray, np.ndarray]:
    """Nodes on the upper arc of a lens around an interval of the real axis.

    Args:
        left: its left end.
        right: its right end.
        step: of the trapezoid rule.

    Returns:
        Nodes x from left to right and weights dx, both complex, shape (m,).
    """
    start = np.log(left / right) if left > 0 else _FROM_ZERO
    turned = np.exp(np.arange(start - _REACH, _REACH, step) + 1j * _ANGLE)
    return (left + right * turned) / (1 + turned), (right - left) * turned / (1 + turned) ** 2 * step


def summed(values: np.ndarray, weights: np.ndarray, step: float) -> tuple[np.ndarray, np.ndarray]:
    """Im sum_j weights_j values_j on a contour, and an estimate of what the rule misses, shape (t,) each.

    The larger of the bound 10 C exp(-2 pi (pi/4)/step), C the sum of the terms' moduli, which holds where the integrand
    is no larger nearer the axis, and of what the nodes themselves tell. A rule of every third node misses
    A cos(phase + 2 pi i/3) if it starts at node i, so the mean square over i gives A whatever the phase; as errors
    are exponential in the number of nodes, all of them miss A (A/C)^2. Rounding is added.
    values: shape (t, m), at the nodes of `lens` with this step; weights: shape (m,).
    """
    terms = np.imag(values * weights)
    total, moduli = terms.sum(axis=1), np.abs(values) @ np.abs(weights)
    with np.errstate(invalid="ignore", over="ignore"):
        third = np.sqrt(2 * np.mean([(3 * terms[:, i::3].sum(axis=1) - total) ** 2 for i in range(3)], axis=0))
        told = third * np.minimum(third / np.maximum(moduli, 1e-300), 1.0) ** 2
        return total, np.maximum(told, 10 * np.exp(-2 * np.pi * _ANGLE / step) * moduli) + _ROUNDING * moduli


def bound(total: np.ndarray, half: np.ndarray, moduli: np.ndarray, step: float) -> np.ndarray:
    """What a product of two such rules misses.

    The larger of 10 C exp(-2 pi (pi/4)/step) and d (d/C), d what half the nodes miss; rounding is added.

    Args:
        total: the value, shape (t,).
        half: that of every second node, shape (t,).
        moduli: the sum of moduli C, shape (t,).
        step: of the trapezoid rules.

    Returns:
        The error, shape (t,).
    """
    off = np.abs(half - total)
    told = off * np.minimum(off / np.maximum(moduli, 1e-300), 1.0)
    return np.maximum(told, 10 * np.exp(-2 * np.pi * _ANGLE / step) * moduli) + _PAIRS * moduli


Equation = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def follow(equation: Equation, x: np.ndarray, log_kappa: np.ndarray) -> np.ndarray:
    """kappa with equation(log kappa, zeta) = 0 at zeta = -x.

    Every 16th node is reached by turning the argument of zeta (`_turned`); those between start from what their
    neighbours suggest, level by level, and are turned as well where that lands elsewhere.

    Args:
        equation: gives the value and its derivative in log kappa, each of log kappa's shape.
        x: on an arc in the upper half plane, shape (m,).
        log_kappa: a real start for zeta = |x|, shape (m,).

    Returns:
        kappa, complex, shape (m,).

    Raises:
        CheckError: where Newton's method does not converge.
    """
    x, log_kappa = np.asarray(x, dtype=complex), np.asarray(log_kappa, dtype=float)
    found = np.full(len(x), np.nan, dtype=complex)
    known = np.unique(np.append(np.arange(0, len(x), _EVERY), len(x) - 1))
    found[known] = _turned(equation, x[known], log_kappa[known])
    spacing = _EVERY
    while spacing > 1:
        spacing //= 2
        fresh = np.setdiff1d(np.arange(0, len(x), spacing), known)
        guess = _suggested(fresh, known, found[known])
        room = np.interp(fresh, known[:-1] + np.diff(known) / 2, np.abs(np.diff(found[known])))
        root, step = _newton(equation, -x[fresh], guess, _TIGHT)
        # 1/kappa is a Stieltjes transform, so the argument of kappa lies between -pi and 0: there, no root is another
        inside = (root.imag < 0) & (root.imag > -np.pi)
        astray = ~((step < _TIGHT) & inside & (np.abs(root - guess) < 0.5 * room + _NEAR))
        if np.any(astray):
            root[astray] = _turned(equation, x[fresh[astray]], log_kappa[fresh[astray]])
        found[fresh] = root
        known = np.sort(np.append(known, fresh))
    return np.exp(found)


def _suggested(fresh: np.ndarray, known: np.ndarray, values: np.ndarray) -> np.ndarray:
    """values at the nodes `fresh`, by cubic interpolation between the nodes `known`."""
    if len(known) < 4:
        return np.interp(fresh, known, values.real) + 1j * np.interp(fresh, known, values.imag)
    return CubicSpline(known, values)(fresh)


def _newton(
    equation: Equation, zeta: np.ndarray, start: np.ndarray, tolerance: float, most: int = 8
) -> tuple[np.ndarray, np.ndarray]:
    """Root and the size of its last step, each of shape (m,); one more step is taken where all are below tolerance."""
    root, step = start.astype(complex), np.full(len(start), np.inf)
    with np.errstate(all="ignore"):  # what diverges is refused by the caller
        for _ in range(most):
            value, slope = equation(root, zeta)
            move = value / slope
            root, step = root - move, np.abs(move)
            if np.max(step, initial=0.0) < tolerance:
                break
    return root, step


def _turned(equation: Equation, x: np.ndarray, log_kappa: np.ndarray) -> np.ndarray:
    """log kappa at zeta = -x, from zeta = |x|, where the root is real, unique, and the value monotone in log kappa.

    From there the argument of zeta is turned in small steps, each solved by Newton's method: the root is analytic in
    the half plane, so no branch is crossed.
    """
    modulus, angle = np.abs(x), np.angle(x)
    with np.errstate(all="ignore"):  # what diverges is refused below
        for _ in range(200):
            value, slope = equation(log_kappa, modulus)
            step = value / slope
            log_kappa = log_kappa - np.clip(step, -1, 1)
            if np.max(np.abs(step)) < 1e-10:
                break
    for turns in _TURNS:
        turned = log_kappa.astype(complex)
        for turn in range(1, turns + 1):
            zeta = modulus * np.exp(-1j * (np.pi - angle) * turn / turns)
            turned, left = _newton(equation, zeta, turned, _TIGHT if turn == turns else _LOOSE, 30)
            if not np.max(left) < _LOST:
                break
        if np.max(left) < _TIGHT:
            return turned
    raise CheckError("The scale kappa did not converge on the contour; please report the problem and the size.")
