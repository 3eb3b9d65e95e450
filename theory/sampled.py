"""From a kernel matrix on m sampled inputs to the modes of its population.

The eigenvalues x_j of K/m and the target's energies on its eigenvectors are biased: small eigenvalues fall too fast,
and energy leaks between eigenvectors. Samples obey the same scale relation as features, so for every z > 0

    kappa = m / sum_j 1/(x_j + z),   df_1(kappa) = m - z sum_j 1/(x_j + z),
    sum_k E_k/(lambda_k + kappa) = sum_j e_j/(x_j + z)

give the population's own sums at the scale kappa, without bias to leading order. The leading modes are read off one by
one; the rest is a power law broken at a few knots in log k, fitted to those sums, its last slope extrapolated.
Source of the relation: generalised cross-validation for kernels (e.g. Jacot et al. 2020, Wei et al. 2022).
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import least_squares

from .errors import InputError
from .modes import Modes, log_panels

_HEAD = 40  # one in HEAD of the sampled modes is taken one by one
_KNOTS = 5  # from the end of the head to REACH m
_REACH = 0.7
_BEYOND = 1e4  # the extrapolated tail ends at BEYOND times the largest size or sample
_STIFFNESS = 0.02  # weight of changes of slope: the sums are smooth in kappa and cannot see a zigzag


def sampled_modes(eigenvalues: np.ndarray, energies: np.ndarray, largest_size: int) -> Modes:
    """Population modes, for sizes up to `largest_size`, from m sampled eigenvalues and energies, shape (m,) each.

    eigenvalues: of K/m, falling; energies: (v_j . y)^2/m or its mean over targets. Raises InputError for m < 100.
    """
    m = len(eigenvalues)
    if m < 100:
        raise InputError(f"{m} samples are too few to extrapolate a kernel's spectrum; give at least 100.")
    x = np.maximum(eigenvalues, 0.0)
    count = max(m // _HEAD, 2)
    kappa, degrees, energy_sum = _population_sums(x, energies, count)
    head = x[:count].copy()
    for k in range(min(count, int(np.sqrt(m) / 2))):
        head[k] = m / np.sum(1 / (x[k] - np.delete(x, k)))
    knots = np.linspace(np.log(count), np.log(_REACH * m), _KNOTS)
    log_k, weights = log_panels(count, max(largest_size, m) * _BEYOND)
    ranks = np.log(np.arange(1, m + 1))
    smooth = np.convolve(energies, np.ones(31) / 31, mode="same")
    # eigenvalues first: sum lambda/(lambda + kappa) = df_1
    known = np.array([np.sum(head / (head + k)) for k in kappa])
    start = np.interp(knots, ranks, np.log(np.maximum(x, x[0] * 1e-14)))

    def degrees_off(values: np.ndarray) -> np.ndarray:
        tail = _broken(values, knots, log_k)
        fit = (known + (tail / (tail + kappa[:, None])) @ weights) / degrees - 1
        return np.concatenate([fit, _STIFFNESS * np.diff(values, 2)])

    tail = _broken(least_squares(degrees_off, start).x, knots, log_k)
    # then energies: sum E/(lambda + kappa)
    resolved = 1 / (tail + kappa[:, None])
    held = np.array([np.sum(energies[:count] / (head + k)) for k in kappa])
    begin = np.interp(knots, ranks, np.log(np.maximum(smooth, smooth.max() * 1e-14)))

    def energies_off(values: np.ndarray) -> np.ndarray:
        fit = (held + resolved @ (weights * _broken(values, knots, log_k))) / energy_sum - 1
        return np.concatenate([fit, _STIFFNESS * np.diff(values, 2)])

    tail_energy = _broken(least_squares(energies_off, begin).x, knots, log_k)
    order = np.argsort(-head, kind="stable")
    return Modes(
        np.concatenate([head[order], tail]),
        np.concatenate([energies[:count][order], tail_energy]),
        np.concatenate([np.ones(count), weights]),
    )


def _population_sums(x: np.ndarray, energies: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """kappa, df_1(kappa) and sum E/(lambda + kappa) at 40 scales from the head to what m samples resolve."""
    m = len(x)
    z = np.geomspace(x[count // 2], max(x[int(0.95 * m)], x[0] * 1e-13), 40)
    inverse = 1 / (x + z[:, None])
    kappa = m / inverse.sum(1)
    degrees = m - z * inverse.sum(1)
    trusted = degrees < 0.85 * m  # beyond, the smallest eigenvalues decide, and rounding with them
    return kappa[trusted], degrees[trusted], (inverse @ energies)[trusted]


def _broken(values: np.ndarray, knots: np.ndarray, log_k: np.ndarray) -> np.ndarray:
    """exp of the broken line through (knots, values), its last slope (at least 1: summable) continued."""
    last = min((values[-1] - values[-2]) / (knots[-1] - knots[-2]), -1.02)
    line = np.interp(log_k, knots, values)
    return np.exp(np.where(log_k > knots[-1], values[-1] + last * (log_k - knots[-1]), line))
