"""Every linear optimizer by factorisation equals the same optimizer taken step by step."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.small import experiment, stepped, true_risk

from optscaling.sim.cells.cell import measure, problem_of
from optscaling.theory.optimizers.base import Filter
from optscaling.theory.optimizers.registry import optimizer

LINEAR = [
    "gd",
    "averaged",
    "power:1/4",
    "matrix-sign",
    "power:1",
    "damped:0.01",
    "natural-gradient",
    "natural-gradient:0.5",
    "diagonal",
    "block:1",
    "block:3",
]


def agree(made: Any, names: list[str], size: int) -> None:
    problem = problem_of(made)
    cell = measure(made, problem, made.problem.s[0], size, 0)
    draw = problem.draw(made.problem.s[0], size, 0)
    for row, name in zip(cell.risk, names, strict=True):
        expected = true_risk(draw, stepped(draw, optimizer(name), made.steps, made.eta))
        # both sides lose eps times the condition number of G, below 1e6 at these sizes, on numbers of order 1
        np.testing.assert_allclose(row, expected, rtol=1e-8, atol=1e-9, err_msg=name)


@settings(max_examples=12, deadline=None)
@given(
    s=st.floats(-0.5, 1.0),
    size=st.integers(2, 9),
    samples=st.sampled_from(["inf", 60, 1100]),
    noise=st.sampled_from([0.0, 0.3]),
    eta=st.floats(0.1, 1.9),
)
def test_gaussian(s: float, size: int, samples: Any, noise: float, eta: float) -> None:
    made = experiment(s=s, sizes=[size], samples=samples, noise=noise, eta=eta, optimizers=LINEAR)
    agree(made, LINEAR, size)


@settings(max_examples=8, deadline=None)
@given(s=st.floats(0.0, 1.0), size=st.integers(2, 9), noise=st.sampled_from([0.0, 0.3]))
def test_relu(s: float, size: int, noise: float) -> None:
    made = experiment("relu", s=s, sizes=[size], samples=1100, noise=noise, optimizers=LINEAR)
    agree(made, LINEAR, size)


def test_features_of_no_use_stay_unlearned() -> None:
    """More features than input dimensions: G is singular, and steps leave its null space alone."""
    made = experiment(dim=6, sizes=[9], samples=200, optimizers=["gd", "diagonal"], s=0.0)
    agree(made, ["gd", "diagonal"], 9)
    assert measure(made, problem_of(made), 0.0, 9, 0).rank == 6


@pytest.mark.parametrize("samples", ["inf", 300])
def test_limits_of_families(samples: Any) -> None:
    names = ["gd", "power:0", "damped:1e9", "power:1", "block:7", "block:70", "damped:1e-13"]
    made = experiment(sizes=[7], samples=samples, optimizers=names)
    risk = measure(made, problem_of(made), 0.5, 7, 0).risk
    np.testing.assert_allclose(risk[1], risk[0], rtol=1e-12)
    np.testing.assert_allclose(risk[2], risk[0], rtol=1e-6)  # 1/eps
    np.testing.assert_allclose(risk[4], risk[3], rtol=1e-9)
    np.testing.assert_array_equal(risk[5], risk[4])
    np.testing.assert_allclose(risk[6], risk[3], rtol=1e-7)  # eps times the condition number


@pytest.mark.parametrize("samples", ["inf", 300])
def test_all_blocks_of_a_singular_gram_equal_the_natural_gradient(samples: Any) -> None:
    made = experiment(dim=5, sizes=[12], samples=samples, optimizers=["power:1", "block:12", "block:7"])
    risk = measure(made, problem_of(made), 0.5, 12, 0).risk
    np.testing.assert_allclose(risk[1], risk[0], rtol=1e-9, atol=1e-14)
    assert np.isfinite(risk[2]).all()


@dataclass(frozen=True)
class Flow(Filter):
    """A user's own filter, exp(-eta x T)."""

    keyword: ClassVar[str] = "flow"
    summary: ClassVar[str] = "gradient flow"

    def residual(self, x: Any, steps: Any, eta: Any) -> Any:
        return np.exp(-eta * x * steps)


@pytest.mark.parametrize("samples", ["inf", 300])
def test_a_users_filter(samples: Any) -> None:
    from dataclasses import replace

    made = replace(experiment(sizes=[6], samples=samples, eta=0.01), optimizers=(Flow(), optimizer("gd")))
    flow, gd = measure(made, problem_of(made), 0.5, 6, 0).risk
    np.testing.assert_allclose(flow, gd, rtol=1e-2)  # gd with small steps follows the flow to order eta
