"""What predictions cost, as ratios to a plain reference in the same run.

- one floor (a root and a sum) against the same by scipy on all modes of dim = 10^6, one by one;
- 5 optimizers x 6 s x 8 N x 20 T on Gaussian problems of dim = 1000 and of dim = 10^12, warm, against simulating one
  seed of the same at dim = 1000 by singular values (the cheapest simulation there is: no steps);
- the same on n = 2N samples against one simulated seed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import brentq

from optscaling.sim import simulate
from optscaling.theory.experiments.experiment import Experiment
from optscaling.theory.experiments.parse import from_dict
from optscaling.theory.gram.effective_ridge import resolved_scale
from optscaling.theory.prediction.prediction import predict
from optscaling.theory.problems.spectral_problem import SpectralProblem
from optscaling.theory.problems.spectrum import PowerLaw

OPTIMIZERS = ["gd", "power:1/4", "matrix-sign", "damped:0.01", "natural-gradient"]


def best(work: Callable[[], Any], times: int) -> float:
    """Seconds of the fastest of several calls."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return min(taken)


def floors() -> tuple[float, float]:
    """Seconds of one floor at N = 512 of 10^6 modes: ours, and by all modes."""
    modes = SpectralProblem(PowerLaw(1.0, 10**6)).modes(512)
    dense = np.arange(1, 10**6 + 1.0) ** -2.0

    def ours() -> float:
        kappa = resolved_scale(modes, 512)
        return float(np.sum(modes.weights * modes.energies * kappa / (modes.eigenvalues + kappa)))

    def plain() -> float:
        kappa = brentq(lambda k: np.sum(dense / (dense + k)) - 512, 1e-12, 1.0, xtol=1e-20)
        return float(np.sum(dense * kappa / (dense + kappa)))

    assert abs(ours() / plain() - 1) < 1e-6
    return best(ours, 50), best(plain, 2)


def grid(dim: int, s: list[float], samples: object) -> Experiment:
    """5 optimizers x 6 s x 8 N x 20 T."""
    steps = sorted({round(t) for t in np.geomspace(1, 1e6, 20)})
    return from_dict(
        {
            "problem": {"kind": "gaussian", "s": s, "dim": dim},
            "model": {"sizes": [25, 50, 100, 200, 300, 500, 700, 900], "samples": samples},
            "training": {"optimizers": OPTIMIZERS, "steps": steps},
            "measure": {"seeds": 1},
        },
        "grid",
    )


def main() -> None:
    """Print the table."""
    ours, plain = floors()
    print(f"one floor: {1e3 * ours:.2f} ms; on a million modes {1e3 * plain:.0f} ms, {plain / ours:.0f} times as long")
    spectra = [-0.25, 0.25, 0.5, 1.0, 1.5, 2.0]
    experiment = grid(1000, spectra, "inf")
    predict(experiment)
    small = best(lambda: predict(experiment), 3)
    huge = best(lambda: predict(grid(10**12, [0.1, *spectra[1:]], "inf")), 3)
    seed = best(lambda: simulate(experiment, out=None), 1)
    print(f"5 optimizers x 6 s x 8 N x 20 T: {small:.2f} s; one simulated seed takes {seed / small:.1f} times as long")
    print(f"the same at dim = 10^12: {huge:.2f} s, {huge / small:.2f} times that")
    finite = grid(1000, spectra, {"per_feature": 2.0})
    on_samples = best(lambda: predict(finite), 1)
    seed = best(lambda: simulate(finite, out=None), 1)
    print(f"the same on n = 2N: {on_samples:.1f} s; one simulated seed takes {seed / on_samples:.1f} times as long")


if __name__ == "__main__":
    main()
