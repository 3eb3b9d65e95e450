"""How far the theory of momentum on finite samples is from simulation, what it costs, and how it converges.

Prints, for each method, s and n/N, predicted/simulated - 1 of bias and variance in % at each T, the simulation's
standard error and the error that the bins state; then the number of nodes and seconds by width.
"""

from __future__ import annotations

import argparse
import time
from fractions import Fraction

import numpy as np

from optscaling.theory.dynamics.momentum_residual import recursion
from optscaling.theory.dynamics.momentum_risk_on_samples import momentum_on_samples, momentum_parts
from optscaling.theory.optimizers.momentum import HeavyBall, Nesterov
from optscaling.theory.problems.spectral_problem import SpectralProblem
from optscaling.theory.problems.spectrum import PowerLaw
from optscaling.theory.samples.bins import sample_bins
from optscaling.theory.samples.sizes import separated_sizes

METHODS = [HeavyBall(), Nesterov(Fraction(3))]
DIM = 1000


def simulated(s: float, size: int, n: int, steps: np.ndarray, eta: float, seeds: int) -> np.ndarray:
    """Bias and variance of each method in each draw, shape (methods, seeds, t, 2)."""
    deviation = np.arange(1, DIM + 1) ** (-(1 + s) / 2)
    rng = np.random.default_rng(0)
    spectra, solved = [], []
    for _ in range(seeds):
        teacher = deviation * rng.choice([-1.0, 1.0], DIM)
        inputs = rng.standard_normal((n, DIM))
        features = deviation[:, None] * rng.standard_normal((DIM, size)) / np.sqrt(size)
        left, singular, right = np.linalg.svd(inputs @ features / np.sqrt(n), full_matrices=False)
        spectra.append(singular)
        solved.append((left.T @ (inputs @ teacher) / np.sqrt(n), features @ right.T, teacher))
    singular = np.array(spectra)
    rate = eta * (singular / singular[:, :1]) ** 2
    draws = np.empty((len(METHODS), seeds, len(steps), 2))
    for i, method in enumerate(METHODS):
        h = recursion(method, rate.ravel(), steps).reshape(len(steps), *rate.shape)
        for j, (labels, out, teacher) in enumerate(solved):
            gain = (1 - h[:, j]) / singular[j]
            error = (gain * labels) @ out.T - teacher
            draws[i, j, :, 0] = np.sum(error**2, axis=1) / np.sum(deviation**2)
            draws[i, j, :, 1] = gain**2 @ np.sum(out**2, axis=0) / n
    return draws


def row(label: str, values: np.ndarray) -> None:
    """Print one row of numbers in %."""
    print(f"    {label:20s}" + "".join(f"{100 * value:8.2f}" for value in values))


def main() -> None:
    """Run the comparison."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--s", type=float, nargs="+", default=[-0.25, 0.25, 0.5, 1.0, 1.5, 2.0])
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--ratios", type=float, nargs="+", default=[0.5, 1.0, 2.0, 10.0], help="n/N")
    parser.add_argument("--steps", type=int, nargs="+", default=[1, 3, 10, 30, 100, 300, 1000, 3000, 10_000])
    parser.add_argument("--eta", type=float, default=0.5)
    parser.add_argument("--widths", type=float, nargs="+", default=[0.12, 0.06, 0.03, 0.015])
    given = parser.parse_args()
    steps = np.array(given.steps)
    for s in given.s:
        modes = SpectralProblem(PowerLaw(s, DIM)).modes(given.size)
        for ratio in given.ratios:
            n = round(ratio * given.size)
            draws = simulated(s, given.size, n, steps, given.eta, given.seeds)
            mean, error = draws.mean(1), draws.std(1, ddof=1) / np.sqrt(given.seeds)
            bins = sample_bins(modes, *separated_sizes(given.size, n, modes.rank))
            for i, method in enumerate(METHODS):
                found = momentum_on_samples(method, bins, steps, given.eta, given.size, n)
                print(f"s = {s:g}, N = {given.size}, n/N = {ratio:g}, {method.name}, T = {given.steps}")
                for k, (part, off) in enumerate((("bias", found.bias_error), ("variance", found.variance_error))):
                    row(f"{part}", (found.bias, found.variance)[k] / mean[i, :, k] - 1)
                    row("  simulation's error", error[i, :, k] / mean[i, :, k])
                    row("  stated by the bins", off / mean[i, :, k])
    print("width, nodes, seconds for bins, seconds for Nesterov, largest change of bias from the finest, stated (in %)")
    modes = SpectralProblem(PowerLaw(given.s[-1], DIM)).modes(given.size)
    finest = None
    for width in sorted(given.widths):
        start = time.process_time()
        bins = sample_bins(modes, given.size, 2 * given.size, width)
        middle = time.process_time()
        parts = momentum_parts(METHODS[1], bins, steps, given.eta)
        cost = middle - start, time.process_time() - middle
        finest = parts.bias if finest is None else finest
        moved, told = np.max(np.abs(parts.bias / finest - 1)), np.max(parts.bias_error / parts.bias)
        print(f"{width:6.3f}{len(bins.x):7d}{cost[0]:8.2f}{cost[1]:8.2f}{100 * moved:10.4f}{100 * told:10.4f}")


if __name__ == "__main__":
    main()
