"""Every symbolic exponent has a numeric witness: one test body over all optimizers, at random points.

The error of a slope is the witness's own: what successive slopes still change by, continued as a geometric series,
what the exponents of the other terms let them add, and what wider bins change. Points where another term is nearer
than GAP are left out, and so are the boundaries where sums turn into logarithms: there N = 1e12 is not yet large.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import pytest
import sympy
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from optscaling.errors import InputError
from optscaling.theory.exponents.exponent import alpha, cases_at
from optscaling.theory.exponents.laws_of_optimizers import law_of
from optscaling.theory.exponents.risk_terms import logarithms
from optscaling.theory.exponents.scaling_point import ScalingPoint
from optscaling.theory.optimizers.averaged import Averaged
from optscaling.theory.optimizers.base import Filter, Optimizer
from optscaling.theory.optimizers.filters import Damped, GradientDescent, NaturalGradient, Power, Ridge
from optscaling.theory.optimizers.growing import GrowingBlocks, GrowingDamping
from optscaling.theory.optimizers.momentum import ConjugateGradients, HeavyBall, Nesterov, ScheduledHeavyBall
from optscaling.theory.optimizers.one_pass import (
    DanaConstant,
    DanaDecaying,
    DataPowerSGD,
    FeaturePowerSGD,
    StochasticGradientDescent,
    StochasticMomentum,
)
from optscaling.theory.optimizers.preconditioners import BlockDiagonal, DataPower, Diagonal
from optscaling.theory.optimizers.registry import EXPONENTS_ONLY, KINDS, PREDICTED_ONLY, optimizer
from optscaling.theory.optimizers.sign import AxisSign, Sign
from optscaling.theory.symbolic.symbols import S
from optscaling.theory.witness.routes import Setting, route
from optscaling.theory.witness.slope import Witness, witness

GAP = 0.15  # between alpha and the next exponent: a term N^-0.15 below is a share C/60 at N = 1e12


def twentieths(low: float, high: float) -> st.SearchStrategy[Fraction]:
    return st.integers(round(20 * low), round(20 * high)).map(lambda k: Fraction(k, 20))


SPECTRUM, SOURCE, PATH = twentieths(-0.6, 2), twentieths(0.3, 4), twentieths(0.2, 2)
EITHER, NEITHER = st.booleans(), st.just(False)
POPULATION: st.SearchStrategy[Fraction | None] = st.none()


@dataclass(frozen=True)
class Draw:
    """Where points are drawn: an optimizer, s, r and tau; nu where samples are finite; labels with noise."""

    optimizer: st.SearchStrategy[Optimizer]
    s: st.SearchStrategy[Fraction] = SPECTRUM
    r: st.SearchStrategy[Fraction] = SOURCE
    tau: st.SearchStrategy[Fraction] = PATH
    nu: st.SearchStrategy[Fraction | None] = POPULATION
    noise: st.SearchStrategy[bool] = NEITHER
    gap: float = GAP


def of(kind: type[Optimizer], **parameters: st.SearchStrategy[Any]) -> st.SearchStrategy[Optimizer]:
    return st.builds(kind, **parameters)


light = twentieths(0.2, 2)
# where sizes or risks are bounded: contours lose their digits below 1e-10, conjugate gradients take 28 steps
GENTLE, WIDE = twentieths(0.3, 2), 0.3
batches = st.sampled_from([(1, Fraction(0)), (16, Fraction(0)), (None, Fraction(1, 2)), (None, Fraction(1))])
powers = twentieths(0.05, 0.7)


def one_pass(kind: type[Optimizer], **parameters: st.SearchStrategy[Any]) -> st.SearchStrategy[Optimizer]:
    return st.tuples(batches, st.fixed_dictionaries(parameters)).map(
        lambda drawn: kind(batch=drawn[0][0], growth=drawn[0][1], **drawn[1])
    )


DRAWS: dict[type[Optimizer], Draw] = {
    GradientDescent: Draw(of(GradientDescent)),
    Averaged: Draw(of(Averaged)),
    Power: Draw(of(Power, p=twentieths(0, 1))),
    NaturalGradient: Draw(of(NaturalGradient)),
    Damped: Draw(of(Damped, eps=st.sampled_from([1e-3, 1e-2, 0.1]))),
    GrowingDamping: Draw(of(GrowingDamping, d=twentieths(0, 2))),
    BlockDiagonal: Draw(of(BlockDiagonal, size=st.sampled_from([4, 8])), r=GENTLE, gap=WIDE),
    GrowingBlocks: Draw(of(GrowingBlocks, b=twentieths(0.3, 0.9)), r=GENTLE, gap=WIDE),
    Diagonal: Draw(of(Diagonal)),
    Sign: Draw(of(Sign), r=GENTLE, gap=WIDE),
    HeavyBall: Draw(of(HeavyBall, beta=st.sampled_from([Fraction(1, 2), Fraction(9, 10)])), tau=twentieths(0.7, 2)),
    ScheduledHeavyBall: Draw(of(ScheduledHeavyBall, delta=twentieths(1, 6))),
    Nesterov: Draw(of(Nesterov, delta=twentieths(1, 6))),
    ConjugateGradients: Draw(of(ConjugateGradients), s=light, r=GENTLE, tau=twentieths(0.1, 0.4), gap=WIDE),
    DataPower: Draw(of(DataPower, p=powers)),
    Ridge: Draw(of(Ridge, decay=twentieths(0.2, 2)), nu=twentieths(0.3, 2), noise=EITHER),
    AxisSign: Draw(of(AxisSign), gap=0.4),  # its oscillation is known to a factor of 2
    StochasticGradientDescent: Draw(one_pass(StochasticGradientDescent), noise=EITHER),
    StochasticMomentum: Draw(one_pass(StochasticMomentum), noise=EITHER),
    DanaConstant: Draw(one_pass(DanaConstant)),
    DanaDecaying: Draw(one_pass(DanaDecaying), s=light, tau=twentieths(0.7, 2)),
    FeaturePowerSGD: Draw(one_pass(FeaturePowerSGD, p=powers), noise=EITHER),
    DataPowerSGD: Draw(one_pass(DataPowerSGD, p=powers), noise=EITHER),
}

SAMPLED: dict[type[Optimizer], Draw] = {
    kind: Draw(drawn, nu=twentieths(0.3, 2), noise=EITHER)
    for kind, drawn in {
        GradientDescent: of(GradientDescent),
        Averaged: of(Averaged),
        Power: of(Power, p=powers),
        NaturalGradient: of(NaturalGradient),
        GrowingDamping: of(GrowingDamping, d=twentieths(0, 2)),
        DataPower: of(DataPower, p=powers),
    }.items()
}


def apart(optimizer: Optimizer, s: Fraction, r: Fraction, tau: Fraction, nu: Fraction | None, noise: bool) -> float:
    """The distance to the next term, or to the next logarithm; 0 where the law does not hold."""
    name, law = law_of(optimizer)
    point = ScalingPoint.of(s, r, tau, nu, noise)
    values = point.values(law)
    try:
        point.check(name, law)
    except InputError:
        return 0.0
    exponents = sorted({term.along(point.path(law)) for case in cases_at(law, point) for term in case.terms})
    near = [float(each - exponents[0]) for each in exponents[1:]]
    near += [abs(float(found.xreplace(values))) for found, _, _ in logarithms(law, nu is not None, noise)]
    return min([*near, abs(float(s)), abs(float(values[S]))])


def witnesses(draw: Draw, count: int) -> list[Witness]:
    """Compare at `count` random points, the same ones every time: a rare draw is no reason for a red build."""
    found: list[Witness] = []

    @settings(
        max_examples=count,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
    )
    @given(draw.optimizer, draw.s, draw.r, draw.tau, draw.nu, draw.noise)
    def compare(
        optimizer: Optimizer, s: Fraction, r: Fraction, tau: Fraction, nu: Fraction | None, noise: bool
    ) -> None:
        assume(nu != 1)
        assume(apart(optimizer, s, r, tau, nu, noise) > draw.gap)
        try:
            result = witness(optimizer, s, r, tau, nu, noise)
        except InputError as error:
            assume("too few sizes" not in str(error))
            raise
        found.append(result)
        assert result.agrees, f"s, r, tau, nu, noise = {s}, {r}, {tau}, {nu}, {noise}\n{result}"

    compare()
    return found


def decisive(found: Witness) -> bool:
    """Whether no other term could have passed."""
    return found.error < (found.gap or GAP) / 2


CASES = [(kind, DRAWS) for kind in (*KINDS, *PREDICTED_ONLY, *EXPONENTS_ONLY)] + [(kind, SAMPLED) for kind in SAMPLED]
NAMES = [kind.keyword + (" on samples" if draws is SAMPLED else "") for kind, draws in CASES]
Draws = dict[type[Optimizer], Draw]


@pytest.mark.parametrize(("kind", "draws"), CASES, ids=NAMES)
def test_exponent_is_the_slope(kind: type[Optimizer], draws: Draws) -> None:
    found = witnesses(draws[kind], count=2)
    assert any(decisive(each) for each in found)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "draws"), CASES, ids=NAMES)
def test_exponent_is_the_slope_at_many_points(kind: type[Optimizer], draws: Draws) -> None:
    found = witnesses(draws[kind], count=20)
    assert sum(decisive(each) for each in found) >= len(found) / 2 >= 2


@pytest.mark.parametrize(
    ("name", "s", "r", "tau"), [("sgd", "-1/2", "1", "3/10"), ("sgd-power:7/10", "1/5", "7/10", "1/5")]
)
def test_nothing_is_learned_before_the_first_step_counts(name: str, s: str, r: str, tau: str) -> None:
    found = witness(name, s, r, tau)  # eta T < 1
    assert found.expected == 0
    assert found.agrees


class Cubic(Filter):
    """A filter of a user's own, rate x^(3/2)."""

    keyword = "cubic"

    def rate(self, x: Any) -> Any:
        return x**1.5


def test_a_filter_of_ones_own() -> None:
    found = witness(Cubic(), s=1, r=1, tau=2)
    assert float(found.expected) == pytest.approx(2 / 3)  # tau r/((1+s) 3/2)
    assert found.agrees
    assert decisive(found)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [("gd", "power:1/4"), ("heavy-ball-schedule:3/2", "nesterov:3/2"), ("sgd", "sgd:N^1/2"), ("block:N^1/2", "gd")],
)
def test_another_law_would_not_pass(name: str, wrong: str) -> None:
    r = Fraction(7, 2)
    right = witness(name, s=1, r=r, tau=Fraction(4, 5))
    other = alpha(wrong, s=1, r=r, tau=Fraction(4, 5)).value
    assert right.agrees
    assert not replace(right, expected=other).agrees


@pytest.mark.parametrize(("width", "name"), [(0.05, "gd"), (0.05, "sgd"), (0.05, "heavy-ball-schedule:4")])
def test_numerical_errors_are_honest(width: float, name: str) -> None:
    setting = Setting(1.0, 1.3, 0.8)
    found = route(optimizer(name), setting)
    rough, coarse, fine = (found.risk(1e6, 63096.0, w) for w in (0.2, 0.1, width))
    assert abs(coarse / fine - 1) < abs(rough / coarse - 1) + 1e-6


def test_what_is_shown() -> None:
    found = witness("gd", s=1, tau=1)
    text = str(found)
    assert "1/2 = 0.5" in text
    assert found.status in " ".join(text.split())
    content = found.to_json()
    assert content["agrees"] is True
    assert content["expected"] == 0.5
    assert len(content["slopes"]) == len(content["sizes"]) - 1
    wrong = replace(found, expected=sympy.Rational(3, 5))
    assert "from alpha" in wrong.status
    assert "as near" in replace(found, others=(0.5 + found.error,)).status


@pytest.mark.parametrize(
    ("name", "options", "told"),
    [
        ("gd", {"s": 1}, "a number for each"),
        ("power:p", {"s": 1, "tau": 1}, "a number for each"),
        ("nesterov:delta", {"s": 1, "tau": 1}, "a number for each"),
        ("ridge:n^-1", {"s": 1, "tau": 1}, "number of samples"),
        ("gd", {"s": 1, "tau": 1, "samples": 1}, "n = N"),
        ("nesterov", {"s": 1, "tau": 1, "samples": 2}, "No numeric route"),
        ("sign", {"s": 2, "r": 6, "tau": 8}, "too few sizes"),
    ],
)
def test_what_has_no_witness(name: str, options: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told):
        witness(name, **options)
