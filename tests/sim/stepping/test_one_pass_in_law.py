"""One-pass methods in law are one-pass methods on drawn samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from scipy.stats import ks_2samp
from support.small import experiment

from optscaling.errors import InputError
from optscaling.sim import simulate
from optscaling.sim.cells.cell import measure, problem_of
from optscaling.sim.devices.host import Host
from optscaling.sim.factorisation.factor import factorise_population, left_over
from optscaling.sim.problems.draw import Population
from optscaling.sim.problems.random_streams import CellSeed
from optscaling.sim.stepping.one_pass_in_law import BLOCK_STEPS, _march, run_in_law
from optscaling.theory.dynamics.one_pass_rules import (
    Rule,
    dana_constant,
    dana_decaying,
    sgd,
    sgd_momentum,
    sgd_nesterov,
)
from optscaling.theory.dynamics.second_moment_risk import second_moment_risk
from optscaling.theory.gram.bins import Bins
from optscaling.theory.optimizers.momentum import HeavyBall
from optscaling.theory.optimizers.one_pass import FeaturePowerSGD

DIM, SIZE = 12, 5
STEPS = [1, 4, 30]
ETA = 0.15  # over the largest eigenvalue
CASES: dict[str, tuple[Rule, int, float, float]] = {  # rule in units of 1/lambda_max(P G), batch, noise, p
    "one sample": (sgd(ETA), 1, 0.0, 0.0),
    "one noisy sample": (sgd(ETA), 1, 0.5, 0.0),
    "two samples": (sgd(2 * ETA), 2, 0.1, 0.0),
    "a batch": (sgd(0.8), 16, 0.0, 0.0),
    "preconditioned": (sgd(ETA), 3, 0.1, 0.5),
    "momentum": (sgd_momentum(0.2 * ETA, 0.8), 3, 0.1, 0.0),
    "momentum, one sample": (sgd_momentum(0.1 * ETA, 0.9), 1, 0.0, 0.0),
    "dana-constant": (dana_constant(ETA, SIZE, 8.0), 2, 0.1, 0.0),
    "dana-decaying": (dana_decaying(ETA, 0.5, 8.0), 4, 0.1, 0.0),
    "nesterov": (sgd_nesterov(ETA, 3.0), 16, 0.1, 0.0),
}


def population() -> Population:
    eigenvalues = np.arange(1, DIM + 1.0) ** -1.5
    normal = np.random.default_rng(3).standard_normal((DIM, SIZE))
    return Population(normal * np.sqrt(eigenvalues / SIZE)[:, None], np.sqrt(eigenvalues / eigenvalues.sum()))


def sampled(draw: Population, rule: Rule, batch: int, noise: float, power: float, runs: int, seed: int) -> np.ndarray:
    """Risks of plain steps on drawn inputs, in the weights themselves, shape (runs, T)."""
    rng = np.random.default_rng(seed)
    values, vectors = np.linalg.eigh(draw.matrix.T @ draw.matrix)
    preconditioner = vectors @ ((values / values[-1])[:, None] ** -power * vectors.T) / values[-1]
    weights, memory, found = np.zeros((runs, SIZE)), np.zeros((runs, SIZE)), []
    for t in range(STEPS[-1] + 1):
        if t in STEPS:
            found.append(draw.risk((weights + rule.behind(t) * memory).T))
        if t == STEPS[-1]:
            break
        inputs = rng.standard_normal((runs, batch, DIM))
        labels = inputs @ draw.target + np.sqrt(noise) * rng.standard_normal((runs, batch))
        features = inputs @ draw.matrix
        miss = np.einsum("rbi,ri->rb", features, weights) - labels
        gradient = np.einsum("rbi,rb->ri", features, miss) / batch @ preconditioner
        gamma2, gamma3, forget = rule.at(t)
        memory = (1 - forget) * memory + gradient
        weights = weights - gamma2 * gradient - gamma3 * memory
    return np.stack(found, axis=1)


def in_law(
    draw: Population, rule: Rule, batch: float, noise: float, power: float, runs: int, steps: Sequence[int] = STEPS
) -> np.ndarray:
    factor = factorise_population(("filter", 0), draw.matrix, Host())
    seeds = [CellSeed(0.5, SIZE, seed) for seed in range(runs)]
    rates = (factor.values / factor.values.max()) ** (1 - power)
    start, floor = factor.vectors.T @ draw.target, factor.floor(draw.target)
    return run_in_law(rule, rates, start, floor, np.array(steps), seeds, batch=batch, noise=noise)


@pytest.mark.parametrize("name", CASES)
def test_equal_in_distribution_to_drawn_samples(name: str) -> None:
    rule, batch, noise, power = CASES[name]
    draw, runs = population(), 1500
    one = np.log(in_law(draw, rule, batch, noise, power, runs))
    other = np.log(sampled(draw, rule, batch, noise, power, runs, 11))
    # 10 x 3 x 3 comparisons: 4.5 standard errors, and p > 1e-5, are passed by right ones 999 times in 1000
    for a, b in zip(one.T, other.T, strict=True):
        error = np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / runs)
        assert abs(a.mean() - b.mean()) < 4.5 * error
        squares = (a - a.mean()) ** 2, (b - b.mean()) ** 2
        error = np.sqrt((squares[0].var(ddof=1) + squares[1].var(ddof=1)) / runs)
        assert abs(squares[0].mean() - squares[1].mean()) < 4.5 * error
        assert ks_2samp(a, b).pvalue > 1e-5


@pytest.mark.parametrize(
    ("rule", "batch", "noise", "power"),
    [
        (sgd(0.1), 1.0, 0.3, 0.0),
        (sgd(0.3), 2.5, 0.1, 0.0),  # no whole number of samples, but moments that are predicted
        (sgd(0.5), 16.0, 0.0, 0.25),
        (sgd_momentum(0.05, 0.8), 4.0, 0.1, 0.0),
        (dana_decaying(0.2, 0.5, 8.0), 8.0, 0.0, 0.0),
    ],
)
def test_mean_is_that_of_the_second_moments(rule: Rule, batch: float, noise: float, power: float) -> None:
    draw, steps = population(), [1, 10, 100]
    factor = factorise_population(("filter", 0), draw.matrix, Host())
    seen, floor = (factor.vectors.T @ draw.target) ** 2, factor.floor(draw.target)
    bins = Bins(factor.values / factor.values.max(), seen, np.ones(len(seen)), floor, 1.0, 0.0)
    expected = second_moment_risk(rule, bins, np.array(steps, dtype=float), batch=batch, noise=noise, power=power)
    runs = in_law(draw, rule, batch, noise, power, 2000, steps)
    error = runs.std(axis=0, ddof=1) / np.sqrt(len(runs))
    assert np.all(np.abs(runs.mean(axis=0) - expected.risk) < 4 * np.hypot(error, expected.error * expected.risk))
    assert np.all(error < 0.03 * expected.risk)


def test_numbers_are_those_of_the_seed() -> None:
    """Whatever runs beside it, and however the steps are cut: sums over 40 modes and 600 steps round by 1e-12."""
    modes, steps = 40, np.array([0, 3, BLOCK_STEPS, 600])
    rates = np.arange(1, modes + 1.0) ** -1.5
    start, floor = np.sqrt(rates / rates.sum()), 0.01
    seeds = [CellSeed(0.5, modes, seed) for seed in range(10)]
    rule = sgd_momentum(0.03, 0.8)
    together = run_in_law(rule, rates, start, floor, steps, seeds, batch=4, noise=0.1)
    np.testing.assert_allclose(together[:, 0], 1.01, rtol=1e-14)
    for seed, row in zip(seeds, together, strict=True):
        alone = run_in_law(rule, rates, start, floor, steps, [seed], batch=4, noise=0.1)
        np.testing.assert_allclose(alone[0], row, rtol=1e-11)
    short = run_in_law(rule, rates, start, floor, steps, seeds, batch=4, noise=0.1, chunk=32)
    np.testing.assert_allclose(short, together, rtol=1e-11)
    some = run_in_law(rule, rates, start, floor, steps[[2, 1]], seeds, batch=4, noise=0.1)
    np.testing.assert_array_equal(some, together[:, [2, 1]])
    each = run_in_law(rule, np.tile(rates, (10, 1)), np.tile(start, (10, 1)), np.full(10, floor), steps, seeds, batch=4)
    assert each.shape == (10, 4)
    assert np.all(each[:, 1:] != together[:, 1:])  # without label noise
    assert len(np.unique(together[:, 1])) == 10


def test_batches_share_directions() -> None:
    """The first of the numbers drawn do not depend on B, so that one step's noise scales as B^-1/2."""
    one, other = (in_law(population(), sgd(0.3), batch, 0.0, 0.0, 3, [1]) for batch in (1e8, 4e8))
    limit = in_law(population(), sgd(0.3), 1e16, 0.0, 0.0, 3, [1])
    assert np.all(np.abs(one - limit) < 1e-3)
    assert np.all(np.abs(other - limit) < np.abs(one - limit))


def test_one_compilation_serves_rules_and_lists_of_steps() -> None:
    in_law(population(), sgd(0.1), 1, 0.0, 0.0, 2, [10])
    compiled = _march._cache_size()
    in_law(population(), dana_constant(0.1, 5, 8.0), 7, 0.2, 0.5, 2, [2, 300, 900, 1000])
    assert _march._cache_size() == compiled


def test_divergence_is_reported_not_raised() -> None:
    made = experiment(optimizers=["sgd:8", "natural-gradient"], steps=[1, 1000], eta=20.0, seeds=3)
    run = simulate(made)
    assert np.isnan(run.risk.sel(optimizer="sgd:8", steps=1000)).all()
    assert np.isfinite(run.risk.sel(steps=1)).all()
    assert run.attrs["diverged"].startswith("sgd:8 diverged in 6 of 6 cells, from T = 1000 on (s=0.5")
    assert simulate(experiment()).attrs["diverged"] == ""


def test_large_batches_are_the_population_gradient() -> None:
    """In cells, at each method's own step: noise of relative size B^-1/2 = 1e-6, grown at most by sqrt(T)."""
    huge = 10**12
    made = experiment(optimizers=["gd", "power:1/4", f"sgd:{huge}"], eta=0.9, noise=0.2)
    made = replace(made, optimizers=(*made.optimizers, FeaturePowerSGD(huge, p=Fraction(1, 4))))
    problem = problem_of(made)
    gd, power, sgd_risk, sgd_power = measure(made, problem, 0.5, 9, 1).risk
    np.testing.assert_allclose(sgd_risk, gd, rtol=1e-4)
    np.testing.assert_allclose(sgd_power, power, rtol=1e-4)
    draw = problem.draw(0.5, 9, 1)
    assert isinstance(draw, Population)
    factor = factorise_population(("filter", 0), draw.matrix, Host())
    left = left_over(HeavyBall(Fraction(9, 10)), factor.values, np.array([7, 40]), 0.09, np.inf)
    expected = factor.floor(draw.target) + ((factor.vectors.T @ draw.target) ** 2) @ left**2
    fast = measure(experiment(optimizers=[f"sgd-momentum:{huge}"], eta=0.9), problem, 0.5, 9, 1)
    np.testing.assert_allclose(fast.risk[0, 1:], expected, rtol=1e-4)


def test_cells_do_not_depend_on_what_else_is_asked_for() -> None:
    one = simulate(experiment(optimizers=["sgd-momentum:8"], eta=0.5, seeds=1))
    many = simulate(experiment(optimizers=["gd", "sgd", "sgd-momentum:8"], eta=0.5, seeds=2, steps=[1, 7, 40, 400]))
    np.testing.assert_array_equal(one.risk.values, many.risk.values[2:, :, :, :1, :3])
    assert np.all(one.risk.values >= one.floor.values[None, ..., None])


@pytest.mark.parametrize("changed", [{"samples": 100}, {"kind": "relu", "samples": 100}])
def test_elsewhere_they_are_refused(changed: dict) -> None:
    with pytest.raises(InputError, match=r"'sgd:4' cannot be simulated here.*gaussian problems of one output"):
        simulate(experiment(optimizers=["sgd:4"], **changed))


def test_what_has_no_law_is_refused_before_it_runs() -> None:
    with pytest.raises(InputError, match="'sgd-data-power:1/2' cannot be simulated"):
        simulate(experiment(optimizers=["sgd-data-power:1/2"]))
    with pytest.raises(InputError, match="s > 0"):
        simulate(experiment(optimizers=["dana-decaying:4"], s=[0.5, -0.25]))


def test_bad_input() -> None:
    given = (sgd(0.1), np.ones(3), np.ones(3), 0.0)
    seed = [CellSeed(0.5, 3, 0)]
    with pytest.raises(InputError, match="batch is 0"):
        run_in_law(*given, np.array([1]), seed, batch=0)
    with pytest.raises(InputError, match="0 seeds"):
        run_in_law(*given, np.array([1]), [])
    with pytest.raises(InputError, match="whole steps"):
        run_in_law(*given, np.array([2.5]), seed)
    with pytest.raises(InputError, match="must divide 256"):
        run_in_law(*given, np.array([1]), seed, chunk=100)
