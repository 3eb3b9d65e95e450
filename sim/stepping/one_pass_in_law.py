"""One-pass methods on Gaussian problems, exactly in law: no input is drawn, whatever the batch.

A sample is z ~ N(0, I) with label t'z + sigma xi, and weights a leave the residual u = t - A a. With A = U S V' let
v = U'u, x = S^2, and w = U'z. What no weights reach, t - U U't, is orthogonal to U, so to w it is only noise: a
sample's error is

    rho = v'w + d xi,    d^2 = |t - U U't|^2 + sigma^2,    risk = |t - U U't|^2 + |v|^2.

A batch's gradient, preconditioned by P = (A'A)^-p, moves v by x^(1-p) h with h = (1/B) sum_i w_i rho_i, and h given v
needs r + 3 random numbers, r the number of modes. Write w_i = g_i v/|v| + w_i', with g_i ~ N(0, 1) and w_i' normal and
orthogonal to v. The errors are functions of g and xi alone, so given them

    sum_i w_i rho_i = (v/|v|) sum_i g_i rho_i + |rho| zeta,    zeta ~ N(0, 1 - v v'/|v|^2).

The sums of g_i^2, g_i xi_i and xi_i^2 are a Wishart matrix of two dimensions and B degrees of freedom. By Bartlett's
decomposition they are c^2, c n and n^2 + e^2, where c^2 ~ chi^2 of B degrees, n ~ N(0, 1), and e^2 ~ chi^2 of B - 1
degrees (0 for B = 1), all independent. With q = |v| c + d n

    sum_i g_i rho_i = c q,    |rho|^2 = q^2 + d^2 e^2.

Where B = N^b is not whole, the same law is taken at that number of degrees of freedom: its first and second moments are
those of the predicted recursion, which has 1/B in it and no batches either. Source of the decomposition: Bartlett
(1933), Proc. Roy. Soc. Edinburgh 53.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from ...errors import InputError
from ...theory.dynamics import Rule, batch_of, power_of, rule_of
from ...theory.optimizers import OnePass
from ..factorisation import PopulationFactor
from ..problems import CellSeed, Stream, ahead

BLOCK_STEPS = 256  # steps whose random numbers come from one stream
_DIVERGED = 1e150  # risks beyond this have no finite variance over seeds, as their squares overflow


class _Draws(NamedTuple):
    """The random numbers of some steps: zeta before its projection (steps, seeds, r), and c, n, e (steps, seeds, 3)."""

    free: np.ndarray
    batch: np.ndarray


def one_pass_risk_in_law(
    optimizer: OnePass,
    factor: PopulationFactor,
    target: np.ndarray,
    steps: np.ndarray,
    eta: float,
    noise: float,
    cell: CellSeed,
) -> np.ndarray:
    """Risk of one run of an optimizer on one draw after each T.

    Args:
        optimizer: A one-pass method.
        factor: Of G itself, the family FILTER.
        target: t, shape (dim,).
        steps: T >= 0, whole, shape (T,).
        eta: Step size in units of 1/lambda_max(P G), as `one_pass_risk` has it.
        noise: Label-noise variance, in units of the target's.
        cell: Where random numbers come from; its s and N set schedules and batch.

    Returns:
        Risks, shape (T,), NaN where the run has diverged.

    Raises:
        InputError: The optimizer has no schedule at this s, such as dana-decaying at s <= 0, or T are not whole.
    """
    # rules are linear in eta, so rates relative to the largest stand for a step relative to it
    rates = (factor.values / factor.values.max()) ** (1 - power_of(optimizer))
    return run_in_law(
        rule_of(optimizer, eta, cell.s, cell.size),
        rates,
        factor.vectors.T @ target,
        factor.floor(target),
        steps,
        [cell],
        batch=batch_of(optimizer, cell.size),
        noise=noise,
    )[0]


def run_in_law(
    rule: Rule,
    rates: np.ndarray,
    start: np.ndarray,
    floor: float | np.ndarray,
    steps: np.ndarray,
    seeds: Sequence[CellSeed],
    *,
    batch: float = 1.0,
    noise: float = 0.0,
    chunk: int = BLOCK_STEPS,
) -> np.ndarray:
    """Risks floor + |v|^2 of runs side by side after each T, shape (seeds, T); NaN where a run has diverged.

    rule: with its step in the units of rates. rates: x^(1-p), shape (r,), or (seeds, r) where runs have their own draw.
    start: v at T = 0, U't, shape as rates. floor: |t - U U't|^2, one number or shape (seeds,). steps: whole T >= 0,
    shape (T,), in any order. batch: B >= 1. noise: label-noise variance, in the units of start^2.
    chunk: steps in one call of the compiled loop, a divisor of BLOCK_STEPS.

    A run's numbers are those of its own seed, whatever runs beside it and whatever chunk and steps are, within the
    rounding of sums over modes. Cost: O(r) a step, most of it for r normal numbers. Raises InputError.
    """
    wanted, runs = np.asarray(steps), len(seeds)
    listed = wanted.ndim == 1 and wanted.size > 0 and wanted.dtype.kind in "iu" and np.all(wanted >= 0)
    if not (batch >= 1 and noise >= 0 and runs and listed):
        raise InputError(
            f"batch is {batch:g}, noise {noise:g}, there are {runs} seeds and steps are {steps}, but batch >= 1, "
            "noise >= 0, a seed and a list of whole steps >= 0 are needed; try batch = 1 and steps = [10, 100]."
        )
    if chunk < 1 or BLOCK_STEPS % chunk:
        raise InputError(f"chunk is {chunk}, but it must divide {BLOCK_STEPS}; try {BLOCK_STEPS}.")
    modes = np.shape(start)[-1]
    offset = np.broadcast_to(start, (runs, modes)).astype(float)
    below = np.broadcast_to(floor, (runs,)).astype(float)
    last = int(wanted.max())
    risks = np.full((runs, wanted.size), np.nan)
    risks[:, wanted == 0] = (below + np.einsum("ij,ij->i", offset, offset))[:, None]

    def drawn(block: int) -> _Draws:
        each = [_draws(seed, block, modes, batch) for seed in seeds]
        return _Draws(np.stack([d.free for d in each], axis=1), np.stack([d.batch for d in each], axis=1))

    with jax.enable_x64(True):
        pace = jnp.asarray(np.broadcast_to(rates, (runs, modes)) / batch)
        deviation = jnp.asarray(np.sqrt(below + noise))
        state = (jnp.asarray(offset), jnp.zeros((runs, modes)), jnp.linalg.norm(jnp.asarray(offset), axis=1))
        for block, draws in enumerate(ahead(drawn, -(-last // BLOCK_STEPS), depth=1)):
            for first in range(0, BLOCK_STEPS, chunk):
                begin, cut = block * BLOCK_STEPS + first, slice(first, first + chunk)
                if begin >= last:
                    break
                coefficients = np.array([(*rule.at(t), rule.behind(t + 1)) for t in range(begin, begin + chunk)])
                state, squares = _march(
                    state, pace, deviation, coefficients, draws.free[cut], draws.batch[cut], rule.extrapolated
                )
                within = (wanted > begin) & (wanted <= begin + chunk)
                if within.any():
                    risks[:, within] = below[:, None] + np.asarray(squares)[wanted[within] - begin - 1].T
    return np.where(risks < _DIVERGED, risks, np.nan)


def _draws(seed: CellSeed, block: int, modes: int, batch: float) -> _Draws:
    """One run's random numbers for one block of steps, free (BLOCK_STEPS, r) and batch (BLOCK_STEPS, 3).

    The normal numbers come first, so that batch sizes share them.
    """
    stream = seed.generator(Stream.STEPS, block)
    free, mixed = stream.standard_normal((BLOCK_STEPS, modes)), stream.standard_normal(BLOCK_STEPS)
    along = np.sqrt(stream.chisquare(batch, BLOCK_STEPS))
    rest = np.sqrt(stream.chisquare(batch - 1, BLOCK_STEPS)) if batch > 1 else np.zeros(BLOCK_STEPS)
    return _Draws(free, np.stack([along, mixed, rest], axis=1))


@partial(jax.jit, static_argnums=6)
def _march(
    state: Any, pace: Any, deviation: Any, coefficients: Any, free: Any, batch: Any, extrapolated: bool
) -> tuple[Any, Any]:
    """The state and |v|^2, shape (steps, seeds), after each step; at Nesterov's theta where `extrapolated`.

    state: v and the memory y in the same coordinates, shape (seeds, r), and |v|, shape (seeds,). pace: rates over B.
    Coefficients of time are data, so that every rule and every list of T runs the same program.
    """

    def step(state: Any, now: Any) -> tuple[Any, Any]:
        offset, memory, length = state
        (gamma2, gamma3, forget, behind), free, (along, mixed, rest) = now[0], now[1], now[2].T
        aim = offset / jnp.where(length > 0, length, 1.0)[:, None]
        share = length * along + deviation * mixed  # q
        across = jnp.sqrt(share**2 + (deviation * rest) ** 2)  # |rho|
        forward = along * share - across * jnp.sum(aim * free, axis=1)
        moved = pace * (forward[:, None] * aim + across[:, None] * free)
        memory = (1 - forget) * memory + moved
        offset = offset - gamma2 * moved - gamma3 * memory
        square = jnp.sum(offset**2, axis=1)
        seen = jnp.sum((offset + behind * memory) ** 2, axis=1) if extrapolated else square
        return (offset, memory, jnp.sqrt(square)), seen

    return lax.scan(step, state, (coefficients, free, batch))
