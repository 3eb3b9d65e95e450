"""Thresholds: exact values, and the sign of alpha differences on both sides at random points."""

import json
import math
from fractions import Fraction

import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from optscaling.errors import InputError
from optscaling.theory.exponents.exponent import alpha
from optscaling.theory.optimizers.base import Filter
from optscaling.theory.optimizers.filters import Power
from optscaling.theory.symbolic.symbols import TAU, P, R, S
from optscaling.theory.thresholds.fixed_steps import threshold_at
from optscaling.theory.thresholds.pair_threshold import threshold

spectra = st.fractions(Fraction(-9, 10), 4, max_denominator=12)
sources = st.fractions(Fraction(1, 12), 6, max_denominator=12)
paths = st.fractions(Fraction(1, 12), 6, max_denominator=12)
powers = st.fractions(0, Fraction(11, 12), max_denominator=12)
brief = settings(max_examples=25, deadline=None)


def test_the_symbolic_threshold():
    assert threshold("natural-gradient").s_star == TAU - 1
    assert threshold("matrix-sign").s_star == TAU - 1
    assert threshold("power:p").s_star == TAU - 1
    assert threshold("natural-gradient", tau=2).s_star == 1
    assert threshold("natural-gradient", "matrix-sign", tau=1).value == 1.0
    assert sympy.simplify(threshold("natural-gradient", "power:p").s_star - (TAU / (1 - P) - 1)) == 0
    heavy = sympy.Min(0, sympy.sqrt(R * TAU) - 1)
    assert threshold("natural-gradient", r="r").s_star == sympy.Max(TAU - 1, heavy)


@pytest.mark.parametrize(
    ("r", "tau", "expected"),
    [
        ("1/2", 1, "0"),  # r <= tau: tau - 1
        ("1/4", "1/2", "-1/2"),
        (4, 3, "2"),  # tau >= 1: tau - 1 at any r
        (1, "1/4", "-1/2"),  # r > tau, r tau < 1: sqrt(r tau) - 1, above tau - 1
        (4, "1/2", "0"),  # r tau > 1 > tau: only s > 0 gains
    ],
)
def test_a_given_r_moves_the_threshold_below_zero_only(r, tau, expected):
    assert threshold("natural-gradient", r=r, tau=tau).s_star == sympy.Rational(expected)


@brief
@given(sources, paths, powers, spectra)
def test_the_gain_is_positive_exactly_above_the_threshold(r, tau, p, s):
    for optimizer in ("natural-gradient", Power((1 + p) / 2), "power:1"):
        s_star = threshold(optimizer, Power(p), r=r, tau=tau).value
        assume(abs(s_star - s) > 1e-9)
        difference = alpha(optimizer, s=s, r=r, tau=tau).value - alpha(Power(p), s=s, r=r, tau=tau).value
        assert (difference > 0) == (s > s_star)
        assert difference >= 0


@brief
@given(sources, paths, powers)
def test_the_threshold_is_sharp(r, tau, p):
    s_star = threshold("natural-gradient", Power(p), r=r, tau=tau).value
    for shift in (-1e-6, 1e-6):
        s = s_star + shift
        if s > -1:
            difference = alpha("natural-gradient", s=s, r=r, tau=tau).value - alpha(Power(p), s=s, r=r, tau=tau).value
            assert (difference > 0) == (shift > 0)


@brief
@given(st.fractions(Fraction(1, 12), 4, max_denominator=12), paths, powers)
def test_the_isotropic_threshold_and_gain(s, tau, p):
    found = threshold("natural-gradient", Power(p), tau=tau, s=s)
    difference = alpha("natural-gradient", s=s, tau=tau).value - alpha(Power(p), s=s, tau=tau).value
    assert (difference > 0) == (s > found.s_star)
    assert found.gain == difference
    symbolic = threshold("natural-gradient", Power(p)).gain
    assert symbolic.subs({S: sympy.Rational(s), TAU: sympy.Rational(tau)}) == difference


@settings(max_examples=10, deadline=None)
@given(spectra, sources, paths)
def test_the_symbolic_gain_is_the_difference(s, r, tau):
    values = {S: sympy.Rational(s), R: sympy.Rational(r), TAU: sympy.Rational(tau)}
    for optimizer in ("natural-gradient", "matrix-sign", "power:1", "damped:0.1"):
        difference = alpha(optimizer, s=s, r=r, tau=tau).value - alpha("gd", s=s, r=r, tau=tau).value
        assert threshold(optimizer, r=r, tau=tau).gain.subs(values) == difference


@brief
@given(sources, paths, powers)
def test_the_status_says_up_to_where_power_keeps_the_full_exponent(r, tau, p):
    status = threshold(Power((1 + p) / 2), Power(p), tau=tau).status
    end = sympy.Rational(status.split("up to s = ")[1].split(" ")[0].rstrip(".;"))
    for s in (end, end + Fraction(1, 7)):
        if s > 0:
            full = alpha("natural-gradient", s=s, tau=tau).value
            assert (alpha(Power((1 + p) / 2), s=s, tau=tau).value == full) == (s == end)


@pytest.mark.parametrize(
    ("optimizer", "baseline", "given_", "words"),
    [
        ("diagonal", "gd", {}, "same exponent"),
        ("damped:0.1", "gd", {"tau": 1}, "same exponent"),
        ("gd", "matrix-sign", {}, "nowhere above"),
        ("gd", "natural-gradient", {}, "nowhere above"),
        ("natural-gradient", "power:1", {}, "same exponent"),
        ("matrix-sign", "gd", {"tau": 0}, "at tau = 0"),
        ("power:p", "power:1/4", {}, "depends on p"),
        ("sign", "gd", {}, "same exponent"),
        ("gd", "sign", {}, "same exponent"),
    ],
)
def test_where_there_is_none_the_status_says_why(optimizer, baseline, given_, words):
    found = threshold(optimizer, baseline, **given_)
    assert found.s_star is None
    assert found.value is None
    assert words in found.status


def test_the_ridge_solution_needs_no_steps():
    found = threshold("natural-gradient", "power:1", tau=0)
    assert found.s_star == -1
    assert alpha("natural-gradient", s=1, tau=0).value > alpha("power:1", s=1, tau=0).value


class Quadratic(Filter):
    keyword = "quadratic"

    def rate(self, x):
        return x**2


def test_filters_of_the_user_have_thresholds():
    assert threshold("gd", Quadratic()).s_star == TAU / 2 - 1
    assert threshold(Quadratic(), "gd").s_star is None


def test_at_fixed_steps_each_size_has_its_own():
    found = threshold_at("natural-gradient", "gd", 2000, [100, 1000])
    for each in found.sizes:
        assert each.s_star == pytest.approx(math.log(1.5 * 2000) / math.log(each.size) - 1, rel=1e-12)
        # there gd has learned exactly N modes
        assert (1.5 * 2000) ** (1 / (1 + each.s_star)) == pytest.approx(each.size, rel=1e-9)
    assert found.to_json()["s_star"] == {"symbolic": "log(eta*T)/log(N) - 1", "value": None}
    half = threshold_at("natural-gradient", "matrix-sign", 2000, [100], eta="1/2").sizes[0].s_star
    assert half == pytest.approx(2 * math.log(1000) / math.log(100) - 1, rel=1e-12)
    damped = threshold_at("natural-gradient", "damped:0.01", 2000, [100]).sizes[0].s_star
    assert damped == pytest.approx(math.log(1.5 * 2000 * 101) / math.log(100) - 1, rel=1e-12)


def test_fixed_steps_are_the_asymptotic_form_with_tau_measured():
    size, r = 10**6, Fraction(3, 2)
    for steps in (10, 1000, 10**8):
        tau = math.log(1.5 * steps) / math.log(size)
        asymptotic = threshold("natural-gradient", r=r, tau=tau).value
        assert threshold_at("natural-gradient", "gd", steps, [size], r=r).sizes[0].s_star == pytest.approx(asymptotic)


def test_one_feature_has_no_threshold_and_says_so():
    found = threshold_at("natural-gradient", "gd", 10, [1, 10])
    assert [each.s_star is None for each in found.sizes] == [True, False]
    assert "N = 1" in found.status
    assert threshold_at("natural-gradient", "gd", 1, [10], eta=0.5).sizes[0].s_star == -1.0


@pytest.mark.parametrize(
    ("optimizer", "baseline"), [("diagonal", "gd"), ("sign", "gd"), ("natural-gradient", "block:8")]
)
def test_no_threshold_at_fixed_steps(optimizer, baseline):
    found = threshold_at(optimizer, baseline, 100, [10, 100])
    assert [each.s_star for each in found.sizes] == [None, None]
    assert found.status.startswith("No ")
    json.dumps(found.to_json(), allow_nan=False)


@pytest.mark.parametrize(
    ("given_", "words"),
    [
        ({"steps": 0}, "steps is 0"),
        ({"steps": 2.5}, "steps is 2.5"),
        ({"sizes": []}, "sizes is []"),
        ({"sizes": [0]}, "sizes is [0]"),
        ({"sizes": [True]}, "sizes"),
        ({"eta": 2}, "stable"),
        ({"eta": "x"}, "eta is 'x'"),
        ({"r": -1}, "r > 0"),
    ],
)
def test_bad_input_at_fixed_steps(given_, words):
    whole = {"optimizer": "natural-gradient", "baseline": "gd", "steps": 10, "sizes": [10]} | given_
    with pytest.raises(InputError) as caught:
        threshold_at(**whole)
    assert words in str(caught.value)


def test_results_show_and_serialise():
    for found in (threshold("natural-gradient"), threshold("diagonal"), threshold("power:p", r="r", tau=1)):
        told = json.loads(json.dumps(found.to_json(), allow_nan=False))
        assert list(told)[:5] == ["optimizer", "baseline", "s", "r", "tau"]
        assert set(told["s_star"]) == {"symbolic", "value"}
        assert {"gain", "regime", "status", "assumptions"} <= set(told)
        assert found.optimizer in str(found)
    text = str(threshold_at("natural-gradient", "gd", 2000, [100, 1000]))
    assert "N = 100:  s_star = 0.7386" in text
    assert threshold("natural-gradient")._repr_latex_() == r"$\displaystyle s^\star = \tau - 1$"
