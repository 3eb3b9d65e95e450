"""Krylov against dense factorisations, and against plain steps, on the ReLU problem of Ramani and Jain (2026).

For each size: seconds to draw inputs, features and F'F (the floor, see `cell.py`); then for each family of optimizers
the seconds of a dense and of a Krylov factorisation, weights for ten T up to 2,000 included, the Lanczos vectors, and
the largest relative difference between their risks on the test rows beside its bound. Last, jitted loops of full-batch
gradient steps on F: some are timed and scaled to 2,000 for each of five optimizers. With --cells whole cells are timed
too. Keep other work off the cores: all of it waits for memory.

    python benchmarks/krylov.py --sizes 1000 2000
"""

from __future__ import annotations

import argparse
import time

import jax
import jax.numpy as jnp
import numpy as np
from cell import experiment, floor, seconds

from optscaling.sim.cells.cell import measure, problem_of
from optscaling.sim.devices.select import device
from optscaling.sim.factorisation.dense_or_krylov import most_vectors
from optscaling.sim.factorisation.factor import factorise
from optscaling.sim.factorisation.krylov import Wanted, krylov
from optscaling.sim.factorisation.numerical_rank import rank
from optscaling.sim.factorisation.preconditioner_root import root
from optscaling.sim.problems.draw import Sampled
from optscaling.theory.optimizers.registry import optimizer

FAMILIES = {
    ("filter", 0): ("gd", "matrix-sign", "natural-gradient"),
    ("diagonal", 0): ("diagonal",),
    ("block", 64): ("block:64",),
}
STEPS, STEPPED = 2000, 5


def jitted(features: np.ndarray, steps: int) -> float:
    """Seconds of one full-batch gradient step on F, in a compiled loop of `steps`."""
    with jax.enable_x64(True):
        rows, size = features.shape
        matrix, target = jnp.asarray(features), jnp.asarray(features[:, 0])

        @jax.jit
        def loop(weights: jax.Array, matrix: jax.Array, count: int) -> jax.Array:
            def step(_: int, weights: jax.Array) -> jax.Array:
                return weights - 1e-3 * ((matrix @ weights - target) @ matrix) / rows

            return jax.lax.fori_loop(0, count, step, weights)

        loop(jnp.zeros(size), matrix, 1).block_until_ready()
        started = time.perf_counter()
        loop(jnp.zeros(size), matrix, steps).block_until_ready()
        return (time.perf_counter() - started) / steps


def compare(size: int, samples: int, dim: int, s: float, noise: float) -> float:
    """Print one line for each family; returns the seconds that Krylov factorisations, or dense ones, take."""
    made = experiment(size, samples, STEPS, dim, s, noise)
    draw = problem_of(made).draw(s, size, 0)
    assert isinstance(draw, Sampled)
    assert callable(draw.test)
    on, steps, eta = device(), np.array(made.steps), made.eta
    sums = on.sums(draw.train(0), draw.matrix, draw.activation)
    combination = draw.combination(sums.labels, sums.rows)
    sums.gram.scale(1 / sums.rows)
    gram, moment = sums.gram, sums.cross @ combination / sums.rows
    energy = float(combination @ sums.labels @ combination) / sums.rows
    print(f"{'family':>10}{'dense s':>10}{'krylov s':>10}{'ratio':>8}{'vectors':>9}{'of':>6}{'off':>10}{'bound':>10}")
    total = 0.0
    for kind, names in FAMILIES.items():
        rules = tuple(optimizer(name) for name in names)
        wanted = Wanted(rules, steps, eta, draw.samples, sums.rows, energy, noise > 0)
        started = time.perf_counter()
        dense = factorise(kind, gram, on)
        exact = np.concatenate([dense.weights(r, moment, steps, eta, draw.samples) for r in rules], axis=1)
        slow = time.perf_counter() - started
        started = time.perf_counter()
        whitening = root(kind, gram, on)
        found = krylov(gram.times, whitening, whitening.trace(gram), moment, wanted, most_vectors(size))
        if found is None:
            fast = time.perf_counter() - started
            print(f"{names[-1]:>10.10}{slow:10.3f}{fast:10.3f}   left to the dense one")
            total += fast + slow
            continue
        near = np.concatenate([found.weights(r, moment, steps, eta, draw.samples) for r in rules], axis=1)
        fast = time.perf_counter() - started
        total += fast
        both = np.concatenate([exact, near], axis=1)
        risk = on.errors(draw.test(0), draw.matrix, draw.activation, both, combination * (1, 1, 0)).reshape(2, -1)
        bound = np.concatenate([found.error(r, steps) for r in rules])
        print(
            f"{kind[0]:>10}{slow:10.3f}{fast:10.3f}{slow / fast:8.1f}{found.vectors:9d}{most_vectors(size):6d}"
            f"{np.max(np.abs(risk[1] / risk[0] - 1)):10.1e}{np.max(2 * bound / np.sqrt(risk[0])):10.1e}"
        )
        if kind[0] == "filter":
            numerical = seconds(lambda top=found.largest: rank(gram.whole(), top))
            total += numerical
            print(f"{'rank':>10}{'':10}{numerical:10.3f}")
    return total


def main() -> None:
    """Print one table a size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 2000], help="features N (1000 2000)")
    parser.add_argument("--samples", type=int, help="training samples n (20 N, 10,000 to 50,000)")
    parser.add_argument("--dim", type=int, default=1000, help="input dimension (1000)")
    parser.add_argument("--s", type=float, default=1.0, help="spectral exponent (1)")
    parser.add_argument("--noise", type=float, default=0.0, help="label noise (0)")
    parser.add_argument("--loop-steps", type=int, default=10, help="jitted steps timed, then scaled (10)")
    parser.add_argument("--cells", action="store_true", help="time whole cells of five optimizers too")
    given = parser.parse_args()
    for size in given.sizes:
        samples = given.samples or min(50_000, max(10_000, 20 * size))
        print(f"N = {size}, n = {samples}, dim = {given.dim}, s = {given.s:g}, label noise {given.noise:g}")
        total = compare(size, samples, given.dim, given.s, given.noise)
        started = time.perf_counter()
        features = floor(size, samples, given.dim)
        least = time.perf_counter() - started
        step = jitted(features, given.loop_steps)
        del features
        print(
            f"floor {least:.2f} s; factorisations {total:.2f} s; {STEPPED} jitted loops {STEPPED * STEPS * step:.0f} s"
        )
        if given.cells:
            whole = experiment(size, samples, STEPS, given.dim, given.s, given.noise)
            cell = seconds(lambda whole=whole, size=size: measure(whole, problem_of(whole), given.s, size, 0))
            print(f"cell {cell:.2f} s: {cell / least:.2f} floors; loops {STEPPED * STEPS * step / cell:.0f} cells")


if __name__ == "__main__":
    main()
