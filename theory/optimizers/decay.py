"""(1 - u)^T in floating point: small u keeps its digits at any T.

1 - u loses the digits of u below 1e-16, which T multiplies: at T = 10^12 the power itself would be off by 1e-4. So

    (1 - u)^T = exp(T log(1 - u)),   log(1 - u) = log1p(|u|^2 - 2 Re u)/2 + i atan2(-Im u, 1 - Re u),

good to about T |log(1 - u)| rounding errors. (NumPy's log1p of small complex numbers keeps eight digits only.)
What is learned, 1 - (1 - u)^T, keeps its digits too where T u is small: with T log(1 - u) = a + i b it is
-(expm1(a) cos b - 2 sin^2(b/2) + i exp(a) sin b).
"""

from __future__ import annotations

import numpy as np

_NOTHING = -1e3  # a log of |1 - u| that leaves nothing after one step


def decay(u: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """(1 - u)^steps, of the two shapes broadcast together; u real or complex, steps whole numbers from 0."""
    u, steps = np.asarray(u), np.asarray(steps)
    if np.iscomplexobj(u):
        length, angle = _log(u)
        return np.exp(steps * (length + 1j * angle))
    small = np.abs(u) < 0.5
    slow = np.exp(steps * np.log1p(-np.where(small, u, 0.0)))
    return np.where(small, slow, (1 - u) ** steps)


def learned(u: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """1 - (1 - u)^steps, of the two shapes broadcast together, to full relative precision where steps u is small."""
    u, steps = np.asarray(u), np.asarray(steps)
    if np.iscomplexobj(u):
        length, angle = _log(u)
        a, b = steps * length, steps * angle
        return 2 * np.sin(b / 2) ** 2 - np.expm1(a) * np.cos(b) - 1j * np.exp(a) * np.sin(b)
    small = np.abs(u) < 0.5
    slow = -np.expm1(steps * np.log1p(-np.where(small, u, 0.0)))
    return np.where(small, slow, 1 - (1 - u) ** steps)


def learned_in_flow(u: np.ndarray) -> np.ndarray:
    """(1 - exp(-u))/u, 1 at u = 0; u real or complex."""
    u = np.asarray(u)
    a, b = -np.real(u), -np.imag(u)
    lost = np.expm1(a) * np.cos(b) - 2 * np.sin(b / 2) ** 2
    rest = lost + 1j * np.exp(a) * np.sin(b) if np.iscomplexobj(u) else lost
    return np.where(u == 0, 1.0, -rest / np.where(u == 0, 1.0, u))


def _log(u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Real and imaginary part of log(1 - u) for complex u."""
    with np.errstate(divide="ignore"):  # u = 1: nothing is left after the first step
        length = np.maximum(np.log1p(u.real**2 + u.imag**2 - 2 * u.real) / 2, _NOTHING)
    return length, np.arctan2(-u.imag, 1 - u.real)
