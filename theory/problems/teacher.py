"""Teachers of the ReLU problem: sum_k k^(-1/2) g(w*_k.x), k = 1..100 (Ramani and Jain 2026, section 2, g = ReLU)."""

from __future__ import annotations

import math

import numpy as np
from scipy.linalg import eigh


def teacher_variance(moment: np.ndarray) -> float:
    """E_w Var_x of the teachers' output for x ~ N(0, diag S).

    sum v^2 (A - B) + ((sum v)^2 - sum v^2) (B - M^2), with A = tr S/(2 d) = E ReLU(w.x)^2, B = tr S/(2 pi d) the mean
    square of E_x ReLU(w.x), which E_w ReLU(w.x) shares, and M = E ReLU(w.x) = E|x|/sqrt(2 pi d), where

        E|x| = (1/(2 sqrt(pi))) integral_0^inf t^(-3/2) (1 - prod_i (1 + 2 t S_i)^(-1/2)) dt.

    Args:
        moment: S, shape (d,).

    Returns:
        The variance, averaged over teachers.
    """
    trace, d = float(np.sum(moment)), len(moment)
    u = np.linspace(-50.0, 50.0, 1001) - math.log(trace)  # t = e^u: the integrand decays as e^(-|u|/2) at both ends
    decay = np.array([0.5 * np.sum(np.log1p(2 * math.exp(v) * moment)) for v in u])
    norm = float(np.sum(np.exp(-u / 2) * -np.expm1(-decay))) * (u[1] - u[0]) / (2 * math.sqrt(math.pi))
    squares = float(np.sum(TEACHER_OUTPUT**2))
    across = float(np.sum(TEACHER_OUTPUT)) ** 2 - squares
    shared = trace / (2 * math.pi * d)
    return squares * (trace / (2 * d) - shared) + across * (shared - norm**2 / (2 * math.pi * d))


TEACHER_UNITS = 100
TEACHER_OUTPUT: np.ndarray = np.arange(1, TEACHER_UNITS + 1) ** -0.5

_LOG_TIMES = np.arange(-40.0, 90.0, 0.25)  # of t in the integral: its integrand is analytic, and falls at both ends


def standardised_second_moment(covariance: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """E[y y'/|y|^2] for y ~ N(mean, covariance), trace 1: targets averaged once each has norm 1.

    In the covariance's eigenbasis, with eigenvalues c, means p and D = 1/(1 + 2 t c), 1/|y|^2 = integral exp(-t |y|^2)
    dt gives

        integral_0^inf Z(t) (diag(c D) + (D p)(D p)') dt,   Z = prod_a D_a^(1/2) exp(-t sum_a D_a p_a^2).

    A sum of many units with random weights is a Gaussian process to leading order, and exactly one for linear units.
    Cost: one eigendecomposition and two products of (m, m).

    Args:
        covariance: shape (m, m).
        mean: shape (m,).

    Returns:
        The second moment, shape (m, m).
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
