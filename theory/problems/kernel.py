"""Kernels of random features: what infinitely many features have in common, E_w[f(w.x) f(w.x')], w ~ N(0, diag v)."""

from __future__ import annotations

import numpy as np

from .activations import Activation
from .exponential_sum import inverse_root

_ALONE = 10  # one in so many coordinates is taken by itself
_BLOCK = 256  # rows of a square of the kernel that stays in a core's cache while it is worked on


def feature_kernel(activation: Activation, inputs: np.ndarray, variance: np.ndarray | None = None) -> np.ndarray:
    """E_w[f(w.x) f(w.x')], symmetric to the last bit.

    Errors: `pair_average`, `pair_average_tanh`. Cost: n^2 d/2 products, and n^2/2 evaluations of the activation's pair
    average.

    Args:
        activation: f.
        inputs: x, shape (n, d).
        variance: of each coordinate of w, shape (d,); 1/d if left out.

    Returns:
        The kernel matrix, shape (n, n).
    """
    scaled = inputs * np.sqrt(1 / inputs.shape[1] if variance is None else variance)
    gram = scaled @ scaled.T
    q = np.diagonal(gram).copy()
    cuts = [slice(start, start + _BLOCK) for start in range(0, len(q), _BLOCK)]
    for i, rows in enumerate(cuts):
        for columns in cuts[: i + 1]:
            square = activation.pair(q[rows, None], q[None, columns], gram[rows, columns])
            # a pair average is symmetric but for the order in which it rounds
            gram[rows, columns] = square if columns is not rows else (square + square.T) / 2
            gram[columns, rows] = gram[rows, columns].T
    return gram


def feature_mean(activation: Activation, inputs: np.ndarray, variance: np.ndarray | None = None) -> np.ndarray:
    """E_w f(w.x), the part of features that all of them share.

    Args:
        activation: f.
        inputs: x, shape (n, d).
        variance: of each coordinate of w, shape (d,); 1/d if left out.

    Returns:
        The means, shape (n,).
    """
    spread = np.full(inputs.shape[1], 1 / inputs.shape[1]) if variance is None else variance
    return activation.mean(inputs**2 @ spread)


def norm_divided_kernel(activation: Activation, inputs: np.ndarray, second_moment: np.ndarray) -> np.ndarray:
    """The kernel of features divided by the square root of their norm, E_w[f f'/sqrt(g(q))], w ~ N(0, I/d).

    g(q) is a feature's norm^2, E f(u)^2 with u ~ N(0, q), q = sum_i S_i w_i^2. That w.x is Gaussian given w is exact
    for Gaussian inputs with uncorrelated coordinates; for linear and ReLU features inputs symmetric about 0 are enough.
    For images of 64 pixels (scikit-learn's digits) it misses a feature's norm^2 by 2 to 10 %, and the kernel's
    eigenvalues, but for a common factor, by less than 1 %.

    1/sqrt(g(q)) = sum_k c_k exp(-t_k q) (`exponential_sum`), and E_w[f f' exp(-t q)] is a kernel in which w has
    variances 1/(d + 2 t S_i), times prod_i (1 + 2 t S_i/d)^(-1/2). Eigenvalues have a relative error of 1e-5. Cost: 3
    to 20 kernels as a rule, of a third of the products.

    Args:
        activation: f.
        inputs: x, shape (n, d).
        second_moment: S, of each coordinate of x, shape (d,).

    Returns:
        The kernel matrix, shape (n, n).

    Raises:
        InputError: where S is 0.
    """
    d = inputs.shape[1]
    share = second_moment / d
    series = inverse_root(activation.second_moment, share)
    shrink = 1 + 2 * np.multiply.outer(series.rate, share)
    factors = series.weight * np.exp(-0.5 * np.log(shrink).sum(axis=1))
    return _mixed_kernel(activation, inputs, 1 / (d * shrink), factors)


def _mixed_kernel(activation: Activation, inputs: np.ndarray, variances: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """sum_k factors_k times the kernel whose weights have `variances`_k, shape (k, d), square by square, (n, n).

    The variances of most coordinates lie in a space of few dimensions, to rounding: their part of all k Gram matrices
    is a few products, combined. One in `_ALONE` of the coordinates, those that vary most with k, is taken by itself.
    """
    order = np.argsort(variances.min(axis=0) / variances.max(axis=0), kind="stable")
    alone, others = np.split(order, [-(-len(order) // _ALONE)])
    left, singular, right = np.linalg.svd(variances[:, others], full_matrices=False)
    rank = int(np.sum(singular > np.finfo(float).eps * np.max(singular, initial=0.0)))
    mix, shared = left[:, :rank] * singular[:rank], right[:rank]
    q = inputs**2 @ variances.T
    leading, trailing = np.ascontiguousarray(inputs[:, alone]), np.ascontiguousarray(inputs[:, others])
    kernel = np.empty((len(inputs), len(inputs)))
    cuts = [slice(start, start + _BLOCK) for start in range(0, len(inputs), _BLOCK)]
    for i, rows in enumerate(cuts):
        weighted = [trailing[rows] * each for each in shared]
        for columns in cuts[: i + 1]:
            parts = np.array([part @ trailing[columns].T for part in weighted])
            total = np.zeros((len(inputs[rows]), len(inputs[columns])))
            for k, factor in enumerate(factors):
                gram = (leading[rows] * variances[k, alone]) @ leading[columns].T
                gram += np.tensordot(mix[k], parts, axes=1) if rank else 0.0
                total += factor * activation.pair(q[rows, k, None], q[None, columns, k], gram)
            # a pair average is symmetric but for the order in which it rounds
            kernel[rows, columns] = total if columns is not rows else (total + total.T) / 2
            kernel[columns, rows] = kernel[rows, columns].T
    return kernel
