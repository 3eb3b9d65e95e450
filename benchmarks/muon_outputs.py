"""Muon with m outputs: exponents derived beside slopes of simulated runs, with the floor, at the best step.

The population's gradient, linear decay, T = N^tau and m = M or N^mu rounded, the exact polar factor (`--newton-schulz`
takes optax's contrib.muon without momentum instead). The floor sum_{k>N} E_k is included. Prints the slope over all
sizes and over the last two; ten minutes for sizes to 2048.
"""

from __future__ import annotations

import argparse
from fractions import Fraction

import numpy as np
import optax
from scipy.special import zeta

from optscaling.sim.stepping import AxisProblem, axis_risks, scale_by_polar
from optscaling.theory.exponents import alpha
from optscaling.theory.optimizers import optimizer
from optscaling.theory.schedules import parse_schedule

CASES = (
    ("muon:m=N^(1/2)", Fraction(2, 5)),
    ("muon:m=4", Fraction(4, 5)),
)


def polar(eta):
    """The exact polar factor."""
    return optax.chain(scale_by_polar(), optax.scale(-eta))


def newton_schulz(eta):
    """optax's Muon without momentum; consistent_rms None keeps the update's own length."""
    return optax.contrib.muon(eta, beta=0.0, nesterov=False, ns_steps=8)


def risk(make, size: int, outputs: int, steps: int, s: float, r: float, seeds: int) -> float:
    """The least over steps a factor 2^(1/2) apart of the mean over seeds of the risk's logarithm."""
    k = np.arange(1.0, size + 1)
    problem = AxisProblem(k ** -(1 + s), k ** -(1 + r), outputs, float(zeta(1 + r, size + 1)))
    schedule = parse_schedule("linear").rates(steps)
    # from steps that move the first weight by its length in a run to steps as long as it
    rates = 2.0 ** np.arange(0.0, np.log2(steps / 2) + 0.5, 0.5) * 2 / steps
    rates = rates[rates <= 1.0]
    return float(np.exp(np.log(axis_risks(make, problem, rates, schedule, seeds)).mean(axis=0).min()))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="128,256,512,1024,2048")
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--s", type=float, default=1.0)
    parser.add_argument("--r", type=float, default=1.0)
    parser.add_argument("--newton-schulz", action="store_true")
    asked = parser.parse_args()
    sizes = [int(each) for each in asked.sizes.split(",")]
    make = newton_schulz if asked.newton_schulz else polar
    print(f"s = {asked.s}, r = {asked.r}, linear decay, {asked.seeds} seeds, N = {sizes}")
    print(f"{'optimizer':18s} {'tau':>5s} {'alpha':>6s} {'slope':>6s} {'last':>6s}  risks")
    for name, tau in CASES:
        derived = float(alpha(name, asked.s, asked.r, tau, schedule="linear"))
        rule = optimizer(name)
        risks = [
            risk(make, n, rule.outputs_at(n), max(1, round(n ** float(tau))), asked.s, asked.r, asked.seeds)
            for n in sizes
        ]
        logs = np.log(risks)
        slope = -np.polyfit(np.log(sizes), logs, 1)[0]
        last = -(logs[-1] - logs[-2]) / np.log(sizes[-1] / sizes[-2])
        print(
            f"{name:18s} {tau!s:>5s} {derived:6.3f} {slope:6.3f} {last:6.3f}  "
            + " ".join(f"{each:.4g}" for each in risks),
            flush=True,
        )


if __name__ == "__main__":
    main()
