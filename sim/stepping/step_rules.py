"""The rules of a cell that are run step by step, sign descent and optax's, on the cell's G and b or on batches."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from ...theory.optimizers import Optimizer, Sign, Stepped
from .full_batch import Descent, descend
from .mini_batch import Batches, descend_batches
from .sign import descend as descend_signs


@dataclass(frozen=True)
class Stepping:
    """What stepping a cell's rules gave.

    Attributes:
        weights: By rule, shape (N, T), or (N, m, T) for m outputs, NaN at the T to which nothing was stepped.
        sign_step: The step that sign descent chose, NaN where there is none.
        chosen: By an optimizer's name, the candidate it took, where that has another name.
    """

    weights: dict[Optimizer, np.ndarray] = field(default_factory=dict)
    sign_step: float = math.nan
    chosen: dict[str, str] = field(default_factory=dict)


def is_stepped(rule: Optimizer) -> bool:
    """Whether an optimizer must be stepped on G and b, or on batches.

    Args:
        rule: The optimizer.

    Returns:
        True for sign descent and optax's rules; one-pass methods have a way of their own.
    """
    return isinstance(rule, Sign | Stepped)


def step(
    rules: Sequence[Optimizer],
    gram: np.ndarray,
    moment: np.ndarray,
    energy: float,
    steps: np.ndarray,
    count: int,
    block: Callable[[int], Batches] | None = None,
    depth: int = 0,
) -> Stepping:
    """Weights from a = 0 after each T of `steps`, the first of `count` T in all.

    Args:
        rules: A cell's optimizers; what is not stepped is passed over.
        gram: G, shape (N, N), float64.
        moment: b, shape (N,), or (N, m) for m outputs.
        energy: The targets' mean square, summed over outputs.
        steps: T, shape (T,), rising.
        count: T of the experiment, at least as many as `steps`.
        block: Batches by number for optax's rules, None for full-batch steps; sign descent always takes those.
        depth: Blocks of batches made ahead.

    Returns:
        Weights by rule, with the choices among candidates: each takes the one of lowest loss at the last of `steps`.

    Raises:
        InputError: Optax has no such function, or refuses its values.
    """
    ours = [rule for rule in rules if isinstance(rule, Stepped)]
    matrix = moment.reshape(len(moment), -1)
    found: list[Descent] = []
    if ours and block is not None:
        found = descend_batches(ours, block, gram, matrix, steps, depth)
    elif ours:
        found = [descend(rule, gram, matrix, energy, steps) for rule in ours]
    shape = (*moment.shape, len(steps))
    weights: dict[Optimizer, np.ndarray] = {
        rule: to_the_end(np.moveaxis(each.weights, 0, -1).reshape(shape), count)
        for rule, each in zip(ours, found, strict=True)
    }
    sign_step = math.nan
    for rule in rules:
        if isinstance(rule, Sign):
            run = descend_signs(gram, moment, steps, rule.steps_tried)
            weights[rule], sign_step = to_the_end(run.weights, count), run.step
    chosen = {rule.name: each.chosen for rule, each in zip(ours, found, strict=True) if each.chosen != rule.name}
    return Stepping(weights, sign_step, chosen)


def to_the_end(values: np.ndarray, count: int) -> np.ndarray:
    """Values with NaN at the T to which nothing was stepped.

    Args:
        values: Shape (..., T).
        count: How many T there are in all, at least as many as in `values`.

    Returns:
        Shape (..., count).
    """
    missing = count - values.shape[-1]
    return np.concatenate([values, np.full((*values.shape[:-1], missing), np.nan)], axis=-1)
