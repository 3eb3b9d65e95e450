"""Polyak averaging: the filter is the mean of iterates, its exponents are as derived by hand, and it is predicted."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import optscaling as osc
from optscaling.theory.experiments.experiment import Experiment
from optscaling.theory.experiments.parse import from_dict
from optscaling.theory.optimizers.averaged import Averaged
from optscaling.theory.optimizers.decay import learned, learned_in_flow
from optscaling.theory.optimizers.registry import optimizer


@given(x=st.floats(1e-3, 1.0), steps=st.integers(0, 40), eta=st.floats(0.01, 2.0))
def test_the_filter_is_the_mean_of_the_iterates(x: float, steps: int, eta: float) -> None:
    expected = np.mean((1 - eta * x) ** np.arange(steps + 1))
    assert Averaged().residual(np.array([x]), steps, eta)[0] == pytest.approx(expected, rel=1e-10, abs=1e-14)
    assert Averaged().residual(mpmath.mpf(x), steps, eta) == pytest.approx(expected, rel=1e-10, abs=1e-14)


@settings(deadline=None)
@given(size=st.floats(-14, 0.2), angle=st.floats(-3.1, 3.1), decades=st.floats(0, 12))
def test_digits_are_kept_at_small_u_and_many_steps(size: float, angle: float, decades: float) -> None:
    u, steps = complex(10**size * np.exp(1j * angle)), round(10**decades)
    assume(abs(1 - u) > 0.3 and steps * np.log(abs(1 - u)) < 300)
    with mpmath.workdps(60):
        exact = complex(1 - (1 - mpmath.mpc(u)) ** steps)
    # rounding of log(1 - u), relative to u where u is small, which T multiplies; 1 - u itself has its digits where it
    # is not small
    lost = 1e-14 * ((1 + steps * abs(u)) * abs(1 - exact) + abs(exact))
    assert abs(complex(learned(np.array(u), np.array(steps))) - exact) <= lost


@given(size=st.floats(-14, 2), angle=st.floats(-1.5, 1.5))
def test_flow_keeps_its_digits(size: float, angle: float) -> None:
    u = complex(10**size * np.exp(1j * angle))
    with mpmath.workdps(60):
        exact = complex((1 - mpmath.exp(-mpmath.mpc(u))) / mpmath.mpc(u))
    assert complex(learned_in_flow(np.array(u))) == pytest.approx(exact, rel=1e-12)


def test_limits() -> None:
    rule, x = Averaged(), np.array([0.0, 1e-300, 0.3, 1.0])
    np.testing.assert_array_equal(rule.residual(x, 0, 1.5), 1.0)
    np.testing.assert_array_equal(rule.residual(x[:2], 10**6, 1.5), 1.0)
    np.testing.assert_array_equal(rule.flow(x[:1], 10.0), 1.0)
    np.testing.assert_allclose(rule.flow(x[2:], 1e5), rule.residual(x[2:], 10**8, 1e-3), rtol=1e-2)
    assert abs(rule.residual(np.array([1.0]), 1000, 2.0)[0]) <= 1 / 1001


@given(
    s=st.integers(1, 40).map(lambda k: Fraction(k, 20)),
    r=st.integers(1, 120).map(lambda k: Fraction(k, 20)),
    tau=st.integers(1, 60).map(lambda k: Fraction(k, 20)),
)
@settings(deadline=None, max_examples=60)
def test_alpha_is_the_formula_derived_by_hand(s: Fraction, r: Fraction, tau: Fraction) -> None:
    beyond = min(1 + s, tau * min(r / (1 + s), Fraction(2)), 1 + tau * s / (1 + s))
    expected = min(r, tau * r / (1 + s)) if r <= 1 + s else beyond
    assert osc.alpha("averaged", s=s, r=r, tau=tau).symbolic == sympy.Rational(expected.numerator, expected.denominator)


def test_a_logarithm_is_named_at_r_2_1_s() -> None:
    found = osc.alpha("averaged", s=1, r=4, tau="1/2")
    assert "meets its own tail, that carries a factor log N" in found.regime


def small(eta: float, optimizers: list[str], seeds: int = 2) -> Experiment:
    return from_dict(
        {
            "problem": {"kind": "gaussian", "s": [0.5, 1.0, 2.0], "dim": 500},
            "model": {"sizes": [64, 256], "samples": "inf"},
            "training": {"optimizers": optimizers, "steps": [10, 100, 1000], "eta": eta},
            "measure": {"seeds": seeds, "fit_from": 64},
        },
        "averaged",
    )


def test_prediction_meets_simulation() -> None:
    """Within 2 % and three standard errors of 24 seeds: what terms of order 1/N may make, and Monte Carlo."""
    made = small(1.5, ["averaged"], seeds=24)
    measured = osc.simulate(made, out=None)["risk"]
    mean = measured.mean("seed").values
    error = measured.std("seed", ddof=1).values / np.sqrt(24)
    off = np.abs(np.asarray(osc.predict(made).risk) - mean)
    assert (off <= 0.02 * mean + 3 * error).all()


def test_eta_2_is_stable_for_the_mean_alone() -> None:
    assert small(2.0, ["averaged"]).eta == 2.0
    with pytest.raises(osc.InputError, match="stable only for"):
        small(2.0, ["averaged", "gd"])
    with pytest.raises(osc.InputError, match="stable only for"):
        small(2.01, ["averaged"])


def test_it_stands_in_every_command() -> None:
    assert optimizer("averaged") == Averaged()
    assert "same exponent" in osc.threshold("averaged").status
    assert osc.threshold("natural-gradient", "averaged", tau=1).s_star is not None
    assert "tail = distortion" in str(osc.phases("averaged").at(s=1, r=6))
    assert "1/(T^2*x^2)" in str(osc.derive("averaged"))
