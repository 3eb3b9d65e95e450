"""Table 1 of Ramani and Jain (2026) from the kernel alone, beside measured exponents, and what it costs.

Prints alpha of every optimizer and s after 2000 steps: predicted with its standard error (what all sizes share cannot
move it), and measured by ten seeds (`docs/reproduction.txt`, sizes 200 to 2000) or, with --simulate, by a smaller run
of this machine, with the risks' ratio. The time is given as a multiple of full eigendecompositions of as many symmetric
matrices of the kernel's size.
"""

from __future__ import annotations

import argparse
import re
import time
from pathlib import Path

import numpy as np
from scipy.linalg import eigh

from optscaling.sim import simulate
from optscaling.theory.experiments.experiment import Experiment
from optscaling.theory.experiments.load import load_experiment
from optscaling.theory.experiments.parse import from_dict
from optscaling.theory.prediction.kernel_modes import KERNEL_SAMPLES
from optscaling.theory.prediction.prediction import Prediction, predict

OPTIMIZERS = ["gd", "diagonal", "natural-gradient", "matrix-sign"]
_MEASURED = Path(__file__).parent.parent / "docs" / "reproduction.txt"
_ROW = re.compile(r"^(\S+)\s+([\d.]+)\s+2000\s+(-?[\d.]+)\s+± [\d.]+\s+± ([\d.]+)")


def experiment(sizes: list[int], seeds: int) -> Experiment:
    """The preset with four optimizers at T = 2000."""
    content = load_experiment("ramani-jain").to_dict()
    content["model"]["sizes"] = sizes
    content["training"] |= {"optimizers": OPTIMIZERS, "steps": [2000]}
    content["measure"] = {"seeds": seeds, "fit_from": sizes[0]}
    return from_dict(content, "table1")


def slopes(risk: np.ndarray, sizes: list[int]) -> np.ndarray:
    """alpha by least squares over sizes, the third axis of risk."""
    x = np.log(sizes) - np.mean(np.log(sizes))
    return -np.einsum("n,osn...->os...", x, np.log(risk)) / np.sum(x**2)


def published(spectra: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray]:
    """alpha and the standard error of its seeds from docs/reproduction.txt, shape (optimizer, s) each."""
    rows = {}
    for line in _MEASURED.read_text("utf-8").splitlines():
        if found := _ROW.match(line):
            rows[found[1], float(found[2])] = float(found[3]), float(found[4]) / 1.96
    table = np.array([[rows[name, s] for s in spectra] for name in OPTIMIZERS])
    return table[..., 0], table[..., 1]


def show(found: Prediction, measured: np.ndarray, seeds: np.ndarray) -> None:
    """Print one line a cell, and the differences' summary."""
    sizes = list(found.sizes)
    x = np.log(sizes) - np.mean(np.log(sizes))
    error = np.sqrt(np.sum((x[:, None] * found.error) ** 2, axis=2)) / np.sum(x**2)
    predicted = slopes(found.risk, sizes)[..., 0]
    print(f"{'optimizer':18s}{'s':>6s}{'predicted':>11s}{'+-':>7s}{'measured':>10s}{'+-':>7s}{'off':>8s}")
    for i, name in enumerate(OPTIMIZERS):
        for j, s in enumerate(found.s):
            off = predicted[i, j] - measured[i, j]
            line = f"{predicted[i, j]:11.3f}{error[i, j, 0]:7.3f}{measured[i, j]:10.3f}{seeds[i, j]:7.3f}{off:8.3f}"
            print(f"{name:18s}{s:6g}{line}")
    off = np.abs(predicted - measured)
    print(f"alpha: median difference {np.median(off):.4f}, largest {off.max():.4f}")


def main() -> None:
    """Predict, compare, time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[200, 500, 1000, 2000])
    parser.add_argument("--simulate", type=int, metavar="SEEDS", default=0, help="simulate this many seeds")
    given = parser.parse_args()
    planned = experiment(given.sizes, max(given.simulate, 1))
    start = time.perf_counter()
    found = predict(planned)
    seconds = time.perf_counter() - start
    if given.simulate:
        run = simulate(planned, out=None).risk.transpose("optimizer", "s", "N", "seed", "steps").values[..., 0]
        each = slopes(run, given.sizes)
        show(found, slopes(run.mean(3), given.sizes), each.std(-1, ddof=1) / np.sqrt(given.simulate))
        off = found.risk[..., 0] / run.mean(3) - 1
        scatter = run.std(3, ddof=1) / np.sqrt(given.simulate) / run.mean(3)
        print(
            f"risk: median difference {100 * np.median(np.abs(off)):.1f} %, largest {100 * np.abs(off).max():.1f} %; "
            f"seeds' own standard error {100 * np.median(scatter):.1f} %"
        )
    else:
        show(found, *published(found.s))
    square = np.random.default_rng(0).standard_normal((KERNEL_SAMPLES, KERNEL_SAMPLES))
    start = time.perf_counter()
    eigh(square @ square.T)
    reference = (time.perf_counter() - start) * 2 * len(found.s)
    print(f"predicted in {seconds:.0f} s, {seconds / reference:.1f} times {2 * len(found.s)} eigendecompositions")


if __name__ == "__main__":
    main()
