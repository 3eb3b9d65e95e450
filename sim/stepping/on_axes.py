"""Runs of any optax transformation on eigen-coordinates, with one output or several: no features, no random draw of F.

The error D of the weights has shape (m, K), column k belonging to lambda_k, and

    risk = floor + sum_k lambda_k |d_k|^2,   gradient D Lambda, or (D X' + noise) X/B on B fresh Gaussian samples.

It starts at columns of length |w_k| in random directions (for one output at random signs).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from ...errors import InputError


@dataclass(frozen=True)
class AxisProblem:
    """A linear target on eigen-coordinates.

    Args:
        eigenvalues: lambda_k, shape (K,).
        energies: E_k = lambda_k |w_k|^2, shape (K,).
        outputs: m >= 1.
        floor: Energy on what no coordinate reaches.
        batch: B fresh samples at each step; None is the population's gradient.
        noise: Label-noise variance, summed over the outputs, in the units of the energies.

    Raises:
        InputError: The shapes differ, or outputs or batch is below 1.
    """

    eigenvalues: np.ndarray
    energies: np.ndarray
    outputs: int = 1
    floor: float = 0.0
    batch: int | None = None
    noise: float = 0.0

    def __post_init__(self) -> None:
        if self.eigenvalues.shape != self.energies.shape or self.eigenvalues.ndim != 1:
            raise InputError(
                f"eigenvalues have shape {self.eigenvalues.shape} and energies {self.energies.shape}, but one number "
                "of each is expected for every coordinate."
            )
        if self.outputs < 1 or (self.batch is not None and self.batch < 1):
            raise InputError(f"outputs is {self.outputs} and batch {self.batch}, but both must be 1 or more.")


def axis_risks(
    make: Callable[[Any], optax.GradientTransformation],
    problem: AxisProblem,
    rates: np.ndarray,
    schedule: np.ndarray,
    seeds: int,
) -> np.ndarray:
    """Risks after T steps, for each seed and each rate.

    Args:
        make: From a step size (a traced number) to a transformation, as `optax.adam`.
        problem: Spectrum, target and batches.
        rates: Largest step sizes, shape (c,).
        schedule: What they are multiplied by at each step, shape (T,).
        seeds: Runs, from seed 0.

    Returns:
        Risks, floor included, shape (seeds, c).
    """
    with jax.enable_x64(True):
        found = _runs(
            make,
            problem.outputs,
            problem.batch,
            jnp.asarray(problem.eigenvalues),
            jnp.asarray(problem.energies),
            jnp.asarray(problem.noise),
            jnp.asarray(rates, dtype=float),
            jnp.asarray(schedule, dtype=float),
            jnp.arange(seeds),
        )
        return problem.floor + np.asarray(found)


@partial(jax.jit, static_argnums=(0, 1, 2))
def _runs(
    make: Callable[[Any], optax.GradientTransformation],
    outputs: int,
    batch: int | None,
    eigenvalues: Any,
    energies: Any,
    noise: Any,
    *runs: Any,
) -> Any:
    rates, schedule, seeds = runs

    def gradient(error: Any, key: Any) -> Any:
        if batch is None:
            return error * eigenvalues
        one, two = jax.random.split(key)
        inputs = jax.random.normal(one, (batch, eigenvalues.size)) * jnp.sqrt(eigenvalues)
        labels = jax.random.normal(two, (outputs, batch)) * jnp.sqrt(noise / outputs)
        return (error @ inputs.T + labels) @ inputs / batch

    def one_run(seed: Any, rate: Any) -> Any:
        start, key = jax.random.split(jax.random.key(seed))
        directions = jax.random.normal(start, (outputs, eigenvalues.size))
        error = directions / jnp.linalg.norm(directions, axis=0) * jnp.sqrt(energies / eigenvalues)
        rule = make(1.0)

        def step(state: Any, now: Any) -> tuple[Any, None]:
            error, inner, key = state
            key, fresh = jax.random.split(key)
            updates, inner = rule.update(gradient(error, fresh), inner, error)
            return (error + rate * now * updates, inner, key), None

        (error, _, _), _ = jax.lax.scan(step, (error, rule.init(error), key), schedule)
        return jnp.sum(eigenvalues * jnp.sum(error**2, axis=0))

    return jax.lax.map(lambda seed: jax.lax.map(lambda rate: one_run(seed, rate), rates), seeds)
