"""Sign descent: the one rule that no factorisation replaces, in one compiled loop for its three steps at once."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax


class SignRun(NamedTuple):
    """weights: shape (N, T), with the step chosen. step: that step."""

    weights: np.ndarray
    step: float


def sign_descent(gram: np.ndarray, moment: np.ndarray, steps: np.ndarray, tried: tuple[float, ...]) -> SignRun:
    """a <- a - eta sign(G a - b) from a = 0, recorded at every T in `steps`.

    eta is the one in `tried` with the lowest training loss a'Ga/2 - b'a at the last T, and is used at every T.
    gram: G, shape (N, N). moment: b, shape (N,). steps: shape (T,), rising.
    Source: Ramani and Jain (2026), section 3.
    """
    with jax.enable_x64(True):
        recorded = np.asarray(_descend(gram, moment, np.diff(steps, prepend=0), np.array(tried)))
    last = recorded[-1]
    loss = 0.5 * np.einsum("ei,ei->e", last @ gram, last) - last @ moment
    best = int(np.argmin(loss))
    return SignRun(recorded[:, best].T, tried[best])


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
