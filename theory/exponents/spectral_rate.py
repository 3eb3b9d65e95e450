"""How an optimizer learns the small eigenvalues, read off its filter. It alone decides the exponents.

A filter h_T(x) = (1 - eta rate(x))^T with rate(x) ~ c x^q as x -> 0 has learned what lies above
x ~ (eta c T)^(-1/q), and the rest not at all. Large eigenvalues are learned exponentially fast by every filter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import sympy

from ...errors import InputError
from ..optimizers import Filter
from ..symbolic import ETA, P, S, T, X, exact

Kind = Literal["power", "exponential", "solved", "stuck"]


@dataclass(frozen=True)
class SpectralRate:
    """rate(x) ~ constant * x^order as x -> 0.

    Args:
        kind: "power" where order > 0; "exponential" where order = 0, so that every mode is learned at the same rate;
            "solved" where the residual is zero at once; "stuck" where it is neither zero nor falls with T.
        order: q, the power of x.
        constant: c, in front of it.
        residual: h_T(x) in the symbols x, T and eta.
        assumptions: What had to be assumed to get here.
    """

    kind: Kind
    order: sympy.Expr
    constant: sympy.Expr
    residual: sympy.Expr
    assumptions: tuple[str, ...] = ()


def rate_of(filter_: Filter) -> SpectralRate:
    """The leading power of a filter's rate at small x, or what a residual that T does not change leaves.

    Args:
        filter_: The filter.

    Returns:
        Order and constant.

    Raises:
        InputError: The filter is not a power of x to leading order, or has no rate.
    """
    if type(filter_).residual is not Filter.residual:
        residual = sympy.sympify(filter_.residual(X, T, ETA))
        if residual.is_zero:
            return SpectralRate("solved", sympy.S.Zero, sympy.S.One, residual)
        if T not in residual.free_symbols:
            return SpectralRate("stuck", sympy.oo, sympy.S.One, residual)
        raise InputError(
            f"{filter_.name} gives a residual of its own that changes with T, but its exponents are read off a "
            "rate; give `rate` and leave `residual` as it is."
        )
    try:
        rate = sympy.sympify(filter_.rate(X))
        constant, order = rate.as_leading_term(X).as_coeff_exponent(X)
    except (TypeError, ValueError, AttributeError, NotImplementedError, sympy.SympifyError) as error:
        raise InputError(
            f"The rate of {filter_.name} cannot be read as a formula in x ({error}), but its leading power at "
            "small x is needed; write it with +, *, / and ** or with sympy functions."
        ) from None
    if order.is_number:
        order = exact(order, "the order of the rate")
    if X in constant.free_symbols or order.is_negative or not constant.is_positive:
        raise InputError(
            f"The rate of {filter_.name} is {rate}, but near x = 0 it must be a positive constant times a power "
            "x^q with q >= 0; try a rate such as x/(x + 1)."
        )
    if constant.is_number:
        constant = sympy.nsimplify(constant, rational=True)
    return SpectralRate("exponential" if order == 0 else "power", order, constant, (1 - ETA * rate) ** T)


def flow_integral(power: sympy.Expr, order: sympy.Expr, reach: sympy.Expr) -> sympy.Expr:
    """integral over x > 0 of x^(power-1)/(1+s) exp(-reach x^order) dx = Gamma(z)/((1+s) order) reach^-z.

    It is the prefactor of signal, distortion and gradient noise: modes k as a continuum, lambda_k = k^-(1+s), with
    reach = 2 eta c T for a rate c x^q.

    Args:
        power: The integrand's power of x, plus one.
        order: q of the rate.
        reach: What multiplies x^q in the exponential.

    Returns:
        The integral, with z = power/order.

    >>> flow_integral(sympy.Integer(2), sympy.Integer(1), 2 * T)
    1/(4*T**2*(s + 1))
    """
    z = power / order
    return sympy.gamma(z) / order / (1 + S) * reach**-z


def power_symbolic() -> SpectralRate:
    """The rate of power:p with p a symbol."""
    told = "p lies between 0 and 1, ends excluded"
    return SpectralRate("power", 1 - P, sympy.S.One, (1 - ETA * X ** (1 - P)) ** T, (told,))
