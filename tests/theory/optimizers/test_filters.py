"""Filters: one definition for symbols and numbers, their limits, and the names on the command line."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from optscaling.errors import InputError
from optscaling.theory.optimizers.base import Filter
from optscaling.theory.optimizers.filters import Damped, GradientDescent, NaturalGradient, Power
from optscaling.theory.optimizers.preconditioners import BlockDiagonal, Diagonal
from optscaling.theory.optimizers.registry import KINDS, optimizer
from optscaling.theory.optimizers.sign import Sign

STEPPED: list[Filter] = [GradientDescent(), Power(Fraction(1, 4)), Power(Fraction(1, 2)), Power(1), Damped(0.01)]
eigenvalues = st.floats(1e-6, 1.0)
step_sizes = st.floats(0.05, 1.95)
counts = st.integers(0, 200)


@pytest.mark.parametrize("filter_", STEPPED, ids=lambda f: f.name)
@given(x=eigenvalues, steps=counts, eta=step_sizes)
def test_symbolic_mpmath_numpy_and_complex_agree(filter_: Filter, x: float, steps: int, eta: float) -> None:
    symbol = sympy.Symbol("x", positive=True)
    symbolic = float(filter_.residual(symbol, steps, sympy.Float(eta, 40)).subs(symbol, sympy.Float(x, 40)).evalf(30))
    precise = float(filter_.residual(mpmath.mpf(x), steps, mpmath.mpf(eta)))
    numeric = filter_.residual(np.array([x]), steps, eta)[0]
    rounding = 4e-16 * (steps + 1) * 10
    assert numeric == pytest.approx(symbolic, rel=1e-9, abs=rounding)
    assert precise == pytest.approx(symbolic, rel=1e-9, abs=rounding)
    assert filter_.residual(np.array([complex(x)]), steps, eta)[0] == pytest.approx(numeric, rel=1e-9, abs=rounding)


@pytest.mark.parametrize("filter_", STEPPED, ids=lambda f: f.name)
def test_no_step_leaves_everything_and_rates_end_at_one(filter_: Filter) -> None:
    x = np.geomspace(1e-8, 1, 50)
    np.testing.assert_array_equal(filter_.residual(x, 0, 1.5), 1.0)
    rate = filter_.rate(x) * np.ones_like(x)
    assert rate[-1] == pytest.approx(1.0)
    assert np.all(np.diff(rate) >= 0)
    assert np.all(rate >= x * (1 - 1e-12)), "preconditioning never slows a mode below gradient descent"


@given(x=eigenvalues, steps=counts, eta=step_sizes)
def test_limits_of_power_and_damping(x: float, steps: int, eta: float) -> None:
    descent = GradientDescent().residual(x, steps, eta)
    newton = Power(1).residual(x, steps, eta)
    tolerance = 1e-5 * (1 + steps)
    assert Power(0).residual(x, steps, eta) == descent
    assert Power(1e-9).residual(x, steps, eta) == pytest.approx(descent, abs=tolerance)
    assert Damped(1e9).residual(x, steps, eta) == pytest.approx(descent, abs=tolerance)
    assert newton == pytest.approx((1 - eta) ** steps)
    assert Damped(1e-14).residual(x, steps, eta) == pytest.approx(newton, abs=tolerance)


@given(x=eigenvalues, delta=st.floats(1e-12, 1e3))
def test_ridge_does_not_depend_on_steps(x: float, delta: float) -> None:
    ridge = NaturalGradient(1e-6)
    assert ridge.residual(x, 1, 1.0, delta) == ridge.residual(x, 10**6, 1.0, delta) == delta / (x + delta)


def test_ridge_in_units_of_the_largest_eigenvalue() -> None:
    assert NaturalGradient().delta(float("inf"), 3.0) == 0.0
    assert NaturalGradient().delta(1000, 2.0) == pytest.approx(1e-6 / 2000)
    assert NaturalGradient(0.5).delta(10, 1.0) == pytest.approx(0.05)


@pytest.mark.parametrize(
    "made",
    [
        GradientDescent(),
        Power(Fraction(1, 3)),
        Power(Fraction(1, 2)),
        NaturalGradient(),
        NaturalGradient(0.25),
        Damped(0.5),
        BlockDiagonal(16),
        Diagonal(),
        Sign(),
    ],
    ids=lambda o: o.name,
)
def test_names_round_trip(made: object) -> None:
    assert optimizer(made.name) == made  # type: ignore[attr-defined]


def test_every_kind_is_described() -> None:
    assert len({k.keyword for k in KINDS}) == len(KINDS)
    assert all(k.summary for k in KINDS)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "gd:1",
        "power",
        "power:2",
        "power:-1",
        "power:x",
        "power:1/0",
        "power:nan",
        "power:1e999999999",
        "damped:0",
        "damped:-1",
        "damped:inf",
        "block:0",
        "block:1.5",
        "natural-gradient:-1",
        "sign:1",
    ],
)
def test_bad_names_say_what_to_try(name: str) -> None:
    with pytest.raises(InputError) as caught:
        optimizer(name)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200
