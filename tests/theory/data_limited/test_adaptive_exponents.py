"""Exponents in the data of methods that divide a gradient by its size."""

from fractions import Fraction

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import optscaling as osc
from optscaling.errors import InputError
from optscaling.theory.data_limited import alpha_per_data, compare_schedules, critical_batch_exponent
from optscaling.theory.derivations import derive_per_data
from optscaling.theory.optimizers import IN_ONE_PASS, one_pass_optimizer

NAMES = [kind.keyword for kind in IN_ONE_PASS]
FRACTIONS = st.fractions(min_value=Fraction(1, 20), max_value=6, max_denominator=40)


@pytest.mark.parametrize("name", NAMES)
def test_every_one_reads_its_name_and_has_an_exponent_and_a_derivation(name: str) -> None:
    rule = one_pass_optimizer(name)
    assert one_pass_optimizer(rule.name) == rule
    assert one_pass_optimizer(f"{name}:8").batch == 8
    assert alpha_per_data(name, 2, 1, noise=True).value == sympy.Rational(2, 5)
    assert alpha_per_data(name, 2, 1, "cosine", noise=True).value == sympy.Rational(1, 2)
    assert alpha_per_data(name, 2, 1).value == sympy.Rational(2, 3)
    assert derive_per_data(name, 2, 1).steps[0].title == "The size of a gradient is noise"
    with pytest.raises(InputError, match="critical batch"):
        critical_batch_exponent(name, 2, 1)


def test_names_mean_other_methods_elsewhere() -> None:
    assert osc.optimizer("adamw").name == "diagonal"
    assert one_pass_optimizer("AdamW").name == "adam"
    assert one_pass_optimizer("sgd").name == "sgd"


@given(s=FRACTIONS, r=FRACTIONS, schedule=st.sampled_from(["constant", "linear", "cosine"]))
@settings(deadline=None, max_examples=30)
def test_with_label_noise_adam_is_the_half_power(s: Fraction, r: Fraction, schedule: str) -> None:
    adam = alpha_per_data("adam", s, r, schedule, noise=True)
    half = alpha_per_data("sgd-power:1/2", s, r, schedule, noise=True)
    assert (adam.value, adam.span, adam.batch) == (half.value, half.span, half.batch)


@given(s=FRACTIONS, r=FRACTIONS)
@settings(deadline=None, max_examples=50)
def test_without_label_noise_no_constant_step_beats_the_square_of_one_over_t(s: Fraction, r: Fraction) -> None:
    if s < 1 and r > 1 + s:
        with pytest.raises(InputError, match="not known"):
            alpha_per_data("adam", s, r)
        return
    found = alpha_per_data("adam", s, r)
    assert found.value <= min(2, r)
    if s > 1:  # twice gradient descent's, up to the floor
        assert found.value == min(sympy.Rational(2), 2 * sympy.Rational(r.numerator, r.denominator) / (1 + s))
    assert found.value >= alpha_per_data("sgd", s, r).value or found.value == 2
    assert found.batch >= found.value / 2


def test_what_is_not_derived_is_refused() -> None:
    with pytest.raises(InputError, match="constant step only"):
        alpha_per_data("adam", 2, 1, "linear")
    assert compare_schedules("adam", 2, 1).enough == sympy.Rational(1, 2)
