"""Mini-batch and one-pass steps of optax transformations: rows are drawn by numpy in blocks, steps are compiled.

Every rule of a cell sees the same batches.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from ...theory.optimizers import Stepped
from ...theory.problems import StudentT, activation
from ..devices import Work, blas_threads, product
from ..problems import BATCH_STEPS, CellSeed, Population, Sampled, Stream, ahead, scales
from .full_batch import Descent, chosen, evaluated, moved
from .optax_rules import Build, groups


class Batches(NamedTuple):
    """Batches of BATCH_STEPS steps.

    Attributes:
        features: Shape (steps, B, N).
        targets: Shape (steps, B, m).
    """

    features: np.ndarray
    targets: np.ndarray


def fresh(
    draw: Population, noise: float, batch: int, seed: CellSeed, law: StudentT | None = None
) -> Callable[[int], Batches]:
    """Batches of rows never seen before: features z'A, targets z't + sqrt(noise/m) xi for each of m outputs.

    Args:
        draw: A, shape (dim, N), and t, shape (dim,) or (dim, m).
        noise: Label-noise variance, summed over outputs, in units of the target's.
        batch: B, rows of a step.
        seed: The cell, from which the rows of each block have a stream of their own.
        law: Of z: None for N(0, I), otherwise Student-t of unit variance.

    Returns:
        From the number of a block, 0 on, to its BATCH_STEPS batches; the same number gives the same rows.
    """
    target = draw.target.reshape(len(draw.target), -1)
    rows, (dim, outputs) = BATCH_STEPS * batch, target.shape

    def block(index: int) -> Batches:
        generator = seed.generator(Stream.BATCH, index)
        inputs = generator.standard_normal((rows, dim))
        if law is not None:
            inputs *= scales(seed, Stream.BATCH, rows, dim, index, law)
        labels = inputs @ target + math.sqrt(noise / outputs) * generator.standard_normal((rows, outputs))
        return _cut(product(inputs, draw.matrix), labels, batch)

    return block


def resampled(
    draw: Sampled, combination: np.ndarray, batch: int, seed: CellSeed, depth: int
) -> Callable[[int], Batches]:
    """Batches of training rows drawn with replacement. The inputs of all rows are held in memory.

    Args:
        draw: Features and training rows.
        combination: Of the label columns that is trained on, shape (2 m + 1,) or (2 m + 1, m), see `Sampled`.
        batch: B, rows of a step.
        seed: The cell, from which the choice of rows in each block has a stream of its own.
        depth: Blocks of training rows drawn ahead.

    Returns:
        From the number of a block, 0 on, to its BATCH_STEPS batches; the same number gives the same rows.
    """
    held = list(draw.train(depth))
    inputs = np.concatenate([rows.inputs for rows in held])
    targets = np.concatenate([rows.labels @ combination for rows in held]).reshape(len(inputs), -1)
    function = activation(draw.activation).function

    def block(index: int) -> Batches:
        rows = seed.generator(Stream.BATCH, index).integers(len(inputs), size=BATCH_STEPS * batch)
        features = product(inputs[rows], draw.matrix)
        return _cut(function(features, out=features), targets[rows], batch)

    return block


def _cut(features: np.ndarray, targets: np.ndarray, batch: int) -> Batches:
    return Batches(features.reshape(BATCH_STEPS, batch, -1), targets.reshape(BATCH_STEPS, batch, -1))


def descend_batches(
    rules: Sequence[Stepped],
    block: Callable[[int], Batches],
    gram: np.ndarray,
    moment: np.ndarray,
    steps: np.ndarray,
    depth: int = 0,
) -> list[Descent]:
    """Weights of each rule from a = 0 after each T in `steps`, on losses |F a - y|^2/(2B) of one batch a step.

    Of several candidates the one with the lowest loss on all rows, or on the population, at the last T is taken.
    gram: G, shape (N, N), and moment: b, shape (N, m), of that whole loss. block: batches by number, `depth` of them
    made ahead. steps: shape (T,), rising. float64. Raises InputError where optax refuses.
    """
    members = [(i, *group) for i, rule in enumerate(rules) for group in groups(rule)]
    with jax.enable_x64(True), blas_threads(Work.STEP, len(gram)):  # see `descend`
        rates = [np.array(each[2]) for each in members]
        shape = (len(steps), *moment.shape)
        carries = [_begin(each[1], rate, shape) for each, rate in zip(members, rates, strict=True)]
        for slots, batches in zip(_slots(steps), ahead(block, math.ceil(steps[-1] / BATCH_STEPS), depth), strict=True):
            for i, (_, build, _, _) in enumerate(members):
                carries[i] = _advance(build, carries[i], rates[i], batches.features, batches.targets, slots)
        recorded = [np.asarray(carry[2]) for carry in carries]
    found = []
    for i in range(len(rules)):
        mine = [j for j, each in enumerate(members) if each[0] == i]
        names = [name for j in mine for name in members[j][3]]
        kept = np.concatenate([np.moveaxis(recorded[j], 0, 1) for j in mine], axis=1)
        found.append(chosen(names, kept, gram, moment))
    return found


def _slots(steps: np.ndarray) -> Iterator[np.ndarray]:
    """Blocks of BATCH_STEPS numbers: where in `steps` the weights after each step are kept, len(steps) where not."""
    count = math.ceil(steps[-1] / BATCH_STEPS) * BATCH_STEPS
    slots = np.full(count, len(steps))
    slots[np.asarray(steps) - 1] = np.arange(len(steps))
    return iter(slots.reshape(-1, BATCH_STEPS))


@partial(jax.jit, static_argnames=("build", "shape"))
def _begin(build: Build, rates: Any, shape: tuple[int, ...]) -> Any:
    """Weights, state and what is kept of the weights, shape (T, N, m), for each rate."""

    def one(rate: Any) -> Any:
        start = jnp.zeros(shape[1:])
        return start, build(rate).init(start), jnp.zeros(shape)

    return jax.vmap(one)(rates)


@partial(jax.jit, static_argnames="build", donate_argnames="carry")
def _advance(build: Build, carry: Any, rates: Any, features: Any, targets: Any, slots: Any) -> Any:
    """A block of steps for each rate. What is kept where is data: blocks of a cell, and seeds, share a compilation."""

    def one(carry: Any, rate: Any) -> Any:
        rule = build(rate)

        def step(carry: Any, given: Any) -> tuple[Any, None]:
            weights, state, kept = carry
            rows, target, slot = given

            def value(at: Any) -> Any:
                return jnp.sum((rows @ at - target) ** 2) / (2 * len(rows))

            left = rows @ weights - target
            loss = jnp.sum(left**2) / (2 * len(rows))
            weights, state = moved(rule, rows.T @ left / len(rows), loss, value, weights, state)
            return (weights, state, kept.at[slot].set(evaluated(weights, state), mode="drop")), None

        return lax.scan(step, carry, (features, targets, slots))[0]

    return jax.vmap(one)(carry, rates)
