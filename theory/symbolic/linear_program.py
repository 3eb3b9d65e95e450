"""Linear programs with symbolic coefficients, solved exactly around a rational point.

Maximise the last of d variables subject to row . v <= bound. The optimum sits on d constraints; which ones is found in
rational arithmetic at the point, and their solution is then symbolic. It stays the optimum as long as the slacks of
the other constraints and the multipliers of these keep their signs: those are returned as guards.

Cost: one d by d solve for each choice of d constraints (84 for two unknown exponents, five terms and four bounds).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

import sympy
from sympy import Expr
from sympy.polys.matrices import DomainMatrix

from ...errors import CheckError


@dataclass(frozen=True)
class Constraint:
    """row . v <= bound.

    Args:
        name: What it stands for.
        row: Coefficients, shape (d,).
        bound: The right side.
    """

    name: str
    row: tuple[Expr, ...]
    bound: Expr


@dataclass(frozen=True)
class Optimum:
    """An optimum as formulas that hold around a point.

    Args:
        values: The d variables.
        active: Names of the constraints that hold the maximum down.
        guards: Expressions that stay positive where the formulas hold (slacks and multipliers).
    """

    values: tuple[Expr, ...]
    active: tuple[str, ...]
    guards: tuple[Expr, ...]


def maximise(constraints: Sequence[Constraint], point: dict[Expr, Expr]) -> Optimum | None:
    """The optimum near a point; among optima the one whose variables are smallest, the first before the second.

    Args:
        constraints: At least d of them, of rows of the same length d; the last variable is maximised.
        point: Numbers for the symbols, in the inside of a cell.

    Returns:
        The optimum; None where nothing is feasible.

    Raises:
        CheckError: An optimum is found, but no multipliers for it.

    >>> one = sympy.Integer(1)
    >>> found = maximise([Constraint("wall", (one,), sympy.Symbol("a"))], {sympy.Symbol("a"): one})
    >>> found.values, found.active
    ((a,), ('wall',))
    """
    size = len(constraints[0].row)
    rows = [[_fraction(each, point) for each in c.row] for c in constraints]
    bounds = [_fraction(c.bound, point) for c in constraints]
    best: tuple[Fraction, ...] | None = None
    chosen: list[tuple[int, ...]] = []
    for pick in combinations(range(len(constraints)), size):
        found = _solve([rows[i] for i in pick], [bounds[i] for i in pick])
        if found is None or any(
            sum(a * v for a, v in zip(row, found, strict=True)) > bound for row, bound in zip(rows, bounds, strict=True)
        ):
            continue
        rank = (found[-1], *(-each for each in found[:-1]))
        if best is None or rank > best:
            best, chosen = rank, [pick]
        elif rank == best:
            chosen.append(pick)
    if best is None:
        return None
    for pick in chosen:
        optimum = _symbolic(constraints, pick, point)
        if optimum is not None:
            return optimum
    raise CheckError("The linear program has an optimum but no multipliers; please report the optimizer and cost.")


def _fraction(value: Expr, point: dict[Expr, Expr]) -> Fraction:
    number = sympy.Rational(value.xreplace(point))
    return Fraction(int(number.p), int(number.q))


def _solve(rows: list[list[Fraction]], bounds: list[Fraction]) -> list[Fraction] | None:
    """Gaussian elimination; None where the rows depend on each other."""
    size = len(rows)
    work = [[*row, bound] for row, bound in zip(rows, bounds, strict=True)]
    for i in range(size):
        pivot = next((j for j in range(i, size) if work[j][i] != 0), None)
        if pivot is None:
            return None
        work[i], work[pivot] = work[pivot], work[i]
        work[i] = [each / work[i][i] for each in work[i]]
        for j in range(size):
            if j != i and work[j][i] != 0:
                factor = work[j][i]
                work[j] = [a - factor * b for a, b in zip(work[j], work[i], strict=True)]
    return [row[-1] for row in work]


def _symbolic(constraints: Sequence[Constraint], pick: tuple[int, ...], point: dict[Expr, Expr]) -> Optimum | None:
    """The solution on the picked constraints and its guards; None where a multiplier is negative at the point."""
    size = len(pick)
    active = [constraints[i] for i in pick]
    exact = DomainMatrix.from_Matrix(sympy.Matrix([each.row for each in active])).to_field().inv()
    inverse = exact.to_Matrix()
    values = list(_times(inverse, [each.bound for each in active]))
    guards: list[Expr] = []
    holding = []
    # multipliers of: the last variable, then minus the first, minus the second, ...
    order = [(size - 1, 1), *((i, -1) for i in range(size - 1))]
    for column in range(size):
        multipliers = [sign * inverse[i, column] for i, sign in order]
        if multipliers[0] != 0:
            holding.append(active[column].name)
        first = next(each for each in multipliers if each != 0)
        if first.xreplace(point) < 0:
            return None
        guards.append(first)
    for i, other in enumerate(constraints):
        if i not in pick:
            slack = sympy.cancel(sympy.Add(other.bound, *(-a * v for a, v in zip(other.row, values, strict=True))))
            if slack != 0:
                guards.append(slack)
    kept = tuple(guard for guard in guards if guard.free_symbols)
    return Optimum(tuple(values), tuple(holding), kept)


def _times(matrix: sympy.Matrix, bounds: list[Expr]) -> Iterator[Expr]:
    """matrix . bounds, in lowest terms."""
    for i in range(matrix.rows):
        yield sympy.cancel(sympy.Add(*(matrix[i, j] * bound for j, bound in enumerate(bounds))))
