"""Spectral integrals: quadrature, closed forms and series against each other, published figures and exact recursions.

Each entry of POINTS is tagged by what makes it hard. Where there is a closed form it is the exact answer, taken with
20 digits more than the quadrature that is tested.
"""

import tomllib
from fractions import Fraction
from pathlib import Path

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from optscaling.errors import CheckError, InputError
from optscaling.theory.exponents.laws_of_optimizers import law_of
from optscaling.theory.exponents.risk_terms import terms
from optscaling.theory.exponents.spectral_rate import rate_of
from optscaling.theory.integrals.catalogue import CATALOGUE, spectral_integral
from optscaling.theory.integrals.integral import SpectralIntegral
from optscaling.theory.integrals.signals import signal_flow, signal_steps
from optscaling.theory.integrals.symbols import BETA, A, U
from optscaling.theory.optimizers.filters import Power
from optscaling.theory.symbolic.symbols import DELTA, ETA, N, P, R, S, T

POINTS = [  # name, parameters, difficulty, whether the closed form applies, whether the series does
    ("signal-flow", {"s": 1, "r": 0.5, "q": 1, "c": 1, "eta": 1, "T": 100}, "easy", True, True),
    ("signal-flow", {"s": 0.25, "r": 2, "q": 0.5, "c": 3, "eta": 0.1, "T": 1e12}, "late", True, True),
    ("signal-flow", {"s": 3, "r": 0.1, "q": 1, "c": 1, "eta": 1, "T": 1e12}, "late, slow decay", True, True),
    ("signal-steps", {"s": 1, "r": 0.5, "eta": 1, "q": 1, "T": 100}, "easy", True, True),
    ("signal-steps", {"s": 0.25, "r": 2, "eta": 0.3, "q": 0.5, "T": 1e12}, "late, cancels", True, True),
    ("signal-steps", {"s": 1, "r": 1, "eta": 0.5, "q": 1, "T": 3}, "early", True, False),
    ("signal-sum", {"s": 1, "r": 0.5, "eta": 1, "T": 10}, "sum", True, False),
    ("signal-sum", {"s": -0.25, "r": 0.5, "eta": 0.5, "T": 1e5}, "sum, late", False, True),
    ("noise-sum", {"s": 1, "eta": 1, "B": 4, "T": 10}, "sum", True, False),
    ("noise-sum", {"s": 1, "eta": 1, "B": 1, "T": 1e12}, "sum, late", False, True),
    ("noise-kernel", {"s": 1, "eta": 1, "B": 4, "T": 10}, "easy", True, True),
    ("distortion-flow", {"s": 1, "r": 3, "q": 1, "c": 1, "eta": 1, "N": 64, "T": 1000}, "easy", True, True),
    ("damped-flow", {"s": 1, "r": 0.7, "eps": 0.1, "eta": 1, "T": 300}, "two scales", True, True),
    ("damped-flow", {"s": 1, "r": 2, "eps": 0.001, "eta": 0.5, "T": 1e9}, "two scales, late", False, True),
    ("capacity-sum", {"s": 1, "kappa": 0.01}, "sum", True, True),
    ("capacity-sum", {"s": 3, "kappa": 1e-12}, "sum, tiny", False, True),
    ("floor-sum-rough", {"s": 1, "r": 1, "kappa": 0.001}, "sum", True, True),
    ("floor-sum-rough", {"s": 0.5, "r": 1.3, "kappa": 1e-8}, "sum, tiny", False, True),
    ("floor-sum-log", {"s": 0.5, "r": 1.5, "kappa": 1e-8}, "sum, tiny, log", False, True),
    ("floor-sum-smooth", {"s": 1, "r": 3, "kappa": 0.001}, "sum", False, True),
    ("floor-sum-smooth", {"s": 0.5, "r": 5, "kappa": 1e-6}, "sum, tiny", False, True),
    ("heavy-ball-constant", {"s": 1, "r": 0.7, "beta": 0.9, "eta": 1, "T": 1e4}, "complex roots", False, True),
    ("heavy-ball", {"s": 1, "r": 1, "delta": 3, "eta": 1, "T": 1000}, "rings", True, True),
    ("heavy-ball", {"s": 1, "r": 1, "delta": 1.5, "eta": 0.1, "T": 1e12}, "rings, late", True, True),
    ("heavy-ball-saturated", {"s": 1, "r": 1.5, "delta": 1, "eta": 1, "T": 1e5}, "rings", True, True),
    ("heavy-ball-saturated", {"s": 1, "r": 4, "delta": 1.5, "eta": 0.1, "T": 1e4}, "rings", True, True),
    ("nesterov", {"s": 1, "r": 1, "delta": 3, "eta": 1, "T": 1000}, "rings, poles meet", True, False),
    ("nesterov", {"s": 1, "r": 1, "delta": 1.5, "eta": 0.1, "T": 1e12}, "rings, late", True, True),
    ("nesterov-saturated", {"s": 1, "r": 1.5, "delta": 1, "eta": 1, "T": 1e5}, "rings", True, True),
    ("bigram", {"a": 2, "T": 10}, "sum", True, False),
    ("bigram", {"a": 2, "T": 1e12}, "sum, late", False, True),
    ("bigram-finite", {"a": 0.5, "T": 100, "d": 1e4}, "sum", False, True),
    ("bigram-finite", {"a": 1, "T": 1e3, "d": 1e12}, "sum, log", False, True),
    ("bigram-limit", {"a": 0.5, "u": 40}, "easy", True, True),
]
EXACT = [
    pytest.param(name, at, tag, marks=pytest.mark.slow if "rings" in tag else ())
    for name, at, tag, closed, _ in POINTS
    if closed
]


def label(value: object) -> str | None:
    return value if isinstance(value, str) else None


def test_every_integral_is_tested() -> None:
    assert {name for name, *_ in POINTS} == set(CATALOGUE)


@pytest.mark.parametrize(("name", "at", "tag", "closed", "series"), POINTS, ids=label)
def test_routes_agree(name: str, at: dict, tag: str, closed: bool, series: bool) -> None:
    found = spectral_integral(name).check(at, digits=8)
    assert (found.closed is not None, found.series is not None) == (closed, series)
    if found.series is not None:  # the stated rest is not so wide that anything agrees
        assert found.series.error < 0.05 * abs(found.series.value)


@pytest.mark.parametrize(("name", "at", "tag"), EXACT, ids=label)
def test_stated_error_is_honest_and_falls_with_digits(name: str, at: dict, tag: str) -> None:
    integral = spectral_integral(name)
    stated = []
    for digits in (4, 10):
        found, truth = integral.value(at, digits), integral.closed_value(at, digits + 20)
        assert abs(found.value - truth.value) + truth.error <= found.error <= abs(truth.value) * 10**-digits
        stated.append(found.error)
    assert stated[1] < 1e-4 * stated[0]


@pytest.mark.parametrize(
    ("name", "at", "limit"),
    [
        ("signal-flow", {"s": 1, "r": 0.5, "q": 1, "c": 1, "eta": 1}, 10),
        ("signal-steps", {"s": 1, "r": 0.5, "eta": 0.5, "q": 1}, 2000),
        ("signal-sum", {"s": 1, "r": 0.5, "eta": 1}, 20),
        ("damped-flow", {"s": 1, "r": 0.7, "eps": 0.1, "eta": 1}, 20000),
        ("heavy-ball-constant", {"s": 1, "r": 0.7, "beta": 0.5, "eta": 1}, 2000),
        pytest.param("heavy-ball", {"s": 1, "r": 1, "delta": 1.5, "eta": 1}, 2000, marks=pytest.mark.slow),
        pytest.param("nesterov", {"s": 1, "r": 1, "delta": 1.5, "eta": 1}, 2000, marks=pytest.mark.slow),
        pytest.param("nesterov-saturated", {"s": 1, "r": 1.5, "delta": 1, "eta": 1}, 20000, marks=pytest.mark.slow),
        ("bigram", {"a": 1.5}, 20000),
        ("bigram-limit", {"a": 0.5}, 100),
    ],
    ids=label,
)
def test_following_term_is_the_next_order(name: str, at: dict, limit: float) -> None:
    """What the leading term misses is `following`, to a tenth."""
    integral = spectral_integral(name)
    at = at | {str(integral.variable): limit}
    found = integral.value(at, digits=20 if "delta" not in at else 10).value
    values = {symbol: sympy.Rational(str(at[str(symbol)])) for symbol in integral.parameters}
    with mpmath.workdps(40):
        leading, following = (
            mpmath.mpf(str(sympy.re(each.subs(values).evalf(40)))) for each in (integral.leading, integral.following)
        )
    assert abs((found - leading) / following - 1) < 0.1


@settings(max_examples=6, deadline=None, derandomize=True)
@given(
    s=st.integers(-8, 30),
    r=st.integers(1, 40),
    p=st.integers(0, 8),
    time=st.integers(-1, 12),
)
def test_closed_is_numeric_at_random_points(s: int, r: int, p: int, time: int) -> None:
    at = {"s": s / 10, "r": r / 10, "q": 1 - p / 10, "eta": 0.75, "T": 10.0**time}
    spectral_integral("signal-steps").check(at, digits=6)
    spectral_integral("signal-flow").check(at | {"c": 1}, digits=6)


@pytest.mark.parametrize("build", [signal_flow, signal_steps])
def test_power_tends_to_gradient_descent(build) -> None:
    """At p the exponent is z/(1-p), so T^-z changes by about p z log T."""
    at = {"s": 1, "r": 0.5, "eta": 0.5, "T": 1e6}
    at |= {"c": 1} if build is signal_flow else {}
    given_q, power = spectral_integral(build().name), build(order=1 - P)
    gd = given_q.closed_value(at | {"q": 1}).value
    near = power.closed_value(at | {"p": "1/1000000000"}).value
    assert 0 < abs(near / gd - 1) < 1e-9 * 0.5 * np.log(1e6)


def test_sum_and_integral_of_the_noise_kernel_differ_by_no_power() -> None:
    """Gradient descent's noise kernel as a sum over modes and as an integral: the gap falls faster than T^-8."""
    gaps = []
    for steps in (320, 1280):
        at = {"s": 1, "eta": 1, "B": 1, "T": steps}
        kernel = spectral_integral("noise-sum")
        leading = kernel.leading.subs({S: 1, ETA: 1, sympy.Symbol("B", positive=True): 1, T: steps}).evalf(45)
        with mpmath.workdps(45):
            gaps.append(abs(kernel.value(at, 30).value / mpmath.mpf(str(leading)) - 1))
    assert gaps[1] / gaps[0] < 4**-8


BROKEN = [
    ("floor-sum-rough", {"s": 1, "r": 3, "kappa": 0.01}, "r < s \\+ 1"),
    ("noise-sum", {"s": -0.75, "eta": 1, "B": 1, "T": 9}, "2\\*s \\+ 1 > 0"),
    ("signal-steps", {"s": 1, "r": 1, "q": 1, "eta": 1.5, "T": 9}, "eta <= 1"),
    ("signal-steps", {"s": 1, "r": -1, "q": 1, "eta": 1, "T": 9}, "r is positive"),
    ("signal-steps", {"s": 1, "r": 1, "q": 1, "eta": 1}, "its parameters are T, eta, q, r, s"),
    ("heavy-ball", {"s": 1, "r": 3, "delta": 1, "eta": 1, "T": 9}, "delta"),
    ("bigram-finite", {"a": 1, "T": 9, "d": 10.5}, "d"),
]


@pytest.mark.parametrize(("name", "at", "message"), BROKEN, ids=label)
def test_outside_its_validity_the_broken_condition_is_named(name: str, at: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        spectral_integral(name).value(at)


def test_wrong_closed_form_is_caught() -> None:
    from dataclasses import replace

    right = spectral_integral("signal-flow")
    wrong = replace(right, closed=right.closed * (1 + sympy.Rational(1, 10**6)))
    at = {"s": 1, "r": 1, "q": 1, "c": 1, "eta": 1, "T": 5}
    right.check(at, digits=8)
    with pytest.raises(CheckError, match="closed form"):
        wrong.check(at, digits=8)
    with pytest.raises(CheckError, match="series"):
        replace(right, leading=right.leading * 2).check(at, digits=8)


def test_unknown_name() -> None:
    with pytest.raises(InputError, match="no integral"):
        spectral_integral("signal")


# the published figures

PUBLISHED = tomllib.loads((Path(__file__).parents[2] / "data" / "first_order.toml").read_text())
_LOCAL = {
    "s": S, "r": R, "eta": ETA, "beta": BETA, "delta": DELTA, "T": T, "N": N, "a": A, "u": U,
    "zeta": R / (1 + S), "zetafn": sympy.zeta,
}  # fmt: skip


def published(table: str, key: str) -> sympy.Expr:
    return sympy.sympify(PUBLISHED[table][key], locals=_LOCAL)


SIDES = [
    ("deterministic", "gd", "signal-flow", {"s": 1, "r": 1.5, "q": 1, "c": 1, "eta": 1}),
    ("deterministic", "heavy-ball-constant", "heavy-ball-constant", {"s": 1, "r": 1.5, "beta": 0.5, "eta": 1}),
    ("deterministic", "heavy-ball-schedule", "heavy-ball", {"s": 1, "r": 1, "delta": 2, "eta": 1}),
    ("deterministic", "heavy-ball-schedule", "heavy-ball-saturated", {"s": 1, "r": 4, "delta": 2, "eta": 1}),
    ("deterministic", "nesterov", "nesterov", {"s": 1, "r": 1, "delta": 2.5, "eta": 1}),
    ("deterministic", "nesterov", "nesterov-saturated", {"s": 1, "r": 4, "delta": 1.5, "eta": 1}),
    ("stochastic", "noise-kernel", "noise-sum", {"s": 1, "eta": 1, "B": 1}),
]


@pytest.mark.parametrize(("table", "key", "name", "at"), SIDES, ids=label)
def test_published_exponents(table: str, key: str, name: str, at: dict) -> None:
    """The local slope by quadrature is the exponent, up to the relative size of the next order (here below 0.002)."""
    integral = spectral_integral(name)
    early, late = (integral.value(at | {"T": steps}, digits=6).value for steps in (1e8, 1e9))
    values = {symbol: sympy.Rational(str(at[str(symbol)])) for symbol in integral.parameters if symbol != T}
    expected = published(table, key).subs(values)
    assert integral.exponent.subs(values) == expected
    assert float(mpmath.log10(early / late)) == pytest.approx(float(expected), abs=0.002)


def test_published_prefactors() -> None:
    half = published("deterministic", "gd_prefactor_of_half_the_squared_error")
    assert sympy.simplify(signal_flow(sympy.S.One, sympy.S.One).prefactor / (2 * half)) == 1
    step = published("deterministic", "heavy-ball-constant_step")
    swapped = signal_flow(sympy.S.One, sympy.S.One).leading.subs(ETA, step)
    assert sympy.simplify(spectral_integral("heavy-ball-constant").leading / swapped) == 1
    assert sympy.simplify(spectral_integral("bigram").leading / published("bigram", "above")) == 1
    assert spectral_integral("bigram-limit").closed == published("bigram", "below")


LINES = [
    ("deterministic", "gd", "gd", {}),
    ("deterministic", "heavy-ball-constant", "heavy-ball", {}),
    ("deterministic", "heavy-ball-schedule", "heavy-ball-schedule:delta", {}),
    ("deterministic", "nesterov", "nesterov:delta", {}),
    ("deterministic", "conjugate-gradient", "cg", {}),
    ("stochastic", "noise-kernel", "sgd", {"noise": True}),
    ("stochastic", "dana-decaying", "dana-decaying", {}),
    ("stochastic", "dana-decaying_noise_limited", "dana-decaying", {"noise": True}),
]


@pytest.mark.parametrize(("part", "line", "name", "given_"), LINES, ids=lambda each: str(each))
def test_every_published_exponent_is_the_laws(part: str, line: str, name: str, given_: dict[str, bool]) -> None:
    """The smallest exponent of T among the terms without N: signal and tail, or the noise kernel."""
    wanted = {"noise"} if given_ else {"signal", "tail"}
    found = [term.steps for term in terms(law_of(name)[1]) if term.name in wanted]
    printed = published(part, line)
    values = {S: sympy.Rational(3, 4), R: sympy.Rational(7, 5)}
    for delta in (sympy.Rational(1, 2), 2, 5):
        at = values | {DELTA: delta}
        assert sympy.Min(*found).subs(at) == printed.subs(at)


def test_a_filter_has_its_own_signal() -> None:
    rate = rate_of(Power(Fraction(1, 4)))
    own, general = signal_flow(rate.order, rate.constant), spectral_integral("signal-flow")
    point = {"s": 1, "r": 0.5, "eta": 1, "T": 1e6}
    assert own.series_value(point).value == pytest.approx(
        general.series_value(point | {"q": 0.75, "c": 1}).value, rel=1e-12
    )


# exact recursions


def discrete(s: float, r: float, delta: float, eta: float, steps: int, nesterov: bool) -> float:
    """integral of x^(r/(1+s)-1)/(1+s) h_T(x)^2 over (0, 1), h_T by the recursion with momentum t/(t+delta).

    u = sqrt(x), eight nodes on each panel of width 1/(sqrt(eta) T + 20): 50 nodes an oscillation of h.
    """
    count = int(np.sqrt(eta) * steps) + 20
    node, weight = np.polynomial.legendre.leggauss(8)
    u = (np.arange(count)[:, None] / count + (node + 1) / (2 * count)).ravel()
    here = before = np.ones_like(u)
    for t in range(steps):
        ahead = here + t / (t + delta) * (here - before)
        here, before = ahead - eta * u**2 * (ahead if nesterov else here), here
    return float(np.sum(np.tile(weight, count) / count * u ** (2 * r / (1 + s) - 1) * here**2) / (1 + s))


@pytest.mark.parametrize(
    ("name", "r", "delta"), [("heavy-ball", 1, 3), ("nesterov", 1, 3), ("nesterov-saturated", 3, 1)], ids=label
)
def test_small_steps_are_the_limit_of_the_recursion(name: str, r: float, delta: float) -> None:
    """At fixed eta = 1/2 the recursion differs by O(1/T): what is left after extrapolating in 1/T is of order T^-2."""
    off = [
        discrete(1, r, delta, 0.5, steps, name.startswith("nesterov"))
        / float(spectral_integral(name).closed_value({"s": 1, "r": r, "delta": delta, "eta": 0.5, "T": steps}).value)
        - 1
        for steps in (200, 400, 800)
    ]
    first, second = 2 * off[1] - off[0], 2 * off[2] - off[1]
    assert abs(off[2]) < 8 / 800
    assert abs(second) < 2 * abs(first - second) + 1e-5
    assert abs(second) < 0.1 * abs(off[2])


def test_saturated_heavy_ball_is_the_limit_of_small_eta() -> None:
    """Modes with x ~ 1 decide, and there h differs by O(sqrt(eta)); T is large enough for 1/T not to matter."""
    off = []
    for eta, steps in ((0.08, 1000), (0.02, 2000), (0.005, 4000)):
        at = {"s": 1, "r": 3, "delta": 2, "eta": eta, "T": steps}
        exact = float(spectral_integral("heavy-ball-saturated").closed_value(at).value)
        off.append(abs(discrete(1, 3, 2, eta, steps, False) / exact - 1))
    assert off[0] < np.sqrt(0.08)
    assert off[2] < 0.65 * off[1] < 0.65**2 * off[0]


def test_heavy_ball_residual_is_its_recursion() -> None:
    integral = spectral_integral("heavy-ball-constant")
    x = np.linspace(0.01, 1, 40)
    here = before = np.ones_like(x)
    for _ in range(30):
        here, before = here - 0.9 * x * here + 0.7 * (here - before), here
    squared = sympy.lambdify(sympy.Symbol("x", positive=True), (integral.integrand).subs({S: 0, R: 1, ETA: 0.9}).subs(
        {BETA: 0.7, T: 30}), "numpy")  # fmt: skip
    np.testing.assert_allclose(squared(x.astype(complex)).real, here**2, rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize(("a", "dim"), [(0.6, 200_000), (1.0, 200_000)])
def test_bigram_with_few_words_by_direct_summation(a: float, dim: int) -> None:
    """Float64 sums of 200,000 positive terms: rounding below 1e-11."""
    k = np.arange(1, dim + 1, dtype=float) ** -a
    for steps in (1.0, 300.0, 20_000.0):
        direct = np.sum(k * (1 - k) ** (2 * steps)) / np.sum(k)
        found = spectral_integral("bigram-finite").value({"a": a, "T": steps, "d": dim}, digits=12)
        assert float(found.value) == pytest.approx(direct, rel=1e-11)


def test_bigram_tends_to_its_limit_below_one() -> None:
    """At u = 2T/d^a fixed the gap to (1/a-1) E_{1/a}(u) falls as d^-(1-a), from the sum of all k^-a."""
    a, u = 0.5, 1.0
    limit = spectral_integral("bigram-limit").closed_value({"a": a, "u": u}).value
    gaps = []
    for dim in (10**8, 10**10):
        at = {"a": a, "T": u * dim**a / 2, "d": dim}
        gaps.append(abs(spectral_integral("bigram-finite").value(at, digits=10).value / limit - 1))
    assert 0.08 < gaps[1] / gaps[0] < 0.12  # 100^-0.5


def test_bigram_at_one_falls_as_a_logarithm() -> None:
    """2T = d^tau leaves (log(d/2T) - gamma)/(log d + gamma) up to 1/T and 2T/d, which tends to 1 - tau."""
    log_d = np.log(1e12)
    for tau in (0.25, 0.5):
        found = spectral_integral("bigram-finite").value({"a": 1, "T": 1e12**tau / 2, "d": 1e12}, digits=8)
        law = ((1 - tau) * log_d - np.euler_gamma) / (log_d + np.euler_gamma)
        assert float(found.value) == pytest.approx(law, abs=2 / 1e12**tau)


def test_momentum_below_saturation_has_one_prefactor() -> None:
    at = {S: 1, R: 1, DELTA: 3, ETA: sympy.Rational(1, 2)}
    ratio = spectral_integral("nesterov").prefactor.subs(at) / spectral_integral("heavy-ball").prefactor.subs(at)
    assert float(ratio.evalf()) == pytest.approx(1, rel=1e-12)


def test_shown_as_text_and_latex() -> None:
    shown: SpectralIntegral = spectral_integral("signal-flow")
    assert "gamma" in str(shown)
    assert shown._repr_latex_().startswith("$")
    assert "quadrature" in str(shown.check({"s": 1, "r": 1, "q": 1, "c": 1, "eta": 1, "T": 5}, digits=5))
