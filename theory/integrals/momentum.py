"""Spectral integrals of momentum 1 - delta/t.

In small steps the residual obeys x'' + (delta/t) x' + lambda x = 0, so that

    h = Gamma(nu+1) (2/w)^nu J_nu(w),  w = sqrt(eta x) T,  nu = (delta-1)/2,

and Nesterov's gradient at the look-ahead point adds the factor exp(-eta x T/2).
With zeta = r/(1+s), integral h^2 falls as T^-min(2 zeta, delta), with Nesterov as T^-min(2 zeta, zeta + delta/2).
Heavy ball with 2 zeta > delta is decided at x ~ 1, so there its prefactor is that of small eta.
Sources: Velikanov and Yarotsky (2024); Weber and Schafheitlin's integral (DLMF 10.22.57).
"""

from __future__ import annotations

import sympy
from sympy import Expr, besselj, gamma
from sympy.logic.boolalg import Boolean

from ..symbolic import DELTA, ETA, VELIKANOV_YAROTSKY, R, S, T, X
from .integral import Ringing, SpectralIntegral

_ZETA = R / (1 + S)
_NU = (DELTA - 1) / 2
_PACE = sympy.sqrt(ETA) * T
_W = _PACE * sympy.sqrt(X)
_SQUARED = gamma(_NU + 1) ** 2 * (2 / _W) ** (2 * _NU) * besselj(_NU, _W) ** 2


def _resolved() -> Expr:
    """Weber-Schafheitlin, the integral over x in (0, oo): modes with w ~ 1."""
    return (
        4**_ZETA
        * gamma(_NU + 1) ** 2
        * gamma(DELTA - 2 * _ZETA)
        * gamma(_ZETA)
        / ((1 + S) * gamma(_NU + 1 - _ZETA) ** 2 * gamma(DELTA - _ZETA))
        * ETA**-_ZETA
        * T ** (-2 * _ZETA)
    )


def _swinging() -> Expr:
    """The upper end x = 1, with the mean J^2 ~ 1/(pi w) over an oscillation; positive for 2 zeta > delta."""
    return 2**DELTA * gamma(_NU + 1) ** 2 / ((1 + S) * sympy.pi * (2 * _ZETA - DELTA)) * _PACE**-DELTA


def _amplitude() -> Expr:
    return 2**DELTA * gamma(_NU + 1) ** 2 / ((1 + S) * sympy.pi)


def _phase() -> Expr:
    """What the oscillation itself adds at x = 1, one order in T below its mean."""
    return -_amplitude() * _PACE ** (-DELTA - 1) * sympy.cos(2 * _PACE - _NU * sympy.pi) / 2


def _heavy_ball(
    name: str, exponent: Expr, leading: Expr, following: Expr, rest: Expr, when: Boolean
) -> SpectralIntegral:
    orders = (_ZETA, DELTA / 2), (_ZETA + 1, (DELTA + 1) / 2, DELTA)
    bend = sympy.Abs(4 * _NU**2 - 1)
    beyond = _amplitude() * _PACE ** (-DELTA - 2) * (bend * (1 + 1 / sympy.Abs(DELTA + 2 - 2 * _ZETA)) + DELTA + 2)
    return SpectralIntegral(
        name=name,
        meaning="energy not learned yet by heavy ball with momentum 1 - delta/t, small steps",
        integrand=X ** (_ZETA - 1) / (1 + S) * _SQUARED,
        over=Ringing(_NU, _PACE, sympy.S.One),
        closed=sympy.hyper(*orders, -(_PACE**2)) / R,
        variable=T,
        limit=sympy.oo,
        exponent=exponent,
        leading=leading,
        following=following,
        rest=rest + beyond,
        when=sympy.And(S > -1, when),
        late=sympy.And(sympy.Ne(2 * _ZETA, DELTA + 2), _PACE > 4 * (2 + DELTA + 2 * _ZETA) ** 2),
        sources=(VELIKANOV_YAROTSKY,),
    )


def heavy_ball() -> SpectralIntegral:
    """2 zeta < delta: T^(-2 zeta), as if gradient descent had run T^2 steps."""
    rest = _amplitude() * _PACE ** (-DELTA - 1)
    return _heavy_ball("heavy-ball", 2 * _ZETA, _resolved(), _swinging(), rest, 2 * _ZETA < DELTA)


def heavy_ball_saturated() -> SpectralIntegral:
    """2 zeta > delta: T^-delta, as fast as the momentum lets an oscillation die."""
    near = 2 * _ZETA < DELTA + 1
    following = sympy.Piecewise((_resolved(), near), (_phase(), True))
    rest = sympy.Piecewise((_amplitude() * _PACE ** (-DELTA - 1), near), (2 * sympy.Abs(_resolved()), True))
    return _heavy_ball("heavy-ball-saturated", DELTA, _swinging(), following, rest, 2 * _ZETA > DELTA)


_FIRST, _SECOND = (_ZETA, DELTA / 2)
_BELOW = ((DELTA + 1) / 2, DELTA)


def _branch(first: Expr, second: Expr) -> Expr:
    """Gamma(zeta) (eta T)^-zeta/(1+s) times the branch T^-first of 2F2(zeta, delta/2; (delta+1)/2, delta; -T)."""
    ratio = gamma(_BELOW[0]) * gamma(_BELOW[1]) * gamma(second - first) / gamma(second)
    return (
        gamma(_ZETA)
        * (ETA * T) ** -_ZETA
        / (1 + S)
        * ratio
        / (gamma(_BELOW[0] - first) * gamma(_BELOW[1] - first))
        * T**-first
    )


def _correction(first: Expr, second: Expr) -> Expr:
    """The next term of a branch, over its first."""
    return first * (1 + first - _BELOW[0]) * (1 + first - _BELOW[1]) / ((1 + first - second) * T)


def _nesterov(name: str, first: Expr, second: Expr, when: Boolean) -> SpectralIntegral:
    leading, other = _branch(first, second), _branch(second, first)
    slower, faster = leading * _correction(first, second), other * _correction(second, first)
    near = second - first < 1
    third = sympy.Piecewise((sympy.Abs(slower), near), (sympy.Abs(other), True))
    return SpectralIntegral(
        name=name,
        meaning="energy not learned yet by Nesterov's method, momentum 1 - delta/t (x > 1 adds < exp(-eta T))",
        integrand=X ** (_ZETA - 1) / (1 + S) * _SQUARED * sympy.exp(-ETA * X * T),
        over=Ringing(_NU, _PACE, sympy.sqrt(T), sympy.oo),
        closed=gamma(_ZETA) * (ETA * T) ** -_ZETA / (1 + S) * sympy.hyper([_ZETA, DELTA / 2], _BELOW, -T),
        variable=T,
        limit=sympy.oo,
        exponent=_ZETA + first,
        leading=leading,
        following=sympy.Piecewise((other, near), (slower, True)),
        rest=2 * third + 2 * sympy.Abs(faster) + leading * ((2 + first + second) ** 2 / T) ** 2,
        when=sympy.And(S > -1, when),
        late=sympy.And(sympy.Ne(second - first, 1), T > 4 * (2 + _ZETA + DELTA) ** 2),
        sources=(VELIKANOV_YAROTSKY,),
    )


def nesterov() -> SpectralIntegral:
    """2 zeta < delta: T^(-2 zeta), with heavy ball's prefactor."""
    return _nesterov("nesterov", _FIRST, _SECOND, 2 * _ZETA < DELTA)


def nesterov_saturated() -> SpectralIntegral:
    """2 zeta > delta: T^-(zeta + delta/2); modes with x ~ 1/(eta T) decide, so the prefactor holds for any eta."""
    return _nesterov("nesterov-saturated", _SECOND, _FIRST, 2 * _ZETA > DELTA)
