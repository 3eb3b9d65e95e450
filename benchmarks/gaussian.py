"""How far finite-size theory is from simulation on Gaussian problems: every optimizer, population and finite samples.

Prints, per optimizer and number of samples, over all s, N, noise and T: the mean of predicted/simulated - 1, its root
mean square beside the one that the simulation's own standard errors give, the worst cell with its standard error and
the error that the prediction states, and the share of cells within 1 % and two standard errors (3 % for block:B and
diagonal). Then the same per s, per T and per noise. Cells at one (s, N, n) share their draws, so they err together.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from optscaling.sim import simulate
from optscaling.theory.experiments.experiment import Experiment
from optscaling.theory.experiments.parse import from_dict
from optscaling.theory.prediction.prediction import predict

FILTERS = ["gd", "power:1/4", "matrix-sign", "damped:0.01", "natural-gradient"]
MOMENTUM = ["heavy-ball", "nesterov"]
APPROXIMATE = ["diagonal", "block:32", "block:64"]
OPTIMIZERS = [*FILTERS, *MOMENTUM, *APPROXIMATE]
HEADER = f"{'mean':>8s}{'rms':>8s}{'of seeds':>10s}{'worst':>8s}{'its seeds':>11s}{'stated':>8s}{'within':>8s}"


def compared(given: argparse.Namespace, ratio: float, noise: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """predicted/simulated - 1, the simulation's relative error, the stated one: shape (optimizer, s, N, steps) each."""
    content = {
        "problem": {"kind": "gaussian", "s": given.s, "r": given.r, "dim": 1000, "noise": noise},
        "model": {"sizes": given.sizes, "samples": "inf" if math.isinf(ratio) else {"per_feature": ratio}},
        "training": {"optimizers": OPTIMIZERS, "steps": given.steps, "eta": given.eta},
        "measure": {"seeds": given.seeds},
    }
    experiment = from_dict(content, "gaussian")
    start = time.perf_counter()
    mean, error = simulated(experiment, given.keep)
    between = time.perf_counter()
    found = predict(experiment)
    seconds = between - start, time.perf_counter() - between
    print(
        f"n/N = {ratio:g}, noise {noise:g}: simulated in {seconds[0]:.0f} s, predicted in {seconds[1]:.0f} s",
        flush=True,
    )
    return found.risk / mean - 1, error / mean, found.total_error


def simulated(experiment: Experiment, folder: Path | None) -> tuple[np.ndarray, np.ndarray]:
    """Mean risk over seeds and its standard error, shape (optimizer, s, N, steps) each, kept in `folder` if given."""
    kept = folder / f"{experiment.fingerprint}.npy" if folder else None
    if kept and kept.exists():
        mean, error = np.load(kept)
        return mean, error
    run = simulate(experiment, out=None).risk.transpose("optimizer", "s", "N", "seed", "steps").values
    mean, error = run.mean(3), run.std(3, ddof=1) / np.sqrt(experiment.seeds)
    if kept:
        kept.parent.mkdir(parents=True, exist_ok=True)
        np.save(kept, np.stack([mean, error]))
    return mean, error


def line(label: str, off: np.ndarray, scatter: np.ndarray, stated: np.ndarray, allowed: np.ndarray) -> None:
    """Print one row of the table, in %; cells without a prediction are left out."""
    known = np.isfinite(off)
    off, scatter, stated, allowed = (part[known] for part in (off, scatter, stated, allowed))
    if not len(off):
        print(f"{label:34s}  no prediction")
        return
    worst = int(np.argmax(np.abs(off)))
    within = np.mean(np.abs(off) < allowed + 2 * scatter)
    numbers = (off.mean(), np.sqrt(np.mean(off**2)), np.sqrt(np.mean(scatter**2)), off[worst], scatter[worst])
    widths = (8, 8, 10, 8, 11)
    shown = "".join(f"{100 * number:{width}.2f}" for number, width in zip(numbers, widths, strict=True))
    print(f"{label:34s}{shown}{100 * stated[worst]:8.2f}{100 * within:8.1f}")


def main() -> None:
    """Run the comparison."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=100, help="simulated draws a cell")
    parser.add_argument("--s", type=float, nargs="+", default=[-0.25, 0.25, 0.5, 1.0, 1.5, 2.0])
    parser.add_argument("--r", type=lambda text: text if text == "isotropic" else float(text), default="isotropic")
    parser.add_argument("--sizes", type=int, nargs="+", default=[256])
    parser.add_argument("--ratios", type=float, nargs="+", default=[math.inf, 0.5, 1.0, 2.0, 10.0], help="n/N")
    parser.add_argument("--noise", type=float, nargs="+", default=[0.0, 0.1])
    parser.add_argument("--steps", type=int, nargs="+", default=[1, 10, 100, 1000, 10**4, 10**5, 10**6])
    parser.add_argument("--eta", type=float, default=1.2)
    parser.add_argument("--keep", type=Path, help="folder in which simulated means are kept, and found again")
    given = parser.parse_args()
    cells = {}
    for ratio in given.ratios:
        for noise in given.noise[:1] if math.isinf(ratio) else given.noise:  # noise does not move a population gradient
            cells[ratio, noise] = compared(given, ratio, noise)
    print(
        f"predicted/simulated - 1 in %, N in {given.sizes}, T in {given.steps}, {given.seeds} seeds, eta = {given.eta}"
    )
    allowed = np.array([0.03 if name in APPROXIMATE else 0.01 for name in OPTIMIZERS])[:, None, None, None]

    def rows(label: Callable[[float, float], str], pick: Callable[[np.ndarray], np.ndarray]) -> None:
        for key in dict.fromkeys(label(*at) for at in cells):
            chosen = [found for at, found in cells.items() if label(*at) == key]
            parts = [np.stack([pick(found[i]) for found in chosen]) for i in (0, 1, 2)]
            limits = np.stack([pick(np.broadcast_to(allowed, found[0].shape)) for found in chosen])
            line(key, *parts, limits)

    print(f"{'':34s}{HEADER}")
    for i, name in enumerate(OPTIMIZERS):
        rows(lambda ratio, _, name=name: f"{name}, n/N = {ratio:g}", lambda array, i=i: array[i])
    for j, s in enumerate(given.s):
        rows(lambda _, noise, s=s: f"s = {s:g}, noise {noise:g}", lambda array, j=j: array[:, j])
    for t, steps in enumerate(given.steps):
        rows(lambda ratio, _, steps=steps: f"T = {steps}, n/N = {ratio:g}", lambda array, t=t: array[..., t])


if __name__ == "__main__":
    main()
