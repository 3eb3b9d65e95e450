"""Teachers of the ReLU problem: sum_k k^(-1/2) g(w*_k.x), k = 1..100 (Ramani and Jain 2026, section 2, g = ReLU)."""

from __future__ import annotations

import numpy as np
from scipy.linalg import eigh

TEACHER_UNITS = 100
TEACHER_OUTPUT: np.ndarray = np.arange(1, TEACHER_UNITS + 1) ** -0.5

_LOG_TIMES = np.arange(-40.0, 90.0, 0.25)  # of t in the integral: its integrand is analytic, and falls at both ends


def standardised_second_moment(covariance: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """E[y y'/|y|^2] for y ~ N(mean, covariance), shape (m, m), trace 1: targets averaged once each has norm 1.

    In the covariance's eigenbasis, with eigenvalues c, means p and D = 1/(1 + 2 t c), 1/|y|^2 = integral exp(-t |y|^2)
    dt gives

        integral_0^inf Z(t) (diag(c D) + (D p)(D p)') dt,   Z = prod_a D_a^(1/2) exp(-t sum_a D_a p_a^2).

    A sum of many units with random weights is a Gaussian process to leading order, and exactly one for linear units.
    mean: shape (m,). Cost: one eigendecomposition and two products of (m, m).
    """
    values, vectors = eigh(covariance, check_finite=False)
    values, along = np.maximum(values, 0.0), vectors.T @ mean
    t = np.exp(_LOG_TIMES) / (values.sum() + along @ along)
    shrink = 1 / (1 + 2 * t[:, None] * values)
    log_z = 0.5 * np.sum(np.log(shrink), axis=1) - t * (shrink @ along**2)
    weight = np.exp(log_z) * t * (_LOG_TIMES[1] - _LOG_TIMES[0])
    means = np.sqrt(weight)[:, None] * shrink * along
    turned = means.T @ means
    turned[np.diag_indices_from(turned)] += values * (weight @ shrink)
    return np.asarray(vectors @ turned @ vectors.T)
