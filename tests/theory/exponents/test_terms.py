"""Risk terms against sums and integrals taken numerically, by routes that share nothing with the formulas."""

import math
from dataclasses import dataclass
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy

from optscaling.errors import InputError
from optscaling.theory.exponents.laws_of_optimizers import law_of
from optscaling.theory.exponents.regions import cases
from optscaling.theory.exponents.risk_terms import terms
from optscaling.theory.exponents.spectral_rate import rate_of
from optscaling.theory.exponents.term import ROUGH, Term
from optscaling.theory.optimizers.base import Filter
from optscaling.theory.optimizers.filters import Damped, GradientDescent, NaturalGradient, Power
from optscaling.theory.optimizers.preconditioners import BlockDiagonal, Diagonal
from optscaling.theory.optimizers.sign import Sign
from optscaling.theory.symbolic.monomial import Path
from optscaling.theory.symbolic.symbols import ETA, TAU, P, R, S, X


def prefactor(term: Term, s: float, r: float, eta: float = 1.0) -> float:
    assert term.coefficient is not None
    return float(term.coefficient.evalf(20, subs={S: s, R: r, ETA: eta}))


def named(name: str, rough: bool = True, optimizer: Filter | None = None) -> Term:
    found = terms(law_of(optimizer or GradientDescent())[1])
    return next(term for term in found if term.name == name and dict(term.when).get(ROUGH, rough) == rough)


@dataclass(frozen=True)
class Slow(Filter):
    """A rate of order two at small x."""

    def rate(self, x):
        return 2 * x**3 / (x + x**3)

    @property
    def name(self):
        return "slow"


@dataclass(frozen=True)
class Saturating(Filter):
    """A rate with no sympy-free form."""

    def rate(self, x):
        return 1 - sympy.exp(-3 * x)

    @property
    def name(self):
        return "saturating"


@dataclass(frozen=True)
class FixedRidge(Filter):
    """A ridge that does not shrink: part of every mode is never learned."""

    def residual(self, x, steps, eta):
        return 1 / (1 + x)

    @property
    def name(self):
        return "fixed-ridge"


@pytest.mark.parametrize(
    ("filter_", "order", "constant"),
    [
        (GradientDescent(), 1, 1),
        (Power(Fraction(1, 4)), Fraction(3, 4), 1),
        (Power(0.3), Fraction(7, 10), 1),
        (Power(Fraction(1, 2)), Fraction(1, 2), 1),
        (Damped(0.01), 1, 101),
        (Slow(), 2, 2),
        (Saturating(), 1, 3),
    ],
)
def test_the_pace_is_the_leading_power_of_the_rate(filter_, order, constant):
    found = rate_of(filter_)
    assert found.kind == "power"
    assert found.order == sympy.Rational(order)
    assert found.constant == constant
    # and the rate itself, at x = 1e-12, agrees with it (next order at most 100 x here)
    x = mpmath.mpf("1e-12")
    rate = sympy.sympify(filter_.rate(X)).evalf(20, subs={X: x})
    assert float(rate / (constant * x ** mpmath.mpf(float(order)))) == pytest.approx(1, abs=1e-9)


def test_paces_that_are_no_power():
    assert rate_of(Power(1)).kind == "exponential"
    assert rate_of(NaturalGradient()).kind == "solved"
    assert rate_of(FixedRidge()).kind == "stuck"
    assert law_of("power:p")[1].pace.order == 1 - P


def test_what_is_no_filter_is_gradient_descent_by_assumption():
    for optimizer in (BlockDiagonal(64), Diagonal(), Sign()):
        name, found = law_of(optimizer)
        assert (name, found.kind, found.pace.order) == (optimizer.name, "power", 1)
        assert found.assumptions


@dataclass(frozen=True)
class Logarithmic(Filter):
    def rate(self, x):
        return -x * sympy.log(x / 2)

    @property
    def name(self):
        return "logarithmic"


@dataclass(frozen=True)
class Numeric(Filter):
    def rate(self, x):
        return math.tanh(x)

    @property
    def name(self):
        return "numeric"


@dataclass(frozen=True)
class Rising(Filter):
    def rate(self, x):
        return 1 / x

    @property
    def name(self):
        return "rising"


@pytest.mark.parametrize("filter_", [Logarithmic(), Numeric(), Rising()])
def test_rates_without_a_leading_power_are_refused(filter_):
    with pytest.raises(InputError, match=filter_.name):
        rate_of(filter_)


def spectral_integral(s: float, r: float, order: float, constant: float, steps: float, digits: int) -> mpmath.mpf:
    """The signal integral in the variable v = log(x), where it has one shape at any T, on panels of equal width.

    The ends leave out exp(-45) of it below and exp(-200) above.
    """
    with mpmath.workdps(digits):
        zeta = mpmath.mpf(r) / (1 + mpmath.mpf(s))
        rate = 2 * mpmath.mpf(constant) * mpmath.mpf(steps)
        centre = -mpmath.log(rate) / order
        panels = mpmath.linspace(centre - 45 / zeta, centre + mpmath.log(200) / order, 101)

        def integrand(v: mpmath.mpf) -> mpmath.mpf:
            return mpmath.exp(zeta * v - rate * mpmath.exp(order * v)) / (1 + mpmath.mpf(s))

        return +mpmath.quad(integrand, panels)


@pytest.mark.parametrize("digits", [15, 30])
@pytest.mark.parametrize(
    ("s", "r", "p"), [(1.0, 1.0, 0), (0.5, 0.75, Fraction(1, 2)), (-0.5, 1.5, 0), (2.0, 4.0, Fraction(3, 4))]
)
def test_the_signal_is_its_spectral_integral(s, r, p, digits):
    term = named("signal", optimizer=Power(p))
    for steps in (1e3, 1e16):
        b = float(term.steps.subs({S: sympy.Rational(s), R: sympy.Rational(r)}))
        closed = prefactor(term, s, r) * steps**-b
        direct = spectral_integral(s, r, float(1 - p), 1.0, steps, digits)
        # doubles round the exponent zeta v, about 40 zeta at most, at 1e-14
        assert float(direct / closed) == pytest.approx(1, abs=1e-11)


@pytest.mark.parametrize("digits", [15, 30])
def test_the_distortion_is_its_spectral_integral(digits):
    # the leak has density zeta(r-s)/(1+s) x^(-1/(1+s)), that is the signal's with r = s, times zeta(r-s)
    s, r, steps = 1.5, 4.0, 1e10
    term = named("distortion", False, Power(Fraction(1, 4)))
    b = float(term.steps.subs({S: sympy.Rational(s)}))
    direct = spectral_integral(s, s, 0.75, 1.0, steps, digits) * mpmath.zeta(r - s)
    assert float(direct) == pytest.approx(prefactor(term, s, r) * steps**-b, rel=1e-11)


@pytest.mark.parametrize("digits", [15, 30])
def test_steps_of_finite_size_change_the_signal_at_order_one_over_T(digits):
    # at eta = 1 the integral of x^(zeta-1) (1-x)^(2T) over (0, 1) is the Beta function
    s, r, steps = 1.0, 1.5, 400
    term = named("signal")
    z = r / (1 + s)
    with mpmath.workdps(digits):
        direct = float(mpmath.beta(z, 2 * steps + 1) / (1 + s))
    ratio = direct / (prefactor(term, s, r) * steps**-z)
    assert abs(ratio - 1) > 1e-4
    assert ratio == pytest.approx(1 - z * (z + 1) / (4 * steps), abs=2 / steps**2)


@pytest.mark.parametrize(("s", "r", "p"), [(1.0, 1.0, 0.0), (0.5, 0.5, 0.5), (2.0, 2.5, 0.25), (-0.4, 0.5, 0.0)])
def test_the_signal_is_the_sum_over_modes(s, r, p):
    steps, modes, eta = 3000, 1_000_000, 0.9
    k = np.arange(1, modes + 1, dtype=float)
    q = 1 - p
    residual = (1 - eta * k ** (-(1 + s) * q)) ** (2 * steps)
    tail = (modes + 0.5) ** -r / r  # beyond, h differs from 1 by 2 eta T modes^-((1+s) q), bounded below
    direct = float(np.sum(k ** -(1 + r) * residual)) + tail
    term = named("signal", optimizer=Power(p))
    b = float(term.steps.subs({S: sympy.Rational(str(s)), R: sympy.Rational(str(r))}))
    closed = prefactor(term, s, r, eta) * steps**-b
    unlearned = 2 * eta * steps * modes ** (-(1 + s) * q)
    assert direct / closed == pytest.approx(1, abs=b * (b + 1) / (2 * steps) + tail / closed * unlearned + 1e-6)


def floor(s: float, r: float, size: int, modes: int = 1_000_000) -> float:
    """sum E kappa/(lambda + kappa), kappa by bisection, with the tail sums beyond `modes` added."""
    k = np.arange(1, modes + 1, dtype=float)
    eigenvalues, energies = k ** -(1 + s), k ** -(1 + r)
    rest_l, rest_e = (modes + 0.5) ** -s / s, (modes + 0.5) ** -r / r
    low, high = -60.0, 0.0
    for _ in range(70):
        middle = (low + high) / 2
        kappa = math.exp(middle)
        count = float(np.sum(eigenvalues / (eigenvalues + kappa))) + rest_l / kappa
        low, high = (middle, high) if count > size else (low, middle)
    return float(np.sum(energies * kappa / (eigenvalues + kappa))) + rest_e


@pytest.mark.parametrize(
    ("s", "r", "leading"),
    [
        (1.0, 1.0, True),
        (0.5, 0.75, True),
        (2.0, 1.0, True),
        (1.0, 3.5, False),
        (0.5, 2.75, False),
    ],
)
def test_the_capacity_is_the_deterministic_floor(s, r, leading):
    # both powers are always there, each prefactor continued beyond its own region; what is left is the
    # rounding of sums to integrals, kappa from N + 1/2 instead of N: a/(2N) relative
    size = 400
    parts = {}
    for rough in (True, False):
        term = named("capacity", rough)
        a = float(term.size.subs({S: sympy.Rational(str(s)), R: sympy.Rational(str(r))}))
        parts[rough] = prefactor(term, s, r) * size**-a
    assert abs(parts[leading]) == max(abs(part) for part in parts.values())
    assert floor(s, r, size) / sum(parts.values()) == pytest.approx(1, abs=max(r, 1 + s) / size)


def texts(s: sympy.Expr, r: sympy.Expr) -> list[str]:
    law = law_of("gd")[1]
    found = tuple(term.put({S: s, R: r}) for term in terms(law))
    return [case.text for case in cases(found, Path(TAU), leading=ROUGH.xreplace({S: s, R: r}))]


def test_regions_tell_the_plane_apart():
    assert texts(S, R) == ["r <= s + 1", "r > s + 1 and s > 0", "r > s + 1 and s <= 0"]
    half, two = sympy.Rational(1, 2), sympy.Integer(2)
    for s, r in [(two, two), (half, two), (-half, two)]:
        assert texts(s, r) == [""]
    assert texts(S, half) == ["s >= -1/2", "s < -1/2"]
    assert texts(half, R) == ["r <= 3/2", "r > 3/2"]
