"""Threshold at a fixed number of steps: one s* for each size, because a given T is a different tau at each N."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

import sympy
from sympy import Expr

from ...errors import InputError
from ..exponents import Law, ScalingPoint, SpectralRate, law_of
from ..optimizers import Optimizer
from ..symbolic import ETA, TAU, N, Number, S, T, exact, plain
from .closed_forms import closed_form, solve_s
from .pair_threshold import threshold
from .result import SizeThreshold, ThresholdResult


def threshold_at(
    optimizer: Optimizer | str,
    baseline: Optimizer | str,
    steps: int,
    sizes: Iterable[int],
    eta: Number = 1.5,
    r: Number | None = None,
) -> ThresholdResult:
    """s* at a fixed number of steps, one for each size: preconditioning pays where k_T < N.

    A baseline with rate c x^q has learned the modes up to k_T = (eta c T)^(1/((1+s) q)), so
    s*(N) = log(eta c T)/(q log N) - 1: the asymptotic threshold with tau = log(eta c T)/log N.

    Args:
        optimizer: An Optimizer or its command-line name.
        baseline: What it is held against.
        steps: T >= 1.
        sizes: N >= 1, one or more.
        eta: Step size in units of 1/lambda_max, 0 < eta < 2.
        r: Source exponent; None is isotropic, r = s.

    Returns:
        s* at each size, and as a formula where there is one.

    Raises:
        InputError: steps or a size is no whole number of at least 1, eta is not stable, or a law is not known.

    >>> found = threshold_at("natural-gradient", "gd", 1000, (100, 10_000), eta=1)
    >>> tuple(round(each.s_star, 3) for each in found.sizes)
    (0.5, -0.25)
    """
    listed, step = _checked(steps, tuple(sizes), eta)
    point = ScalingPoint.of(None, r, None)
    whole = threshold(optimizer, baseline, r=r)
    (_, fast), (_, slow) = law_of(optimizer), law_of(baseline)
    blank = tuple(SizeThreshold(int(size), None) for size in listed)
    result = replace(whole, tau=None, steps=int(steps), eta=float(step), sizes=blank, gain=None, regime=None)
    fixed = f"T = {steps} steps at every size; leading order in N and T, constants of order one set to one"
    result = replace(result, assumptions=point.assumptions(fast, slow, path=fixed))
    if slow.pace is None or not (closed_form(fast) and closed_form(slow)):
        return _one_by_one(result, optimizer, baseline, listed, step * steps, r)
    if whole.s_star is None:
        return result
    return _in_closed_form(result, slow, slow.pace, point, step * steps)


def _checked(steps: int, sizes: tuple[int, ...], eta: Number) -> tuple[tuple[int, ...], sympy.Rational]:
    """The sizes and the exact step. Raises InputError."""
    if not _whole(steps):
        raise InputError(f"steps is {steps}, but a whole number of at least 1 is expected; try steps = 2000.")
    if not sizes or not all(_whole(size) for size in sizes):
        raise InputError(f"sizes is {list(sizes)}, but whole numbers of at least 1 are expected; try 100, 1000.")
    step = exact(eta, "eta")
    if not 0 < step < 2:
        raise InputError(f"eta is {step}, but steps are stable only for 0 < eta < 2; try eta = 1.5.")
    return sizes, step


def _in_closed_form(
    result: ThresholdResult, slow: Law, rate: SpectralRate, point: ScalingPoint, reach: Expr
) -> ThresholdResult:
    """s*(N) from the baseline's rate c x^q, with reach = eta T."""
    if rate.kind != "power":
        return replace(result, s_star=None, status=f"No threshold: {result.optimizer} gains at every s.")
    unknown = rate.constant.free_symbols
    if unknown:
        told = f"No number: what {result.baseline} learns by step T depends on {plain(next(iter(unknown)))}."
        return replace(result, s_star=None, status=told + " Compare against damped:eps instead.")
    learned_log = sympy.log(ETA * T) if rate.constant == 1 else sympy.log(rate.constant * ETA * T)
    s_star = solve_s(slow, TAU, None if point.isotropic else point.r)
    found = tuple(
        replace(each, s_star=float(s_star.xreplace({TAU: _log_ratio(rate.constant * reach, each.size)})))
        if each.size > 1
        else each
        for each in result.sizes
    )
    status = f"{result.optimizer} pays at size N for s > s_star(N), where {result.baseline} has learned k_T < N modes."
    if any(each.size == 1 for each in found):
        status += " N = 1 has no threshold, because log N = 0; use larger sizes."
    return replace(
        result,
        s_star=s_star.xreplace({TAU: learned_log / sympy.log(N)}),
        sizes=found,
        regime=f"{result.baseline} has learned k_T = "
        + plain((rate.constant * ETA * T) ** (1 / rate.order / (1 + S)))
        + " modes by step T.",
        status=status,
    )


def _one_by_one(
    result: ThresholdResult,
    optimizer: Optimizer | str,
    baseline: Optimizer | str,
    sizes: tuple[int, ...],
    reach: Expr,
    r: Number | None,
) -> ThresholdResult:
    """Each size by its own tau = log(eta T)/log N, for optimizers without a closed form."""
    found = {}
    for size in set(sizes):
        value = None
        if size > 1:
            tau = sympy.Rational(_log_ratio(reach, size)).limit_denominator(10**6)
            value = threshold(optimizer, baseline, r=r, tau=Fraction(int(tau.p), int(tau.q))).value
        found[size] = SizeThreshold(int(size), value)
    status = f"{result.optimizer} has the larger exponent at size N for s > s_star(N), with tau = log(eta*T)/log(N)."
    if all(each.s_star is None for each in found.values()):
        status = f"No threshold at any of the sizes: {result.status}"
    elif any(each.s_star is None for each in found.values()):
        status += " Where there is no s_star, there is no single threshold; see `threshold --tau`."
    return replace(result, s_star=None, where=(), sizes=tuple(found[size] for size in sizes), status=status)


def _whole(value: object) -> bool:
    return isinstance(value, numbers.Integral) and not isinstance(value, bool) and int(value) >= 1


def _log_ratio(learned_scale: Expr, size: int) -> Expr:
    """log(eta c T)/log N, zero where not even the first mode has been learned."""
    return sympy.Float(max(0.0, math.log(float(learned_scale))) / math.log(size))
