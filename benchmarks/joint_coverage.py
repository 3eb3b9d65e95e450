"""Coverage of the intervals of joint laws on the very design of a table: `python benchmarks/joint_coverage.py [TABLE]`.

500 data sets are made from the law rho_D + d_beta fitted to the runs, with normal deviations of log L of .002, and
fitted again. Counted is how often a 95 % interval of each optimizer's d_beta and rho_D holds the truth: by t, by
profile likelihood (the truth held, all else refitted), and by the bootstraps (60 data sets of 300 refits). Beside it,
the exponents' errors against a variable-projection fit of the same draws.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import least_squares
from scipy.special import stdtrit

from optscaling.compare.joint_laws.joint_fit import JointFit, fit_at, fit_joint, term_values
from optscaling.compare.joint_laws.refit import refit_all
from optscaling.compare.joint_laws.rho_form import rho_form
from optscaling.compare.joint_laws.run_data import runs_of
from optscaling.compare.joint_laws.simulated_data import Noise, drawn_losses
from optscaling.compare.joint_laws.terms import D_BETA, RHO_D, columns

RUNS = Path(__file__).parents[1] / "tests/data/fantastic_optimizers.csv"
SETS, NOISE, TERMS = 500, 0.002, frozenset({RHO_D, D_BETA})


def by_t(fit: JointFit, losses: np.ndarray, theta: np.ndarray) -> dict[str, np.ndarray]:
    """Whether the t interval holds the truth, per term, shape (sets, optimizers - 1)."""
    reach = float(stdtrit(fit.dof, 0.975))
    held: dict[str, list[np.ndarray]] = {RHO_D: [], D_BETA: []}
    for row, at in zip(losses, theta, strict=True):
        found = fit_at(fit.data.with_losses(np.exp(row)), TERMS, fit.form, at)
        for term, into in held.items():
            truth = term_values(fit.theta, fit.data, TERMS, term)[0]
            values, errors = term_values(at, fit.data, TERMS, term, found.covariance)
            into.append(np.abs(values - truth) <= reach * errors)
    return {term: np.array(into) for term, into in held.items()}


def by_profile(fit: JointFit, losses: np.ndarray, theta: np.ndarray, value: np.ndarray) -> dict[str, np.ndarray]:
    """The same for profile likelihood."""
    form = rho_form(fit)
    truth, allowed = form.from_inner(fit.theta[None])[0], 1 + float(stdtrit(fit.dof, 0.975)) ** 2 / fit.dof
    held = {}
    for term in (RHO_D, D_BETA):
        place = columns(fit.data, TERMS, term)
        inside = []
        for index in range(place.start, place.stop):
            start = form.from_inner(theta)
            start[:, index] = truth[index]
            inside.append(refit_all(form, losses, start, held=(index,))[1] <= value * allowed)
        held[term] = np.array(inside).T
    return held


def by_bootstrap(fit: JointFit, losses: np.ndarray, theta: np.ndarray, noise: Noise) -> dict[str, np.ndarray]:
    """The same for percentiles of a bootstrap."""
    held: dict[str, list[np.ndarray]] = {RHO_D: [], D_BETA: []}
    for k, (row, at) in enumerate(zip(losses, theta, strict=True)):
        own = fit_at(fit.data.with_losses(np.exp(row)), TERMS, fit.form, at)
        draws = refit_all(own.form, drawn_losses(own, 300, k, noise), at)[0]
        for term, into in held.items():
            low, high = np.quantile(term_values(draws, fit.data, TERMS, term)[0], [0.025, 0.975], axis=0)
            truth = term_values(fit.theta, fit.data, TERMS, term)[0]
            into.append((low <= truth) & (truth <= high))
    return {term: np.array(into) for term, into in held.items()}


def against_projection(sets: int = 20) -> float:
    """Root mean square error of alpha and beta over that of variable projection with scipy, one optimizer."""
    rng = np.random.default_rng(4)
    sizes, tokens = (a.ravel() for a in np.meshgrid(np.geomspace(5e7, 2e9, 7), np.geomspace(1e9, 1e11, 7)))
    law = 1.7 + 0.9 * (sizes / 3e8) ** -0.34 + 0.4 * (tokens / 2e10) ** -0.28
    errors = []
    for _ in range(sets):
        losses = law * np.exp(NOISE * rng.standard_normal(law.size))
        table = pd.DataFrame({"size": sizes, "tokens": tokens, "loss": losses})
        shared = fit_joint(runs_of(table)).shared()

        def misfit(exponents: np.ndarray, losses: np.ndarray = losses) -> np.ndarray:
            basis = np.stack([np.ones_like(law), (sizes / 3e8) ** -exponents[0], (tokens / 2e10) ** -exponents[1]], 1)
            scaled = basis / losses[:, None]
            return scaled @ np.linalg.lstsq(scaled, np.ones_like(law), rcond=None)[0] - 1

        projected = least_squares(misfit, [0.3, 0.3], xtol=1e-12).x
        errors.append((shared["alpha"].value - 0.34, shared["beta"].value - 0.28, *(projected - [0.34, 0.28])))
    found = np.sqrt(np.mean(np.square(errors), axis=0))
    return float(np.max(found[:2] / found[2:]))


def main() -> None:
    """Print the shares."""
    table = pd.read_csv(sys.argv[1] if len(sys.argv) > 1 else RUNS).query("optimizer != 'Sophia'")
    fit = fit_joint(runs_of(table, {"size": "params_nonembed", "tokens": "tokens"}, units=(3e8, 2e10)), TERMS)
    losses = fit.fitted + NOISE * np.random.default_rng(1).standard_normal((SETS, len(fit.data.y)))
    begun = time.perf_counter()
    theta, value = refit_all(fit.form, losses, fit.theta)
    print(f"{SETS} refits of {len(fit.data.y)} runs: {time.perf_counter() - begun:.1f} s")
    kinds = {"t": by_t(fit, losses, theta), "profile": by_profile(fit, losses, theta, value)}
    for noise in ("residual", "wild", "block"):
        kinds[noise] = by_bootstrap(fit, losses[:60], theta[:60], noise)
    for kind, held in kinds.items():
        for term, inside in held.items():
            share = inside.mean(axis=0)
            print(f"{kind:9s} {term:7s} mean {share.mean():.1%}, optimizers {share.min():.1%} to {share.max():.1%}")
    print(f"error of exponents over that of variable projection: {against_projection():.3f}")


if __name__ == "__main__":
    main()
