"""Second moments of Adam, Adagrad and sign descent: exact limits, and slopes beside exponents."""

import math

import numpy as np
import pytest

from optscaling.errors import InputError
from optscaling.theory.data_limited import alpha_per_data
from optscaling.theory.gram import Bins
from optscaling.theory.one_pass import (
    AdaptiveProblem,
    adaptive_risk,
    best_adaptive_step,
    power_law_bins,
    risks_of_schedules,
)
from optscaling.theory.optimizers import Adagrad, Adam, Lion, StochasticSign
from optscaling.theory.schedules import parse_schedule

X = np.array([1.0, 0.25, 0.04])
WEIGHTS = np.array([1.0, 0.6, 0.3])
BINS = Bins(X, X * WEIGHTS**2, np.ones(3), 0.0, float(X @ WEIGHTS**2), 0.1)
CONSTANT = parse_schedule("constant")


@pytest.mark.parametrize("rule", [StochasticSign(), Adam(memory=0)], ids=["sign", "adam without memory"])
def test_without_noise_signs_move_every_weight_at_one_speed(rule) -> None:
    problem = AdaptiveProblem(BINS, batch=1e16)
    found = adaptive_risk(rule, CONSTANT, problem, 20, 0.01)
    assert found == pytest.approx(float(X @ (WEIGHTS - 0.2) ** 2) / BINS.total, rel=1e-6)


def test_adagrad_takes_the_steps_of_its_recursion() -> None:
    weights, sums = WEIGHTS.copy(), np.zeros(3)
    for _ in range(15):
        gradient = X * weights
        sums += gradient**2
        weights = weights - 0.05 * gradient / np.sqrt(sums)
    found = adaptive_risk(Adagrad(), CONSTANT, AdaptiveProblem(BINS, batch=1e16), 15, 0.05)
    assert found == pytest.approx(float(X @ weights**2) / BINS.total, rel=1e-6)


def test_groups_of_modes_are_their_modes() -> None:
    alone = Bins(np.repeat(X, 4), np.repeat(BINS.energies, 4) / 4, np.ones(12), 0.0, BINS.total, 0.1)
    grouped = Bins(X, BINS.energies, np.full(3, 4.0), 0.0, BINS.total, 0.1)
    one, two = (
        adaptive_risk(Adam(), CONSTANT, AdaptiveProblem(bins, 4, 0.5), 60, np.array([0.01, 0.1]))
        for bins in (alone, grouped)
    )
    np.testing.assert_allclose(one, two, rtol=1e-12)


@pytest.mark.parametrize(
    ("rule", "schedule", "noise", "within"),
    [
        (Adam(), "constant", 1.0, 0.01),
        (Adam(), "cosine", 1.0, 0.01),
        (StochasticSign(), "constant", 1.0, 0.02),
        (Adagrad(), "constant", 0.0, 0.03),
    ],
)
def test_slopes_are_the_exponents(rule, schedule: str, noise: float, within: float) -> None:
    bins = power_law_bins(2.0, 1.0, 0.3)
    problem = AdaptiveProblem(bins, noise=noise / bins.total)
    one, two = (best_adaptive_step(rule, parse_schedule(schedule), problem, steps).risk for steps in (300, 1500))
    expected = float(alpha_per_data(rule, 2, 1, schedule, noise=noise > 0).value)
    assert math.log(one / two) / math.log(5) == pytest.approx(expected, abs=within)


def test_risks_of_schedules_serve_adam() -> None:
    constant, cosine = risks_of_schedules("adam", 2, 1, 300, ("constant", "cosine"))
    assert cosine.risk < constant.risk < 1


def test_what_is_refused() -> None:
    with pytest.raises(InputError, match="batch"):
        AdaptiveProblem(BINS, batch=0)
    with pytest.raises(InputError, match="step sizes are positive"):
        adaptive_risk(Adam(), CONSTANT, AdaptiveProblem(BINS), 3, 0.0)
    with pytest.raises(InputError, match="no recursion"):
        adaptive_risk(Lion(), CONSTANT, AdaptiveProblem(BINS), 3, 0.1)
    with pytest.raises(InputError, match="0 <= b2 < 1"):
        Adam(memory=1)
    with pytest.raises(InputError, match="batch"):
        Adam(batch=0)
