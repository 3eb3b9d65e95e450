"""Spikes: position, overlap and spread of the largest eigenvalue, formula beside draws of Gaussian features.

Bulk of 2 N eigenvalues evenly in [.5, 1]; strengths at set distances from the edge, in standard deviations of a draw.
One draw of the features serves every strength, so that the rows of one N err together. Half a minute.
"""

from __future__ import annotations

import argparse

import numpy as np
from scipy.optimize import brentq
from scipy.sparse.linalg import eigsh

from optscaling.theory.gram import find_spike

DISTANCES = (0.7, 1.0, 1.5, 2.0, 2.5, 3.0)


def distance(bulk: np.ndarray, size: int, strength: float) -> float:
    """From the edge, in standard deviations."""
    found = find_spike(bulk, size, strength)
    return (found.position - found.edge) / found.deviation


def draw(bulk: np.ndarray, strengths: list[float], size: int, rng: np.random.Generator) -> list[tuple[float, float]]:
    """The largest eigenvalue and its squared overlap with the spike, for each strength."""
    z = rng.standard_normal((bulk.size + 1, size)) / size**0.5
    rest = (z[1:] * bulk[:, None]).T @ z[1:]
    rows = []
    for strength in strengths:
        value, vector = eigsh(rest + strength * np.outer(z[0], z[0]), k=1, which="LA", v0=z[0], tol=1e-8)
        rows.append((value[0], strength * (z[0] @ vector[:, 0]) ** 2 / value[0]))
    return rows


def strengths_at(bulk: np.ndarray, size: int) -> list[float]:
    """Strengths at DISTANCES from the edge."""
    critical = find_spike(bulk, size, 2.0).critical

    def excess(strength: float, wanted: float) -> float:
        return distance(bulk, size, strength) - wanted

    return [float(brentq(excess, 1.0001 * critical, 50 * critical, args=(each,))) for each in DISTANCES]


def main() -> None:
    """The table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[150, 300, 600])
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print("     N  distance  strength  position    off  overlap    off  (se)  spread    off")
    for size in options.sizes:
        bulk = np.linspace(0.5, 1, 2 * size)
        strengths = strengths_at(bulk, size)
        rng = np.random.default_rng([options.seed, size])
        draws = np.array([draw(bulk, strengths, size, rng) for _ in range(options.draws)])
        for row, (away, strength) in enumerate(zip(DISTANCES, strengths, strict=True)):
            found, values = find_spike(bulk, size, strength), draws[:, row]
            position, overlap = values.mean(axis=0)
            error = values[:, 1].std() / options.draws**0.5 / overlap
            print(
                f"{size:6d}  {away:8.1f}  {strength:8.3f}  {found.position:8.3f}  {found.position / position - 1:+5.1%}"
                f"  {found.overlap:7.3f}  {found.overlap / overlap - 1:+5.1%} {error:5.1%}"
                f"  {found.deviation:6.3f}  {found.deviation / values[:, 0].std() - 1:+5.1%}"
            )


if __name__ == "__main__":
    main()
