"""One-pass SGD: what a run costs in law, beside a simulator that draws an input at every step.

The reference draws z in jax on the fly and compiles a segment for each recorded point, as simulators of such runs
commonly do; its steps alone are timed as well, in one program that is compiled already. Both start from the features,
so that the factorisation counts in law. Times are processor seconds of all threads, which other programs do not
lengthen, medians of paired repeats; the mean of the risks in law stands beside the exact one.

    python benchmarks/streaming.py --steps 10000 --dim 1024 --size 256
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from optscaling.sim.cells.cell import problem_of
from optscaling.sim.devices.select import device
from optscaling.sim.factorisation.factor import factorise_population
from optscaling.sim.problems.draw import Population
from optscaling.sim.problems.random_streams import CellSeed
from optscaling.sim.stepping.one_pass_in_law import one_pass_risk_in_law, run_in_law
from optscaling.theory.dynamics.one_pass_rules import sgd
from optscaling.theory.dynamics.second_moment_risk import second_moment_risk
from optscaling.theory.experiments.experiment import Experiment
from optscaling.theory.experiments.parse import from_dict
from optscaling.theory.gram.bins import Bins
from optscaling.theory.optimizers.one_pass import StochasticGradientDescent


def experiment(given: argparse.Namespace) -> Experiment:
    """One cell of SGD, T spaced evenly in log."""
    steps = np.unique(np.round(np.geomspace(1, given.steps, given.recorded)))
    return from_dict(
        {
            "problem": {"kind": "gaussian", "s": 1.0, "dim": given.dim, "noise": 0.1},
            "model": {"sizes": [given.size]},
            "training": {"optimizers": [f"sgd:{given.batch}"], "steps": [int(t) for t in steps], "eta": given.eta},
            "measure": {"seeds": 1},
        },
        "streaming",
    )


def step(matrix: Any, target: Any, eta: Any, noise: Any, batch: int, state: tuple[Any, Any]) -> tuple[Any, Any]:
    """a <- a - eta (mean gradient of fresh samples)."""
    weights, key = state
    key, inputs, labels = jax.random.split(key, 3)
    z = jax.random.normal(inputs, (batch, matrix.shape[0]))
    features = z @ matrix
    miss = features @ weights - z @ target - jnp.sqrt(noise) * jax.random.normal(labels, (batch,))
    return weights - eta / batch * (miss @ features), key


def drawn(made: Experiment, draw: Population, segments: bool) -> np.ndarray:
    """Risks at the recorded T of the reference, shape (T,). segments: compile one for each T, or one for all."""
    steps, noise = np.diff(np.array(made.steps), prepend=0), made.problem.noise
    rule = made.optimizers[0]
    assert isinstance(rule, StochasticGradientDescent)
    assert rule.batch is not None
    eta = made.eta / np.linalg.norm(draw.matrix, 2) ** 2
    risks = []
    with jax.enable_x64(True):
        matrix, target = jnp.asarray(draw.matrix), jnp.asarray(draw.target)
        state = (jnp.zeros(matrix.shape[1]), jax.random.key(0))
        for length in steps.tolist():
            if segments:
                state = fixed(matrix, target, eta, noise, rule.batch, state, length)
            else:
                state = any_length(matrix, target, eta, noise, rule.batch, state, length)
            risks.append(float(jnp.sum((target - matrix @ state[0]) ** 2)))
    return np.array(risks)


def _segment(matrix: Any, target: Any, eta: Any, noise: Any, batch: int, state: Any, length: Any) -> Any:
    return lax.fori_loop(0, length, lambda _, now: step(matrix, target, eta, noise, batch, now), state)


fixed = partial(jax.jit, static_argnums=(4, 6))(_segment)
any_length = partial(jax.jit, static_argnums=4)(_segment)


def in_law(made: Experiment, draw: Population) -> np.ndarray:
    """Risks at the recorded T, shape (T,), the factorisation included."""
    size = made.sizes[0]
    factor = factorise_population(("filter", 0), draw.matrix, device())
    rule, noise = made.optimizers[0], made.problem.noise
    assert isinstance(rule, StochasticGradientDescent)
    seed = CellSeed(made.problem.s[0], size, 0)
    return one_pass_risk_in_law(rule, factor, draw.target, np.array(made.steps), made.eta, noise, seed)


def seconds(work: Callable[[], object]) -> float:
    """Processor seconds of one call."""
    started = time.process_time()
    work()
    return time.process_time() - started


def main() -> None:
    """Run the paired repeats and print their medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=10_000, help="last T (10000)")
    parser.add_argument("--recorded", type=int, default=30, help="recorded T (30)")
    parser.add_argument("--dim", type=int, default=1024, help="input modes (1024)")
    parser.add_argument("--size", type=int, default=256, help="features N (256)")
    parser.add_argument("--batch", type=int, default=1, help="batch B (1)")
    parser.add_argument("--eta", type=float, default=0.2, help="step in units of 1/lambda_max (0.2)")
    parser.add_argument("--seeds", type=int, default=10, help="runs at once (10)")
    parser.add_argument("--repeats", type=int, default=3, help="paired repeats (3)")
    given = parser.parse_args()
    made = experiment(given)
    draw = problem_of(made).draw(made.problem.s[0], given.size, 0)
    assert isinstance(draw, Population)
    factor = factorise_population(("filter", 0), draw.matrix, device())
    rates, start, floor = factor.values / factor.values.max(), factor.vectors.T @ draw.target, factor.floor(draw.target)
    seeds = [CellSeed(made.problem.s[0], given.size, seed) for seed in range(given.seeds)]
    several = partial(
        run_in_law, sgd(made.eta), rates, start, floor, np.array(made.steps), seeds, batch=given.batch, noise=0.1
    )
    rows: dict[str, list[float]] = {
        name: [] for name in ("in law", "compiled", "reference", "its steps", f"{given.seeds} runs in law")
    }
    for _ in range(given.repeats):
        jax.clear_caches()
        first = seconds(partial(in_law, made, draw))
        again = seconds(partial(in_law, made, draw))
        reference = seconds(partial(drawn, made, draw, True))
        drawn(made, draw, False)
        alone = seconds(partial(drawn, made, draw, False))
        several()
        for name, value in zip(rows, (first, again, reference, alone, seconds(several)), strict=True):
            rows[name].append(value)
    print(
        f"{given.steps:,} steps, {given.dim} modes, N = {given.size}, B = {given.batch}, {len(made.steps)} recorded T"
    )
    print(f"in law, compiling included  {median(rows['in law']):8.3f}")
    print(f"in law, compiled            {median(rows['compiled']):8.3f}")
    print(f"{given.seeds:2d} runs at once, compiled   {median(rows[f'{given.seeds} runs in law']):8.3f}")
    print(f"reference                   {median(rows['reference']):8.3f}")
    print(f"reference, steps alone      {median(rows['its steps']):8.3f}")
    for name, other in (
        ("reference", "in law"),
        ("reference", "compiled"),
        ("its steps", "in law"),
        ("its steps", "compiled"),
    ):
        ratios = [a / b for a, b in zip(rows[name], rows[other], strict=True)]
        print(f"{name} / {other}".ljust(28) + f"{median(ratios):8.1f}   ({min(ratios):.1f} to {max(ratios):.1f})")
    risks = several()
    bins = Bins(rates, start**2, np.ones(len(start)), floor, 1.0, 0.0)
    exact = second_moment_risk(sgd(made.eta), bins, np.array(made.steps, dtype=float), batch=given.batch, noise=0.1)
    error = risks[:, -1].std(ddof=1) / np.sqrt(len(risks)) if len(risks) > 1 else np.nan
    print(f"risk at the last T: {risks[:, -1].mean():.5f} +- {error:.5f} in law, {exact.risk[-1]:.5f} exact mean")


if __name__ == "__main__":
    main()
