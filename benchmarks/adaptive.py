"""Adam, Adagrad and sign descent in one pass: exponents beside slopes of the recursion, the recursion beside runs.

Prints (1) alpha derived, and slopes of the risk at the best step between T = 400, 2,000 and 10,000, B = 1, label noise
of variance 1 or none, infinitely many modes; (2) theory over the mean of runs of optax's transformations on K = 200
coordinates, with the standard error of the mean. Five minutes.
"""

from __future__ import annotations

import argparse
import math
from itertools import pairwise

import numpy as np
import optax

from optscaling.sim.stepping import AxisProblem, axis_risks
from optscaling.theory.data_limited import alpha_per_data
from optscaling.theory.gram import Bins
from optscaling.theory.one_pass import AdaptiveProblem, adaptive_risk, best_adaptive_step, power_law_bins
from optscaling.theory.optimizers import one_pass_optimizer
from optscaling.theory.schedules import parse_schedule

SLOPES = (
    ("adam", "2", "1", "constant", True),
    ("adam", "2", "1", "cosine", True),
    ("sign", "2", "1", "constant", True),
    ("adagrad", "2", "1", "constant", True),
    ("adam", "2", "1", "constant", False),
    ("adagrad", "2", "1", "constant", False),
    ("adam", "1/2", "1", "constant", False),
    ("adam", "2", "5", "constant", False),
)
STEPS = (400, 2000, 10_000)


def adam(eta):
    """Adam without a first moment."""
    return optax.adam(eta, b1=0.0, b2=0.999, eps=1e-15)


def adagrad(eta):
    """Adagrad from zero."""
    return optax.adagrad(eta, initial_accumulator_value=0.0, eps=1e-30)


RUNS = {"adam": (adam, (0.02, 0.005)), "adagrad": (adagrad, (0.3, 0.1)), "sign": (optax.sign_sgd, (0.02, 0.005))}


def slopes() -> None:
    """Part 1."""
    print(f"{'optimizer':10s} {'s':>4s} {'r':>3s} {'schedule':>9s} {'noise':>6s} {'alpha':>6s}  slopes")
    for name, s, r, schedule, noise in SLOPES:
        rule = one_pass_optimizer(name)
        bins = power_law_bins(as_float(s), as_float(r), 0.2)
        problem = AdaptiveProblem(bins, noise=1 / bins.total if noise else 0.0)
        risks = [best_adaptive_step(rule, parse_schedule(schedule), problem, steps).risk for steps in STEPS]
        found = [math.log(a / b) / math.log(5) for a, b in pairwise(risks)]
        derived = float(alpha_per_data(name, s, r, schedule, noise=noise))
        shown = " ".join(f"{each:.3f}" for each in found)
        print(f"{name:10s} {s:>4s} {r:>3s} {schedule:>9s} {noise!s:>6s} {derived:6.3f}  {shown}", flush=True)


def as_float(text: str) -> float:
    """1/2 as a float."""
    above, _, below = text.partition("/")
    return float(above) / float(below or 1)


def runs(seeds: int) -> None:
    """Part 2."""
    k = np.arange(1.0, 201)
    print(f"\n{'optimizer':10s} {'s':>4s} {'noise':>5s} {'B':>3s} {'T':>4s}  theory/runs at two steps, standard error")
    schedule = parse_schedule("constant")
    for name, (make, rates) in RUNS.items():
        for s in (1.0, 0.5):
            eigenvalues, energies = k ** -(1 + s), k**-2.0
            total = float(energies.sum())
            bins = Bins(eigenvalues, energies, np.ones(len(k)), 0.0, total, 0.1)
            for noise in (0.0, 1.0):
                for batch in (4, 32):
                    for steps in (50, 800):
                        at = AdaptiveProblem(bins, batch, noise)
                        theory = adaptive_risk(one_pass_optimizer(name), schedule, at, steps, np.array(rates))
                        drawn = AxisProblem(eigenvalues, energies, 1, 0.0, batch, noise * total)
                        found = axis_risks(make, drawn, np.array(rates), schedule.rates(steps), seeds) / total
                        mean, error = found.mean(axis=0), found.std(axis=0) / math.sqrt(seeds)
                        cells = "  ".join(
                            f"{a:.3f} ({b:.3f})" for a, b in zip(theory / mean, error / mean, strict=True)
                        )
                        print(f"{name:10s} {s:4.1f} {noise:5.1f} {batch:3d} {steps:4d}  {cells}", flush=True)


def main() -> None:
    """Print both parts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=12)
    asked = parser.parse_args()
    slopes()
    runs(asked.seeds)


if __name__ == "__main__":
    main()
