"""Sign descent on several outputs: the columns of the weights go their own ways but share a step."""

from __future__ import annotations

import numpy as np

from .sign import SignRun, sign_descent


def descend(gram: np.ndarray, moment: np.ndarray, steps: np.ndarray, tried: tuple[float, ...]) -> SignRun:
    """`sign_descent`, also where b has shape (N, m); the step is then the one with the lowest sum of training losses.

    gram: G, shape (N, N). moment: b, shape (N,) or (N, m). Weights come back with shape (N, T) or (N, m, T).
    """
    if moment.ndim == 1:
        return sign_descent(gram, moment, steps, tried)
    runs = []
    for step in tried:
        weights = np.stack([sign_descent(gram, column, steps, (step,)).weights for column in moment.T], axis=1)
        last = weights[..., -1]
        runs.append((float(np.vdot(last, 0.5 * gram @ last - moment)), SignRun(weights, step)))
    return min(runs, key=lambda each: each[0])[1]
