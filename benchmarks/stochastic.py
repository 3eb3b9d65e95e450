"""Stochastic training and sign descent: what a prediction costs beside plain steps, and how far it is from them.

Prints (1) SGD over 10^5 steps and 1,000 modes, closed form and march, beside a NumPy loop over the same recursion;
(2) one-pass methods on drawn features, steps taken one by one, beside their prediction; (3) the same for sign descent
through the simulator. Every deviation stands beside its Monte Carlo error and the error that the prediction states.
Run it on one core (OMP_NUM_THREADS=1) to compare times.
"""

from __future__ import annotations

import argparse
import time
from fractions import Fraction

import numpy as np

from optscaling.sim import simulate
from optscaling.theory.dynamics.one_pass_on_population import batch_of, one_pass_risk
from optscaling.theory.dynamics.one_pass_rules import rule_of, sgd
from optscaling.theory.dynamics.second_moment_march import march
from optscaling.theory.dynamics.second_moment_risk import diagonal_bins, second_moment_risk
from optscaling.theory.dynamics.sign_descent_locking import sign_risk_prediction
from optscaling.theory.experiments.parse import from_dict
from optscaling.theory.gram.bins import bins_of
from optscaling.theory.gram.measure import spectral_measure
from optscaling.theory.optimizers.one_pass import (
    DanaConstant,
    DanaDecaying,
    FeaturePowerSGD,
    OnePass,
    StochasticGradientDescent,
    StochasticMomentum,
)
from optscaling.theory.optimizers.sign import Sign
from optscaling.theory.problems.spectral_problem import SpectralProblem
from optscaling.theory.problems.spectrum import PowerLaw

STEPS = 100_000
MODES = 1000
CASES: list[tuple[OnePass, float, int, float, float]] = [  # optimizer, s, N, eta, noise
    (StochasticGradientDescent(batch=1), 1.0, 64, 0.3, 0.0),
    (StochasticGradientDescent(batch=1), 0.5, 64, 0.15, 0.1),
    (StochasticGradientDescent(batch=8), 0.5, 64, 0.5, 0.1),
    (StochasticGradientDescent(batch=8), -0.25, 64, 0.1, 0.1),
    (StochasticGradientDescent(batch=64), 1.0, 64, 1.0, 0.0),
    (StochasticGradientDescent(batch=8), 1.0, 256, 0.5, 0.1),
    (StochasticMomentum(batch=8), 1.0, 64, 0.5, 0.1),
    (DanaConstant(batch=8), 1.0, 64, 0.3, 0.1),
    (DanaDecaying(batch=8), 1.0, 64, 0.3, 0.0),
    (FeaturePowerSGD(batch=64, p=Fraction(1, 4)), 1.0, 64, 0.5, 0.0),
]


def speed() -> None:
    """Closed form and march against a NumPy loop over the same recursion."""
    print(f"SGD, {STEPS:,} steps, {MODES} modes, B = 1, label noise 0.1: times in s, ratio = loop/method")
    print(
        f"{'s':>5s}{'eta':>6s}{'loop':>8s}{'closed':>8s}{'ratio':>7s}{'off':>9s}{'march':>8s}{'ratio':>7s}{'off':>9s}"
    )
    k = np.arange(1, MODES + 1.0)
    wanted = np.unique(np.round(np.geomspace(1, STEPS, 50)))
    for s, eta in ((0.5, 0.3), (1.0, 0.5), (-0.25, 0.02)):
        bins = diagonal_bins(k ** -(1 + s), k ** -(1 + s))
        start = time.perf_counter()
        looped = _loop(eta * bins.x, bins.energies, 0.1 * bins.total)[wanted.astype(int)] / bins.total
        loop = time.perf_counter() - start
        start = time.perf_counter()
        found = second_moment_risk(sgd(eta), bins, wanted, noise=0.1)
        closed = time.perf_counter() - start
        start = time.perf_counter()
        times, risks = march(sgd(eta), bins, STEPS, 1, 0.1 * bins.total, 0.0, 32)
        marched = time.perf_counter() - start
        strided = np.exp(np.interp(np.log1p(wanted), np.log1p(times), np.log(risks))) / bins.total
        off, march_off = (np.max(np.abs(each / looped - 1)) for each in (found.risk, strided))
        print(
            f"{s:5g}{eta:6g}{loop:8.3f}{closed:8.3f}{loop / closed:7.1f}{off:9.1e}"
            f"{marched:8.3f}{loop / marched:7.1f}{march_off:9.1e}"
        )


def _loop(rates: np.ndarray, energies: np.ndarray, noise: float) -> np.ndarray:
    """Risk after every step at B = 1, taken one by one."""
    keep, shock = 1 - 2 * rates + 2 * rates**2, rates**2
    moments, risk = energies.copy(), float(energies.sum())
    risks = [risk]
    for _ in range(STEPS):
        moments = keep * moments + shock * (risk + noise)
        risk = float(moments.sum())
        risks.append(risk)
    return np.array(risks)


def one_pass(seeds: int, last: int) -> None:
    """Predictions against runs on drawn features."""
    steps = np.array([t for t in (10, 30, 100, 300, 1000, 3000) if t <= last])
    print(f"\none-pass methods, dim = 300, T = {steps.tolist()}, {seeds} draws: predicted/simulated - 1 in %")
    print(f"{'method':>18s}{'s':>6s}{'N':>5s}  {'off (Monte Carlo error; stated error)'}")
    for optimizer, s, size, eta, noise in CASES:
        bins = bins_of(SpectralProblem(PowerLaw(s, 300)).modes(size), size)
        found = one_pass_risk(optimizer, bins, bins.largest, steps, eta, noise, size, s)
        runs = np.array([_run(optimizer, s, size, eta, noise, steps.tolist(), seed) for seed in range(seeds)])
        mean, error = runs.mean(axis=0), runs.std(axis=0, ddof=1) / np.sqrt(seeds)
        rows = zip(100 * (found.risk / mean - 1), 100 * error / mean, 100 * found.error, strict=True)
        told = " ".join(f"{a:5.1f} ({b:.1f}; {c:.1f})" for a, b, c in rows)
        print(f"{optimizer.name:>18s}{s:6g}{size:5d}  {told}")


def _run(
    optimizer: OnePass, s: float, size: int, eta: float, noise: float, steps: list[int], seed: int, dim: int = 300
) -> np.ndarray:
    """Mean risk of parallel runs on one draw of the features, inputs drawn in law at every step."""
    rng = np.random.default_rng(seed)
    eigenvalues = np.arange(1, dim + 1.0) ** -(1 + s)
    target = np.sqrt(eigenvalues / eigenvalues.sum())
    matrix = rng.standard_normal((dim, size)) * np.sqrt(eigenvalues / size)[:, None]
    best = np.linalg.lstsq(matrix, target, rcond=None)[0]
    floor = float(np.sum((target - matrix @ best) ** 2))
    batch, power = round(batch_of(optimizer, size)), float(getattr(optimizer, "p", 0))
    runs = max(2, 20 // batch)
    values, vectors = np.linalg.eigh(matrix.T @ matrix)
    rule = rule_of(optimizer, eta / values[-1] ** (1 - power), s, size)
    # coordinates along the eigenvectors of G: the same run, turned
    off, memory, found = np.tile(-vectors.T @ best, (runs, 1)), np.zeros((runs, size)), []
    for t in range(steps[-1] + 1):
        if t in steps:
            found.append(floor + float(np.mean(off**2 @ values)))
        seen = rng.standard_normal((runs, batch, size)) * np.sqrt(values)
        miss = np.einsum("rbi,ri->rb", seen, off) - np.sqrt(floor + noise) * rng.standard_normal((runs, batch))
        gradient = np.einsum("rbi,rb->ri", seen, miss) / batch * values**-power
        gamma2, gamma3, forget = rule.at(t)
        memory = (1 - forget) * memory + gradient
        off = off - gamma2 * gradient - gamma3 * memory
    return np.array(found)


def sign(seeds: int, last: int) -> None:
    """Predictions against the simulator, the step chosen at the last T of each list."""
    print(f"\nsign descent, dim = 1000, {seeds} draws: predicted/simulated - 1 in %; step predicted, and simulated")
    print(f"{'s':>6s}{'N':>5s}{'last T':>8s}  off (Monte Carlo error; stated error) at T = 10, 100, ...")
    spectra, sizes = [-0.25, 0.25, 0.5, 1.0, 2.0], [64, 256]
    every = [10**e for e in range(1, 6) if 10**e <= last]
    for count in range(2, len(every) + 1):
        steps = every[:count]
        experiment = from_dict(
            {
                "problem": {"kind": "gaussian", "s": spectra, "dim": 1000},
                "model": {"sizes": sizes},
                "training": {"optimizers": ["sign"], "steps": steps},
                "measure": {"seeds": seeds},
            },
            "sign",
        )
        run = simulate(experiment)
        risks = run.risk.transpose("optimizer", "s", "N", "seed", "steps").values[0]
        chosen = run.sign_step.transpose("s", "N", "seed").values
        for i, s in enumerate(spectra):
            for j, size in enumerate(sizes):
                measure = spectral_measure(SpectralProblem(PowerLaw(s, 1000)).modes(size), size)
                found = sign_risk_prediction(Sign(), measure, size, np.array(steps))
                mean, error = risks[i, j].mean(axis=0), risks[i, j].std(axis=0, ddof=1) / np.sqrt(seeds)
                rows = zip(100 * (found.risk / mean - 1), 100 * error / mean, 100 * found.error, strict=True)
                told = " ".join(f"{a:5.1f} ({b:.1f}; {c:.1f})" for a, b, c in rows)
                picked = ",".join(f"{v:g}" for v in np.unique(chosen[i, j]))
                print(f"{s:6g}{size:5d}{steps[-1]:8d}  {told}  {found.step:g} and {picked}")


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=40, help="draws of the features, for one-pass methods")
    parser.add_argument("--sign-seeds", type=int, default=6, help="draws, for sign descent")
    parser.add_argument("--steps", type=int, default=3000, help="the last T of one-pass methods")
    parser.add_argument("--sign-steps", type=int, default=10_000, help="the last T of sign descent")
    parser.add_argument("--only", choices=["speed", "one-pass", "sign"], help="one part alone")
    given = parser.parse_args()
    if given.only in (None, "speed"):
        speed()
    if given.only in (None, "one-pass"):
        one_pass(given.seeds, given.steps)
    if given.only in (None, "sign"):
        sign(given.sign_seeds, given.sign_steps)


if __name__ == "__main__":
    main()
