"""What a simulated cell costs against its floor: the inputs, the features and F'F with NumPy, and nothing else.

One cell of the ReLU problem is all five optimizers of Ramani and Jain (2026) at ten step counts up to `--steps`.
It is also raced against plain steps: gradient products with F itself, `--loop-steps` of them timed and scaled to
the steps that the four stepped optimizers take.

    python benchmarks/cell.py --size 1000 --samples 20000
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from statistics import median

import numpy as np

from optscaling.sim.cells.cell import measure, problem_of
from optscaling.sim.devices.usage import cores
from optscaling.theory.experiments.experiment import Experiment
from optscaling.theory.experiments.parse import from_dict

OPTIMIZERS = ["gd", "diagonal", "natural-gradient", "sign", "matrix-sign"]


def experiment(size: int, samples: int, steps: int, dim: int, s: float = 1.0, noise: float = 0.0) -> Experiment:
    """One cell's experiment, ten step counts up to `steps`."""
    listed = sorted({round(t) for t in np.geomspace(max(1, steps // 200), steps, 10)})
    return from_dict(
        {
            "problem": {"kind": "relu", "s": s, "dim": dim, "noise": noise},
            "model": {"sizes": [size], "samples": samples},
            "training": {"optimizers": OPTIMIZERS, "steps": listed, "eta": 1.5},
            "measure": {"seeds": 1},
        },
        "benchmark",
    )


def floor(size: int, samples: int, dim: int) -> np.ndarray:
    """Draw the inputs, compute the features, and F'F: the least any method on training rows can do. Returns F."""
    rng = np.random.default_rng(0)
    deviation = np.arange(1, dim + 1) ** -1.0
    inputs = rng.standard_normal((samples, dim)) * deviation
    features = inputs @ (rng.standard_normal((dim, size)) / np.sqrt(dim))
    np.maximum(features, 0, out=features)
    features.T @ features
    return features


def loop(features: np.ndarray, steps: int) -> None:
    """Plain gradient descent on F, a stand-in target, `steps` steps."""
    n, size = features.shape
    target = features[:, 0] - features[:, 0].mean()
    weights = np.zeros(size)
    for _ in range(steps):
        weights -= 1e-3 * (features.T @ (features @ weights - target)) / n


def seconds(work: Callable[[], object]) -> float:
    """Wall-clock seconds of one call."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main() -> None:
    """Run the paired repeats and print one line each, then the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=1000, help="features N (1000)")
    parser.add_argument("--samples", type=int, default=20000, help="training samples n (20000)")
    parser.add_argument("--dim", type=int, default=1000, help="input dimension (1000)")
    parser.add_argument("--steps", type=int, default=2000, help="last T (2000)")
    parser.add_argument("--repeats", type=int, default=5, help="paired repeats (5)")
    parser.add_argument("--loop-steps", type=int, default=40, help="plain steps timed, then scaled (40)")
    given = parser.parse_args()

    whole = experiment(given.size, given.samples, given.steps, given.dim)
    short = replace(whole, steps=tuple(range(1, len(whole.steps) + 1)))
    measure(short, problem_of(short), 1.0, given.size, 0)  # compiles the sign loop, which all seeds share
    stepped = (len(OPTIMIZERS) - 1) * given.steps
    print(f"N = {given.size}, n = {given.samples}, dim = {given.dim}, T up to {given.steps}, {cores()} cores")
    print(f"{'floor s':>10}{'cell s':>10}{'steps s':>10}{'cell/floor':>12}{'steps/cell':>12}")
    ratios, gains = [], []
    features = floor(given.size, given.samples, given.dim)
    for seed in range(given.repeats):
        least = seconds(lambda: floor(given.size, given.samples, given.dim))
        cell = seconds(partial(measure, whole, problem_of(whole), 1.0, given.size, seed))
        plain = seconds(lambda: loop(features, given.loop_steps)) * stepped / given.loop_steps
        ratios.append(cell / least)
        gains.append(plain / cell)
        print(f"{least:10.2f}{cell:10.2f}{plain:10.1f}{ratios[-1]:12.2f}{gains[-1]:12.1f}")
    print(f"median: the cell costs {median(ratios):.2f} times its floor; plain steps cost {median(gains):.0f} cells")


if __name__ == "__main__":
    main()
