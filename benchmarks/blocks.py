"""How far block-diagonal and diagonal theory is from simulation, on the population and on n samples.

The first table has, per s and B, predicted/simulated - 1 at each T on the population, beside the same for what blocks
are often taken for: damping by the scale kappa(B) that B features resolve. The second
table has bias and variance together on n samples with label noise: the mean and the worst over s and T, the standard
error of the simulation's mean there, and how often the difference is within two of both errors.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from optscaling.sim import simulate
from optscaling.theory.experiments.parse import from_dict
from optscaling.theory.gram.effective_ridge import resolved_scale
from optscaling.theory.gram.measure import spectral_measure
from optscaling.theory.optimizers.filters import Damped, GradientDescent
from optscaling.theory.optimizers.registry import optimizer
from optscaling.theory.preconditioning.block_measure import block_measure
from optscaling.theory.preconditioning.equivalent_filters_on_samples import preconditioned_samples
from optscaling.theory.problems.spectral_problem import SpectralProblem
from optscaling.theory.problems.spectrum import PowerLaw

DIM, ETA = 1000, 1.5


def simulated(
    given: argparse.Namespace, size: int, samples: str | int, noise: float, names: list[str], seeds: int
) -> tuple[np.ndarray, np.ndarray]:
    """Mean risk and its relative standard error, shape (optimizer, s, steps)."""
    content = {
        "problem": {"kind": "gaussian", "s": given.s, "dim": DIM, "noise": noise},
        "model": {"sizes": [size], "samples": samples},
        "training": {"optimizers": names, "steps": given.steps, "eta": ETA},
        "measure": {"seeds": seeds},
    }
    run = simulate(from_dict(content, "blocks"), out=None).risk.transpose("optimizer", "s", "N", "seed", "steps")
    values = run.values[:, :, 0]
    return values.mean(2), values.std(2, ddof=1) / np.sqrt(seeds) / values.mean(2)


def on_population(given: argparse.Namespace) -> None:
    """Blocks, and damping, against simulation."""
    steps = np.array(given.steps)
    mean, error = simulated(given, given.size, "inf", 0.0, [f"block:{b}" for b in given.blocks], given.seeds)
    print(f"population, N = {given.size}, {given.seeds} seeds: predicted/simulated - 1 in % at T = {given.steps}")
    print(f"{'s':>6s}{'B':>6s}   {'block theory':38s}{'damping by kappa(B)':38s}{'seed error'}")
    for j, s in enumerate(given.s):
        modes = SpectralProblem(PowerLaw(s, DIM)).modes(given.size)
        plain = spectral_measure(modes, given.size)
        for i, block in enumerate(given.blocks):
            damped = plain.risk(Damped(resolved_scale(modes, block) / plain.largest), steps, ETA)
            ours = block_measure(modes, given.size, block).risk(GradientDescent(), steps, ETA)
            columns = (ours / mean[i, j] - 1, damped / mean[i, j] - 1, error[i, j])
            text = "".join(f"{''.join(f'{100 * v:8.2f}' for v in column):38s}" for column in columns)
            print(f"{s:6g}{block:6d}{text}")


def on_samples(given: argparse.Namespace) -> None:
    """Both preconditioners on n samples."""
    steps = np.array(given.steps)
    names = ["diagonal"] + [f"block:{b}" for b in given.sample_blocks]
    print(f"\nn samples, N = {given.sample_size}, {given.sample_seeds} seeds, T = {given.steps}: in %")
    print(f"{'optimizer':12s}{'n/N':>6s}{'noise':>7s}{'mean':>8s}{'worst':>8s}{'its seed error':>16s}{'within 2':>10s}")
    for ratio in given.ratios:
        n = round(ratio * given.sample_size)
        n += n in (given.sample_size, *given.sample_blocks)
        for noise in given.noise:
            mean, error = simulated(given, given.sample_size, n, noise, names, given.sample_seeds)
            for i, name in enumerate(names):
                off, stated = np.empty(mean[i].shape), 0.0
                for j, s in enumerate(given.s):
                    modes = SpectralProblem(PowerLaw(s, DIM)).modes(given.sample_size)
                    found = preconditioned_samples(optimizer(name), modes, None, given.sample_size, n)
                    assert found is not None
                    bias, variance = found.measure.risk(found.filter, steps, ETA)
                    off[j] = (bias + noise * variance) / mean[i, j] - 1
                    stated = found.error + 1 / min(abs(n - c) for c in found.critical)
                worst = np.unravel_index(np.argmax(np.abs(off)), off.shape)
                within = 100 * np.mean(np.abs(off) < 2 * np.hypot(error[i], stated))
                print(
                    f"{name:12s}{ratio:6g}{noise:7g}{100 * off.mean():8.2f}{100 * off[worst]:8.2f}"
                    f"{100 * error[i][worst]:16.2f}{within:10.0f}"
                )


def main() -> None:
    """Run both comparisons."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--s", type=float, nargs="+", default=[-0.25, 0.25, 0.5, 1.0, 1.5, 2.0])
    parser.add_argument("--steps", type=int, nargs="+", default=[10, 100, 1000, 10_000])
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--blocks", type=int, nargs="+", default=[16, 64, 256])
    parser.add_argument("--seeds", type=int, default=40, help="draws on the population; 0 leaves that table out")
    parser.add_argument("--sample-size", type=int, default=256)
    parser.add_argument("--sample-blocks", type=int, nargs="+", default=[32, 64])
    parser.add_argument("--sample-seeds", type=int, default=20, help="draws on samples; 0 leaves that table out")
    parser.add_argument("--ratios", type=float, nargs="+", default=[0.1, 0.5, 2.0, 10.0], help="n/N")
    parser.add_argument("--noise", type=float, nargs="+", default=[0.0, 0.1])
    given = parser.parse_args()
    start = time.perf_counter()
    if given.seeds:
        on_population(given)
    if given.sample_seeds:
        on_samples(given)
    print(f"time: {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
