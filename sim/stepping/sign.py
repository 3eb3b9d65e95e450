"""Sign descent: the one rule of the paper that no factorisation replaces."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

BY_CHANGES = 800  # sizes from which looking for changed signs is faster than products with G, which stay in cache below


class SignRun(NamedTuple):
    """weights: shape (N, T), with the step chosen. step: that step."""

    weights: np.ndarray
    step: float


def sign_descent(gram: np.ndarray, moment: np.ndarray, steps: np.ndarray, tried: tuple[float, ...]) -> SignRun:
    """a <- a - eta sign(G a - b) from a = 0, recorded at every T in `steps`.

    eta is the one in `tried` with the lowest training loss a'Ga/2 - b'a at the last T, and is used at every T.
    gram: G, shape (N, N). moment: b, shape (N,). steps: shape (T,), rising.
    Small problems run all of `tried` in one compiled loop, 2 N^2 operations a step; large ones follow the signs that
    change, see `by_changes`. Source: Ramani and Jain (2026), section 3.
    """
    lengths = np.diff(steps, prepend=0)
    if len(gram) < BY_CHANGES:
        with jax.enable_x64(True):
            recorded = np.asarray(_descend(gram, moment, lengths, np.array(tried)))
    else:
        recorded = np.stack([by_changes(gram, moment, lengths, step) for step in tried], axis=1)
    last = recorded[-1]
    loss = 0.5 * np.einsum("ei,ei->e", last @ gram, last) - last @ moment
    best = int(np.argmin(loss))
    return SignRun(recorded[:, best].T, tried[best])


def by_changes(gram: np.ndarray, moment: np.ndarray, lengths: np.ndarray, step: float) -> np.ndarray:
    """Weights after each stretch of `lengths` steps, shape (T, N), from few columns of G at a step.

    A step moves the gradient by -eta G sigma, sigma its signs. Nearly all of sigma is that of one step ago, of two
    steps ago, or the first with all signs turned: weights travel, or jump about their optimum. So G sigma is known
    from an earlier step but for the columns of signs that changed, 0.2 to 0.6 % of them on the problems of Ramani and
    Jain (2026) at N = 1000 and 2000 (`benchmarks/sign_steps.py`). The gradient is computed afresh at the end of every
    stretch.
    """
    rows = gram if gram.flags.c_contiguous else gram.T  # G is symmetric
    weights, recorded = np.zeros(len(gram)), []
    gradient = -moment
    known: list[tuple[np.ndarray, np.ndarray]] = [(np.zeros(len(gram)), np.zeros(len(gram)))]
    for length in lengths:
        for _ in range(length):
            signs = np.sign(gradient)
            apart, (near, image) = min(
                ((np.flatnonzero(signs != other), (other, moved)) for other, moved in _turned(known)),
                key=lambda each: len(each[0]),
            )
            if 2 * len(apart) > len(signs):
                image = rows @ signs
            elif len(apart):
                image = image + (signs - near)[apart] @ rows[apart]
            known = [(signs, image), known[0]]
            gradient = gradient - step * image
            weights -= step * signs
        recorded.append(weights.copy())
        gradient = rows @ weights - moment
    return np.stack(recorded)


def _turned(known: list[tuple[np.ndarray, np.ndarray]]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Earlier signs with their images under G, the last ones also with all signs turned."""
    yield from known
    signs, image = known[0]
    yield -signs, -image


@jax.jit
def _descend(gram: Any, moment: Any, lengths: Any, tried: Any) -> Any:
    """Weights after each stretch of `lengths` steps, shape (T, steps tried, N).

    The lengths are data, not constants of the program, so one compilation serves every list of as many T.
    """

    def step(_: Any, weights: Any) -> Any:
        return weights - tried[:, None] * jnp.sign(weights @ gram - moment)

    def stretch(weights: Any, length: Any) -> tuple[Any, Any]:
        weights = lax.fori_loop(0, length, step, weights)
        return weights, weights

    start = jnp.zeros((tried.shape[0], gram.shape[0]))
    return lax.scan(stretch, start, lengths)[1]


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
