"""What float32 sums cost in accuracy and gain in time, on the ReLU problem of Ramani and Jain (2026).

For each size: seconds of F'F in mixed and in float32 over those in float64, draws left out. For each size and s: the
largest relative difference in risk from float64 over T = 100, 2,000 and 100,000, and in brackets the error stated.

    python benchmarks/precision.py --sizes 500 1000 --s 0.25 1 2
"""

from __future__ import annotations

import argparse
import time
from statistics import median

import numpy as np

from optscaling.sim.cells.cell import measure, problem_of
from optscaling.sim.devices.host import Host
from optscaling.sim.devices.precision import PRECISIONS, Precision
from optscaling.sim.problems.draw import Sampled
from optscaling.theory.experiments.experiment import Experiment
from optscaling.theory.experiments.parse import from_dict

OPTIMIZERS = ["gd", "diagonal", "matrix-sign", "natural-gradient"]


def experiment(size: int, samples: int, s: float) -> Experiment:
    """One cell's experiment."""
    return from_dict(
        {
            "problem": {"kind": "relu", "s": s, "dim": 1000},
            "model": {"sizes": [size], "samples": samples, "test_samples": 1000},
            "training": {"optimizers": OPTIMIZERS, "steps": [100, 2000, 100_000], "eta": 1.5},
            "measure": {"seeds": 1},
        },
        "benchmark",
    )


def gains(size: int, blocks: int, repeats: int) -> dict[Precision, float]:
    """Seconds of the sums over those in float64, medians of paired repeats."""
    made = experiment(size, 1024 * blocks, 1.0)
    draw = problem_of(made).draw(1.0, size, 0)
    assert isinstance(draw, Sampled)
    rows = list(draw.train(0))
    taken: dict[Precision, list[float]] = {precision: [] for precision in PRECISIONS}
    for _ in range(repeats):
        for precision, times in taken.items():
            started = time.perf_counter()
            Host(precision).sums(iter(rows), draw.matrix, draw.activation)
            times.append(time.perf_counter() - started)
    return {
        precision: median(t / whole for t, whole in zip(times, taken["float64"], strict=True))
        for precision, times in taken.items()
    }


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[500, 1000], help="features N (500 1000)")
    parser.add_argument("--s", type=float, nargs="+", default=[0.25, 1.0, 2.0], help="spectral exponents (0.25 1 2)")
    parser.add_argument("--blocks", type=int, default=4, help="blocks of 1,024 rows timed (4)")
    parser.add_argument("--repeats", type=int, default=5, help="paired repeats (5)")
    parser.add_argument("--speed", action="store_true", help="times only")
    given = parser.parse_args()
    for size in given.sizes:
        ratios = gains(size, given.blocks, given.repeats)
        print(f"N = {size}: " + ", ".join(f"{name} {ratio:.2f}" for name, ratio in ratios.items()), flush=True)
    if given.speed:
        return
    print(f"{'N':>5}{'s':>6}  {'precision':9}" + "".join(f"{name:>22}" for name in OPTIMIZERS))
    for size in given.sizes:
        for s in given.s:
            made = experiment(size, 20 * size, s)
            problem = problem_of(made)
            exact = measure(made, problem, s, size, 0).risk
            for precision in PRECISIONS[1:]:
                found = measure(made, problem, s, size, 0, on=Host(precision))
                assert found.precision_error is not None
                off = np.abs(found.risk / exact - 1).max(axis=1)
                cells = "".join(
                    f"{a:12.0e} ({b:.0e})" + " " * 2
                    for a, b in zip(off, found.precision_error.max(axis=1), strict=True)
                )
                print(f"{size:5}{s:6g}  {precision:9}{cells}", flush=True)


if __name__ == "__main__":
    main()
