"""The exact polar factor as a transformation: what Muon's Newton-Schulz steps approximate, without momentum.

    update U V',   G = U diag(sigma) V'

Every direction in the gradient's row space moves at the same speed, however small its singular value.
Source: Jordan et al. (2024) for Muon; Bernstein and Newhouse (2024) for the polar factor as steepest descent.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import optax

from ...errors import InputError


def scale_by_polar() -> optax.GradientTransformation:
    """Gradients, matrices, replaced by their polar factors, by a singular value decomposition.

    Returns:
        The transformation; it has no state.

    Raises:
        InputError: From the transformation's init, for parameters that are no matrices.
    """

    def init(params: Any) -> optax.EmptyState:
        if any(jnp.ndim(each) != 2 for each in jax.tree.leaves(params)):
            raise InputError("A polar factor is one of a matrix; give parameters of shape (N, m).")
        return optax.EmptyState()

    def update(updates: Any, state: optax.EmptyState, params: Any = None) -> tuple[Any, optax.EmptyState]:
        return jax.tree.map(_polar, updates), state

    return optax.GradientTransformation(init, update)


def _polar(gradient: Any) -> Any:
    left, _, right = jnp.linalg.svd(gradient, full_matrices=False)
    return left @ right
