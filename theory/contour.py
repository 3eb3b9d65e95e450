"""Contours around a spectrum, and roots followed along them.

An integral of f^2 against a measure on (left, right), whose Stieltjes transform is known off the axis, is taken on a
lens: the arc through left and right that meets the axis at 45 degrees. A stable filter whose rate rises
no faster than x^2 stays bounded there.
In z = log((x - left)/(right - x)) the trapezoid rule converges as exp(-2 pi (pi/4)/step).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .errors import CheckError

_ANGLE = np.pi / 4
_STEP = 0.2  # trapezoid step in z: error about exp(-2 pi (pi/4)/0.2) = 2e-11
_REACH = 25.0  # how far beyond the ends of the lens the rule reaches, in e-folds
_FROM_ZERO = -40.0  # log(left/right) where the spectrum reaches 0
_TURNS = (16, 64, 256)  # steps in which the argument of zeta is turned from 0; more where Newton's method needs them


def lens(left: float, right: float) -> tuple[np.ndarray, np.ndarray]:
    """Nodes x on the upper arc from left to right and weights dx, both complex, shape (m,)."""
    start = np.log(left / right) if left > 0 else _FROM_ZERO
    turned = np.exp(np.arange(start - _REACH, _REACH, _STEP) + 1j * _ANGLE)
    return (left + right * turned) / (1 + turned), (right - left) * turned / (1 + turned) ** 2 * _STEP


Equation = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def follow(equation: Equation, x: np.ndarray, log_kappa: np.ndarray) -> np.ndarray:
    """kappa with equation(log kappa, zeta) = 0 at zeta = -x, for x in the upper half plane, shape (m,).

    equation: gives the value and its derivative in log kappa. log_kappa: a real start for zeta = |x|, where the
    root is real, unique, and the value monotone in log kappa. From there the argument of zeta is turned in small
    steps, each solved by Newton's method: the root is analytic in the half plane, so no branch is crossed.
    Raises CheckError where Newton's method does not converge.
    """
    modulus, angle = np.abs(x), np.angle(x)
    with np.errstate(all="ignore"):  # what diverges is refused below
        step = np.ones(1)
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
                for _ in range(30):
                    value, slope = equation(turned, zeta)
                    step = value / slope
                    turned = turned - step
                    if np.max(np.abs(step)) < (1e-12 if turn == turns else 1e-5):
                        break
                if not np.max(np.abs(step)) < 1e-4:
                    break
            if np.max(np.abs(step)) < 1e-8:
                return np.exp(turned)
    raise CheckError("The scale kappa did not converge on the contour; please report the problem and the size.")
