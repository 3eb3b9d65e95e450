"""Schedules: their shapes, what exponents see of them, and how they are named."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optscaling.errors import InputError
from optscaling.theory.schedules import STANDARD, Decay, parse_schedule

NAMES = (*STANDARD, "linear:1/10", "cosine:1/10", "wsd:1/4,2", "step:1/2", "rates:0,1,1,0", "rates:2,1")


@pytest.mark.parametrize("name", NAMES)
def test_a_shape_is_at_most_one_and_its_end_is_as_stated(name: str) -> None:
    shape = parse_schedule(name)
    x = np.linspace(0, 1, 1001)
    phi = shape.shape(x)
    assert phi.shape == x.shape
    assert np.all((phi >= 0) & (phi <= 1 + 1e-12))
    assert np.max(phi) == pytest.approx(1)
    left = 1 - np.array([1e-3, 1e-4])
    if shape.shape(np.ones(1))[0] < 1e-12 and shape.end > 0:
        end = np.log(np.divide(*shape.shape(left))) / np.log(10)
        assert end == pytest.approx(float(shape.end), abs=0.01)
    else:
        assert shape.end == 0


@pytest.mark.parametrize("name", ["constant", "linear", "cosine", "wsd:1/4,2", "power:4", "step:1/2", "linear:1/10"])
def test_a_name_is_read_back(name: str) -> None:
    assert parse_schedule(name).name == name
    assert parse_schedule(parse_schedule(name)) == parse_schedule(name)


@given(st.fractions(0, 5, max_denominator=8), st.fractions("1/10", "9/10", max_denominator=10))
def test_a_warm_up_rises_and_keeps_the_end(delta: Fraction, share: Fraction) -> None:
    shape = parse_schedule(Decay(delta), f"2,{share}")
    rates = shape.rates(400)
    rising = rates[: int(400 * float(share)) - 1]
    assert np.all(np.diff(rising) > 0)
    assert (shape.start, shape.end) == (2, delta)
    assert rates[0] == pytest.approx((0.5 / 400 / float(share)) ** 2)


def test_sums_of_rates_are_integrals() -> None:
    for name, mean in (("constant", 1), ("linear", 1 / 2), ("cosine", 1 / 2), ("power:4", 1 / 5), ("wsd:1/5", 0.9)):
        assert np.mean(parse_schedule(name).rates(1000)) == pytest.approx(mean, rel=1e-5)


def test_a_file_of_rates(tmp_path: Path) -> None:
    path = tmp_path / "rates.csv"
    path.write_text("0.0, 0.2\n0.2 0.1\n0")
    shape = parse_schedule(str(path))
    assert shape.shape(np.array([0, 0.25, 0.75])) == pytest.approx([0, 1, 0.5])
    path.write_text("lr\n0.1")
    with pytest.raises(InputError, match="not a number"):
        parse_schedule(str(path))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("cosin", "did you mean cosine"),
        ("wsd:2", "0 < SHARE <= 1"),
        ("wsd:a", "wsd:1/5"),
        ("power", "power:2"),
        ("power:-1", "DELTA"),
        ("power:1/0", "numbers or fractions"),
        ("linear:nan", "numbers or fractions"),
        ("rates:0,0", "positive"),
        ("rates:1", "rates:1,1,0"),
        ("constant:2", "constant"),
        ("step:1", "0 < SHARE < 1"),
    ],
)
def test_what_is_refused(text: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        parse_schedule(text)


@pytest.mark.parametrize("warmup", ["0", "1,1", "a", "1,1/10,2", "1,0"])
def test_warm_ups_that_are_refused(warmup: str) -> None:
    with pytest.raises(InputError):
        parse_schedule("linear", warmup)
    with pytest.raises(InputError, match="leave out the warm-up"):
        parse_schedule("rates:0,1", "1")
