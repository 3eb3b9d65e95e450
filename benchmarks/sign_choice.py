"""Sign descent under several readings of how Ramani and Jain (2026) choose its step "by the lowest residual norm".

For each seed and size of their problem the three steps are run once, and one is chosen at T = 2,000 by the loss on the
training rows (what `simulate` does), by the length of the gradient, by its largest entry, or by the risk itself; or
one step is used throughout. alpha and R^2 of seed-mean risks beside what they print. N = 5000 takes most of the time.

    python benchmarks/sign_choice.py --seeds 3 --s 0.5 1 2
"""

from __future__ import annotations

import argparse
import sys

import numpy as np

from optscaling.compare.exponent_fit import fit_exponent
from optscaling.compare.runs.published import published_table
from optscaling.sim.cells.cell import problem_of
from optscaling.sim.devices.select import device
from optscaling.sim.problems.draw import Sampled
from optscaling.sim.stepping.sign import by_changes
from optscaling.theory.experiments.load import load_experiment
from optscaling.theory.optimizers.sign import Sign

TRIED = Sign().steps_tried
READINGS = ["training loss", "gradient norm", "largest gradient", "risk", *(f"step {eta:g}" for eta in TRIED)]


def risks(s: float, size: int, seed: int, last: int) -> np.ndarray:
    """Risk after `last` steps under each reading, shape (reading,)."""
    draw, on = problem_of(load_experiment("ramani-jain")).draw(s, size, seed), device()
    assert isinstance(draw, Sampled)
    assert callable(draw.test)
    sums = on.sums(draw.train(1), draw.matrix, draw.activation)
    combination = draw.combination(sums.labels, sums.rows)
    gram, moment = sums.gram.whole() / sums.rows, sums.cross @ combination / sums.rows
    weights = np.stack([by_changes(gram, moment, np.array([last]), eta)[0] for eta in TRIED], axis=1)
    clean = combination * (1, 1, 0)
    risk = on.errors(draw.test(1), draw.matrix, draw.activation, weights, clean)
    gradient = gram @ weights - moment[:, None]
    loss = 0.5 * np.einsum("ie,ie->e", weights, gram @ weights) - moment @ weights
    chosen = [loss, np.linalg.norm(gradient, axis=0), np.abs(gradient).max(axis=0), risk]
    return np.array([*(risk[np.argmin(by)] for by in chosen), *risk])


def main() -> None:
    """Print one table a spectrum."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--s", type=float, nargs="+", default=[0.5, 1.0, 2.0], help="spectral exponents (0.5 1 2)")
    parser.add_argument("--seeds", type=int, default=3, help="seeds (3)")
    parser.add_argument("--last", type=int, default=2000, help="T (2000)")
    given = parser.parse_args()
    table = published_table()
    for s in given.s:
        found = np.empty((given.seeds, len(table.fit_sizes), len(READINGS)))
        for k, size in enumerate(table.fit_sizes):
            for seed in range(given.seeds):
                found[seed, k] = risks(s, size, seed, given.last)
                print(f"s = {s:g}, N = {size}, seed {seed}", file=sys.stderr)
        told = table.lookup("sign", s, table.steps)
        if told is not None:
            print(f"s = {s:g}, published: alpha {told.value:.3f}, R^2 {told.r_squared:.3f}; {given.seeds} seeds")
        for i, reading in enumerate(READINGS):
            fit = fit_exponent(table.fit_sizes, found[:, :, i])
            means = " ".join(f"{risk:.3f}" for risk in found[:, :, i].mean(0))
            print(f"  {reading:18s} alpha {fit.value:.3f}, R^2 {fit.r_squared:.3f}; risk at N: {means}")


if __name__ == "__main__":
    main()
