"""A spectral integral: one object that holds an integrand, its closed form and its asymptotic series.

    risk term = integral over (0, 1) of h_T(x)^2 dmu(x),  or a sum over modes k.

Three routes to one number, which share no formula: quadrature (`value`), special functions (`closed_value`) and the
first two terms of the series (`series_value`). `check` lets each witness the others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import mpmath
import sympy
from mpmath import mpf
from sympy import Expr, Symbol
from sympy.logic.boolalg import Boolean

from ...errors import CheckError, InputError
from ..symbolic import Number, Source, X, block, exact, formula, latex, plain, plain_condition
from .quadrature import Estimate, on_unit_interval, over_modes, ringing
from .symbols import K

Parameters = Mapping[Symbol | str, Number]

_GUARD = 10  # digits carried beyond those asked for
_LOST = 400  # digits that a cancelling series may lose


@lru_cache(maxsize=512)
def _compiled(expression: Expr, symbols: tuple[Symbol, ...]) -> Callable[..., Any]:
    return sympy.lambdify(symbols, expression, modules="mpmath", cse=True)


@dataclass(frozen=True)
class UnitInterval:
    """x in (0, 1). scale: the x below which the integrand is a power of x, nearly."""

    scale: Expr

    def integrate(self, integrand: Expr, numbers: Numbers, tolerance: Any) -> Estimate:
        """The integral to a relative tolerance."""
        scale = min(mpf(1), numbers.of(self.scale))
        return on_unit_interval(lambda x: mpmath.re(numbers.of(integrand, (X, x))), scale, tolerance)


@dataclass(frozen=True)
class Modes:
    """k = 1, 2, ..., last. scale: the k at which the summand bends."""

    scale: Expr
    last: Expr = sympy.oo

    def integrate(self, integrand: Expr, numbers: Numbers, tolerance: Any) -> Estimate:
        """The sum to a relative tolerance."""
        last = None if self.last == sympy.oo else numbers.of(self.last)
        return over_modes(lambda k: numbers.of(integrand, (K, k)), numbers.of(self.scale), tolerance, last)


@dataclass(frozen=True)
class Ringing:
    """x in (0, last) for an integrand with the factor J_order(w)^2, w = pace sqrt(x).

    scale: the w at which the rest of the integrand bends.
    """

    order: Expr
    pace: Expr
    scale: Expr
    last: Expr = sympy.S.One

    def integrate(self, integrand: Expr, numbers: Numbers, tolerance: Any) -> Estimate:
        """The integral to a relative tolerance."""
        rest = integrand / sympy.besselj(self.order, self.pace * sympy.sqrt(X)) ** 2
        pace = numbers.of(self.pace)
        end = None if self.last == sympy.oo else pace * mpmath.sqrt(numbers.of(self.last))

        def envelope(w: Any) -> Any:
            return numbers.of(rest, (X, (w / pace) ** 2)) * 2 * w / pace**2

        return ringing(envelope, numbers.of(self.order), end, numbers.of(self.scale), tolerance)


@dataclass(frozen=True)
class Numbers:
    """Values of the parameters, exact until they are used at the working precision."""

    values: tuple[tuple[Symbol, sympy.Rational], ...]

    def of(self, expression: Expr, *more: tuple[Symbol, Any]) -> Any:
        """An expression at these values, as an mpmath number."""
        symbols = tuple(symbol for symbol, _ in (*self.values, *more))
        numbers = [mpf(value.p) / value.q for _, value in self.values]
        try:
            return mpmath.mpmathify(_compiled(expression, symbols)(*numbers, *(value for _, value in more)))
        except (ValueError, ZeroDivisionError) as error:
            raise InputError(
                f"A formula has a pole at {self} ({error}), where two of its terms cancel; move one parameter a little."
            ) from None

    def broken(self, condition: Boolean) -> Boolean | None:
        """The first part of a condition that is false, or None."""
        for part in sympy.And.make_args(condition):
            if part.subs(dict(self.values)) != sympy.true:
                return part
        return None

    @property
    def lost(self) -> int:
        """Digits lost in 1 - x where x is as small as 1/T."""
        sizes = (max(abs(value.p) // value.q, value.q // max(abs(value.p), 1)) for _, value in self.values)
        return len(str(max(sizes)))

    def __str__(self) -> str:
        return ", ".join(f"{symbol} = {value}" for symbol, value in self.values)


@dataclass(frozen=True)
class Witness:
    """What the routes gave for one integral; None where a route does not apply."""

    name: str
    at: str
    numeric: Estimate
    closed: Estimate | None
    series: Estimate | None

    def __str__(self) -> str:
        routes = (("quadrature", self.numeric), ("closed form", self.closed), ("series", self.series))
        rows = [("integral", (self.name,)), ("at", (self.at,))]
        return block(rows + [(label, (str(found) if found else "does not apply here",)) for label, found in routes])


@dataclass(frozen=True)
class SpectralIntegral:
    """integral or sum = closed = leading + following + O(rest), as variable -> limit.

    Args:
        name: Its name in the catalogue.
        meaning: What it is, in one sentence.
        integrand: In x (or k) and the parameters.
        over: The range of x or k.
        variable: The parameter that goes to `limit`.
        limit: Infinity or zero.
        exponent: leading ~ variable^-exponent, up to logarithms; None where it is no power.
        leading: The first term of the series.
        following: The next one.
        rest: A bound on what the two leave, where `late` holds.
        when: What the integral and its series need; every route raises InputError outside it.
        late: Where the series holds with its bound.
        closed: The closed form; None where there is none.
        closed_when: Where the closed form is exact.
        sources: The papers.
    """

    name: str
    meaning: str
    integrand: Expr
    over: UnitInterval | Modes | Ringing
    variable: Symbol
    limit: Expr
    exponent: Expr | None
    leading: Expr
    following: Expr
    rest: Expr
    when: Boolean
    late: Boolean
    closed: Expr | None = None
    closed_when: Boolean = sympy.true
    sources: tuple[Source, ...] = ()

    @property
    def parameters(self) -> tuple[Symbol, ...]:
        """The parameters, by name."""
        free = self.integrand.free_symbols | self.leading.free_symbols
        return tuple(sorted(free - {X, K}, key=str))

    @property
    def prefactor(self) -> Expr:
        """leading * variable^exponent. Raises InputError where the leading term is no power."""
        if self.exponent is None:
            raise InputError(f"{self.name} falls exponentially, but a prefactor belongs to a power; read `leading`.")
        return sympy.powsimp(sympy.expand_power_base(self.leading, force=True) * self.variable**self.exponent)

    def value(self, parameters: Parameters, digits: int = 15) -> Estimate:
        """The integral by quadrature, at two precisions; the error is at most 10^-digits of the value.

        Raises InputError for parameters outside `when`, CheckError where the digits are not reached.
        """
        numbers = self._numbers(parameters)
        first, second = (self._quadrature(numbers, digits + extra) for extra in (0, 4))
        floor = abs(second.value) * mpf(10) ** (-digits - _GUARD // 2)
        found = Estimate(second.value, second.error + abs(first.value - second.value) + floor)
        if not found.error <= abs(found.value) * mpf(10) ** -digits:
            raise CheckError(
                f"{self.name} at {numbers} is {found}, which is not good to {digits} digits; ask for more digits."
            )
        return found

    def closed_value(self, parameters: Parameters, digits: int = 15) -> Estimate:
        """The closed form, at two precisions. Raises InputError where there is none."""
        numbers = self._numbers(parameters)
        if self.closed is None:
            raise InputError(f"{self.name} has no closed form here; try `value`.")
        broken = numbers.broken(self.closed_when)
        if broken is not None:
            raise InputError(
                f"The closed form of {self.name} needs {plain_condition(broken)}, but got {numbers}; try `value`."
            )
        found = []
        for extra in (_GUARD, 2 * _GUARD):
            with mpmath.workdps(digits + extra + numbers.lost):
                found.append(_with_sums(self.closed, numbers))
        floor = abs(found[1]) * mpf(10) ** (-digits - _GUARD // 2)
        return Estimate(found[1], abs(found[1] - found[0]) + floor)

    def series_value(self, parameters: Parameters, digits: int = 15) -> Estimate:
        """leading + following, with `rest` for an error. Raises InputError where it is not `late` enough."""
        numbers = self._numbers(parameters)
        broken = numbers.broken(self.late)
        if broken is not None:
            raise InputError(
                f"The series of {self.name} needs {plain_condition(broken)}, but got {numbers}; take {self.variable} "
                f"closer to {self.limit}, or try `value`."
            )
        with mpmath.workdps(digits + _GUARD + numbers.lost):
            value = numbers.of(self.leading) + numbers.of(self.following)
            error = abs(numbers.of(self.rest)) + abs(value) * mpf(10) ** (-digits - _GUARD // 2)
            return Estimate(mpmath.re(value), error)

    def check(self, parameters: Parameters, digits: int = 15) -> Witness:
        """All routes that apply at these parameters. Raises CheckError if two of them disagree beyond their errors."""
        numbers = self._numbers(parameters)
        numeric = self.value(parameters, digits)
        with_closed = self.closed is not None and numbers.broken(self.closed_when) is None
        closed = self.closed_value(parameters, digits) if with_closed else None
        try:
            series = self.series_value(parameters, digits)
        except InputError:  # too early, or two of its terms have poles that cancel
            series = None
        for other, route in ((closed, "the closed form"), (series, "the series")):
            if other is not None and not numeric.agrees(other):
                raise CheckError(f"{self.name} at {numbers}: quadrature gives {numeric}, but {route} {other}.")
        return Witness(self.name, str(numbers), numeric, closed, series)

    def _numbers(self, parameters: Parameters) -> Numbers:
        given = {str(key): value for key, value in parameters.items()}
        names = [str(symbol) for symbol in self.parameters]
        if set(given) != set(names):
            raise InputError(
                f"{self.name} got {', '.join(sorted(given)) or 'nothing'}, but its parameters are {', '.join(names)}; "
                "give each a number."
            )
        values = {symbol: exact(given[str(symbol)], str(symbol)) for symbol in self.parameters}
        for symbol, value in values.items():
            if (symbol.is_positive and value <= 0) or (symbol.is_nonnegative and value < 0):
                sign = "positive" if symbol.is_positive else "not negative"
                raise InputError(f"{self.name} got {symbol} = {value}, but {symbol} is {sign}; try {symbol} = 1/2.")
        numbers = Numbers(tuple(values.items()))
        broken = numbers.broken(self.when)
        if broken is not None:
            raise InputError(
                f"{self.name} needs {plain_condition(broken)}, but got {numbers}; "
                "choose values that satisfy it, or another integral of the catalogue."
            )
        return numbers

    def _quadrature(self, numbers: Numbers, digits: int) -> Estimate:
        with mpmath.workdps(digits + _GUARD + numbers.lost):
            return self.over.integrate(self.integrand, numbers, mpf(10) ** (-digits - _GUARD // 2))

    def __str__(self) -> str:
        series = f"{plain(self.leading)} + ({plain(self.following)})"
        rows = [
            ("integral", (f"{self.name}: {self.meaning}",)),
            ("integrand", (plain(self.integrand),)),
            ("closed form", (formula(self.closed) if self.closed is not None else "none",)),
            (f"{self.variable} -> {self.limit}", (series,)),
            ("needs", (plain_condition(self.when),)),
            ("sources", tuple(map(str, self.sources)) or ("derived here",)),
        ]
        return block(rows)

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle {latex(self.leading)} + {latex(self.following)}$"


def _with_sums(closed: Expr, numbers: Numbers) -> Any:
    """A closed form at the working precision, its infinite sums added up term by term."""
    sums = sorted(closed.atoms(sympy.Sum), key=str)
    stand_ins = [(sympy.Dummy(), _added(each, numbers)) for each in sums]
    return numbers.of(closed.xreplace(dict(zip(sums, (name for name, _ in stand_ins), strict=True))), *stand_ins)


def _added(series: Expr, numbers: Numbers) -> Any:
    """The sum of a series whose terms fall geometrically in the end, with the digits that cancel made up for."""
    ((index, first, last),) = series.limits
    stop = mpmath.inf if last == sympy.oo else numbers.of(last)
    lost = 0
    while lost <= _LOST:
        with mpmath.extradps(lost):
            total, largest, n, term = mpf(0), mpf(0), int(first), mpmath.inf
            falls = False
            while n <= stop and (not falls or abs(term) > abs(total) * mpmath.eps):
                before, term = abs(term), numbers.of(series.function, (index, mpf(n)))
                total, largest, n = total + term, max(largest, abs(term)), n + 1
                falls = (abs(term) < before and abs(term) <= largest * mpf(1) / 2**10) or term == 0
            cancelled = int(mpmath.log10(largest / abs(total))) + 2 if total != 0 else _LOST
        if cancelled <= lost + 2:
            return total
        lost = cancelled
    raise CheckError(f"The series of a closed form loses more than {_LOST} digits; try `value`.")
