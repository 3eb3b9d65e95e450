"""Sums over modes at a spectral scale kappa, with their next order from the poles of a Mellin transform.

With n = 1+s:  sum 1/(1 + kappa k^n) = (1/2 pi i) integral pi/sin(pi w) kappa^-w zeta(n w) dw, and the floor
sum k^-(1+r) kappa k^n/(1 + kappa k^n) = -(1/2 pi i) integral pi/sin(pi w) kappa^-w zeta(1+r+n w) dw: as kappa -> 0
each pole on the left gives a term. The series diverges: poles of the summand add exp(-2 pi kappa^(-1/n) sin(pi/n)).
Source: Maloney et al. (2022) for the leading terms; the rest is derived here.
"""

from __future__ import annotations

import sympy
from sympy import Expr
from sympy.logic.boolalg import Boolean

from ..symbolic import MALONEY, PAQUETTE, R, S
from .integral import Modes, SpectralIntegral
from .symbols import KAPPA, K

_N = 1 + S


def _ringing(amplitude: Expr) -> Expr:
    """Twice what the poles k = kappa^(-1/n) exp(+-i pi/n) of a summand may add."""
    size = KAPPA ** (-1 / _N)
    angle = sympy.Min(sympy.pi / _N, sympy.pi / 2)
    return 8 * sympy.pi / _N * size * amplitude * sympy.exp(-2 * sympy.pi * size * sympy.sin(angle))


def _zeta_bound(argument: Expr) -> Expr:
    """A bound on |zeta| that has no zeros: 4 Gamma(1-x)/(2 pi)^(1-x) + 2 at x < 0, 2 + 1/|x-1| beyond."""
    below = -argument
    grown = 4 * sympy.gamma(1 + below) / (2 * sympy.pi) ** (1 + below) + 2
    return sympy.Piecewise((grown, below > 0), (2 + 1 / sympy.Abs(argument - 1), True))


def capacity_sum() -> SpectralIntegral:
    """sum_k lambda/(lambda + kappa), the number of modes that a scale kappa resolves."""
    size = KAPPA ** (-1 / _N)
    root = sympy.pi / sympy.sqrt(KAPPA)
    return SpectralIntegral(
        name="capacity-sum",
        meaning="modes resolved at the scale kappa",
        integrand=1 / (1 + KAPPA * K**_N),
        over=Modes(1 + size),
        closed=root / 2 * sympy.coth(root) - sympy.Rational(1, 2),
        closed_when=sympy.Eq(S, 1),
        variable=KAPPA,
        limit=sympy.S.Zero,
        exponent=1 / _N,
        leading=sympy.pi / _N / sympy.sin(sympy.pi / _N) * size,
        following=-sympy.Rational(1, 2),
        rest=2 * _zeta_bound(-_N) * KAPPA + _ringing(sympy.S.One),
        when=S > 0,
        late=sympy.Rational(1, 10) > KAPPA * _N**_N,
        sources=(MALONEY, PAQUETTE),
    )


def _floor(name: str, exponent: Expr, leading: Expr, following: Expr, rest: Expr, when: Boolean) -> SpectralIntegral:
    root = sympy.pi / sympy.sqrt(KAPPA)
    return SpectralIntegral(
        name=name,
        meaning="energy beyond the capacity of a scale kappa",
        integrand=K ** (-R - 1) * KAPPA * K**_N / (1 + KAPPA * K**_N),
        over=Modes(1 + KAPPA ** (-1 / _N)),
        closed=KAPPA * (root / 2 * sympy.coth(root) - sympy.Rational(1, 2)),
        closed_when=sympy.And(sympy.Eq(S, 1), sympy.Eq(R, 1)),
        variable=KAPPA,
        limit=sympy.S.Zero,
        exponent=exponent,
        leading=leading,
        following=following,
        rest=rest + _ringing(KAPPA ** ((1 + R) / _N)),
        when=sympy.And(S > -1, when),
        late=sympy.And(sympy.Ne(R, 2 * _N), sympy.Rational(1, 10) > KAPPA * (_N**_N + 1)),
        sources=(MALONEY, PAQUETTE),
    )


def _edge() -> Expr:
    """The energy of the unresolved modes k ~ kappa^(-1/n), from the pole at w = -r/n."""
    return sympy.pi / _N / sympy.sin(sympy.pi * R / _N) * KAPPA ** (R / _N)


def floor_sum_rough() -> SpectralIntegral:
    """sum_k E_k kappa/(lambda_k + kappa) for r < 1+s: unresolved modes decide."""
    rest = 2 * _zeta_bound(1 + R - 2 * _N) * KAPPA**2
    return _floor("floor-sum-rough", -R / _N, _edge(), sympy.zeta(R - S) * KAPPA, rest, R < 1 + S)


def floor_sum_log() -> SpectralIntegral:
    """The same at r = 1+s, where both poles meet: (kappa/(1+s)) log(1/kappa) + Euler's constant kappa."""
    leading = KAPPA * sympy.log(1 / KAPPA) / _N
    rest = 2 * _zeta_bound(1 - _N) * KAPPA**2
    return _floor(
        "floor-sum-log", -sympy.S.One, leading, sympy.EulerGamma * KAPPA, rest, sympy.Eq(R, 1 + S, evaluate=False)
    )


def floor_sum_smooth() -> SpectralIntegral:
    """The same for r > 1+s: every resolved mode keeps E_k kappa/lambda_k, in all zeta(r-s) kappa."""
    second = -sympy.zeta(1 + R - 2 * _N) * KAPPA**2
    before = R < 2 * _N
    following = sympy.Piecewise((_edge(), before), (second, True))
    third = sympy.Piecewise((sympy.Abs(second), before), (sympy.Abs(_edge()), True))
    rest = 2 * third + 2 * _zeta_bound(1 + R - 3 * _N) * KAPPA**3
    return _floor("floor-sum-smooth", -sympy.S.One, sympy.zeta(R - S) * KAPPA, following, rest, R > 1 + S)
