"""Spectral integrals of methods with a rate: signal, distortion and the noise kernel. lambda_k = k^-(1+s).

Sources: Velikanov and Yarotsky (2024), Paquette et al. (2024); the corrections are derived here.
"""

from __future__ import annotations

import sympy
from sympy import Expr, exp, gamma
from sympy.logic.boolalg import Boolean

from ..exponents import flow_integral
from ..symbolic import BATCH, ETA, PAQUETTE, VELIKANOV_YAROTSKY, N, R, S, T, X
from .integral import Modes, SpectralIntegral, UnitInterval
from .symbols import BETA, CONSTANT, EPS, ORDER, J, K

_BOTH = (VELIKANOV_YAROTSKY, PAQUETTE)


def _flow(
    name: str, meaning: str, front: Expr, power: Expr, order: Expr, constant: Expr, when: Boolean
) -> SpectralIntegral:
    """front/(1+s) integral x^(power-1) exp(-2 eta c x^q T) dx = front/((1+s) q) Y^-z gamma(z, Y), Y = 2 eta c T."""
    z, y = power / order, 2 * ETA * constant * T
    leading = front * flow_integral(power, order, y)
    front = front / (1 + S)
    return SpectralIntegral(
        name=name,
        meaning=meaning,
        integrand=front * X ** (power - 1) * exp(-y * X**order),
        over=UnitInterval(y ** (-1 / order)),
        closed=front / order * y**-z * sympy.lowergamma(z, y),
        variable=T,
        limit=sympy.oo,
        exponent=z,
        leading=leading,
        following=-front / order * exp(-y) / y,
        rest=2 * front / order * sympy.Abs(z - 1) * exp(-y) / y**2,
        when=sympy.And(S > -1, power > 0, order > 0, when),
        late=y > 2 * sympy.Abs(z - 1),
        sources=_BOTH,
    )


def signal_flow(order: Expr = ORDER, constant: Expr = CONSTANT) -> SpectralIntegral:
    """Energy not yet learned in the flow limit, for a rate c x^q (full squared error; half of it is a loss).

    Args:
        order: q, a number or a symbol.
        constant: c.

    Returns:
        integral over (0, 1) of x^(r/(1+s)-1)/(1+s) exp(-2 eta c x^q T) dx.
    """
    meaning = "energy not learned yet, rate c x^q, small steps"
    return _flow("signal-flow", meaning, sympy.S.One, R / (1 + S), order, constant, sympy.true)


def distortion_flow(order: Expr = ORDER, constant: Expr = CONSTANT) -> SpectralIntegral:
    """Energy of learned modes that N features smear over the spectrum: r replaced by s, times zeta(r-s)/N."""
    meaning = "learned energy that N random features smear over the spectrum"
    when = sympy.And(S > 0, R > 1 + S)
    return _flow("distortion-flow", meaning, sympy.zeta(R - S) / N, S / (1 + S), order, constant, when)


def noise_kernel() -> SpectralIntegral:
    """Memory kernel of one-pass SGD with modes as a continuum: eta^2/B integral lambda^2 exp(-2 eta lambda T) dk."""
    meaning = "memory kernel of one-pass SGD, modes as a continuum"
    power = 2 - 1 / (1 + S)
    return _flow("noise-kernel", meaning, ETA**2 / BATCH, power, sympy.S.One, sympy.S.One, 2 * S + 1 > 0)


def signal_steps(order: Expr = ORDER) -> SpectralIntegral:
    """integral x^(r/(1+s)-1)/(1+s) (1 - eta x^q)^(2T) dx: an incomplete beta function, and B(z, 2T+1) at eta = 1.

    Args:
        order: q, a number or a symbol.

    Returns:
        The integral over (0, 1), with z = r/((1+s) q).
    """
    z = R / (1 + S) / order
    front = 1 / ((1 + S) * order) * ETA**-z
    leading = flow_integral(R / (1 + S), order, 2 * ETA * T)
    last = (1 - ETA) ** (2 * T + 1) / (ETA * (2 * T + 1) * (1 + S) * order)
    return SpectralIntegral(
        name="signal-steps",
        meaning="energy not learned yet after T steps of size eta, rate x^q",
        integrand=X ** (R / (1 + S) - 1) / (1 + S) * (1 - ETA * X**order) ** (2 * T),
        over=UnitInterval((2 * ETA * T) ** (-1 / order)),
        closed=front * gamma(z) * sympy.rf(2 * T + 1, z) ** -1
        - last * ETA * sympy.hyper([2 * T + 1 + z, 1], [2 * T + 2], 1 - ETA),
        variable=T,
        limit=sympy.oo,
        exponent=z,
        leading=leading,
        following=-leading * z * (z + 1) / (4 * T),
        rest=leading * z * (z + 1) * (z + 2) * (3 * z + 1) / (48 * T**2) + 2 * last,
        when=sympy.And(S > -1, ETA <= 1, order > 0),
        late=(z + 2) ** 2 < ETA * T,
        sources=_BOTH,
    )


def damped_flow() -> SpectralIntegral:
    """Rate (1+eps) x/(x+eps); with y = x/(x+eps) a series of incomplete gamma functions."""
    zeta = R / (1 + S)
    y, edge = 2 * ETA * (1 + EPS) * T, 1 / (1 + EPS)
    front = EPS**zeta / (1 + S)
    term = sympy.rf(zeta + 1, J) / sympy.factorial(J) * y ** (-zeta - J) * sympy.lowergamma(zeta + J, y * edge)
    leading = front * gamma(zeta) * y**-zeta
    third = leading * zeta * (zeta + 1) ** 2 * (zeta + 2) / (2 * y**2)
    return SpectralIntegral(
        name="damped-flow",
        meaning="energy not learned yet by a damped natural gradient, small steps",
        integrand=X ** (zeta - 1) / (1 + S) * exp(-y * X / (X + EPS)),
        over=UnitInterval(EPS / (1 + y)),
        closed=front * sympy.Sum(term, (J, 0, sympy.oo)),
        closed_when=10 * EPS >= 1,
        variable=T,
        limit=sympy.oo,
        exponent=zeta,
        leading=leading,
        following=leading * zeta * (zeta + 1) / y,
        rest=3 * third + 4 * front * edge ** (zeta - 1) * exp(-y * edge) / y * (2 + zeta),
        when=S > -1,
        late=(zeta + 3) ** 2 < 2 * ETA * EPS * T,
        sources=(VELIKANOV_YAROTSKY,),
    )


def _over_modes(name: str, meaning: str, front: Expr, power: Expr, when: Boolean) -> SpectralIntegral:
    """front sum_k k^-m exp(-Y k^-n), n = 1+s, Y = 2 eta T: against the integral over k it differs by no power of T.

    By Poisson's formula the difference is the integral of 2 f(k) cos(2 pi k), ruled by the saddle at
    k^(n+1) = i n Y/(2 pi): smaller than any power, exp(-const T^(1/(2+s))).
    """
    n, y = 1 + S, 2 * ETA * T
    z = (power - 1) / n
    size = (n * y / (2 * sympy.pi)) ** (1 / (n + 1))
    saddle = size * exp(sympy.I * sympy.pi / (2 * (n + 1)))
    wave = saddle**-power * sympy.sqrt(sympy.I * saddle / (n + 1))
    decay = exp(-2 * sympy.pi * size * (1 + 1 / n) * sympy.sin(sympy.pi / (2 * (n + 1))))
    return SpectralIntegral(
        name=name,
        meaning=meaning,
        integrand=front * K**-power * exp(-y * K**-n),
        over=Modes(1 + y ** (1 / n)),
        closed=front * sympy.Sum((-y) ** J / sympy.factorial(J) * sympy.zeta(power + n * J), (J, 0, sympy.oo)),
        closed_when=y <= 40,
        variable=T,
        limit=sympy.oo,
        exponent=z,
        leading=front * gamma(z) / n * y**-z,
        following=2 * front * sympy.re(wave * exp(2 * sympy.pi * sympy.I * saddle * (1 + 1 / n))),
        rest=front * sympy.Abs(wave) * decay * 2 * (1 + power + n) ** 2 / size,
        when=sympy.And(S > -1, when),
        late=size > (1 + power + n) ** 2,
        sources=(PAQUETTE,),
    )


def signal_sum() -> SpectralIntegral:
    """sum_k k^-(1+r) exp(-2 eta lambda_k T) over all modes."""
    return _over_modes("signal-sum", "energy not learned yet, mode by mode", sympy.S.One, 1 + R, sympy.true)


def noise_sum() -> SpectralIntegral:
    """eta^2/B sum_k lambda_k^2 exp(-2 eta lambda_k T) over all modes."""
    meaning = "memory kernel of one-pass SGD, mode by mode"
    return _over_modes("noise-sum", meaning, ETA**2 / BATCH, 2 * (1 + S), 2 * S + 1 > 0)


def heavy_ball_constant() -> SpectralIntegral:
    """Momentum beta, exact in T: h_T from the two roots of z^2 - (1 + beta - eta x) z + beta.

    The exponent is gradient descent's, with the step eta/(1-beta).
    """
    zeta = R / (1 + S)
    middle = (1 + BETA - ETA * X) / 2
    root = sympy.sqrt(middle**2 - BETA)
    up, down = middle + root, middle - root
    residual = ((up ** (T + 1) - down ** (T + 1)) - BETA * (up**T - down**T)) / (up - down)
    leading = gamma(zeta) / (1 + S) * (2 * ETA * T / (1 - BETA)) ** -zeta
    slow = (1 - BETA) * T
    following = leading * (zeta * BETA / slow - zeta * (zeta + 1) * (1 + BETA) / (4 * slow))
    return SpectralIntegral(
        name="heavy-ball-constant",
        meaning="energy not learned yet after T steps of size eta with momentum beta",
        integrand=X ** (zeta - 1) / (1 + S) * residual**2,
        over=UnitInterval((1 - BETA) / (1 - BETA + 2 * ETA * T)),
        variable=T,
        limit=sympy.oo,
        exponent=zeta,
        leading=leading,
        following=following,
        rest=leading * ((zeta + 1) * (zeta + 2) / slow) ** 2,
        when=sympy.And(S > -1, ETA <= 1, BETA < 1),
        late=4 * (zeta + 3) ** 2 < ETA * (1 - BETA) * T,
        sources=(VELIKANOV_YAROTSKY,),
    )
