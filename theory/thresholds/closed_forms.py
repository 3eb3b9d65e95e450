"""Thresholds in closed form, for two optimizers that their rates alone describe."""

from __future__ import annotations

from typing import Literal

import sympy
from sympy import Expr

from ..exponents import Case, Law, ScalingPoint, capacity, cases_at, path_exponent, signal, switches, tidy
from ..symbolic import P, R, S, plain

Verdict = Literal["above", "always", "same", "behind", "undecided"]


def solve_s(law: Law, tau: Expr, r: Expr | None) -> Expr:
    """s* with alpha < capacity exponent exactly for s > s*, for a baseline of kind "power".

    In each region the tau from which the capacity decides is C (1+s)^d, so s = (tau/C)^(1/d) - 1. Two regions share
    s = tau/q - 1; the third (r > 1+s, s <= 0) gives sqrt(r tau/q) - 1 and matters only up to s = 0:
    s* = max(tau/q - 1, min(0, sqrt(r tau/q) - 1)).

    Args:
        law: The baseline's, of kind "power".
        tau: T = N^tau, a number or its symbol.
        r: A number or its symbol; None is isotropic, where the third region is empty.

    Returns:
        s*, in the symbols that are left.
    """
    main = _invert(switches((signal(law), capacity(True)))[-1], tau)
    if r is None:
        return main
    heavy = _invert(switches((signal(law), capacity(False)))[-1], tau).xreplace({R: r})
    return sympy.Max(main, sympy.Min(0, heavy))


def _invert(full: Expr, tau: Expr) -> Expr:
    u = sympy.Symbol("u", positive=True)  # 1 + s
    coefficient, power = full.xreplace({S: u - 1}).as_coeff_exponent(u)
    return tidy(tau / coefficient) ** (1 / power) - 1


def verdict_on(fast: Law, slow: Law, tau: Expr) -> Verdict:
    """Whether, and on which side of a threshold, the first pace has the larger exponent."""
    if tau == 0:  # T is constant: only what needs no steps falls with N
        if (fast.kind == "solved") == (slow.kind == "solved"):
            return "same"
        return "always" if fast.kind == "solved" else "behind"
    if fast.pace is None or slow.pace is None:
        raise TypeError("A verdict in closed form needs two filters; ask exact_ranges for other pairs.")
    one, two = slow.pace.order, fast.pace.order
    ahead = sympy.S.Zero if one == two else _with_p_below_one(one - two)
    if ahead.is_zero:
        return "same"
    if ahead.is_negative:
        return "behind"
    if not ahead.is_positive:
        return "undecided"
    return "above" if slow.kind == "power" else "always"


def _with_p_below_one(difference: Expr) -> Expr:
    """The expression with p written as 1/(1 + v), v > 0, so that its sign can be read off."""
    v = sympy.Symbol("v", positive=True)
    return sympy.cancel(difference.xreplace({P: 1 / (1 + v)})) if P in difference.free_symbols else difference


def closed_form(law: Law) -> bool:
    """Whether the closed form covers it: a filter of the features' Gram matrix, its rate a power at small x.

    Args:
        law: What level 1 knows of the optimizer.

    Returns:
        True where it does.
    """
    return law.pace is not None and law.spectrum == S and not law.oscillates


def sentence_without(verdict: Verdict, name: str, base: str, tau: Expr) -> str:
    """Why a pair has no threshold, as a sentence."""
    if verdict == "same":
        where = "at tau = 0" if tau == 0 else "at every s" if tau.is_number else "at every s and tau > 0"
        return f"No threshold: {name} and {base} have the same exponent {where}; they can differ in constants."
    if verdict == "behind":
        return f"No threshold: the exponent of {name} is nowhere above that of {base}; swap the two."
    return f"No threshold: which of {name} and {base} is ahead depends on p; give p a number."


def gain_over(fast: Law, slow: Law, point: ScalingPoint) -> Expr:
    """alpha of the first minus alpha of the second, region by region; a symbolic tau stands for tau > 0."""
    if point.tau == 0:
        return path_exponent(fast, point) - path_exponent(slow, point)
    pieces = []
    path = point.path(fast)
    for one, two, condition in _side_by_side(fast, slow, point):
        ahead, behind = one.alpha(path), two.alpha(path)
        if ahead.func is not sympy.Min and behind.func is sympy.Min:  # E - min(a, b) = max(E - a, E - b)
            difference = sympy.Max(*(ahead - each for each in behind.args))
        else:
            difference = ahead - behind
        pieces.append((difference, condition))
    return sympy.Piecewise(*pieces)


def _side_by_side(fast: Law, slow: Law, point: ScalingPoint) -> list[tuple[Case, Case, Expr]]:
    """The regions of the law that has more of them, with both laws' terms and the condition."""
    one, two = cases_at(fast, point), cases_at(slow, point)
    finer = one if len(one) >= len(two) else two
    last_one, last_two = len(one) - 1, len(two) - 1
    return [(one[min(i, last_one)], two[min(i, last_two)], each.condition) for i, each in enumerate(finer)]


def sentence_on_tau(base: str, slow: Law, point: ScalingPoint) -> str:
    """Up to which tau the baseline falls short, at the s and r that are given or left symbolic."""
    told: dict[str, str] = {}
    for case in cases_at(slow, point):
        told.setdefault(plain(switches(case.terms)[-1]), case.text)
    if len(told) == 1:
        return f"{base} falls short of the size-limited exponent while tau < {next(iter(told))}."
    ends = "; ".join(f"tau < {end} for {region}" for end, region in told.items())
    return f"{base} falls short of the size-limited exponent while {ends}."


def sentence_above(name: str, base: str, fast: Law, slow: Law, s_star: Expr, point: ScalingPoint) -> str:
    """On which side of s* the exponents differ, as a sentence."""
    text = f"{name} has the larger exponent exactly for s > {plain(s_star)}"
    if point.isotropic and s_star.is_number and s_star <= 0:
        text += ", so for every isotropic target, which has s > 0"
    if fast.kind == "power":
        reach = plain(solve_s(fast, point.tau, None if point.isotropic else point.r))
        text += f"; it keeps the size-limited (natural gradient's) exponent up to s = {reach}"
    if point.s.is_number and s_star.is_number:
        side = "above" if point.s > s_star else "not above"
        text += f"; s = {point.s} is {side} it"
    if not point.tau.is_number:
        text += "; tau > 0"
    return text + "."
