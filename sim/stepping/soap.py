"""SOAP, which optax does not have: Adam in the eigenbases of Shampoo's statistics, as a transformation.

    L_t = d L_{t-1} + (1 - d) G G',   R_t = d R_{t-1} + (1 - d) G'G,   eigenvectors U of L and W of R every f-th step
    V_t = b2 V_{t-1} + (1 - b2) (U'GW)^2,   update U [U'MW / (sqrt(V_t/(1 - b2^t)) + epsilon)] W'

with M the average of gradients, b1 M + (1 - b1) G over 1 - b1^t. Source: Vyas et al. (2024), arXiv:2409.11321,
algorithm 3; the bases here are exact eigenvectors, where the paper takes one power iteration.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from ...errors import InputError
from .shampoo import symmetric_eigenvectors


class SoapState(NamedTuple):
    """What SOAP remembers, each a tree like the parameters.

    Attributes:
        count: Steps taken.
        left: L, shape (N, N).
        right: R, shape (m, m).
        rows: U, shape (N, N).
        columns: W, shape (m, m).
        first: M, shape (N, m), in the coordinates of the parameters.
        second: V, shape (N, m), in those of the bases.
    """

    count: Any
    left: Any
    right: Any
    rows: Any
    columns: Any
    first: Any
    second: Any


def soap(
    learning_rate: Any,
    b1: float = 0.95,
    b2: float = 0.95,
    decay: float = 0.95,
    epsilon: float = 1e-8,
    frequency: int = 10,
) -> optax.GradientTransformation:
    """Steps of `learning_rate` along SOAP's update.

    Args:
        learning_rate: A number or a schedule of optax.
        b1: Memory of the average of gradients, 0 <= b1 < 1.
        b2: Memory of squares, 0 <= b2 < 1.
        decay: d, memory of the statistics, 0 <= d < 1.
        epsilon: Added to the roots of squares, > 0.
        frequency: f >= 1, steps between new bases.

    Returns:
        The transformation.

    Raises:
        InputError: A value is out of range.
    """
    return optax.chain(scale_by_soap(b1, b2, decay, epsilon, frequency), optax.scale_by_learning_rate(learning_rate))


def scale_by_soap(
    b1: float = 0.95, b2: float = 0.95, decay: float = 0.95, epsilon: float = 1e-8, frequency: int = 10
) -> optax.GradientTransformation:
    """Gradients, matrices of shape (N, m), divided by the roots of their mean squares in the statistics' eigenbases.

    Cost: 9 (N^3 + m^3) every f-th step, 6 N m (N + m) at each.

    Args:
        b1: Memory of the average of gradients.
        b2: Memory of squares.
        decay: d, memory of the statistics.
        epsilon: Added to the roots of squares.
        frequency: f, steps between new bases; the first step has them.

    Returns:
        The transformation; it refuses parameters that are no matrices.

    Raises:
        InputError: A memory lies outside 0 <= d < 1, epsilon is not positive, or f < 1.
    """
    if not all(0 <= each < 1 for each in (b1, b2, decay)) or not epsilon > 0 or frequency < 1:
        raise InputError(
            f"soap has b1 {b1}, b2 {b2}, decay {decay}, epsilon {epsilon} and frequency {frequency}, but it needs "
            "memories 0 <= b < 1, epsilon > 0 and frequency >= 1; try b1=0.95, b2=0.95, decay=0.95."
        )

    def init(params: Any) -> SoapState:
        if any(jnp.ndim(each) != 2 for each in jax.tree.leaves(params)):
            raise InputError("soap preconditions matrices; give parameters of shape (N, m).")

        def square(side: int) -> Any:
            return jax.tree.map(lambda a: jnp.zeros((a.shape[side], a.shape[side]), a.dtype), params)

        zeros = jax.tree.map(jnp.zeros_like, params)
        return SoapState(jnp.zeros([], int), square(0), square(1), square(0), square(1), zeros, zeros)

    def update(updates: Any, state: SoapState, params: Any = None) -> tuple[Any, SoapState]:
        count = state.count + 1
        left = jax.tree.map(lambda a, g: decay * a + (1 - decay) * (g @ g.T), state.left, updates)
        right = jax.tree.map(lambda a, g: decay * a + (1 - decay) * (g.T @ g), state.right, updates)
        rows, columns = jax.lax.cond(
            state.count % frequency == 0,
            lambda: (jax.tree.map(symmetric_eigenvectors, left), jax.tree.map(symmetric_eigenvectors, right)),
            lambda: (state.rows, state.columns),
        )
        first = jax.tree.map(lambda a, g: b1 * a + (1 - b1) * g, state.first, updates)
        second = jax.tree.map(
            lambda a, g, u, w: b2 * a + (1 - b2) * (u.T @ g @ w) ** 2, state.second, updates, rows, columns
        )

        def scaled(mean: Any, square: Any, u: Any, w: Any) -> Any:
            size = jnp.sqrt(square / (1 - b2**count)) + epsilon
            return u @ (u.T @ mean @ w / (1 - b1**count) / size) @ w.T

        moved = jax.tree.map(scaled, first, second, rows, columns)
        return moved, SoapState(count, left, right, rows, columns, first, second)

    return optax.GradientTransformation(init, update)
