"""Full-batch steps of any optax transformation, in one compiled loop for all the learning rates tried.

The loss is a quadratic, so the gradient needs no rows: tr(a'Ga)/2 - tr(b'a) + energy/2 has the gradient G a - b.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax.contrib
from jax import lax

from ...errors import InputError
from ...theory.optimizers import Stepped
from ..devices import Work, blas_threads
from .optax_rules import Build, check, groups


class Descent(NamedTuple):
    """weights: shape (T, N, m), not finite where it diverged. chosen: the candidate's name."""

    weights: np.ndarray
    chosen: str


def descend(rule: Stepped, gram: np.ndarray, moment: np.ndarray, energy: float, steps: np.ndarray) -> Descent:
    """Weights from a = 0 after each T in `steps`, on the loss tr(a'Ga)/2 - tr(b'a) + energy/2.

    Of several candidates the one with the lowest loss at the last T is taken, at every T.
    gram: G, shape (N, N). moment: b, shape (N, m). energy: the targets' mean square, summed over outputs; it matters
    to rules that use the loss itself. steps: shape (T,), rising. float64. Raises InputError where optax refuses.
    """
    names, recorded = [], []
    # decompositions of small matrices at every step: BLAS threads that wait for each other cost 30 times the work
    with jax.enable_x64(True), blas_threads(Work.STEP, len(gram)):
        lengths = np.diff(steps, prepend=0)
        for build, rates, called in groups(rule):
            recorded.append(np.asarray(_descend(build, gram, moment, float(energy), np.array(rates), lengths)))
            names += called
    return chosen(names, np.concatenate(recorded, axis=1), gram, moment)


def chosen(names: list[str], recorded: np.ndarray, gram: np.ndarray, moment: np.ndarray) -> Descent:
    """The candidate with the lowest loss tr(a'Ga)/2 - tr(b'a) at the last T; what is not finite loses.

    recorded: shape (T, candidates, N, m).
    """
    last = recorded[-1]
    with np.errstate(over="ignore", invalid="ignore"):
        loss = 0.5 * np.einsum("cio,cio->c", gram @ last, last) - np.einsum("io,cio->c", moment, last)
    best = int(np.argmin(np.where(np.isfinite(loss), loss, np.inf)))
    return Descent(recorded[:, best], names[best])


@partial(jax.jit, static_argnames="build")
def _descend(build: Build, gram: Any, moment: Any, energy: Any, rates: Any, lengths: Any) -> Any:
    """Weights after each stretch of `lengths` steps, shape (T, rates, N, m).

    Lengths and rates are data, so one compilation serves all values of as many.
    """

    def value(weights: Any) -> Any:
        return (energy + jnp.vdot(weights, gram @ weights - 2 * moment)) / 2

    def one(rate: Any) -> Any:
        rule = build(rate)

        def step(_: Any, carry: Any) -> Any:
            weights, state = carry
            product = gram @ weights
            loss = (energy + jnp.vdot(weights, product - 2 * moment)) / 2
            return moved(rule, product - moment, loss, value, weights, state)

        def stretch(carry: Any, length: Any) -> tuple[Any, Any]:
            carry = lax.fori_loop(0, length, step, carry)
            return carry, evaluated(*carry)

        start = jnp.zeros(moment.shape)
        return lax.scan(stretch, (start, rule.init(start)), lengths)[1]

    return jax.vmap(one, out_axes=1)(rates)


def moved(rule: Any, gradient: Any, loss: Any, value: Callable[[Any], Any], weights: Any, state: Any) -> Any:
    """Weights and state after a step; what a rule does not use of loss and `value` costs nothing once compiled."""
    updates, state = rule.update(gradient, state, weights, value=loss, grad=gradient, value_fn=value)
    return optax.apply_updates(weights, updates), state


def evaluated(weights: Any, state: Any) -> Any:
    """The weights that are tested: schedule-free methods take gradients at one point and return another."""
    if isinstance(state, optax.contrib.ScheduleFreeState):
        return optax.contrib.schedule_free_eval_params(state, weights)
    return weights


def check_steps(rule: Stepped) -> None:
    """Try one step of a rule, on a column of two weights.

    Args:
        rule: One of optax's, all its candidates, or an object.

    Raises:
        InputError: The rule cannot be made, cannot be stepped, or its first step goes uphill.
    """
    check(rule)
    gram, moment = np.eye(2), np.full((2, 1), 1e3)
    with jax.enable_x64(True):
        for build, rates, names in groups(rule):
            try:
                tried = np.asarray(_descend(build, gram, moment, 2e6, np.array(rates), np.array([1])))[0]
            except InputError:
                raise
            except Exception as error:  # whatever optax or jax raise where a rule needs more than gradients
                line = " ".join(f"{type(error).__name__}: {error}".split())[:200]
                raise InputError(f"{names[0]} cannot take a step ({line}); try other hyperparameters.") from None
            if (np.einsum("rio,io->r", tried, moment) < 0).any():
                raise InputError(
                    f"{names[0]} steps uphill: it is a part of an optimizer, without a step, or its learning rate is "
                    "negative; take a whole one such as optax:adam(learning_rate=1e-3)."
                )
