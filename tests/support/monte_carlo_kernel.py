"""The kernel of any function's random features, averaged over features drawn at random, with its standard error."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from optscaling.errors import InputError

_BATCH = 2048  # features held at once


class SampledKernel(NamedTuple):
    """mean: F F'/M over M features, shape (n, n), positive semidefinite. error: its standard error, entry by entry."""

    mean: np.ndarray
    error: np.ndarray


def sampled_kernel(
    function: Callable[[np.ndarray], np.ndarray],
    inputs: np.ndarray,
    variance: np.ndarray | None = None,
    *,
    draws: int = 100_000,
    seed: int = 0,
) -> SampledKernel:
    """Monte Carlo for E_w[f(w.x) f(w.x')], w ~ N(0, diag variance), for an elementwise `function` f.

    inputs: shape (n, d). variance: shape (d,), 1/d if left out. draws: M, features drawn. Eigenvalues below about
    1/M of the trace are noise, and none beyond the M-th is seen. Cost: M (d n + 2 n^2) products. Raises InputError for
    fewer than two draws, and where f is not finite.
    """
    if draws < 2:
        raise InputError(f"draws is {draws}, but a standard error needs at least 2; try 100000.")
    n, d = inputs.shape
    scaled = inputs * np.sqrt(1 / d if variance is None else variance)
    generator = np.random.default_rng(seed)
    total, squares = np.zeros((n, n)), np.zeros((n, n))
    for start in range(0, draws, _BATCH):
        features = function(scaled @ generator.standard_normal((d, min(_BATCH, draws - start))))
        if not np.all(np.isfinite(features)):
            raise InputError("The activation is not finite at some inputs; give one that is finite on all numbers.")
        total += features @ features.T
        squares += features**2 @ features.T**2
    mean = total / draws
    spread = np.maximum(squares / draws - mean**2, 0.0)
    return SampledKernel(mean, np.sqrt(spread / (draws - 1)))
