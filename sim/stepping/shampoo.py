"""Shampoo, which optax does not have, as a transformation like optax's own.

    L_t = d L_{t-1} + (1 - d) G G',   R_t = d R_{t-1} + (1 - d) G'G    (sums without d: L_t = L_{t-1} + G G')
    update (L_t + epsilon)^(-1/4) G (R_t + epsilon)^(-1/4)

Source: Gupta, Koren and Singer (2018), arXiv:1802.09568, algorithm 1, whose L_0 = R_0 = epsilon I is the same for sums.
With d = 0 and epsilon -> 0 the update is the polar factor of G, U V' of its singular value decomposition, what Muon
approximates.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from ...errors import InputError


class ShampooState(NamedTuple):
    """Statistics without epsilon, trees like the parameters. left: L, shape (N, N). right: R, shape (m, m)."""

    left: Any
    right: Any


def shampoo(learning_rate: Any, decay: float | None = None, epsilon: float = 1e-12) -> optax.GradientTransformation:
    """Steps of `learning_rate` along Shampoo's update. See `scale_by_shampoo`."""
    return optax.chain(scale_by_shampoo(decay, epsilon), optax.scale_by_learning_rate(learning_rate))


def scale_by_shampoo(decay: float | None = None, epsilon: float = 1e-12) -> optax.GradientTransformation:
    """Gradients, matrices of shape (N, m), preconditioned by the fourth roots of both statistics.

    decay: d in 0 <= d < 1, None for sums. epsilon: positive, in units of the squared gradient. It must stay above the
    rounding of L, about 1e-16 of its largest eigenvalue. Raises InputError. Cost: 9 (N^3 + m^3) a step.
    """
    if not epsilon > 0 or not (decay is None or 0 <= decay < 1):
        raise InputError(
            f"shampoo has decay {decay} and epsilon {epsilon}, but it needs 0 <= decay < 1 (or None for sums) and "
            "epsilon > 0; try decay=0.99, epsilon=1e-12."
        )
    kept, added = (1.0, 1.0) if decay is None else (decay, 1 - decay)

    def init(params: Any) -> ShampooState:
        if any(jnp.ndim(each) != 2 for each in jax.tree.leaves(params)):
            raise InputError("shampoo preconditions matrices; give parameters of shape (N, m).")
        return ShampooState(
            jax.tree.map(lambda a: jnp.zeros((a.shape[0], a.shape[0]), a.dtype), params),
            jax.tree.map(lambda a: jnp.zeros((a.shape[1], a.shape[1]), a.dtype), params),
        )

    def update(updates: Any, state: ShampooState, params: Any = None) -> tuple[Any, ShampooState]:
        left = jax.tree.map(lambda each, g: kept * each + added * (g @ g.T), state.left, updates)
        right = jax.tree.map(lambda each, g: kept * each + added * (g.T @ g), state.right, updates)
        scaled = jax.tree.map(
            lambda g, rows, columns: _root(rows, epsilon) @ g @ _root(columns, epsilon), updates, left, right
        )
        return scaled, ShampooState(left, right)

    return optax.GradientTransformation(init, update)


def _root(statistic: Any, epsilon: float) -> Any:
    """(S + epsilon)^(-1/4) of a symmetric S >= 0, whose eigenvalues rounding may have made negative."""
    values, vectors = _eigh(statistic)
    return (vectors * (jnp.maximum(values, 0) + epsilon) ** -0.25) @ vectors.T


@jax.custom_batching.sequential_vmap
def _eigh(statistic: Any) -> Any:
    """Eigenvalues and eigenvectors, one matrix of a batch after the other.

    On CPUs jax hands the matrices of a batch to its own threads and waits for them on one of these: two batches at
    once, as of L and R, wait for ever where there are two threads.
    """
    return jnp.linalg.eigh(statistic)
