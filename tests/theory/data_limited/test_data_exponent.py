"""Exponents in the data: known values, limits, and the slope of the exact recursion."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from optscaling.errors import InputError
from optscaling.theory.data_limited import alpha_per_data, compare_schedules, critical_batch_exponent, enough_decay
from optscaling.theory.derivations import derive_per_data
from optscaling.theory.one_pass import OnePassProblem, batch_curve, best_step, power_law_bins
from optscaling.theory.schedules import Decay, parse_schedule
from optscaling.theory.symbolic import R, S

POSITIVE = st.fractions("1/10", 4, max_denominator=10)


@pytest.mark.parametrize(
    ("optimizer", "s", "r", "schedule", "value"),
    [
        ("sgd", "1/2", 1, "constant", "2/5"),
        ("sgd", "1/2", 1, "linear", "1/2"),
        ("sgd:8", "1/2", 1, "wsd:1/5", "1/2"),
        ("sgd", 2, 1, "constant", "1/4"),
        ("sgd", 2, 1, "cosine", "1/3"),
        ("sgd", 2, 1, "cosine:1/10", "1/4"),
        ("sgd-momentum", 1, 2, "constant", "1/2"),
        ("sgd-power:1/2", 2, 1, "constant", "2/5"),
        ("sgd-data-power:1/2", 2, 1, "cosine", "1/2"),
    ],
)
def test_known_values(optimizer, s, r, schedule, value) -> None:
    found = alpha_per_data(optimizer, s, r, schedule, noise=True)
    assert found.value == sympy.Rational(value)
    assert found.to_json()["alpha"]["value"] == pytest.approx(float(Fraction(value)))


# the slope between D and 100 D; the second terms fall slowly, so the tolerance is of the benchmark's, .03
@pytest.mark.parametrize(
    ("s", "r", "schedule", "tokens"),
    [
        ("1/2", 1, "constant", 1e5),
        ("1/2", 1, "linear", 1e7),
        ("1/2", 1, "cosine", 1e5),
        (2, 1, "constant", 1e6),
        (1, "3/2", "power:1/2", 1e7),
        (1, 3, "wsd:1/5,4", 1e5),
    ],
)
def test_slopes_of_the_recursion(s, r, schedule, tokens) -> None:
    expected = alpha_per_data("sgd", s, r, schedule, noise=True)
    bins, shape = power_law_bins(float(Fraction(s)), float(Fraction(r))), parse_schedule(schedule)
    one, two = (
        best_step(shape, OnePassProblem(bins, noise=1 / bins.total), int(count)) for count in (tokens, 100 * tokens)
    )
    assert math.log(one.risk / two.risk) / math.log(100) == pytest.approx(float(expected), abs=0.03)
    fall = math.log(one.eta / two.eta) / math.log(100)
    assert fall == pytest.approx(float(expected.batch), abs=0.06)  # eta is known to 2 %


@pytest.mark.parametrize(
    ("schedule", "warmup", "value"), [("constant", None, 1.5), ("cosine", None, 1.5), ("constant", "1,1/2", 2)]
)
def test_without_label_noise_a_warm_up_counts_and_a_decay_does_not(schedule, warmup, value) -> None:
    shape = parse_schedule(schedule, warmup)
    assert float(alpha_per_data("sgd", 1, 4, shape)) == value
    problem = OnePassProblem(power_law_bins(1.0, 4.0))
    one, two = (best_step(shape, problem, count).risk for count in (10**5, 10**7))
    assert math.log(one / two) / math.log(100) == pytest.approx(value, abs=0.06)


@given(POSITIVE, POSITIVE, st.fractions(0, 4, max_denominator=4))
def test_limits_and_order(s: Fraction, r: Fraction, delta: Fraction) -> None:
    low = alpha_per_data("sgd", s, r, noise=True).value
    here = alpha_per_data("sgd", s, r, Decay(delta), noise=True).value
    high = alpha_per_data("sgd", s, r, Decay(Fraction(100)), noise=True).value
    free = alpha_per_data("sgd", s, r).value
    assert low <= here <= high <= min(r / (1 + r), free)
    enough = enough_decay("sgd", s, r)
    assert alpha_per_data("sgd", s, r, Decay(Fraction(str(enough))), noise=True).value == high
    if enough > 0:
        less = Decay(Fraction(str(enough * sympy.Rational(9, 10))))
        assert alpha_per_data("sgd", s, r, less, noise=True).value < high


@settings(deadline=None, max_examples=25)
@given(POSITIVE, POSITIVE, st.sampled_from(["constant", "linear", "cosine"]), st.booleans())
def test_symbols_agree_with_numbers(s: Fraction, r: Fraction, schedule: str, noise: bool) -> None:
    symbolic = alpha_per_data("sgd", None, "r", schedule, noise=noise)
    at = {S: sympy.Rational(str(s)), R: sympy.Rational(str(r))}
    number = alpha_per_data("sgd", s, r, schedule, noise=noise)
    assert symbolic.symbolic.subs(at) == number.symbolic
    assert symbolic.batch.subs(at) == number.batch


def test_compute_balances_size_and_data() -> None:
    data = alpha_per_data("sgd", "1/2", 1, "linear", noise=True).value
    assert alpha_per_data("sgd", "1/2", 1, "linear", noise=True, per="compute").value == data / (1 + data)
    with pytest.raises(InputError, match="r <= 3/2"):
        alpha_per_data("sgd", "1/2", 2, noise=True, per="compute")


def test_the_logarithm_is_named() -> None:
    assert "log D" in alpha_per_data("sgd", 1, 2, "linear", noise=True).status
    assert "log D" not in alpha_per_data("sgd", 1, 2, "cosine", noise=True).status


@pytest.mark.parametrize(
    ("optimizer", "s", "r", "schedule", "value"),
    [
        ("sgd", 1, 2, "power:4", "1/3"),
        ("sgd", "1/2", 2, "constant", "4/7"),
        ("sgd-power:1/4", 1, 2, "power:4", "1/2"),
        ("sgd-power:1/2", 1, 2, "power:4", "2/3"),
        ("sgd", 2, 1, "power:4", "0"),
    ],
)
def test_critical_batches(optimizer, s, r, schedule, value) -> None:
    assert critical_batch_exponent(optimizer, s, r, schedule).exponent == sympy.Rational(value)
    assert (
        critical_batch_exponent(optimizer, s, r, schedule, noise=False).exponent == 0
        if "power:1/2" not in optimizer
        else True
    )


@pytest.mark.parametrize(("power", "value"), [(0.0, 1 / 3), (0.25, 1 / 2)])
def test_the_critical_batch_grows_as_derived(power: float, value: float) -> None:
    bins, shape = power_law_bins(1.0, 2.0), parse_schedule("power:4")
    problem = OnePassProblem(bins, noise=1 / bins.total, power=power)
    found = [batch_curve(shape, problem, tokens).critical for tokens in (1e5, 1e7)]
    assert np.log(found[1] / found[0]) / np.log(100) == pytest.approx(value, abs=0.03)


def test_derivations_end_in_the_exponent() -> None:
    for noise in (True, False):
        found = derive_per_data("sgd-power:1/4", 1, 2, "cosine", noise=noise)
        assert str(found.result.symbolic) in str(found)
        assert found.latex().count(r"\section") == len(found.steps) + 1
        assert found.bibtex


def test_the_comparison() -> None:
    found = compare_schedules("sgd", 1, 2).to_json()
    assert found["enough"] == 1
    by_name = {row["schedule"]: row for row in found["schedules"]}
    assert by_name["linear"]["gain"] == pytest.approx(1 / 6)
    assert not by_name["power:1/2"]["enough"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("gd", 1, 1), "no one-pass method"),
        (("dana-decaying", 1, 1), "not derived"),
        (("sgd:N^1/2", 1, 1), "grows with N"),
        (("sgd", 0, 1), "s > 0"),
        (("sgd", 1, -1), "r > 0"),
        (("sgd-power:3/4", 1, 1), "smaller p"),
    ],
)
def test_what_is_refused(arguments, told) -> None:
    with pytest.raises(InputError, match=told):
        alpha_per_data(*arguments)
