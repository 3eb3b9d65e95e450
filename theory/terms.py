"""Terms: the asymptotic risk is a sum of power laws c N^-a T^-b, each with the condition under which it stands.

alpha along the path T = N^tau is the smallest a + b tau. Everything here is rational in the exponents s and r;
an optimizer enters through the order q and the constant c of its rate c x^q alone (see `pace`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

import sympy
from sympy import Expr
from sympy.logic.boolalg import Boolean

from .pace import Pace
from .sources import MALONEY, PAQUETTE, RAMANI_JAIN, VELIKANOV_YAROTSKY, Source
from .symbols import ETA, R, S


class Region(Enum):
    """The parts of the (s, r) plane in which the list of terms differs."""

    ROUGH = "r <= 1 + s"
    SMOOTH = "r > 1 + s and s > 0"
    SMOOTH_HEAVY = "r > 1 + s and s <= 0"


@dataclass(frozen=True)
class Term:
    """coefficient * N^-size * T^-steps, for energies E_k = k^-(1+r) as they stand (not divided by their sum).

    coefficient: None where it depends on more than s, r and the pace. when: the condition that the coefficient
    needs. limit: what limits the learner where this term is the largest.
    """

    name: str
    limit: str
    size: Expr
    steps: Expr
    coefficient: Expr | None
    when: Boolean
    sources: tuple[Source, ...]

    def along(self, tau: Expr) -> Expr:
        """The exponent of N on the path T = N^tau."""
        return self.size + self.steps * tau

    def at(self, s: Expr, r: Expr) -> Term:
        """This term with numbers (or symbols) for s and r in its exponents; the coefficient stays as it is."""
        values = {S: s, R: r}
        return Term(
            self.name,
            self.limit,
            self.size.xreplace(values),
            self.steps.xreplace(values),
            self.coefficient,
            self.when,
            self.sources,
        )


def capacity_scale() -> Expr:
    """c = (pi/(1+s))/sin(pi/(1+s)): N features resolve eigenvalues down to kappa = (c/N)^(1+s); s > 0."""
    return (sympy.pi / (1 + S)) / sympy.sin(sympy.pi / (1 + S))


def capacity(region: Region) -> Term:
    """The floor sum_k E_k kappa/(lambda_k + kappa) with sum_k lambda_k/(lambda_k + kappa) = N, to leading order.

    N^-r while the sum over k > N decides (r < 1+s), and N^-(1+s) beyond. At r = 1+s a factor log N joins it.
    """
    scale = capacity_scale()
    if region is Region.ROUGH:
        prefactor = (sympy.pi / (1 + S)) / sympy.sin(sympy.pi * R / (1 + S)) * scale**R
        size, when = R, sympy.And(S > 0, 1 + S > R)
    else:
        prefactor = sympy.zeta(R - S) * scale ** (1 + S) if region is Region.SMOOTH else None
        size, when = 1 + S, sympy.And(S > 0, 1 + S < R)
    return Term(
        "capacity",
        "size-limited (capacity)",
        size,
        sympy.S.Zero,
        prefactor,
        when,
        (MALONEY, PAQUETTE, RAMANI_JAIN),
    )


def signal(order: Expr, constant: Expr) -> Term:
    """Energy on eigenvalues not learned yet: integral of x^(r/(1+s)-1)/(1+s) exp(-2 eta c x^q T) dx.

    It is Gamma(z)/((1+s) q) (2 eta c T)^-z with z = r/((1+s) q).
    """
    z = R / order / (1 + S)
    prefactor = sympy.gamma(z) / order / (1 + S) * (2 * ETA * constant) ** -z
    return Term(
        "signal",
        "steps-limited (signal)",
        sympy.S.Zero,
        z,
        prefactor,
        sympy.And(S > -1, R > 0),
        (VELIKANOV_YAROTSKY, PAQUETTE),
    )


def distortion(order: Expr, constant: Expr) -> Term:
    """Energy of learned modes that N random features smear over the spectrum, with density N^-1 x^(-1/(1+s)).

    It is zeta(r-s) Gamma(y)/((1+s) q) (2 eta c T)^-y N^-1 with y = s/((1+s) q). For s <= 0 the integral over x
    sits at its lower end x ~ N^-(1+s) and is part of the capacity.
    """
    y = S / order / (1 + S)
    prefactor = sympy.zeta(R - S) * sympy.gamma(y) / order / (1 + S) * (2 * ETA * constant) ** -y
    return Term(
        "distortion",
        "distortion-limited (feature noise)",
        sympy.S.One,
        y,
        prefactor,
        sympy.And(S > 0, 1 + S < R),
        (PAQUETTE,),
    )


def terms(pace: Pace, region: Region) -> tuple[Term, ...]:
    """The terms of an optimizer's risk, from the one that rules at few steps to the one that rules at many.

    Source: Paquette et al. (2024) for gradient descent; here for every pace.
    """
    if pace.kind == "stuck":
        constant = Term("residual", "held up by its filter", sympy.S.Zero, sympy.S.Zero, None, sympy.true, ())
        return (constant, capacity(region))
    if pace.kind != "power":
        return (capacity(region),)
    found = [signal(pace.order, pace.constant)]
    if region is Region.SMOOTH:
        found.append(distortion(pace.order, pace.constant))
    return (*found, capacity(region))


def regions(s: Expr, r: Expr) -> tuple[tuple[Region, Boolean], ...]:
    """The regions that (s, r) can lie in, each with the condition that tells it from those before it."""
    rough = sympy.Ge(s, r - 1) if r.is_number else sympy.Le(r, s + 1)
    found: list[tuple[Region, Boolean]] = []
    for region, condition in ((Region.ROUGH, rough), (Region.SMOOTH, sympy.Gt(s, 0))):
        empty = region is Region.SMOOTH and r.is_number and r <= 1  # r > 1 + s > 1 has no room
        if condition == sympy.false or empty:
            continue
        found.append((region, condition))
        if condition == sympy.true:
            return tuple(found)
    return (*found, (Region.SMOOTH_HEAVY, sympy.true))


def tidy(fraction: Expr) -> Expr:
    """A rational expression in lowest terms, factored, with 1 - p rather than -(p - 1)."""
    found = sympy.factor(sympy.cancel(fraction))
    sign, rest = found.as_coeff_Mul()
    if sign.is_negative:
        for factor in sympy.Mul.make_args(rest):
            base, power = factor.as_base_exp()
            if base.is_Add and base.as_coeff_Add()[0].is_negative and power.is_odd:
                return -sign * (-base) ** power * (rest / factor)
    return found


def switches(ordered: tuple[Term, ...]) -> tuple[Expr, ...]:
    """The tau at which each term hands over to the next, for terms in the order of `terms`."""
    return tuple(
        tidy((late.size - early.size) / (early.steps - late.steps))
        for early, late in pairwise(ordered)
        if early.steps != late.steps
    )
