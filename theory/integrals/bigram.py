"""Linear bigram models under Zipf's law: lambda_k = E_k = k^-a, gradient descent with step 1/lambda_1.

The risk is sum k^-a (1 - k^-a)^(2T) / sum k^-a over k = 1..d. For a > 1 it falls as T^-(1-1/a); for a < 1 it is a
function of u = 2T/d^a alone; at a = 1 it is E_1(2T/d)/(log d + Euler's constant), so that 2T = d^tau steps leave
1 - tau of it, to leading order. Source: Kunstner and Bach (2025); next orders and the law at a = 1 are derived here.
"""

from __future__ import annotations

import sympy
from sympy import Expr, exp, gamma

from ..symbolic import KUNSTNER_BACH, T, X
from .integral import Modes, SpectralIntegral, UnitInterval
from .symbols import DIM, A, J, K, U


def bigram() -> SpectralIntegral:
    """a > 1, d infinite: C (2T)^-(1-1/a), C = Gamma(1-1/a)/(a zeta(a)), times 1 - z(z+1)/(4T), z = 1 - 1/a."""
    z = 1 - 1 / A
    leading = gamma(z) / (A * sympy.zeta(A)) * (2 * T) ** -z
    term = sympy.ff(2 * T, J) / sympy.factorial(J) * (-1) ** J * sympy.zeta(A * (J + 1))
    whole = sympy.Eq(sympy.floor(T), T)
    return SpectralIntegral(
        name="bigram",
        meaning="relative error of gradient descent on a bigram model with infinitely many words",
        integrand=K**-A * (1 - K**-A) ** (2 * T) / sympy.zeta(A),
        over=Modes(1 + (2 * T) ** (1 / A)),
        closed=sympy.Sum(term, (J, 0, 2 * T)) / sympy.zeta(A),
        closed_when=sympy.And(T <= 20, whole),
        variable=T,
        limit=sympy.oo,
        exponent=z,
        leading=leading,
        following=-leading * z * (z + 1) / (4 * T),
        rest=leading * z * (z + 1) * (z + 2) * (3 * z + 1) / (48 * T**2)
        + 4 * exp(-2 * sympy.pi * (2 * T) ** (1 / (A + 1)) * sympy.sin(sympy.pi / (2 * (A + 1)))),
        when=A > 1,
        late=(2 * T) ** (1 / (A + 1)) > 3 * (1 + A),
        sources=(KUNSTNER_BACH,),
    )


def _moment(order: int) -> Expr:
    """integral over (0, d) of k^(-order a) exp(-2T k^-a) dk = d^(1-order a)/a E_(1+1/a-order)(2T/d^a)."""
    index = 1 / A + 1 - order
    return DIM ** (1 - order * A) / A * sympy.expint(index, 2 * T / DIM**A)


def bigram_finite() -> SpectralIntegral:
    """d words, any a <= 1: the sum, with 1/T (steps against flow) and 1/d (sum against integral) as next orders."""
    u = 2 * T / DIM**A
    total = sympy.Piecewise(
        (sympy.digamma(DIM + 1) + sympy.EulerGamma, sympy.Eq(A, 1)),
        (sympy.zeta(A) - sympy.zeta(A, DIM + 1), True),
    )
    end = DIM**-A * exp(-u)
    return SpectralIntegral(
        name="bigram-finite",
        meaning="relative error of gradient descent on a bigram model with d words",
        integrand=K**-A * (1 - K**-A) ** (2 * T) / total,
        over=Modes(1 + (2 * T) ** (1 / A), DIM),
        variable=DIM,
        limit=sympy.oo,
        exponent=None,
        leading=_moment(1) / total,
        following=(end / 2 - T * _moment(3)) / total,
        rest=2 * (T**2 * _moment(5) + T * _moment(4) + end * A * (1 + u) / DIM) / total,
        when=sympy.And(A <= 1, sympy.Eq(sympy.floor(DIM), DIM)),
        late=sympy.And(T > 20, DIM > 20, A * DIM > 20),
        sources=(KUNSTNER_BACH,),
    )


def bigram_limit() -> SpectralIntegral:
    """a < 1, d -> infinity at T = u d^a/2: (1/a - 1) E_{1/a}(u), over the rank x = k/d in (0, 1)."""
    front = (1 / A - 1) * exp(-U) / U
    return SpectralIntegral(
        name="bigram-limit",
        meaning="relative error of gradient descent on a bigram model, d -> infinity at u = 2T/d^a",
        integrand=(1 - A) * X**-A * exp(-U * X**-A),
        over=UnitInterval(U ** (1 / A) / (1 + U ** (1 / A))),
        closed=(1 / A - 1) * sympy.expint(1 / A, U),
        variable=U,
        limit=sympy.oo,
        exponent=None,
        leading=front,
        following=-front / (A * U),
        rest=front / (A * U) * (1 / A + 1) / U,
        when=A < 1,
        late=U > 1 / A + 1,
        sources=(KUNSTNER_BACH,),
    )
