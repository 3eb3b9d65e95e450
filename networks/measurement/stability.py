"""Largest stable steps of a network's optimizers, from the largest eigenvalue of its Gauss-Newton matrix.

    gd                    2/lambda
    momentum beta         2 (1 + beta)/lambda                       (heavy ball, the gradient added in full)
    Adam beta_1           2 (1 + beta_1)/((1 - beta_1) lambda_P)    (momentum as a mean, P = 1/(sqrt(v) + eps))

lambda is the largest eigenvalue of K, lambda_P of S'J P J'S/n. The Hessian itself has a second part, which the residual
weights and which the kernel does not see: where it counts, these are estimates. Source: Polyak (1964); Cohen et al.,
Adaptive Gradient Methods at the Edge of Stability (2022), for Adam.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...sim.factorisation import largest_eigenvalue
from ..kernels import NetworkKernel
from .settings import SETTINGS

MOMENTUM, ADAM = 0.9, (0.9, 1e-8)  # the frameworks' defaults


@dataclass(frozen=True)
class StableSteps:
    """Largest stable learning rates. momentum: with 0.9. adam: with beta_1 = 0.9, at given second moments."""

    gd: float
    momentum: float
    adam: float | None


def stable_steps(kernel: NetworkKernel, top: float, scale: np.ndarray | None) -> StableSteps:
    """From K, its largest eigenvalue, and Adam's P, shape (p,), or None."""
    beta, adam = ADAM[0], None
    if scale is not None:
        found = largest_eigenvalue(
            kernel.preconditioned(scale).times, kernel.start, min(kernel.size, 200), SETTINGS.top
        )
        adam = None if not found else 2 * (1 + beta) / ((1 - beta) * found)
    return StableSteps(2 / top, 2 * (1 + MOMENTUM) / top, adam)


def adam_scale(kernel: NetworkKernel, second_moments: np.ndarray | None, batch: int, seed: int) -> np.ndarray:
    """P = 1/(sqrt(v) + eps).

    Args:
        kernel: K.
        second_moments: v, shape (p,), as an optimizer's state has them (bias taken out). None estimates them at these
            parameters: the mean square of the gradients of a few batches.
        batch: Rows of those batches.
        seed: Of their choice.
    """
    if second_moments is None:
        rows = len(kernel.model.outputs)
        order, size = np.random.default_rng([seed, 2]).permutation(rows), min(batch, rows)
        pull = kernel.loss.root(kernel.loss.residual)
        squares = np.zeros(kernel.model.parameters)
        count = max(1, min(SETTINGS.batches, rows // size))
        for part in range(count):
            chosen = np.zeros_like(pull)
            here = order[part * size : (part + 1) * size]
            chosen[here] = pull[here]
            squares += (kernel.model.adjoint(chosen) / len(here)) ** 2 / count
        second_moments = squares
    return 1 / (np.sqrt(np.asarray(second_moments, dtype=float).ravel()) + ADAM[1])
