"""Terms: the asymptotic risk is a sum of power laws c N^-a T^-b n^-c B^-d, each with the condition it stands under.

alpha along a path is the smallest exponent of a term. Everything here follows from the law of the optimizer (`law`):
its clock x*, the smallest eigenvalue learned, and k* = x*^(-1/(1+s)), the number of modes learned.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import sympy
from sympy import Expr
from sympy.logic.boolalg import Boolean

from ...errors import InputError
from ..symbolic import ETA, KUNSTNER_BACH, MALONEY, PAQUETTE, RAMANI_JAIN, VELIKANOV_YAROTSKY, Monomial, R, S, Source
from .learning_law import Law
from .noise_terms import flat_kernel, kernel, label_noise, sampled
from .spectral_rate import flow_integral
from .term import LIGHT, ROUGH, Term

_ONE = sympy.S.One


def capacity_scale() -> Expr:
    """c = (pi/(1+s))/sin(pi/(1+s)): N features resolve eigenvalues down to kappa = (c/N)^(1+s); s > 0.

    Returns:
        c, in s.
    """
    return (sympy.pi / (1 + S)) / sympy.sin(sympy.pi / (1 + S))


def capacity(rough: bool, axis: bool = False) -> Term:
    """The floor sum_k E_k kappa/(lambda_k + kappa) with sum_k lambda_k/(lambda_k + kappa) = N, to leading order.

    N^-r while the sum over k > N decides (r < 1+s), and N^-(1+s) beyond. At r = 1+s a factor log N joins it.
    N eigen-coordinates leave sum_{k>N} E_k = N^-r/r for every r.

    Args:
        rough: Whether r < 1+s.
        axis: Whether the features are eigen-coordinates.

    Returns:
        The term, with its prefactor.
    """
    limit = "size-limited (capacity)"
    if axis:
        return Term("capacity", limit, (Monomial(size=R),), coefficient=1 / R, sources=(KUNSTNER_BACH,))
    scale = capacity_scale()
    if rough:
        prefactor = (sympy.pi / (1 + S)) / sympy.sin(sympy.pi * R / (1 + S)) * scale**R
        sharp = sympy.And(S > 0, 1 + S > R)
    else:
        prefactor = sympy.zeta(R - S) * scale ** (1 + S)
        sharp = sympy.And(S > 0, 1 + S < R)
    return Term(
        "capacity",
        limit,
        (Monomial(size=R if rough else 1 + S),),
        ((ROUGH, rough),),
        coefficient=prefactor,
        sharp=sharp,
        sources=(MALONEY, PAQUETTE, RAMANI_JAIN),
    )


def signal(law: Law) -> Term:
    """Energy on eigenvalues not learned yet, x*^(r/(1+s)).

    For a rate c x^q: integral of x^(r/(1+s)-1)/(1+s) exp(-2 eta c x^q T) dx = Gamma(z)/((1+s) q) (2 eta c T)^-z with
    z = r/((1+s) q).

    Args:
        law: What level 1 knows of the optimizer.

    Returns:
        The term, with its prefactor where the law is a filter's.
    """
    prefactor = None
    if law.pace is not None:
        order, constant = law.pace.order, law.pace.constant
        prefactor = flow_integral(R / (1 + S), order, 2 * ETA * constant)
    steps = any(clock.steps != 0 for clock in law.clocks)
    return Term(
        "signal",
        "steps-limited (signal)" if steps else "ridge-limited (signal)",
        tuple(clock ** (R / (1 + S)) for clock in law.clocks),
        coefficient=prefactor,
        sharp=sympy.And(S > -1, R > 0),
        sources=(VELIKANOV_YAROTSKY, PAQUETTE),
    )


def early_signal(law: Law) -> tuple[Term, Term]:
    """The signal of one-pass steps: where the stable step shrinks with N nothing is learned before eta T = 1."""
    found = signal(law)
    steady = sympy.Gt(S, (1 - law.growth) / law.step_order - 1)  # eta does not shrink
    late = replace(found, when=((steady, True),))
    return late, replace(found, when=((steady, False),), monomials=(*found.monomials, Monomial()))


def tail(law: Law) -> Term:
    """Energy on learned eigenvalues whose residual falls as a power, h^2 ~ (x*/x)^omega up to a cut.

    x*^omega cut^(r/(1+s) - omega): larger than the signal where r/(1+s) > omega, smaller elsewhere.
    """
    (clock,) = law.clocks
    omega, cut = law.power_tail
    left = clock**omega
    if cut is not None:
        left = left * cut ** (R / (1 + S) - omega)
    return Term("tail", "held up by its own tail", (left,), sources=law.sources)


def distortion(law: Law) -> Term:
    """Energy of learned modes that N random features smear over the spectrum, with density N^-1 x^(-1/(1+s)).

    N^-1 x*^(s/(1+s)); for a rate c x^q zeta(r-s) Gamma(y)/((1+s) q) (2 eta c T)^-y N^-1 with y = s/((1+s) q). For
    s <= 0 the integral over x sits at its lower end x ~ N^-(1+s) and is part of the capacity.

    Args:
        law: What level 1 knows of the optimizer.

    Returns:
        The term, with its prefactor where the law is a filter's.
    """
    prefactor = None
    if law.pace is not None:
        order, constant = law.pace.order, law.pace.constant
        prefactor = sympy.zeta(R - S) * flow_integral(S / (1 + S), order, 2 * ETA * constant)
    return Term(
        "distortion",
        "distortion-limited (feature noise)",
        tuple(Monomial(size=_ONE) * clock ** (S / (1 + S)) for clock in law.clocks),
        ((ROUGH, False), (LIGHT, True)),
        coefficient=prefactor,
        sharp=sympy.And(S > 0, 1 + S < R),
        sources=(PAQUETTE,),
    )


def distortion_tail(law: Law) -> Term:
    """The distortion left by a power-law tail below its cut, N^-1 x*^omega cut^(s/(1+s) - omega)."""
    (clock,) = law.clocks
    omega, cut = law.power_tail
    left = Monomial(size=_ONE) * clock**omega * (cut or clock) ** (S / (1 + S) - omega)
    return replace(distortion(law), name="distortion tail", monomials=(left,), coefficient=None)


def rotated_sign(law: Law) -> Term:
    """What rotated sign descent oscillates by, T^-2: a way of length one takes steps of at least 1/T."""
    return Term("oscillation", "steps-limited (oscillation)", (Monomial(steps=sympy.Integer(2)),), sources=law.sources)


def axis_sign() -> tuple[Term, ...]:
    """Sign descent on N eigen-coordinates with weights k^-(r-s)/2, the best constant step for T.

    r >= s: every weight is within reach of eta = 1/T, which leaves oscillations eta^2 sum_k lambda_k.
    r < s: the reach eta T = K^((s-r)/2) of the first K weights leaves K^-r + eta^2, so T^(-2r/s) until K = N.
    """
    limit = "steps-limited (oscillation)"
    two = sympy.Integer(2)
    reach = sympy.Ge(R, S)
    heavy = (Monomial(size=S, steps=two), Monomial())  # never above the risk at the start
    source = (KUNSTNER_BACH,)
    return (
        Term("oscillation", limit, (Monomial(steps=two),), ((reach, True), (LIGHT, True)), sources=source),
        Term("oscillation", limit, heavy, ((reach, True), (LIGHT, False)), sources=source),
        Term("oscillation", limit, (Monomial(steps=2 * R / S),), ((reach, False),), sources=source),
        capacity(True, axis=True),
    )


def terms(law: Law, samples: bool = False, noise: bool = False) -> tuple[Term, ...]:
    """All terms of an optimizer's risk, from the one that rules at few steps to the one that rules at many.

    Source: Paquette et al. (2024) for one-pass SGD; here for every law.

    Args:
        law: What level 1 knows of the optimizer.
        samples: n is limited.
        noise: Labels carry noise of a fixed variance.

    Returns:
        The terms in s and r; where the law has a spectrum of its own, s stands for that.

    Raises:
        InputError: The law does not cover samples or label noise, or a ridge lacks a number of samples.
    """
    if samples and not law.finite_samples:
        raise InputError(
            "Samples were given, but the law of this optimizer is derived for a population gradient or for one pass "
            "(where n = B*T); leave out --samples."
        )
    if not samples and any(clock.samples != 0 for clock in law.clocks):
        raise InputError(
            "The ridge n^-l needs a number of samples, n = N^nu; give --samples as well, such as --samples 2."
        )
    if law.axis:
        if noise:
            raise InputError("Label noise is not derived for sign-axis; leave out --noise.")
        return axis_sign()
    floor = (capacity(True), capacity(False))
    found: list[Term] = []
    if law.kind == "stuck":
        found.append(Term("residual", "held up by its filter", (Monomial(),)))
    elif law.kind == "power":
        found += [signal(law)] if law.order is None else early_signal(law)
        if law.oscillates:
            found.append(rotated_sign(law))
        if law.tail is not None:
            found.append(tail(law))
        if law.order is not None:
            found += [kernel(law)] if law.momentum or law.order == 1 else [kernel(law), flat_kernel(law)]
        found.append(distortion(law))
        if law.cut is not None:
            found.append(distortion_tail(law))
    if noise and law.order is not None:
        found += label_noise(law)
    elif noise and not samples:
        raise InputError(
            "Label noise needs a number of samples, n = N^nu; give --samples as well, such as --samples 2."
        )
    if samples:
        found += sampled(law, noise)
    return (*found, *floor)


def parameters(law: Law, samples: bool = False, noise: bool = False) -> set[Expr]:
    """The symbols in the terms beside s and r: an optimizer's parameters that were left symbolic."""
    found = (each for term in terms(law, samples, noise) for monomial in term.monomials for each in monomial.exponents)
    return {symbol for exponent in found for symbol in exponent.free_symbols} - {S, R}


def need_numbers(name: str, law: Law, samples: bool = False, noise: bool = False) -> None:
    """Refuse a law with a parameter that is a symbol.

    Args:
        name: What the message calls the optimizer.
        law: What level 1 knows of the optimizer.
        samples: n is limited.
        noise: Labels carry noise of a fixed variance.

    Raises:
        InputError: A parameter is a symbol.
    """
    loose = sorted(str(each) for each in parameters(law, samples, noise))
    if loose:
        raise InputError(
            f"{loose[0]} is a symbol in {name}, but a number is needed here; put one in its place, such as 1/2."
        )


def logarithms(law: Law, samples: bool = False, noise: bool = False) -> tuple[tuple[Expr, Boolean, str], ...]:
    """Where a sum diverges only as a logarithm: an expression that vanishes there, a condition, and what carries it.

    Exponents do not show these factors of log N (or log T, log n); they are why risks near such a boundary bend.

    Args:
        law: What level 1 knows of the optimizer.
        samples: n is limited.
        noise: Labels carry noise of a fixed variance.

    Returns:
        Triples: where the expression is zero and the condition holds, what is named carries a factor log N.
    """
    if law.axis:
        return ((S, sympy.Ge(R, S), "at s = 0 the oscillation"),)
    found: list[tuple[Expr, Boolean, str]] = [(R - S - 1, sympy.true, "at r = 1 + s the capacity")]
    if law.kind == "power":
        found.append((S, sympy.Gt(R, 1 + S), "at s = 0 the distortion, which meets the capacity there,"))
    if law.tail is not None:
        found.append((R - law.tail * (1 + S), sympy.true, "where the signal meets its own tail, that"))
    if law.order is not None:
        found.append((S - 1 / (2 * law.order) + 1, sympy.true, "where the noise kernel stops converging, the noise"))
        found.append((law.preconditioned, sympy.true, "where the trace diverges, the largest stable step"))
    if samples:
        found.append((R - 2 * (1 + S), sympy.true, "at r = 2 (1 + s) the sample-limited bias"))
        if noise and law.kind == "power":
            order = _ONE if law.pace is None else law.pace.order
            found.append((2 * (1 + S) * order - 1, sympy.true, "at (1+s) q = 1/2 the variance"))
    return tuple(found)


def sources(law: Law, samples: bool = False, noise: bool = False) -> tuple[Source, ...]:
    """The papers that the law and its terms rest on.

    Args:
        law: What level 1 knows of the optimizer.
        samples: n is limited.
        noise: Labels carry noise of a fixed variance.

    Returns:
        Each paper once.
    """
    found = dict.fromkeys(source for term in terms(law, samples, noise) for source in term.sources)
    return tuple(found | dict.fromkeys(law.sources))


def tidy(fraction: Expr) -> Expr:
    """A rational expression in lowest terms, factored, with 1 - p rather than -(p - 1).

    Args:
        fraction: A rational function of symbols.

    Returns:
        The same function.

    >>> tidy(S / (-(S**2) + 1) * (1 + S))
    s/(1 - s)
    """
    found = sympy.factor(sympy.cancel(fraction))
    sign, rest = found.as_coeff_Mul()
    if sign.is_negative:
        for factor in sympy.Mul.make_args(rest):
            base, power = factor.as_base_exp()
            if base.is_Add and base.as_coeff_Add()[0].is_negative and power.is_odd:
                return -sign * (-base) ** power * (rest / factor)
    return found


def switches(ordered: tuple[Term, ...]) -> tuple[Expr, ...]:
    """The tau at which each term hands over to the next.

    Args:
        ordered: Terms of one monomial each, in the order of `terms`.

    Returns:
        One tau fewer than terms, at most: terms that fall alike with T never hand over.
    """
    return tuple(
        tidy((late.size - early.size) / (early.steps - late.steps))
        for early, late in pairwise(ordered)
        if early.steps != late.steps
    )
