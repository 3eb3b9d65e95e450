"""Second moments under a schedule: against plain steps, against sampled runs, and strides against single steps."""

from __future__ import annotations

import math

import numpy as np
import pytest

from optscaling.errors import InputError
from optscaling.theory.dynamics.one_pass_rules import sgd
from optscaling.theory.dynamics.second_moment_risk import diagonal_bins, second_moment_risk
from optscaling.theory.one_pass import (
    OnePassProblem,
    batch_curve,
    best_step,
    power_law_bins,
    scheduled_curve,
    scheduled_risk,
    steps_and_tokens,
    strides,
    tuned_risk,
)
from optscaling.theory.schedules import parse_schedule

NAMES = ("constant", "linear", "cosine", "wsd:1/5", "power:1/2", "step:1/4,1/10", "rates:1,1/2,1/2,0")


def small_problem(dim: int = 12):
    k = np.arange(1, dim + 1.0)
    return diagonal_bins(k**-1.5, k**-2.0)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("batch", [1.0, 5.0])
def test_every_step_taken_is_the_recursion(name: str, batch: float) -> None:
    bins, schedule, steps, eta, noise = small_problem(), parse_schedule(name, "1,1/10"), 90, 0.4, 0.3
    e, x = bins.energies.copy(), bins.x
    for rate in eta * schedule.rates(steps):
        moved = ((1 - rate * x) ** 2 + (rate * x) ** 2 / batch) * e
        e = moved + (rate * x) ** 2 * (e.sum() + noise * bins.total) / batch
    found = scheduled_risk(schedule, OnePassProblem(bins, batch, noise), steps, eta, math.inf)
    assert found[0] == pytest.approx(e.sum() / bins.total, rel=1e-12)


def test_sampled_runs_have_this_mean() -> None:
    bins, schedule, steps, eta, batch, noise = small_problem(8), parse_schedule("cosine"), 40, 0.5, 3, 0.2
    rng = np.random.default_rng(7)
    runs, x = 20_000, bins.x
    off = np.tile(np.sqrt(bins.energies / x), (runs, 1))  # w - w*, energies lambda d^2
    sigma = math.sqrt(noise * bins.total)
    for rate in eta * schedule.rates(steps):
        rows = rng.standard_normal((runs, batch, len(x))) * np.sqrt(x)
        wrong = np.einsum("rbk,rk->rb", rows, off) - sigma * rng.standard_normal((runs, batch))
        off -= rate * np.einsum("rb,rbk->rk", wrong, rows) / batch
    risks = off**2 @ x / bins.total
    found = scheduled_risk(schedule, OnePassProblem(bins, batch, noise), steps, eta)[0]
    assert abs(risks.mean() - found) < 4 * risks.std() / math.sqrt(runs)


@pytest.mark.parametrize("name", NAMES)
def test_strides_are_as_good_as_steps(name: str) -> None:
    problem, schedule = OnePassProblem(power_law_bins(0.5, 1.0), noise=0.5), parse_schedule(name, "1,1/20")
    eta = np.array([0.1, 0.02])
    exact = scheduled_risk(schedule, problem, 4000, eta, math.inf)
    coarse = scheduled_risk(schedule, problem, 4000, eta, 32)
    fine = scheduled_risk(schedule, problem, 4000, eta, 64)
    assert fine == pytest.approx(exact, rel=2e-4)
    assert np.all(np.abs(fine / exact - 1) < np.maximum(np.abs(coarse / exact - 1), 1e-7))


@pytest.mark.parametrize("power", [0.0, 0.25])
def test_a_constant_step_is_the_closed_form(power: float) -> None:
    bins, steps = small_problem(30), 700
    known = second_moment_risk(sgd(0.3), bins, np.array([steps]), batch=4, noise=0.1, power=power).risk
    found = scheduled_risk(parse_schedule("constant"), OnePassProblem(bins, 4, 0.1, power), steps, 0.3)
    assert found == pytest.approx(known, rel=1e-6)


def test_a_curve_ends_where_the_risk_does_and_starts_at_one() -> None:
    problem, schedule = OnePassProblem(small_problem(), noise=0.1), parse_schedule("wsd:1/4")
    times, risks = scheduled_curve(schedule, problem, 500, 0.3)
    assert (times[0], times[-1], risks[0]) == (0, 500, pytest.approx(1.0))
    assert risks[-1] == scheduled_risk(schedule, problem, 500, 0.3)[0]


def test_a_step_that_blows_up_is_infinite_beside_one_that_does_not() -> None:
    found = scheduled_risk(parse_schedule("constant"), OnePassProblem(small_problem()), 2000, np.array([0.1, 1.9]))
    assert np.isfinite(found[0])
    assert found[1] == math.inf


def test_strides_add_up() -> None:
    for name in NAMES:
        cut = strides(parse_schedule(name), 12345, 16)
        assert cut.lengths.sum() == 12345
        assert cut.lengths @ cut.mean == pytest.approx(parse_schedule(name).rates(12345).sum(), rel=1e-6)
        assert np.all(cut.square >= cut.mean**2 * (1 - 1e-12))
    with pytest.raises(InputError, match="1 or more"):
        strides(parse_schedule("linear"), 0)


def test_the_best_step_is_a_minimum() -> None:
    problem, schedule = OnePassProblem(power_law_bins(1.0, 1.0), noise=1.0), parse_schedule("linear")
    best = best_step(schedule, problem, 3000)
    around = scheduled_risk(schedule, problem, 3000, best.eta * np.array([0.5, 0.8, 1.25, 2.0]))
    assert np.all(around > best.risk)


def test_batches_cost_nothing_until_the_critical_one() -> None:
    problem, schedule = OnePassProblem(power_law_bins(1.0, 2.0), noise=1.0), parse_schedule("power:4")
    curve = batch_curve(schedule, problem, 1e4)
    assert curve.complete
    assert curve.interval[0] < curve.critical < curve.interval[1]
    assert np.all(np.diff(curve.risks) > -1e-3 * curve.risks[:-1])
    needed = steps_and_tokens(tuned_risk(schedule, problem), curve)
    kept = np.isfinite(needed.tokens)
    assert np.all(np.diff(needed.tokens[kept]) >= 0)
    assert np.all(np.diff(needed.steps[kept]) < 0)
    with pytest.raises(InputError, match="tokens"):
        batch_curve(schedule, problem, 10)


@pytest.mark.parametrize("wrong", [{"batch": 0.5}, {"noise": -1.0}, {"power": 1.0}])
def test_problems_that_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError, match="batch >= 1"):
        OnePassProblem(small_problem(), **wrong)
