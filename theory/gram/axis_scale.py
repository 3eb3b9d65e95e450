"""The effective ridge on the real axis, between bands, where bins have their edges."""

from __future__ import annotations

import numpy as np

from ..problems import Modes

_NODES = 20  # Gauss-Legendre nodes on the path across a bin
_FLAT = 1e-30  # squared half angles off the axis below this are not told from a gap
_NEWTON = 60
_BLOCK = 512  # paths evaluated together, so that memory stays below 100 MB


def on_axis(moduli: np.ndarray, modes: Modes, size: float) -> np.ndarray:
    """log kappa with the given moduli where zeta is real, on the lower side of the cut, shape (m,), complex.

    With kappa = -|kappa| e^(ia) and c = sin^2(a/2), the terms of N = sum w lambda^2/|lambda + kappa|^2 are the inverses
    of linear functions of c, so 1/sum is concave and rises: Newton's method on it approaches the root from below. In a
    gap of the spectrum the sum stays below N, and a is 0.
    """
    values, weights = modes.eigenvalues, modes.weights
    apart = (1 - moduli[:, None] / values) ** 2
    rise = (1 + moduli[:, None] / values) ** 2 - apart
    share = np.full(len(moduli), _FLAT)
    open_ = np.arange(len(moduli))
    for _ in range(_NEWTON):
        term = 1 / (apart[open_] + share[open_, None] * rise[open_])
        total, slope = term @ weights, ((term * term) * rise[open_]) @ weights
        step = (total / size - 1) * total / slope
        share[open_] = np.clip(share[open_] + step, _FLAT, 1.0)
        open_ = open_[np.abs(step) > 1e-13 * share[open_]]
        if not len(open_):
            break
    away = np.where(share <= _FLAT, 0.0, 2 * np.arcsin(np.sqrt(share)))
    return np.log(moduli) - 1j * (np.pi - away)


def contents(log_kappa: np.ndarray, modes: Modes, size: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Energy, number and sum of the eigenvalues between successive points, each of shape (m - 1,)."""
    node, weight = np.polynomial.legendre.leggauss(_NODES)
    angle = np.pi / 2 * (node + 1)
    start, stop = log_kappa[:-1, None], log_kappa[1:, None]
    rank = float(np.sum(modes.weights))
    half = (stop - start) / 2
    # paths near the cut bulge away from it, to pass the eigenvalues at a distance
    distance = np.pi + np.imag(start + stop) / 2
    bulge = np.clip(1 - distance / (4 * np.abs(half)), 0, 1) * np.abs(half)
    path = (start + stop) / 2 - half * np.cos(angle) + 1j * bulge * np.sin(angle)
    kappa = np.exp(path)
    dkappa = kappa * (half * np.sin(angle) + 1j * bulge * np.cos(angle)) * (np.pi / 2 * weight)
    mixed_energy = np.empty(len(path))
    mixed_moment = np.empty(len(path))
    mass = modes.weights * modes.energies
    for first in range(0, len(path), max(1, _BLOCK // _NODES)):
        block = slice(first, first + max(1, _BLOCK // _NODES))
        left = 1 / (modes.eigenvalues + kappa[block, :, None])
        share = modes.eigenvalues * left
        one, two = share @ modes.weights, (share * share) @ modes.weights
        apart = 1 - share if size < rank else kappa[block, :, None] * left
        spread = (share * apart) @ modes.weights
        unused = size - one if size < rank else size - rank + apart @ modes.weights
        mixed_energy[block] = np.imag(np.sum((left @ mass) * spread / unused * dkappa[block], axis=1))
        mixed_moment[block] = np.imag(np.sum(one * two / size * dkappa[block], axis=1))
    end = np.exp(log_kappa)
    gap = np.imag(log_kappa) == -np.pi
    end.imag[gap] = 0.0
    shifted = modes.eigenvalues + end[:, None]
    # arguments on the lower side of the cut: of lambda + kappa, and of 1 + lambda/kappa, small where lambda is
    below = shifted.real < 0
    turn = np.where(gap[:, None], np.where(below, -np.pi, 0.0), np.angle(shifted))
    excess = np.where(gap[:, None], np.where(below, 0.0, np.pi), np.angle(1 + modes.eigenvalues / end[:, None]))
    share = np.imag(modes.eigenvalues / shifted)
    energy = turn @ mass
    number = size * np.imag(log_kappa) + (excess - share) @ modes.weights
    moment = size * end.imag + (modes.eigenvalues * (share - turn)) @ modes.weights
    return (
        (np.diff(energy) + mixed_energy) / np.pi,
        np.diff(number) / np.pi,
        -(np.diff(moment) + mixed_moment) / np.pi,
    )
