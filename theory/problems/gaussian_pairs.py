"""Averages of activations over Gaussian pairs in closed form: E f(u) f(v), (u, v) ~ N(0, [[q, c], [c, q']]).

Arguments broadcast. Each routine clips c to |c| <= sqrt(q q'), so that rounding cannot leave the domain; its rounding
error, in units of sqrt(E f(u)^2 E f(v)^2), is a few times 1e-16 max(1, sqrt(q), sqrt(q')), also at c = +-sqrt(q q').
"""

from __future__ import annotations

from typing import Any

import numpy as np


def linear_pair(q: Any, other: Any, c: Any) -> np.ndarray:
    """f(x) = x: c."""
    return np.broadcast_to(np.asarray(c, dtype=float), np.broadcast(q, other, c).shape).copy()


def relu_pair(q: Any, other: Any, c: Any) -> np.ndarray:
    """f(x) = max(x, 0): sqrt(q q')/(2 pi) (sin a + (pi - a) cos a), cos a = c/sqrt(q q').

    The arc-cosine kernel of degree 1 (Cho and Saul 2009, equation 6).
    """
    outer = np.sqrt(q) * np.sqrt(other)
    cosine = np.clip(c / np.where(outer > 0, outer, 1.0), -1.0, 1.0)
    # (1 - cos)(1 + cos), not 1 - cos^2: the latter loses half the digits near cos = +-1
    sine = np.sqrt((1 - cosine) * (1 + cosine))
    return outer * np.maximum(sine + np.arccos(-cosine) * cosine, 0.0) / (2 * np.pi)


def erf_pair(q: Any, other: Any, c: Any) -> np.ndarray:
    """f(x) = erf(x): (2/pi) arcsin(2 c/sqrt((1 + 2 q)(1 + 2 q'))). Source: Williams 1997, equation 11."""
    sine = c * (np.sqrt(2 / (1 + 2 * np.asarray(q))) * np.sqrt(2 / (1 + 2 * np.asarray(other))))
    return (2 / np.pi) * np.arcsin(np.clip(sine, -1.0, 1.0))


def gelu_pair(q: Any, other: Any, c: Any) -> np.ndarray:
    """f(x) = x Phi(x): c (1/4 + arcsin(rho)/(2 pi)) + (q q' - c^2 + c^2/(1 + q) + c^2/(1 + q')) / (2 pi sqrt(D)).

    D = (1 + q)(1 + q') - c^2 and rho = c/sqrt((1 + q)(1 + q')). It follows from E[u g] = q E[dg/du] + c E[dg/dv],
    used until only P(Phi, Phi), an orthant probability, and E[phi(u) phi(v)] = 1/(2 pi sqrt(D)) are left. The same
    kernel is in Tsuchida et al. 2021 ("Avoiding kernel fixed points").
    """
    q, other = np.asarray(q, dtype=float), np.asarray(other, dtype=float)
    bound = np.sqrt(q) * np.sqrt(other)
    c = np.clip(c, -bound, bound)
    left = (bound - c) * (bound + c)
    determinant = 1 + q + other + left
    sine = np.clip(c / (np.sqrt(1 + q) * np.sqrt(1 + other)), -1.0, 1.0)
    rest = (left + c**2 * (1 / (1 + q) + 1 / (1 + other))) / np.sqrt(determinant)
    return c / 4 + (c * np.arcsin(sine) + rest) / (2 * np.pi)


def odd_mean(q: Any) -> np.ndarray:
    """E f(u) = 0 for odd f, u ~ N(0, q)."""
    return np.zeros(np.shape(q))


def relu_mean(q: Any) -> np.ndarray:
    """E max(u, 0) = sqrt(q/(2 pi))."""
    return np.sqrt(np.asarray(q) / (2 * np.pi))


def gelu_mean(q: Any) -> np.ndarray:
    """E u Phi(u) = q/sqrt(2 pi (1 + q))."""
    return np.asarray(q) / np.sqrt(2 * np.pi * (1 + np.asarray(q)))
