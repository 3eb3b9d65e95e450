"""Momentum by factorisation equals momentum taken step by step on the features, at any T."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from support.small import experiment, true_risk, whole

from optscaling.errors import InputError
from optscaling.sim.cells.cell import measure, problem_of
from optscaling.sim.factorisation.factor import check_known, is_linear, left_over
from optscaling.sim.problems.draw import Population, Sampled
from optscaling.theory.optimizers.base import Optimizer
from optscaling.theory.optimizers.momentum import ConjugateGradients, HeavyBall, Nesterov, ScheduledHeavyBall

RULES = (
    HeavyBall(Fraction(9, 10)),
    HeavyBall(Fraction(0)),
    ScheduledHeavyBall(Fraction(3)),
    ScheduledHeavyBall(Fraction(1, 2)),
    Nesterov(Fraction(3)),
    Nesterov(Fraction(7, 2)),
)


def momentum_of(rule: Optimizer, t: int) -> float:
    """The momentum of step t = 1, 2, ...."""
    if isinstance(rule, HeavyBall):
        return float(rule.beta)
    assert isinstance(rule, ScheduledHeavyBall | Nesterov)
    assert rule.delta is not None
    return max(0.0, 1 - float(rule.delta) / t)


def stepped(draw: Population | Sampled, rule: Optimizer, steps: tuple[int, ...], eta: float) -> np.ndarray:
    """Weights after each T, shape (N, T)."""
    features, target, rows = whole(draw)
    step = eta / np.linalg.eigvalsh(features.T @ features / rows)[-1] / rows
    now = before = np.zeros(features.shape[1])
    kept = []
    for t in range(1, steps[-1] + 1):
        ahead = now + momentum_of(rule, t) * (now - before)
        at = ahead if isinstance(rule, Nesterov) else now
        now, before = ahead - step * (features.T @ (features @ at - target)), now
        if t in steps:
            kept.append(now)
    return np.stack(kept, axis=1)


@pytest.mark.parametrize("samples", ["inf", 300])
@pytest.mark.parametrize("eta", [0.3, 1.3])
def test_factorisation_equals_steps(samples: Any, eta: float) -> None:
    steps = (1, 2, 10, 64, 65, 150, 700)
    made = replace(experiment(s=0.3, sizes=[8], samples=samples, noise=0.1, eta=eta, steps=steps), optimizers=RULES)
    problem = problem_of(made)
    cell = measure(made, problem, 0.3, 8, 0)
    draw = problem.draw(0.3, 8, 0)
    for row, rule in zip(cell.risk, RULES, strict=True):
        expected = true_risk(draw, stepped(draw, rule, steps, eta))
        # steps lose eps times T times the condition number, 1e3; the residual's own error is 1e-10
        np.testing.assert_allclose(row, expected, rtol=1e-8, atol=1e-9, err_msg=rule.name)


def test_many_steps_cost_nothing() -> None:
    values = np.geomspace(1e-8, 3.0, 300)
    for rule in RULES:
        assert is_linear(rule)
        left = left_over(rule, values, np.array([10, 10**6, 10**8]), 1.0, np.inf)
        assert left.shape == (300, 3)
        assert np.all(np.abs(left) < 3)
        assert abs(left[0, 0] - 1) < 1e-5


def test_unstable_steps_are_refused() -> None:
    with pytest.raises(InputError, match=r"stable for 0 < eta < 1\.333"):
        left_over(Nesterov(Fraction(3)), np.array([0.1, 1.0]), np.array([5]), 1.5, np.inf)
    with pytest.raises(InputError, match="cannot be simulated"):
        check_known(replace(experiment(), optimizers=(ConjugateGradients(),)))
