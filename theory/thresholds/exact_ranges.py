"""Where one optimizer is ahead of another, as exact ranges of s: for every pair, at equal steps or at equal compute.

At a rational point each exponent is one rational function of s (and tau), which holds until a guard changes sign;
so does the sign of their difference. `cells` turns that into ranges whose ends are roots of polynomials.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import sympy
from sympy import Expr

from ...errors import InputError
from ..exponents import Law, ScalingPoint, need_numbers, resolved, terms, tidy
from ..symbolic import TAU, Column, R, S, line, plain, plane
from .compute_optimal import SIZE, Budget
from .result import Path, Range, ThresholdResult

_Gain = tuple[Expr, int]
_AHEAD: dict[int, Literal["optimizer", "baseline", "neither"]] = {1: "optimizer", 0: "neither", -1: "baseline"}
_Local = Callable[[dict[Expr, Expr]], tuple[Expr, list[Expr]]]


def by_intervals(name: str, fast: Law, base: str, slow: Law, point: ScalingPoint, path: Path) -> ThresholdResult:
    """The threshold of a pair from its ranges.

    Args:
        name: Of the optimizer.
        fast: Its law.
        base: Name of the baseline.
        slow: Its law.
        point: s, r and tau, numbers or symbols.
        path: What the two are compared at.

    Returns:
        The ranges, and s* where one is enough.

    Raises:
        InputError: A parameter is a symbol that the ranges would need as a number, or one pass meets n samples.
    """
    if point.r == R:
        raise InputError("r is a symbol, but this threshold needs a number; give --r 1 or leave it out (r = s).")
    assumed = point.assumptions(fast, slow)
    without_path = point.assumptions(fast, slow, path=None)
    limited = point.samples is not None
    if limited and (fast.order is not None or slow.order is not None):
        raise InputError(
            "Samples were given, but a one-pass method takes fresh ones at every step (n = B*T), so the two cannot be "
            "compared at equal n; leave out --samples."
        )
    for called, law in ((name, fast), (base, slow)):
        need_numbers(called, law, limited, point.noise)
    low = sympy.Max(point.lowest(fast), point.lowest(slow))
    if path == "compute" and point.samples is not None:
        raise InputError("At equal compute the samples are not given but follow from the cost; leave out --samples.")
    if point.samples is not None and not point.samples.is_number:
        raise InputError("nu is a symbol, but this threshold needs a number; give --samples 2.")
    free = replace(point, s=S, r=S if point.isotropic else point.r)
    if path == "best":
        pair = _Pair(_stopped_exponent(fast, free), _stopped_exponent(slow, free))
        assumed = (*without_path, "each stops where its alpha is largest")
    elif path == "compute":
        pair = _Pair(_compute_exponent(fast, free), _compute_exponent(slow, free))
        assumed = (
            *without_path,
            f"compute f is {fast.cost.text} for {name} and {slow.cost.text} for {base}; the best path of each",
            "a step costs the same for one sample as for the population",
        )
    else:
        pair = _Pair(_step_exponent(fast, free), _step_exponent(slow, free))
    tau = point.tau if path == "given" else None
    result = ThresholdResult(name, base, point.s, point.r, tau, None, None, None, assumed, "")
    result = replace(result, samples=point.samples, noise=point.noise, compute=path == "compute")
    if tau is not None and tau == TAU:
        columns = plane(pair.answer, TAU, S, sympy.S.Zero, low)
        return _told(result, tuple(r for column in columns for r in _column(column, len(columns))), columns)
    ranges = tuple(
        Range(each.low, each.high, _AHEAD[each.label[1]], each.label[0]) for each in line(pair.answer, S, low)
    )
    return _told(result, ranges, None)


class _Pair:
    """The difference of two local exponents, and what makes its sign hold."""

    def __init__(self, one: _Local, two: _Local) -> None:
        self._one, self._two = one, two

    def answer(self, point: dict[Expr, Expr]) -> tuple[_Gain, tuple[Expr, ...]]:
        """The gain as a formula and its sign, and the guards of both."""
        (first, some), (second, more) = self._one(point), self._two(point)
        gain = tidy(first - second)
        signed = [each if each.xreplace(point) > 0 else -each for each in (*some, *more, gain) if each.free_symbols]
        return (gain, int(sympy.sign(gain.xreplace(point)))), tuple(dict.fromkeys(signed))


def _compute_exponent(law: Law, point: ScalingPoint) -> _Local:
    return _local(Budget(law, law.cost, noise=point.noise, target=point.r))


def _stopped_exponent(law: Law, point: ScalingPoint) -> _Local:
    limited = point.samples is not None and law.order is None
    return _local(Budget(law, SIZE, limited, point.noise, point.r, point.samples if limited else None))


def _local(budget: Budget) -> _Local:
    def local(at: dict[Expr, Expr]) -> tuple[Expr, list[Expr]]:
        found, guards = budget.answer(at)
        return found.eta, list(guards)

    return local


def _step_exponent(law: Law, point: ScalingPoint) -> _Local:
    if law.sudden and point.tau == 0:  # a constant share of every mode stays
        return lambda at: (sympy.S.Zero, [])
    path, values = point.path(law), point.values(law)
    listed = terms(law, point.samples is not None and law.order is None, point.noise)
    put = tuple(term.at_rate(law.decay).put(values) for term in listed)

    def local(at: dict[Expr, Expr]) -> tuple[Expr, list[Expr]]:
        guards: list[Expr] = []
        exponents = []
        for term in put:
            guards += [condition.lhs - condition.rhs for condition, _ in term.when if condition.free_symbols]
            if any(bool(condition.xreplace(at)) != wanted for condition, wanted in term.when):
                continue
            if term.until is not None:
                end, conditions = resolved(term.until.along(path), at)
                guards += [*conditions, end]
                if end.xreplace(at) >= 0:
                    continue
            exponent, conditions = resolved(term.along(path), at)
            guards += conditions
            exponents.append(exponent)
        least = min(exponents, key=lambda each: each.xreplace(at))
        guards += [each - least for each in exponents if each != least]
        return least, guards

    return local


def _column(column: Column[_Gain], count: int) -> list[Range]:
    """The ranges of s in a range of tau."""
    path = ""
    if count > 1:
        left, right = plain(column.low), None if column.high is None else plain(column.high)
        path = f"tau > {left}" if right is None else f"{left} < tau < {right}"
    return [Range(strip.low, strip.high, _AHEAD[strip.label[1]], strip.label[0], path) for strip in column.strips]


def _told(
    result: ThresholdResult, ranges: tuple[Range, ...], columns: tuple[Column[_Gain], ...] | None
) -> ThresholdResult:
    """s* where the optimizer is ahead from some s on, at every tau; the ranges and a sentence in any case."""
    name, base = result.optimizer, result.baseline
    paths = list(dict.fromkeys(each.path for each in ranges))
    starts = [_start([each for each in ranges if each.path == path]) for path in paths]
    ahead = {each.ahead for each in ranges}
    where = "at equal compute" if result.compute else "along the path" if result.tau is not None else "at its best tau"
    if ahead == {"neither"}:
        told = (
            f"No threshold: {name} and {base} have the same exponent at every s {where}; they can differ in constants."
        )
        return replace(result, where=ranges, status=told)
    if "optimizer" not in ahead:
        told = f"No threshold: the exponent of {name} is nowhere above that of {base} {where}; swap the two."
        return replace(result, where=ranges, status=told)
    if any(start is None for start in starts):
        other = f", {base} on others" if "baseline" in ahead else ""
        told = f"No single threshold: {name} is ahead {where} on some ranges of s{other}; they are listed one by one."
        return replace(result, where=ranges, status=told)
    s_star = starts[0]
    if columns is not None and len(columns) > 1:
        pieces: list[tuple[Expr, Expr]] = []
        for start, column in zip(starts, columns, strict=True):
            end = sympy.true if column.high is None else sympy.Le(TAU, column.high)
            pieces = [*(pieces[:-1] if pieces and pieces[-1][0] == start else pieces), (start, end)]
        s_star = sympy.Piecewise(*pieces)
    told = f"{name} has the larger exponent {where} exactly for s > s_star"
    if "baseline" in ahead:
        told += f"; {base} has it on part of what is below"
    return replace(result, s_star=s_star, where=ranges, gain=_gain(result, ranges), status=told + ".")


def _start(ranges: list[Range]) -> Expr | None:
    """Where the last run of ranges on which the optimizer is ahead begins; None where it is ahead before that too."""
    signs = [each.ahead == "optimizer" for each in ranges]
    first = signs.index(True) if True in signs else None
    if first is None or not all(signs[first:]):
        return None
    return ranges[first].low


def _gain(result: ThresholdResult, ranges: tuple[Range, ...]) -> Expr | None:
    """The gain at the s that was given, or as a function of s."""
    if any(each.path for each in ranges):
        return None
    pieces = [(each.gain, sympy.true if each.high is None else sympy.Le(S, each.high)) for each in ranges]
    whole = sympy.Piecewise(*pieces)
    return whole.subs(S, result.s) if result.s.is_number else whole
