"""How far finite-size theory is from simulation on Gaussian population problems, for every optimizer that has one.

Prints, per optimizer and s, the mean and the worst of predicted/simulated - 1 over sizes and steps, each beside the
standard error of the simulation's mean, and what the prediction cost beside the simulation.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from optscaling.sim import simulate
from optscaling.theory.experiment import from_dict
from optscaling.theory.prediction import predict

OPTIMIZERS = ["gd", "power:1/4", "matrix-sign", "power:3/4", "damped:0.01", "natural-gradient", "diagonal"]


def main() -> None:
    """Run the comparison."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=40, help="simulated draws a cell")
    parser.add_argument("--s", type=float, nargs="+", default=[-0.25, 0.25, 0.5, 1.0, 2.0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[64, 256])
    parser.add_argument("--blocks", type=int, nargs="+", default=[4, 16, 64])
    given = parser.parse_args()
    optimizers = OPTIMIZERS + [f"block:{b}" for b in given.blocks]
    experiment = from_dict(
        {
            "problem": {"kind": "gaussian", "s": given.s, "dim": 1000},
            "model": {"sizes": given.sizes},
            "training": {"optimizers": optimizers, "steps": [10, 100, 1000]},
            "measure": {"seeds": given.seeds},
        },
        "population",
    )
    start = time.perf_counter()
    run = simulate(experiment).risk.transpose("optimizer", "s", "N", "seed", "steps").values
    simulated = time.perf_counter() - start
    start = time.perf_counter()
    found = predict(experiment)
    predicted = time.perf_counter() - start
    mean, error = run.mean(3), run.std(3, ddof=1) / np.sqrt(given.seeds)
    off, noise = 100 * (found.risk / mean - 1), 100 * error / mean
    print(f"predicted/simulated - 1 in %, N in {given.sizes}, T in [10, 100, 1000], {given.seeds} seeds")
    print(f"{'optimizer':18s}{'s':>7s}{'mean':>8s}{'worst':>8s}{'its seed error':>16s}")
    for i, name in enumerate(optimizers):
        for j, s in enumerate(given.s):
            cell, cell_noise = off[i, j].ravel(), noise[i, j].ravel()
            worst = int(np.argmax(np.abs(cell)))
            print(f"{name:18s}{s:7g}{cell.mean():8.2f}{cell[worst]:8.2f}{cell_noise[worst]:16.2f}")
    print(f"time: simulation {simulated:.1f} s, prediction {predicted:.1f} s, ratio {simulated / predicted:.1f}")


if __name__ == "__main__":
    main()
