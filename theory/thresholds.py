"""Threshold: the spectral exponent s* above which an optimizer has a larger alpha than a baseline.

Along T = N^tau a baseline with rate ~ x^q falls short of the capacity exponent exactly while tau < tau_full(s, r),
and only then can a faster optimizer gain. Solving tau = tau_full for s gives s*.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

import sympy
from sympy import Expr

from .errors import InputError
from .exact import Number, exact
from .exponent import Point, cases, path_exponent
from .optimizers import Optimizer
from .pace import Pace, learned
from .show import block, formula, json_number, latex, number, plain
from .symbols import ETA, TAU, N, P, R, S, T
from .terms import Region, switches, terms, tidy

Verdict = Literal["above", "always", "same", "behind", "undecided"]


@dataclass(frozen=True)
class SizeThreshold:
    """The threshold at one size. s_star: None where the size has none (N = 1)."""

    size: int
    s_star: float | None


@dataclass(frozen=True)
class ThresholdResult:
    """Where an optimizer's exponent exceeds a baseline's.

    s_star: the optimizer gains exactly for s > s_star; None where there is no such threshold (see status).
    gain: alpha of the optimizer minus alpha of the baseline. steps, eta, sizes: of the form at a fixed T.
    """

    optimizer: str
    baseline: str
    s: Expr
    r: Expr
    tau: Expr | None
    s_star: Expr | None
    gain: Expr | None
    regime: str | None
    assumptions: tuple[str, ...]
    status: str
    steps: int | None = None
    eta: float | None = None
    sizes: tuple[SizeThreshold, ...] = ()

    @property
    def value(self) -> float | None:
        """s_star as a number, where nothing in it is symbolic."""
        return float(self.s_star) if self.s_star is not None and self.s_star.is_number else None

    def __str__(self) -> str:
        rational = self.s_star if self.s_star is not None and self.s_star.is_number else None
        rows: list[tuple[str, tuple[str, ...]]] = [
            ("optimizer", (f"{self.optimizer} against {self.baseline}",)),
            ("s_star", number(self.s_star, rational)),
            ("gain", number(self.gain, self.gain if self.gain is not None and self.gain.is_number else None)),
            ("regime", (self.regime or "none",)),
            ("assuming", self.assumptions),
            ("status", (self.status,)),
        ]
        if self.tau is None:
            told = [
                f"N = {each.size}:  s_star = " + ("none" if each.s_star is None else f"{each.s_star:.4g}")
                for each in self.sizes
            ]
            rows[2:3] = [("at", (f"T = {self.steps}, eta = {self.eta:g}", *told))]
        return block(rows)

    def _repr_latex_(self) -> str:
        shown = r"\text{none}" if self.s_star is None else latex(self.s_star)
        return rf"$\displaystyle s^\star = {shown}$"

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; what is not available is None, and what was left out is its symbol."""
        symbolic = None if self.s_star is None else formula(self.s_star)
        found: dict[str, Any] = {
            "optimizer": self.optimizer,
            "baseline": self.baseline,
            "s": json_number(self.s),
            "r": json_number(self.r),
            "tau": None if self.tau is None else json_number(self.tau),
            "s_star": {"symbolic": symbolic, "value": self.value},
            "gain": None if self.gain is None else formula(self.gain),
            "regime": self.regime,
            "status": self.status,
            "assumptions": list(self.assumptions),
        }
        if self.tau is None:
            found |= {
                "steps": self.steps,
                "eta": self.eta,
                "sizes": [{"N": each.size, "s_star": each.s_star} for each in self.sizes],
            }
        return found


def tau_full(pace: Pace, region: Region) -> Expr:
    """The tau from which a baseline with this pace has the capacity's exponent, in s and r."""
    return switches(terms(pace, region))[-1]


def solve_s(pace: Pace, tau: Expr, r: Expr | None) -> Expr:
    """s* with alpha < capacity exponent exactly for s > s*, for a baseline of kind "power".

    In each region tau_full is a monomial C (1+s)^d, so s = (tau/C)^(1/d) - 1. Two regions share
    s = tau/q - 1; the third (r > 1+s, s <= 0) gives sqrt(r tau/q) - 1 and matters only up to s = 0:
    s* = max(tau/q - 1, min(0, sqrt(r tau/q) - 1)). r: None is isotropic, where the third region is empty.
    """
    main = _invert(tau_full(pace, Region.ROUGH), tau)
    if r is None:
        return main
    heavy = _invert(tau_full(pace, Region.SMOOTH_HEAVY), tau).xreplace({R: r})
    return sympy.Max(main, sympy.Min(0, heavy))


def _invert(full: Expr, tau: Expr) -> Expr:
    u = sympy.Symbol("u", positive=True)  # 1 + s
    coefficient, power = full.xreplace({S: u - 1}).as_coeff_exponent(u)
    return tidy(tau / coefficient) ** (1 / power) - 1


def _verdict(fast: Pace, slow: Pace, tau: Expr) -> Verdict:
    """Whether, and on which side of a threshold, the first pace has the larger exponent."""
    if tau == 0:  # T is constant: only what needs no steps falls with N
        if (fast.kind == "solved") == (slow.kind == "solved"):
            return "same"
        return "always" if fast.kind == "solved" else "behind"
    ahead = sympy.S.Zero if fast.order == slow.order else _with_p_below_one(slow.order - fast.order)
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


def threshold(
    optimizer: Optimizer | str,
    baseline: Optimizer | str = "gd",
    r: Number | None = None,
    tau: Number | None = None,
    s: Number | None = None,
) -> ThresholdResult:
    """s* above which `optimizer` has a larger alpha than `baseline` along T = N^tau.

    Isotropic targets (r left out): s* = tau/q - 1 for a baseline with rate x^q, so tau - 1 for gradient descent.
    A given r keeps that unless r > tau/q and 1 > tau/q, see `solve_s`. s: where to evaluate the gain.
    Raises InputError.

    >>> threshold("natural-gradient").s_star
    tau - 1
    >>> threshold("natural-gradient", "power:p").s_star
    tau/(1 - p) - 1
    """
    point = Point.of(s, r, tau)
    (name, fast), (base, slow) = learned(optimizer), learned(baseline)
    result = ThresholdResult(name, base, point.s, point.r, point.tau, None, None, None, point.assumptions(), "")
    if fast is None or slow is None:
        which = name if fast is None else base
        return replace(result, status=f"No threshold: {which} has no derived exponent; compare by simulation.")
    result = replace(
        result,
        gain=_gain(fast, slow, point),
        assumptions=tuple(dict.fromkeys((*result.assumptions, *fast.assumptions, *slow.assumptions))),
    )
    verdict = _verdict(fast, slow, point.tau)
    if verdict == "above":
        s_star = solve_s(slow, point.tau, None if point.isotropic else point.r)
        return replace(
            result,
            s_star=s_star,
            regime=_window(base, slow, point),
            status=_above(name, base, fast, slow, s_star, point),
        )
    if verdict == "always":
        status = f"{name} has the larger exponent at every s."
        return replace(result, s_star=sympy.S.NegativeOne, status=status)
    return replace(result, status=_without(verdict, name, base, point.tau))


def _without(verdict: Verdict, name: str, base: str, tau: Expr) -> str:
    if verdict == "same":
        where = "at tau = 0" if tau == 0 else "at every s" if tau.is_number else "at every s and tau > 0"
        return f"No threshold: {name} and {base} have the same exponent {where}; they can differ in constants."
    if verdict == "behind":
        return f"No threshold: the exponent of {name} is nowhere above that of {base}; swap the two."
    return f"No threshold: which of {name} and {base} is ahead depends on p; give p a number."


def _gain(fast: Pace, slow: Pace, point: Point) -> Expr:
    """alpha of the first minus alpha of the second, region by region; a symbolic tau stands for tau > 0."""
    if point.tau == 0:
        return path_exponent(fast, point) - path_exponent(slow, point)
    pieces = []
    for one, two in zip(cases(fast, point), cases(slow, point), strict=True):
        ahead, behind = one.alpha(point.tau), two.alpha(point.tau)
        if ahead.func is not sympy.Min and behind.func is sympy.Min:  # E - min(a, b) = max(E - a, E - b)
            difference = sympy.Max(*(ahead - each for each in behind.args))
        else:
            difference = ahead - behind
        pieces.append((difference, one.condition))
    return sympy.Piecewise(*pieces)


def _window(base: str, slow: Pace, point: Point) -> str:
    """Up to which tau the baseline falls short, at the s and r that are given or left symbolic."""
    told: dict[str, str] = {}
    for case in cases(slow, point):
        told.setdefault(plain(switches(case.terms)[-1]), case.region.value)
    if len(told) == 1:
        return f"{base} falls short of the size-limited exponent while tau < {next(iter(told))}."
    ends = "; ".join(f"tau < {end} for {region}" for end, region in told.items())
    return f"{base} falls short of the size-limited exponent while {ends}."


def _above(name: str, base: str, fast: Pace, slow: Pace, s_star: Expr, point: Point) -> str:
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
    steps: T >= 1. sizes: N >= 1. eta: step size, 0 < eta < 2. Raises InputError.
    """
    listed = tuple(sizes)
    if not _whole(steps):
        raise InputError(f"steps is {steps}, but a whole number of at least 1 is expected; try steps = 2000.")
    if not listed or not all(_whole(size) for size in listed):
        raise InputError(f"sizes is {list(listed)}, but whole numbers of at least 1 are expected; try 100, 1000.")
    step = exact(eta, "eta")
    if not 0 < step < 2:
        raise InputError(f"eta is {step}, but steps are stable only for 0 < eta < 2; try eta = 1.5.")
    point = Point.of(None, r, None)
    whole = threshold(optimizer, baseline, r=r)
    slow = learned(baseline)[1]
    blank = tuple(SizeThreshold(int(size), None) for size in listed)
    result = replace(whole, tau=None, steps=int(steps), eta=float(step), sizes=blank, gain=None, regime=None)
    result = replace(
        result,
        assumptions=tuple(
            f"T = {steps} steps at every size; leading order in N and T, constants of order one set to one"
            if "T = N^tau" in sentence
            else sentence
            for sentence in whole.assumptions
        ),
    )
    if slow is None or whole.s_star is None:
        return result
    if slow.kind != "power":
        return replace(result, s_star=None, status=f"No threshold: {whole.optimizer} gains at every s.")
    unknown = slow.constant.free_symbols
    if unknown:
        told = f"No number: what {whole.baseline} learns by step T depends on {plain(next(iter(unknown)))}."
        return replace(result, s_star=None, status=told + " Compare against damped:eps instead.")
    learned_log = sympy.log(ETA * T) if slow.constant == 1 else sympy.log(slow.constant * ETA * T)
    s_star = solve_s(slow, TAU, None if point.isotropic else point.r)
    tau_of = {size: _log_ratio(step * slow.constant * steps, size) for size in set(listed) if size > 1}
    found = tuple(
        SizeThreshold(int(size), float(s_star.xreplace({TAU: tau_of[size]})) if size in tau_of else None)
        for size in listed
    )
    status = f"{whole.optimizer} pays at size N for s > s_star(N), where {whole.baseline} has learned k_T < N modes."
    if 1 in listed:
        status += " N = 1 has no threshold, because log N = 0; use larger sizes."
    return replace(
        result,
        s_star=s_star.xreplace({TAU: learned_log / sympy.log(N)}),
        sizes=found,
        regime=f"{whole.baseline} has learned k_T = "
        + plain((slow.constant * ETA * T) ** (1 / slow.order / (1 + S)))
        + " modes by step T.",
        status=status,
    )


def _whole(value: object) -> bool:
    return isinstance(value, numbers.Integral) and not isinstance(value, bool) and int(value) >= 1


def _log_ratio(learned_scale: Expr, size: int) -> Expr:
    """log(eta c T)/log N, zero where not even the first mode has been learned."""
    return sympy.Float(max(0.0, math.log(float(learned_scale))) / math.log(size))
