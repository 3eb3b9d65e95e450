"""Decoupled weight decay in one pass: limits, runs, and that it gains next to nothing at the best step."""

import numpy as np
import pytest

from optscaling.errors import InputError
from optscaling.theory.gram import Bins
from optscaling.theory.one_pass import (
    OnePassProblem,
    best_step,
    decay_residual,
    decayed_risk,
    power_law_bins,
    scheduled_risk,
)
from optscaling.theory.schedules import parse_schedule

K = np.arange(1.0, 31)
X, ENERGIES = K**-1.5, K**-2.0
BINS = Bins(X, ENERGIES, np.ones(30), 0.0, float(ENERGIES.sum()), 0.1)
CONSTANT, LINEAR = parse_schedule("constant"), parse_schedule("linear")


def test_without_decay_it_is_sgd() -> None:
    problem = OnePassProblem(BINS, batch=2, noise=0.5)
    found = decayed_risk(LINEAR, problem, 70, np.array([0.1, 0.3]), np.zeros(2))
    plain = scheduled_risk(LINEAR, problem, 70, np.array([0.1, 0.3]), float("inf"))
    np.testing.assert_allclose(found, plain, rtol=1e-10)


def test_without_noise_it_is_its_filter() -> None:
    found = decayed_risk(CONSTANT, OnePassProblem(BINS, batch=1e16), 40, np.array([0.4]), np.array([0.03]))[0]
    expected = float(ENERGIES @ decay_residual(X, 40, 0.4, 0.03) ** 2) / BINS.total
    assert found == pytest.approx(expected, rel=1e-9)


def test_runs_have_its_risk() -> None:
    eta, decay, batch, steps, runs = 0.15, 0.2, 4, 60, 600
    rng, target = np.random.default_rng(0), np.sqrt(ENERGIES / X)
    weights = np.zeros((runs, 30))
    for _ in range(steps):
        inputs = rng.standard_normal((runs, batch, 30)) * np.sqrt(X)
        labels = inputs @ target + np.sqrt(0.5 * BINS.total) * rng.standard_normal((runs, batch))
        residuals = labels - np.einsum("abk,ak->ab", inputs, weights)
        weights = (1 - eta * decay) * weights + eta * np.einsum("abk,ab->ak", inputs, residuals) / batch
    risks = (weights - target) ** 2 @ X / BINS.total
    theory = decayed_risk(CONSTANT, OnePassProblem(BINS, batch, 0.5), steps, np.array([eta]), np.array([decay]))[0]
    assert theory == pytest.approx(risks.mean(), abs=4 * risks.std() / np.sqrt(runs))


@pytest.mark.parametrize(("s", "r", "schedule"), [(0.5, 1.0, CONSTANT), (1.0, 0.5, LINEAR)])
def test_at_the_best_step_no_decay_gains(s: float, r: float, schedule) -> None:
    problem = OnePassProblem(power_law_bins(s, r, 0.3), noise=1.0)
    best = best_step(schedule, problem, 300)
    eta, shares = best.eta * np.array([[0.5], [1.0], [2.0]]), np.array([0.0, 0.1, 0.3, 1.0, 3.0])
    grid = np.broadcast_arrays(eta, shares / (eta * 300))
    risks = decayed_risk(schedule, problem, 300, *(each.ravel() for each in grid)).reshape(3, 5)
    assert risks.min() > 0.999 * risks[:, 0].min()
    assert risks[1, 4] > 1.05 * risks[1, 0]  # and a strong one costs


def test_what_is_refused() -> None:
    with pytest.raises(InputError, match="without"):
        decayed_risk(CONSTANT, OnePassProblem(BINS, power=0.5), 3, np.ones(1), np.zeros(1))
    with pytest.raises(InputError, match="decay >= 0"):
        decayed_risk(CONSTANT, OnePassProblem(BINS), 3, np.ones(1), -np.ones(1))
