"""Kernels of random features: what infinitely many features have in common, E_w[f(x) f(x')].

Features are f(x) = ReLU(x.w) with w ~ N(0, I/d) (Cho and Saul 2009, the arc-cosine kernel of degree 1), or linear.
"""

from __future__ import annotations

import numpy as np

_NODES = 24  # of the quadrature in log t for the norm-divided kernel


def linear_kernel(inputs: np.ndarray) -> np.ndarray:
    """x.x', shape (n, n)."""
    return inputs @ inputs.T


def relu_kernel(inputs: np.ndarray, variance: np.ndarray | None = None) -> np.ndarray:
    """(1/(2 pi)) |x| |x'| (sin a + (pi - a) cos a), a the angle between x and x', shape (n, n).

    variance: of each coordinate of w, shape (d,); 1/d if left out. Lengths and angles are those of x sqrt(variance).
    """
    scaled = inputs * np.sqrt(1 / inputs.shape[1] if variance is None else variance)
    gram = scaled @ scaled.T
    norm = np.sqrt(np.diagonal(gram))
    outer = np.outer(norm, norm)
    cosine = np.clip(gram / np.where(outer > 0, outer, 1.0), -1.0, 1.0)
    return outer * (np.sqrt(1 - cosine**2) + (np.pi - np.arccos(cosine)) * cosine) / (2 * np.pi)


def norm_divided_relu_kernel(inputs: np.ndarray, second_moment: np.ndarray) -> np.ndarray:
    """The kernel of ReLU features divided by the square root of their norm, up to a factor, shape (n, n).

    second_moment: of each coordinate of x, shape (d,), so that a feature's norm^2 is q/2 with q = sum_i S_i w_i^2 (x
    symmetric about 0, independent coordinates). With 1/sqrt(q) = (1/sqrt(pi)) integral t^(-1/2) exp(-q t) dt, the mean
    over w of f f'/sqrt(q) is an integral over t of arc-cosine kernels, in which w has variances 1/(d + 2 t S_i) and
    the weight prod_i (1 + 2 t S_i/d)^(-1/2).
    """
    d = inputs.shape[1]
    share = second_moment / d
    scale = float(np.sum(share))
    u = np.linspace(np.log(1e-4 / scale), np.log(1e6 / share.max()), 400)
    log_weight = 0.5 * u - 0.5 * np.array([np.sum(np.log1p(2 * np.exp(v) * share)) for v in u])
    held = u[log_weight > log_weight.max() - 12]
    node, weight = np.polynomial.legendre.leggauss(_NODES)
    half = (held[-1] - held[0]) / 2
    kernel = np.zeros((len(inputs), len(inputs)))
    for point, share_of in zip(held[0] + half * (node + 1), half * weight, strict=True):
        t = np.exp(point)
        density = np.exp(0.5 * point - 0.5 * np.sum(np.log1p(2 * t * share)))
        kernel += share_of * density * relu_kernel(inputs, 1 / (d * (1 + 2 * t * share)))
    return kernel
