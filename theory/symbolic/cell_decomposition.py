"""Cells: a plane of one or two parameters, cut exactly into the parts on which one formula holds.

`answer` gives, at a rational point, the formula that holds there and the expressions (guards) whose signs make it
hold. Wherever all guards keep their signs the formula keeps holding, so the roots of the guards cut the plane: sample
each part, add the guards of every new answer, and stop when no part brings a new one. Nothing is fitted or searched:
boundaries are roots of polynomials, irrational ones too. This is a cylindrical decomposition over the first parameter.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar, cast

import mpmath
import sympy
from sympy import Expr, Symbol

from ...errors import CheckError

Label = TypeVar("Label", bound=Hashable)
Answer = Callable[[dict[Expr, Expr]], tuple[Label, Iterable[Expr]]]
_ROUNDS = 25
_SAME = 1e-20  # exact numbers that agree to twenty digits are taken to be equal
_DOUBT = 1e-6  # a guard below this is decided in exact arithmetic
_FACTORS = 400  # boundaries at most; the laws here have a few dozen


@dataclass(frozen=True)
class Strip(Generic[Label]):
    """low < y < high in a column, where one formula holds.

    Args:
        low: Lower bound, a function of x.
        high: Upper bound, a function of x; None where there is none.
        label: The formula.
    """

    low: Expr
    high: Expr | None
    label: Label


@dataclass(frozen=True)
class Column(Generic[Label]):
    """low < x < high, and the strips that it is cut into.

    Args:
        low: Lower bound, a number.
        high: Upper bound; None where there is none.
        strips: From below to above.
    """

    low: Expr
    high: Expr | None
    strips: tuple[Strip[Label], ...]


@dataclass(frozen=True)
class Interval(Generic[Label]):
    """low < x < high, high None where there is none."""

    low: Expr
    high: Expr | None
    label: Label


def line(answer: Answer[Label], x: Symbol, low: Expr) -> tuple[Interval[Label], ...]:
    """Cut the half line x > low; neighbours with the same label are one.

    Args:
        answer: From a point {x: rational} to the label that holds there and the guards that make it hold.
        x: The parameter.
        low: Where the half line starts.

    Returns:
        The intervals, from below.

    Raises:
        CheckError: The cutting does not come to an end.

    >>> from sympy import Integer, Symbol
    >>> x = Symbol("x")
    >>> def above_root_two(at):
    ...     above = bool(at[x] ** 2 > 2)
    ...     return above, [x**2 - 2 if above else 2 - x**2]
    >>> tuple((part.low, part.high, part.label) for part in line(above_root_two, x, Integer(0)))
    ((0, sqrt(2), False), (sqrt(2), None, True))
    """
    factors: set[Expr] = set()
    for _ in range(_ROUNDS):
        stops = _ordered({root for factor in factors for root in _roots(factor, x)}, low)
        found: list[Interval[Label]] = []
        guards: set[Expr] = set()
        for start, end in _spans(low, stops):
            label, conditions = answer({x: _inside(start, end)})
            guards |= _factors(conditions, (x,))
            found.append(Interval(start, end, label))
        if guards <= factors:
            return _merged(found)
        factors |= guards
        if len(factors) > _FACTORS:
            break
    raise CheckError("The parts of the line did not settle; please report the optimizer and parameters.")


def plane(
    answer: Answer[Label], x: Symbol, y: Symbol, low: Expr, bottom: Expr, walls: Iterable[Expr] = ()
) -> tuple[Column[Label], ...]:
    """Cut the quadrant x > low, y > bottom into columns of strips; columns that agree are one.

    Args:
        answer: From a point {x: rational, y: rational} to the label that holds there and the guards that make it hold.
        x: The first parameter, along which columns lie.
        y: The second one.
        low: The least x.
        bottom: The least y.
        walls: Expressions whose roots cut the plane from the start.

    Returns:
        The columns, by rising x.

    Raises:
        CheckError: The cutting does not come to an end.
    """
    factors = _factors(walls, (x, y))
    known: list[tuple[Label, tuple[Expr, ...]]] = []
    for _ in range(_ROUNDS):
        curves = [factor for factor in factors if factor.has(y)]
        stops = {root for factor in factors if not factor.has(y) for root in _roots(factor, x)}
        stops |= {root for polynomial in _projection(tuple(curves), x, y, bottom) for root in _roots(polynomial, x)}
        columns = []
        guards: set[Expr] = set()
        for start, end in _spans(low, _ordered(stops, low)):
            column, needed = _column(answer, x, y, (start, end), bottom, curves, known)
            columns.append(column)
            guards |= needed
        if guards <= factors:
            return _joined(columns)
        factors |= guards
        if len(factors) > _FACTORS:
            break
    raise CheckError("The parts of the plane did not settle; please report the optimizer and parameters.")


def _column(
    answer: Answer[Label],
    x: Symbol,
    y: Symbol,
    span: tuple[Expr, Expr | None],
    bottom: Expr,
    curves: list[Expr],
    known: list[tuple[Label, tuple[Expr, ...]]],
) -> tuple[Column[Label], set[Expr]]:
    """The strips over one span of x, and the guards of their labels."""
    at = _inside(*span)
    heights: dict[Expr, Expr] = {}
    for curve in curves:
        for branch in _branches(curve, y):
            height = _height(branch, x, at)
            if height is not None and _exceeds(height, bottom):
                heights.setdefault(height, branch)
    levels = _ordered(set(heights), bottom)
    strips = []
    guards: set[Expr] = set()
    for start, end in _spans(bottom, levels):
        point: dict[Expr, Expr] = {x: at, y: _inside(start, end)}
        label, conditions = _recall(answer, point, known)
        guards |= _factors(conditions, (x, y))
        strips.append(Strip(heights.get(start, bottom), None if end is None else heights[end], label))
    return Column(*span, _stacked(strips)), guards


def _height(branch: Expr, x: Symbol, at: Expr) -> Expr | None:
    """A branch at x, None where it is not real; a rational function stays rational."""
    rational = _fractional(branch, x)
    if rational is not None:
        below = rational[1](at)
        return rational[0](at) / below if below != 0 else None
    height = branch.xreplace({x: at})
    return height if height.is_real else None


@lru_cache(maxsize=4096)
def _fractional(branch: Expr, x: Symbol) -> tuple[sympy.Poly, sympy.Poly] | None:
    """Numerator and denominator, where both are polynomials in x with rational coefficients."""
    above, below = sympy.fraction(sympy.together(branch))
    if not (above.is_polynomial(x) and below.is_polynomial(x)):
        return None
    both = sympy.Poly(above, x), sympy.Poly(below, x)
    return both if all(each.domain.is_QQ or each.domain.is_ZZ for each in both) else None


def _recall(
    answer: Answer[Label], point: dict[Expr, Expr], known: list[tuple[Label, tuple[Expr, ...]]]
) -> tuple[Label, tuple[Expr, ...]]:
    """An earlier answer whose guards are all positive here, or a new one; the one used last is tried first."""
    variables = tuple(point)
    decimals = [float(value) for value in point.values()]
    for i, (label, guards) in enumerate(known):
        if all(_above(guard, variables, decimals, point) for guard in guards):
            known.insert(0, known.pop(i))
            return label, guards
    label, conditions = answer(point)
    guards = tuple(guard for guard in conditions if guard.free_symbols & set(point))
    if all(positive(guard, point) for guard in guards):  # else the point lies on a boundary not drawn yet
        known.insert(0, (label, guards))
    return label, guards


def _above(guard: Expr, variables: tuple[Expr, ...], decimals: list[float], point: dict[Expr, Expr]) -> bool:
    """`positive`, in floating point where that leaves no doubt."""
    try:
        value = float(_compiled(guard, variables)(*decimals))
    except (ZeroDivisionError, OverflowError):
        return positive(guard, point)
    return value > 0 if abs(value) > _DOUBT else positive(guard, point)


@lru_cache(maxsize=65536)
def _compiled(guard: Expr, variables: tuple[Expr, ...]) -> Callable[..., float]:
    return cast("Callable[..., float]", sympy.lambdify(variables, guard, modules="math"))


def positive(expression: Expr, point: dict[Expr, Expr]) -> bool:
    """Whether an expression is finite and above zero at a point.

    Args:
        expression: In the symbols of the point.
        point: A number for each symbol.

    Returns:
        The truth, exact.
    """
    value = expression.xreplace(point)
    return bool(value.is_finite) and value > 0


@lru_cache(maxsize=4096)
def _irreducible(expression: Expr, variables: tuple[Symbol, ...]) -> frozenset[Expr]:
    """The irreducible factors of numerator and denominator that hold a variable."""
    found = set()
    for part in sympy.fraction(sympy.cancel(expression)):
        for factor, _ in sympy.factor_list(part, *variables)[1]:
            if factor.free_symbols & set(variables):
                found.add(-factor if factor.could_extract_minus_sign() else factor)
    return frozenset(found)


def _factors(expressions: Iterable[Expr], variables: tuple[Symbol, ...]) -> set[Expr]:
    return {factor for expression in expressions for factor in _irreducible(expression, variables)}


@lru_cache(maxsize=4096)
def _roots(factor: Expr, x: Symbol) -> tuple[Expr, ...]:
    """The real roots of a polynomial, exact."""
    return tuple(dict.fromkeys(sympy.real_roots(sympy.Poly(factor, x))))


@lru_cache(maxsize=4096)
def _branches(curve: Expr, y: Symbol) -> tuple[Expr, ...]:
    """A curve solved for y: a line has one branch, a parabola two."""
    return tuple(sympy.solve(curve, y))


@lru_cache(maxsize=256)
def _projection(curves: tuple[Expr, ...], x: Symbol, y: Symbol, bottom: Expr) -> frozenset[Expr]:
    """Where curves meet, turn, leave to infinity, or pass through the bottom: polynomials in x."""
    found: set[Expr] = set()
    for i, curve in enumerate(curves):
        polynomial = sympy.Poly(curve, y)
        found |= _irreducible(polynomial.LC(), (x,)) | _irreducible(polynomial.eval(bottom), (x,))
        if polynomial.degree() > 1:
            found |= _irreducible(polynomial.discriminant(), (x,))
        for other in curves[:i]:
            found |= _meeting(curve, other, x, y)
    return frozenset(found)


@lru_cache(maxsize=65536)
def _meeting(one: Expr, two: Expr, x: Symbol, y: Symbol) -> frozenset[Expr]:
    return _irreducible(sympy.resultant(one, two, y), (x,))


def _ordered(numbers: set[Expr], low: Expr) -> list[Expr]:
    """The numbers above low, in order, equal ones once (exact roots of different polynomials may be equal)."""
    kept: list[Expr] = []
    for each in sorted((n for n in numbers if _exceeds(n, low)), key=_digits):
        if not kept or (each != kept[-1] and _digits(each) - _digits(kept[-1]) > _SAME):
            kept.append(each)
    return kept


@lru_cache(maxsize=65536)
def _digits(number: Expr) -> mpmath.mpf:
    """Thirty digits of an exact number."""
    with mpmath.workdps(30):
        if number.is_Rational:
            return mpmath.mpf(int(number.p)) / int(number.q)
        return mpmath.mpf(str(number.evalf(30)))


def _exceeds(number: Expr, low: Expr) -> bool:
    """number > low, by their digits where these differ."""
    return number != low and bool(_digits(number) - _digits(low) > _SAME)


def _spans(low: Expr, stops: list[Expr]) -> list[tuple[Expr, Expr | None]]:
    return list(zip([low, *stops], [*stops, None], strict=True))


def _inside(start: Expr, end: Expr | None) -> Expr:
    """The simplest rational number strictly between two numbers."""
    if end is None:
        return sympy.floor(start) + 2
    low, high = (_rational(each) for each in (start, end))
    if not low < high:
        raise CheckError(f"No number was found between {start} and {end}.")
    return _simplest(low, high)


def _rational(number: Expr) -> Expr:
    """The number, or 40 of its digits where it is irrational: boundaries lie further apart than that."""
    return number if number.is_Rational else sympy.Rational(str(number.evalf(40)))


def _simplest(low: Expr, high: Expr) -> Expr:
    """By continued fractions."""
    whole = sympy.floor(low)
    if whole + 1 < high:
        return whole + 1
    if low == whole:  # low < answer < high <= low + 1
        return whole + 1 / (sympy.floor(1 / (high - whole)) + 1)
    return whole + 1 / _simplest(1 / (high - whole), 1 / (low - whole))


def _merged(found: list[Interval[Label]]) -> tuple[Interval[Label], ...]:
    kept: list[Interval[Label]] = []
    for each in found:
        if kept and kept[-1].label == each.label:
            kept[-1] = Interval(kept[-1].low, each.high, each.label)
        else:
            kept.append(each)
    return tuple(kept)


def _stacked(strips: list[Strip[Label]]) -> tuple[Strip[Label], ...]:
    kept: list[Strip[Label]] = []
    for each in strips:
        if kept and kept[-1].label == each.label:
            kept[-1] = Strip(kept[-1].low, each.high, each.label)
        else:
            kept.append(each)
    return tuple(kept)


def _joined(columns: list[Column[Label]]) -> tuple[Column[Label], ...]:
    kept: list[Column[Label]] = []
    for each in columns:
        if kept and kept[-1].strips == each.strips:
            kept[-1] = Column(kept[-1].low, each.high, each.strips)
        else:
            kept.append(each)
    return tuple(kept)
