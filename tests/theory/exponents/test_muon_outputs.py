"""Muon with m outputs: the must-show values, what numbers give where weights move alone, and what is refused."""

from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import optscaling as osc
from optscaling.errors import InputError
from optscaling.theory.exponents import alpha
from optscaling.theory.optimizers import Muon
from optscaling.theory.schedules import parse_schedule

FRACTIONS = st.fractions(min_value=0, max_value=1, max_denominator=20)


def test_values() -> None:
    assert alpha("muon:m=N^(1/2)", 1, 1, "2/5", schedule="linear").value == sympy.Rational(7, 10)
    assert alpha("muon:m=4", 1, 1, "4/5", schedule="linear").value == sympy.Rational(2, 5)
    assert alpha("muon:m=N^1", 1, 1, "2/5", schedule="linear").value == 1
    assert alpha("muon:m=N", 1, 1, "2/5", schedule="constant").value == sympy.Rational(4, 5)


@pytest.mark.parametrize("name", ["muon:m=4", "muon:m=N^1/2", "Muon: m = N^(1/2)"])
def test_names_are_read_back(name: str) -> None:
    rule = osc.optimizer(name)
    assert isinstance(rule, Muon)
    assert osc.optimizer(rule.name) == rule
    assert rule.outputs_at(64) in (4, 8)


@given(s=st.fractions(Fraction(1, 5), 3), excess=FRACTIONS, mu=FRACTIONS, tau=FRACTIONS)
@settings(deadline=None, max_examples=40)
def test_the_smaller_dimension_is_a_block_size(s: Fraction, excess: Fraction, mu: Fraction, tau: Fraction) -> None:
    r = s + excess
    if mu == 1:
        return
    found = alpha(Muon(None, mu), s, r, tau, schedule="power:20").value
    blocks = alpha(f"block:N^{mu}", s, r, tau).value
    assert found == min(blocks, sympy.Rational(r.numerator, r.denominator), 42 * sympy.Rational(tau))
    assert found >= alpha("gd", s, r, tau).value or tau == 0


@pytest.mark.parametrize(("schedule", "s", "r"), [("constant", 1.0, 1.0), ("linear", 1.0, 1.0), ("linear", 1.0, 0.5)])
def test_slopes_where_every_weight_moves_alone(schedule: str, s: float, r: float) -> None:
    """m >= N: |d_k| falls by eta_t a step and then cycles; N -> infinity leaves the power of T."""
    k = np.unique(np.round(np.geomspace(1, 1e11, 8000)))
    gaps = np.gradient(np.append(k, 1.001e11))[:-1]
    phi = parse_schedule(schedule)
    lengths = 0.5 + 0.5 * (0.618034 * np.arange(len(k)) % 1)  # weights of one length would meet zero in one step

    def best(steps: int) -> float:
        risks = []
        for eta in 2.0 / steps * 2 ** np.arange(-1, 9, 0.25):
            error = lengths * k ** ((s - r) / 2)
            for now in eta * phi.rates(steps):
                error = np.abs(error - now)
            risks.append(float(np.sum(gaps * k ** -(1 + s) * error**2)))
        return min(risks)

    tau = Fraction(1, 100)
    expected = float(alpha("muon:m=N^1", Fraction(s), Fraction(r), tau, schedule=schedule).value / tau)
    slope = np.log(best(8) / best(128)) / np.log(16)
    # the rates tried and the top weight's phase scatter each risk by a factor of up to two
    assert slope == pytest.approx(expected, abs=2 * np.log(2) / np.log(16))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"schedule": None}, "how the step ends"),
        ({"schedule": "constant"}, "not known for the schedule"),
        ({"schedule": "power:1/2"}, "not known for the schedule"),
        ({"schedule": "linear", "noise": True, "samples": 2}, "without label noise"),
        ({"schedule": "linear", "r": 3}, "s <= r <= 1 \\+ s"),
        ({"schedule": "linear", "r": "1/2"}, "s <= r <= 1 \\+ s"),
        ({"schedule": "linear", "s": "-1/2", "r": 1}, "s > 0"),
    ],
)
def test_what_is_refused(arguments: dict, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        alpha("muon:m=4", **{"s": 1, "tau": 1, **arguments})


def test_what_has_no_schedule_says_so() -> None:
    with pytest.raises(InputError, match="--per data"):
        alpha("gd", 1, tau=1, schedule="linear")
    for ask in (lambda: osc.threshold("muon:m=4"), lambda: osc.phases("muon:m=4"), lambda: osc.derive("muon:m=4")):
        with pytest.raises(InputError, match="--schedule linear"):
            ask()
    with pytest.raises(InputError, match="m is 0"):
        osc.optimizer("muon:m=0")
    with pytest.raises(InputError, match="whole number"):
        osc.optimizer("muon:m=3.5")
