"""Bootstrap refits of a Chinchilla law: how long 10,000 take on two processes, and whether cold starts find better.

At most 60 s are wanted for 10,000. The refits start from the full fit; a sample is fitted again by scipy's BFGS and by
this package from cold starts, and the lowest objective of each resample is compared.
"""

from __future__ import annotations

import argparse
import math
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from optscaling.compare.loss_laws import forms as law_forms
from optscaling.compare.loss_laws.intervals import refits, resample
from optscaling.compare.loss_laws.law_fit import solve
from optscaling.compare.loss_laws.solver import fit_all, objective

DATA = Path(__file__).parents[1] / "tests" / "data" / "chinchilla_points.csv"
DELTA = 1e-3


def points() -> tuple[law_forms.SumOfPowers, np.ndarray]:
    """The law and the log losses of the 240 runs that are no outliers."""
    table = np.genfromtxt(DATA, delimiter=",", names=True)
    table = table[table["outlier"] == 0]
    x, tokens, y = (np.log(table[name]) for name in ("params", "tokens", "loss"))
    return law_forms.chinchilla_law(x, tokens, y), y


def part(theta: np.ndarray, data: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The refits of some resamples."""
    return refits(points()[0], theta, data, weights, DELTA)


def by_scipy(law: law_forms.SumOfPowers, y: np.ndarray, weights: np.ndarray, start: np.ndarray) -> float:
    """The objective at which BFGS ends."""

    def summed(theta: np.ndarray) -> tuple[float, np.ndarray]:
        level, slope = (each[0] for each in law.evaluate(theta[None]))
        pull = weights * np.clip(y - level, -DELTA, DELTA)
        value = float(objective(law, theta[None], y, weights, DELTA)[0])
        return 1e3 * value, -1e3 * pull @ slope

    return float(minimize(summed, start, jac=True, method="BFGS", options={"gtol": 1e-10}).fun) / 1e3


def main() -> None:
    """Time the refits and check a sample of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=10_000)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--sample", type=int, default=20)
    given = parser.parse_args()
    law, y = points()
    theta, _, share = solve(law, y, DELTA)
    print(f"full fit: {share:.0%} of {len(law.starts(y))} cold starts reach its minimum")
    began, used = time.perf_counter(), time.process_time()
    data, weights = resample(law, theta, y, "cases", given.draws, 0)
    if given.processes > 1:
        pieces = np.array_split(np.arange(given.draws), given.processes)
        with ProcessPoolExecutor(given.processes) as pool:
            jobs = [pool.submit(part, theta, data[rows], weights[rows]) for rows in pieces]
            found = np.concatenate([job.result() for job in jobs])
    else:
        found = part(theta, data, weights)
    took, cpu = time.perf_counter() - began, time.process_time() - used
    good = np.isfinite(found[:, 0])
    print(f"{given.draws} refits: {took:.1f} s on the clock, {cpu:.1f} s of this process, {good.mean():.2%} converged")
    low, high = np.nanquantile(found, [0.025, 0.975], axis=0)
    for k, name in enumerate(law.names):
        ends = np.exp([low[k], high[k]]) if law.logarithmic[k] else (low[k], high[k])
        print(f"  {name:6s} [{ends[0]:.5g}, {ends[1]:.5g}]")
    worse = []
    for k in range(given.sample):
        ours = float(objective(law, found[k : k + 1], y, weights[k], DELTA)[0])
        cold = law.starts(y)
        _, values, _ = fit_all(law, y, weights[k], (math.inf, 0.1, 0.01, DELTA), cold)
        worse.append(ours / min(float(values.min()), *(by_scipy(law, y, weights[k], s) for s in cold[::16])) - 1)
    print(f"objective over the best of cold starts, {given.sample} resamples: at most {max(worse):+.1e} above")


if __name__ == "__main__":
    main()
