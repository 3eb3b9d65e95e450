"""What a density on the real axis costs beside the plain way: eigenvalues of drawn Gram matrices in a histogram.

Draws are added until the histogram's error in a bin, its standard error over draws, is as small as asked. Prints both
times, their ratio, how many draws it took, and how far histogram and density are apart in units of that error.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from threadpoolctl import threadpool_limits

from optscaling.theory.gram.density import spectral_density
from optscaling.theory.problems.spectral_problem import SpectralProblem
from optscaling.theory.problems.spectrum import PowerLaw


def main() -> None:
    """Run the comparison."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--s", type=float, default=1.0)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--dim", type=int, default=1000)
    parser.add_argument("--points", type=int, default=500)
    parser.add_argument("--bins", type=int, default=20)
    parser.add_argument("--error", type=float, default=0.01, help="median relative error of a bin of the histogram")
    given = parser.parse_args()
    modes = SpectralProblem(PowerLaw(given.s, given.dim)).modes(given.size)
    with threadpool_limits(1):
        times = []
        for _ in range(3):
            start = time.perf_counter()
            density = spectral_density(modes, given.size, given.points)
            times.append(time.perf_counter() - start)
        # the lowest band, the bulk: points inside it and the share of eigenvalues in each bin, by the trapezoid rule
        low, high = density.bands[-1]
        edges = np.geomspace(low * 1.05, high / 1.05, given.bins + 1)
        fine = np.geomspace(edges[0], edges[-1], 100 * given.bins + 1)
        dense = spectral_density(modes, given.size, fine).density * fine
        step = np.log(fine[1] / fine[0])
        expected = ((dense[1:] + dense[:-1]) / 2 * step).reshape(given.bins, 100).sum(axis=1) * given.size
        rng = np.random.default_rng(0)
        scale = np.arange(1, given.dim + 1.0) ** (-(1 + given.s) / 2) / np.sqrt(given.size)
        counts: list[np.ndarray] = []
        start = time.perf_counter()
        error = np.inf
        while error > given.error:
            features = scale[:, None] * rng.standard_normal((given.dim, given.size))
            counts.append(np.histogram(np.linalg.eigvalsh(features.T @ features), edges)[0])
            if len(counts) >= 10:
                deviation = np.std(counts, axis=0, ddof=1) / np.sqrt(len(counts))
                error = float(np.median(deviation / np.mean(counts, axis=0)))
        reference = time.perf_counter() - start
    mean = np.mean(counts, axis=0)
    apart = np.abs(mean - expected) / (np.std(counts, axis=0, ddof=1) / np.sqrt(len(counts)))
    print(f"s = {given.s:g}, N = {given.size}, dim = {given.dim}, {given.points} points")
    print(f"density {min(times):.3f} s, {len(counts)} draws {reference:.2f} s, ratio {min(times) / reference:.4f}")
    print(f"histogram against density, in standard errors of {given.error:.1%}: median {np.median(apart):.2f}")


if __name__ == "__main__":
    main()
