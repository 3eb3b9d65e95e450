"""How far the theory of `diagonal` (P = diag(F'F)^(-1/2)) is from simulation, on the population and on n samples.

Per s, n/N and noise, at each T: predicted/simulated - 1 with the standard error of the simulation's mean, and the same
where the features' norms count as equal but for the mean kernel. Then the worst beside its error, and how often the
difference is within two of the seed error and the error stated, 1/N, 1/n and the surrogate's, together.
"""

from __future__ import annotations

import argparse
import math
import time

import numpy as np

from optscaling.sim import simulate
from optscaling.theory.experiments.parse import from_dict
from optscaling.theory.gram.measure import spectral_measure
from optscaling.theory.optimizers.filters import GradientDescent
from optscaling.theory.optimizers.preconditioners import Diagonal
from optscaling.theory.preconditioning.diagonal import norm_divided
from optscaling.theory.preconditioning.equivalent_filters import surrogate
from optscaling.theory.preconditioning.equivalent_filters_on_samples import preconditioned_samples
from optscaling.theory.problems.modes import Modes
from optscaling.theory.problems.spectral_problem import SpectralProblem
from optscaling.theory.problems.spectrum import PowerLaw

DIM, ETA = 1000, 1.5


def simulated(given: argparse.Namespace, size: int, samples: float, noise: float) -> tuple[np.ndarray, np.ndarray]:
    """Mean risk and its relative standard error, shape (s, steps)."""
    content = {
        "problem": {"kind": "gaussian", "s": given.s, "dim": DIM, "noise": noise},
        "model": {"sizes": [size], "samples": int(samples) if math.isfinite(samples) else "inf"},
        "training": {"optimizers": ["diagonal"], "steps": given.steps, "eta": ETA},
        "measure": {"seeds": given.seeds},
    }
    run = simulate(from_dict(content, "diagonal"), out=None).risk.transpose("optimizer", "s", "N", "seed", "steps")
    values = run.values[0, :, 0]
    return values.mean(1), values.std(1, ddof=1) / np.sqrt(given.seeds) / values.mean(1)


def predicted(
    modes: Modes, steps: np.ndarray, size: int, samples: float, noise: float
) -> tuple[np.ndarray, np.ndarray, float]:
    """Risk, the same with equal norms, shape (steps,) each, and the error stated."""
    if math.isinf(samples):
        plain = spectral_measure(modes, size)
        ours, mean = (surrogate(Diagonal(), modes, size, plain, divided) for divided in (None, norm_divided(modes)))
        assert ours is not None
        assert mean is not None
        risks = [found.measure.risk(GradientDescent(), steps, ETA) for found in (ours, mean)]
        return risks[0], risks[1], ours.error + 1 / size
    pair = [preconditioned_samples(Diagonal(), modes, d, size, int(samples)) for d in (None, norm_divided(modes))]
    risks, stated = [], 0.0
    for found in pair:
        assert found is not None
        bias, variance = found.measure.risk(found.filter, steps, ETA)
        risks.append(bias + noise * variance)
        stated = stated or found.error + 1 / size + 1 / samples
    return risks[0], risks[1], stated


def main() -> None:
    """Run the comparison."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--s", type=float, nargs="+", default=[-0.25, 0.25, 0.5, 1.0, 1.5, 2.0])
    parser.add_argument("--steps", type=int, nargs="+", default=[1, 10, 100, 1000, 10_000, 100_000, 1_000_000])
    parser.add_argument("--sizes", type=int, nargs="+", default=[256])
    parser.add_argument("--seeds", type=int, default=40)
    parser.add_argument("--ratios", type=float, nargs="+", default=[math.inf, 0.5, 2.0, 10.0], help="n/N")
    parser.add_argument("--noise", type=float, nargs="+", default=[0.0, 0.1])
    given = parser.parse_args()
    start, seconds, steps = time.perf_counter(), [], np.array(given.steps)
    print(f"predicted/simulated - 1 in %, {given.seeds} seeds, at T = {given.steps}: norms scattered | in the mean")
    for size in given.sizes:
        for ratio in given.ratios:
            for noise in given.noise if math.isfinite(ratio) else [0.0]:
                mean, error = simulated(given, size, ratio * size, noise)
                off, stated = np.empty((2, *mean.shape)), np.empty(mean.shape)
                print(f"N = {size}, n/N = {ratio:g}, noise {noise:g}")
                for j, s in enumerate(given.s):
                    modes = SpectralProblem(PowerLaw(s, DIM)).modes(size)
                    began = time.perf_counter()
                    ours, equal, stated[j] = predicted(modes, steps, size, ratio * size, noise)
                    seconds.append(time.perf_counter() - began)
                    off[0, j], off[1, j] = ours / mean[j] - 1, equal / mean[j] - 1
                    text = "".join(f"{100 * o:7.2f}({100 * e:.2f})" for o, e in zip(off[0, j], error[j], strict=True))
                    print(f"{s:6g} {text} |{''.join(f'{100 * v:7.2f}' for v in off[1, j])}", flush=True)
                worst = np.unravel_index(np.argmax(np.abs(off[0])), mean.shape)
                within = np.mean(np.abs(off[0]) < 2 * np.hypot(error, stated))
                print(
                    f"  mean {100 * off[0].mean():.2f}, worst {100 * off[0][worst]:.2f}, its seed error "
                    f"{100 * error[worst]:.2f}, stated {100 * stated[worst]:.2f}; within two: {100 * within:.0f} %",
                    flush=True,
                )
    print(f"both predictions of a case: {np.mean(seconds):.2f} s; time: {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
