"""What must hold of population risks whatever the draw."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from support.small import experiment

from optscaling.sim.cells.cell import measure, problem_of
from optscaling.sim.problems.draw import Population

NAMES = ["gd", "matrix-sign", "power:1", "damped:0.1", "diagonal", "block:2", "natural-gradient"]
exponents = st.floats(-0.5, 1.5)


@settings(max_examples=20, deadline=None)
@given(s=exponents, r=exponents, size=st.integers(1, 30), eta=st.floats(0.05, 1.0), seed=st.integers(0, 10**6))
def test_risk_falls_from_one_to_the_floor(s: float, r: float, size: int, eta: float, seed: int) -> None:
    made = experiment(s=s, r=r, sizes=[size], eta=eta, optimizers=NAMES, steps=[1, 2, 5, 20, 100, 1000])
    cell = measure(made, problem_of(made), s, size, seed)
    assert np.all(np.diff(cell.risk, axis=1) <= 1e-12)
    assert np.all(cell.risk <= 1 + 1e-12)
    assert np.all(cell.risk >= cell.floor - 1e-12)
    np.testing.assert_allclose(cell.risk[-1], cell.floor, atol=1e-12)
    if size >= 20:
        assert cell.floor < 1e-12


@settings(max_examples=10, deadline=None)
@given(s=exponents, size=st.integers(1, 12), seed=st.integers(0, 10**6))
def test_floor_is_the_best_fit(s: float, size: int, seed: int) -> None:
    made = experiment(s=s, sizes=[size], optimizers=NAMES, steps=[10**9])
    problem = problem_of(made)
    cell, draw = measure(made, problem, s, size, seed), problem.draw(s, size, seed)
    assert isinstance(draw, Population)
    best = np.linalg.lstsq(draw.matrix, draw.target, rcond=None)[0]
    expected = draw.risk(best[:, None])[0]
    np.testing.assert_allclose(cell.floor, expected, rtol=1e-8, atol=1e-14)
    np.testing.assert_allclose(cell.risk[2], expected, rtol=1e-8, atol=1e-14)


def test_many_samples_approach_the_population() -> None:
    names = ["gd", "matrix-sign", "diagonal"]
    exact = experiment(sizes=[6], optimizers=names)
    many = experiment(sizes=[6], optimizers=names, samples=200_000)
    law = measure(exact, problem_of(exact), 0.5, 6, 0)
    rows = measure(many, problem_of(many), 0.5, 6, 0)
    np.testing.assert_allclose(rows.risk, law.risk, rtol=0.05)  # n^-1/2 = 0.002, amplified by 40 steps
