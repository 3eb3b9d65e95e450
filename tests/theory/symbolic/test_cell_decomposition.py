"""Cells and linear programs: parts of the plane whose boundaries are known, and optima found by another method."""

from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from optscaling.errors import CheckError
from optscaling.theory.symbolic.cell_decomposition import Column, line, plane
from optscaling.theory.symbolic.linear_program import Constraint, maximise

X, Y = sympy.symbols("x y", real=True)
ZERO = sympy.S.Zero


def largest(*candidates):
    """An answer that names the largest of several functions; its guards are by how much it is."""

    def answer(point):
        best = max(candidates, key=lambda each: each.xreplace(point))
        return best, tuple(best - each for each in candidates if each != best)

    return answer


def test_a_line_is_cut_at_roots_irrational_ones_too():
    found = line(largest(X**2, X + sympy.Integer(1), sympy.Integer(2)), X, ZERO)
    golden = (1 + sympy.sqrt(5)) / 2
    assert [each.label for each in found] == [sympy.Integer(2), X + 1, X**2]
    assert [each.low for each in found][:2] == [0, 1]
    assert sympy.simplify(found[2].low - golden) == 0
    assert found[2].high is None


def test_one_answer_everywhere_is_one_part():
    assert [(each.low, each.high) for each in line(largest(X, X - 1), X, ZERO)] == [(0, None)]


def at(columns: tuple[Column, ...], x: sympy.Expr, y: sympy.Expr):
    """The label at a point inside a cell."""
    for column in columns:
        if column.low < x and (column.high is None or x < column.high):
            for strip in column.strips:
                low, high = strip.low.subs(X, x), None if strip.high is None else strip.high.subs(X, x)
                if low < y and (high is None or y < high):
                    return strip.label
    return None


COEFFICIENTS = st.lists(st.integers(-3, 3), min_size=3, max_size=3)


@settings(max_examples=12, deadline=None)
@given(st.lists(COEFFICIENTS, min_size=2, max_size=4))
def test_a_plane_is_cut_where_the_largest_line_changes(planes):
    candidates = tuple({sympy.Integer(a) + b * X + c * Y for a, b, c in planes})
    columns = plane(largest(*candidates), X, Y, ZERO, ZERO)
    for x in (Fraction(1, 7), Fraction(19, 17), Fraction(31, 11), Fraction(47, 5)):
        for y in (Fraction(1, 9), Fraction(21, 23), Fraction(37, 13), Fraction(53, 7)):
            point = {X: sympy.Rational(x), Y: sympy.Rational(y)}
            label = at(columns, *point.values())
            values = [each.xreplace(point) for each in candidates]
            if label is not None:  # a point on a boundary has no label
                assert label.xreplace(point) == max(values)
            else:
                assert sorted(values)[-1] == sorted(values)[-2] or len(values) == 1


def test_a_parabola_bounds_two_strips():
    columns = plane(largest(Y**2, X), X, Y, ZERO, ZERO)
    assert len(columns) == 1
    assert columns[0].strips[1].low == sympy.sqrt(X)


def test_what_never_settles_is_an_error():
    counter = iter(range(1, 10**6))

    def restless(point):
        return next(counter), (X - sympy.Rational(1, next(counter)),)

    with pytest.raises(CheckError, match="settle"):
        line(restless, X, ZERO)


ROWS = st.lists(st.lists(st.integers(0, 5), min_size=2, max_size=2), min_size=1, max_size=5)


@settings(max_examples=60, deadline=None)
@given(ROWS, ROWS)
def test_the_optimum_is_scipys(terms, costs):
    # maximise m with m <= a.u for each term, c.u <= 1 for each cost and u >= 0; a cost on both keeps it bounded
    costs = [*costs, [1, 1]]
    constraints = [Constraint("term", (*(sympy.Integer(-a) for a in row), sympy.S.One), ZERO) for row in terms]
    constraints += [Constraint("cost", (*(sympy.Integer(c) for c in row), ZERO), sympy.S.One) for row in costs]
    constraints += [Constraint("bound", (-sympy.S.One, ZERO, ZERO), ZERO)]
    constraints += [Constraint("bound", (ZERO, -sympy.S.One, ZERO), ZERO)]
    found = maximise(constraints, {})
    rows = np.array([[float(each) for each in c.row] for c in constraints])
    bounds = np.array([float(c.bound) for c in constraints])
    theirs = linprog([0, 0, -1], A_ub=rows, b_ub=bounds, bounds=(None, None))
    assert found is not None
    values = np.array([float(each) for each in found.values])
    assert values[-1] == pytest.approx(-theirs.fun, abs=1e-9)
    assert np.all(rows @ values <= bounds + 1e-12)


def test_nothing_feasible_is_none():
    constraints = [
        Constraint("low", (-sympy.S.One, ZERO), -sympy.Integer(2)),
        Constraint("high", (sympy.S.One, ZERO), sympy.S.One),
        Constraint("top", (ZERO, sympy.S.One), sympy.S.One),
    ]
    assert maximise(constraints, {}) is None
