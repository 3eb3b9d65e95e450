"""Shampoo, which optax does not have, as a transformation like optax's own.

    L_t = d L_{t-1} + (1 - d) G G',   R_t = d R_{t-1} + (1 - d) G'G    (sums without d: L_t = L_{t-1} + G G')
    update (L_t + epsilon)^-p G (R_t + epsilon)^-p, p = 1/4; one-sided without the factor on the right

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


def shampoo(
    learning_rate: Any,
    decay: float | None = None,
    epsilon: float = 1e-12,
    power: float = 0.25,
    one_sided: bool = False,
) -> optax.GradientTransformation:
    """Steps of `learning_rate` along Shampoo's update.

    Args:
        learning_rate: A number or a schedule of optax.
        decay: As in `scale_by_shampoo`.
        epsilon: As in `scale_by_shampoo`.
        power: As in `scale_by_shampoo`.
        one_sided: As in `scale_by_shampoo`.

    Returns:
        The transformation.

    Raises:
        InputError: As in `scale_by_shampoo`.
    """
    return optax.chain(scale_by_shampoo(decay, epsilon, power, one_sided), optax.scale_by_learning_rate(learning_rate))


def scale_by_shampoo(
    decay: float | None = None, epsilon: float = 1e-12, power: float = 0.25, one_sided: bool = False
) -> optax.GradientTransformation:
    """Gradients, matrices of shape (N, m), preconditioned by powers of both statistics.

    Cost: 9 (N^3 + m^3) a step.

    Args:
        decay: d, 0 <= d < 1; None for sums.
        epsilon: Positive, in units of the squared gradient. It must stay above the rounding of L, about 1e-16 of its
            largest eigenvalue.
        power: p, 0 < p <= 1: 1/4 is Gupta et al.'s, 1/2 Morwani et al.'s (2024, arXiv:2406.17748).
        one_sided: Whether L alone preconditions.

    Returns:
        The transformation; it refuses parameters that are no matrices.

    Raises:
        InputError: decay, epsilon or power is out of range.
    """
    if not 0 < power <= 1:
        raise InputError(f"shampoo has power {power}, but it needs 0 < power <= 1; try power=0.25 or power=0.5.")
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
            lambda g, rows, columns: (
                _inverse_power(rows, epsilon, power) @ (g if one_sided else g @ _inverse_power(columns, epsilon, power))
            ),
            updates,
            left,
            right,
        )
        return scaled, ShampooState(left, right)

    return optax.GradientTransformation(init, update)


def symmetric_eigenvectors(statistic: Any) -> Any:
    """Eigenvectors of a symmetric matrix, in columns."""
    return _eigh(statistic)[1]


def _inverse_power(statistic: Any, epsilon: float, power: float) -> Any:
    """(S + epsilon)^-p of a symmetric S >= 0, whose eigenvalues rounding may have made negative."""
    values, vectors = _eigh(statistic)
    return (vectors * (jnp.maximum(values, 0) + epsilon) ** -power) @ vectors.T


@jax.custom_batching.sequential_vmap
def _eigh(statistic: Any) -> Any:
    """Eigenvalues and eigenvectors, one matrix of a batch after the other.

    On CPUs jax hands the matrices of a batch to its own threads and waits for them on one of these: two batches at
    once, as of L and R, wait for ever where there are two threads.
    """
    return jnp.linalg.eigh(statistic)
