"""Schedules: each exponent in the data beside the slope of the exact second moments, with the step tuned at each D.

Prints (1) alpha derived, and the slope of the risk between D and 100 D; (2) the same without label noise, where a
warm-up counts; (3) the critical batch's exponent beside the slope of its number; (4) what strides cost and miss beside
taking every step. B = 1, label noise of variance 1 against E_k = k^-(1+r), infinitely many modes. A minute.
"""

from __future__ import annotations

import argparse
import math
import time
from fractions import Fraction

import numpy as np

from optscaling.theory.data_limited import alpha_per_data, critical_batch_exponent
from optscaling.theory.one_pass import OnePassProblem, batch_curve, best_step, power_law_bins, scheduled_risk
from optscaling.theory.optimizers import optimizer
from optscaling.theory.schedules import parse_schedule

NOISY = (
    ("sgd", "1/2", "1", "constant"),
    ("sgd", "1/2", "1", "linear"),
    ("sgd", "1/2", "1", "wsd:1/5"),
    ("sgd", "1/2", "1", "cosine"),
    ("sgd", "1/2", "1", "cosine:1/10"),
    ("sgd", "1", "3/2", "power:1/2"),
    ("sgd", "1", "3/2", "cosine"),
    ("sgd", "1", "2", "linear"),
    ("sgd", "2", "1", "constant"),
    ("sgd", "2", "1", "cosine"),
    ("sgd-power:1/2", "2", "1", "constant"),
    ("sgd-power:1/2", "2", "1", "cosine"),
)
NOISELESS = (
    ("1", "4", "constant", None),
    ("1", "4", "cosine", None),
    ("1", "4", "constant", "1,1/2"),
    ("1", "1", "linear", None),
)
BATCHES = (
    ("sgd", "1", "2", "power:4"),
    ("sgd", "1/2", "2", "constant"),
    ("sgd-power:1/4", "1", "2", "power:4"),
    ("sgd-power:1/2", "1", "2", "power:4"),
)


def slope(name: str, s: str, r: str, schedule: str, warmup: str | None, noise: float, tokens: float) -> float:
    """Of the tuned risk between D = tokens and 100 D."""
    bins = power_law_bins(float(Fraction(s)), float(Fraction(r)))
    power, shape = float(getattr(optimizer(name), "p", 0)), parse_schedule(schedule, warmup)
    problem = OnePassProblem(bins, noise=noise / bins.total, power=power)
    one, two = (best_step(shape, problem, int(d)).risk for d in (tokens, 100 * tokens))
    return math.log(one / two) / math.log(100)


def noisy(tokens: tuple[float, ...]) -> None:
    """Exponents with label noise."""
    print("label noise: alpha, and slopes between D and 100 D")
    print(
        f"{'optimizer':16s}{'s':>5s}{'r':>5s}  {'schedule':14s}{'alpha':>7s}"
        + "".join(f"  D = {d:.0e}" for d in tokens)
    )
    for name, s, r, schedule in NOISY:
        found = alpha_per_data(name, s, r, schedule, noise=True)
        slopes = "".join(f"{slope(name, s, r, schedule, None, 1.0, d):11.3f}" for d in tokens)
        told = "  factor log D" if found.logarithm else ""
        print(f"{name:16s}{s:>5s}{r:>5s}  {schedule:14s}{float(found):7.3f}{slopes}{told}", flush=True)


def noiseless(tokens: tuple[float, ...]) -> None:
    """Exponents without label noise."""
    print("\nno label noise, largest stable step (tuned)")
    for s, r, schedule, warmup in NOISELESS:
        shape = parse_schedule(schedule, warmup)
        slopes = "".join(f"{slope('sgd', s, r, schedule, warmup, 0.0, d):11.3f}" for d in tokens)
        print(f"{s:>5s}{r:>5s}  {shape.name:36s}{float(alpha_per_data('sgd', s, r, shape)):7.3f}{slopes}", flush=True)


def batches() -> None:
    """Critical batches."""
    print("\ncritical batch (30 % more risk): exponent, then B at D = 1e4, 1e6, 1e8 and the slopes")
    for name, s, r, schedule in BATCHES:
        bins, shape = power_law_bins(float(Fraction(s)), float(Fraction(r))), parse_schedule(schedule)
        power = float(getattr(optimizer(name), "p", 0))
        problem = OnePassProblem(bins, noise=1 / bins.total, power=power)
        found = [batch_curve(shape, problem, d).critical for d in (1e4, 1e6, 1e8)]
        exponent = float(critical_batch_exponent(name, s, r, schedule).exponent)
        shown = "".join(f"{b:9.0f}" for b in found)
        slopes = "".join(f"{each:7.3f}" for each in np.diff(np.log(found)) / np.log(100))
        print(f"{name:16s}{s:>5s}{r:>5s}  {schedule:10s}{exponent:7.3f}{shown}{slopes}", flush=True)


def strides() -> None:
    """Strides against single steps."""
    print("\nstrides of resolution 64 against every step, s = 1/2, r = 1, T = 20,000, 16 steps eta: times, error")
    problem, eta = OnePassProblem(power_law_bins(0.5, 1.0), noise=0.5), np.geomspace(1e-4, 0.1, 16)
    for name in ("constant", "cosine", "wsd:1/5"):
        shape = parse_schedule(name)
        start = time.perf_counter()
        exact = scheduled_risk(shape, problem, 20_000, eta, math.inf)
        middle = time.perf_counter()
        found = scheduled_risk(shape, problem, 20_000, eta)
        took = middle - start, time.perf_counter() - middle
        print(f"{name:10s}{took[0]:8.2f} s{took[1]:8.2f} s{np.max(np.abs(found / exact - 1)):10.1e}")


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--tokens", type=float, nargs="+", default=[1e4, 1e6], help="the smaller D of each slope")
    chosen = tuple(options.parse_args().tokens)
    noisy(chosen)
    noiseless(chosen)
    batches()
    strides()
