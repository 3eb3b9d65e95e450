"""Regions: where in the (s, r) plane which terms stand, as a list of cases to be read from the top.

Every condition on a term is linear in s and r, so the regions are cells between straight lines, and a sample from
each cell finds exactly the combinations that occur.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import combinations, pairwise

import sympy
from sympy import Expr
from sympy.logic.boolalg import Boolean

from ..symbolic import BLOCK, Path, R, S, plain
from .term import Term

_Truth = dict[Boolean, bool]
_KNOWN = {S, R, BLOCK}
_LOWEST = -sympy.S.One  # eigenvalues fall
_SIZES = (sympy.Rational(1, 5), sympy.Rational(1, 2), sympy.Rational(4, 5))  # of b, 0 < b < 1, where it is a symbol


@dataclass(frozen=True)
class Case:
    """The terms of one region.

    Args:
        condition: What tells it from the cases before it.
        text: The region in words; "" for the whole plane.
        terms: The terms that stand there.
    """

    condition: Boolean
    text: str
    terms: tuple[Term, ...]

    def alpha(self, path: Path) -> Expr:
        """The smallest exponent along a path."""
        return sympy.Min(*(term.along(path) for term in self.terms))


def cases(terms: tuple[Term, ...], path: Path, low: Expr = _LOWEST, leading: Boolean = sympy.true) -> tuple[Case, ...]:
    """The regions that (s, r) can still lie in, in the symbols S and R that are left in the terms.

    low: the s above which they are wanted. leading: the condition to split on first.
    """
    terms = tuple(_with_end(term, path) for term in terms)
    atoms = [condition for term in terms for condition, _ in term.when]
    atoms += [_order(found) for found in _extremes(terms)]
    known: _Truth = {atom: bool(atom) for atom in atoms if atom in (sympy.true, sympy.false)}
    unknown = sorted(
        dict.fromkeys(atom for atom in atoms if atom not in known), key=lambda atom: (atom != leading, *_rank(atom))
    )
    possible = [known | truth for truth in _possible(unknown, low)]
    return tuple(_tree(terms, unknown, possible, sympy.true, ()))


def _with_end(term: Term, path: Path) -> Term:
    """A term's end as one more condition: N^-a is above 1 while a < 0."""
    if term.until is None:
        return term
    before = sympy.Lt(sympy.factor(term.until.along(path)), 0)
    return replace(term, when=(*term.when, (before, True)), until=None)


def _extremes(terms: Iterable[Term]) -> list[Expr]:
    """The minima and maxima of two linear functions of s that stand in exponents, the inner ones first."""
    found: dict[Expr, None] = {}
    for exponent in (each for term in terms for monomial in term.monomials for each in monomial.exponents):
        if exponent.has(sympy.Min, sympy.Max):
            inner = exponent.atoms(sympy.Min, sympy.Max)
            found |= dict.fromkeys(sorted(inner, key=lambda each: (each.count_ops(), str(each))))
    return [each for each in found if S in each.free_symbols and each.free_symbols <= _KNOWN]


def resolved(exponent: Expr, point: dict[Expr, Expr]) -> tuple[Expr, list[Expr]]:
    """An exponent with every minimum and maximum replaced by what it is at a point.

    Args:
        exponent: An expression in the symbols of the point.
        point: A number for each symbol.

    Returns:
        The exponent, and the differences, positive at the point, that keep it so.

    >>> resolved(sympy.Min(S, 1), {S: sympy.Integer(3)})
    (1, [1 - s])
    """
    decided: list[Expr] = []
    while found := sorted(exponent.atoms(sympy.Min, sympy.Max), key=lambda each: (each.count_ops(), str(each))):
        first = found[0]
        ranked = sorted(first.args, key=lambda each: each.xreplace(point), reverse=isinstance(first, sympy.Max))
        decided += [ranked[0] - other for other in ranked[1:]]
        exponent = exponent.xreplace({first: ranked[0]})
    return exponent, decided


def _order(extreme: Expr) -> Boolean:
    """The condition that the first of two arguments is the larger."""
    first, second = extreme.args
    return canonical(sympy.Gt(first, second))


def _rank(atom: Boolean) -> tuple[int, Expr]:
    """Conditions on r first, then those on s from the largest bound down, then the ends of terms."""
    if not atom.free_symbols <= _KNOWN:
        return 2, sympy.S.Zero
    return (0, sympy.S.Zero) if atom.has(R) else (1, -canonical(atom).rhs.xreplace({BLOCK: _SIZES[0]}))


def _standing(terms: tuple[Term, ...], truth: _Truth) -> tuple[Term, ...]:
    """The terms that stand, with every minimum and maximum whose order is known resolved."""
    kept = tuple(term for term in terms if all(truth[condition] == wanted for condition, wanted in term.when))
    values: dict[Expr, Expr] = {}
    for each in _extremes(kept):
        condition = _order(each)
        first = bool(condition) if condition in (sympy.true, sympy.false) else truth[condition]
        values[each] = each.args[0] if first == isinstance(each, sympy.Max) else each.args[1]
    return tuple(term.put(values) for term in kept) if values else kept


def _tree(
    terms: tuple[Term, ...],
    atoms: list[Boolean],
    possible: list[_Truth],
    condition: Boolean,
    told: tuple[str, ...],
) -> list[Case]:
    """Cases by splitting on one condition after the other; a branch whose terms agree is not split."""
    standing = [_standing(terms, truth) for truth in possible]
    if all(each == standing[0] for each in standing[1:]):
        return [Case(condition, " and ".join(told), standing[0])]
    atom, rest = atoms[0], atoms[1:]
    yes = [truth for truth in possible if truth[atom]]
    no = [truth for truth in possible if not truth[atom]]
    if not yes or not no:
        return _tree(terms, rest, possible, condition, told)
    shown = canonical(atom)
    inner = sympy.And(condition, shown)
    return [
        *_tree(terms, rest, yes, inner, (*told, plain_relation(shown))),
        *_tree(terms, rest, no, condition, (*told, plain_relation(shown.negated))),
    ]


def canonical(atom: Boolean) -> Boolean:
    """A linear condition solved for r, or for s where r is given."""
    free = atom.free_symbols
    if not free <= _KNOWN:
        return atom
    solved = R if R in free else S
    difference = sympy.expand(atom.lhs - atom.rhs)
    slope = difference.coeff(solved)
    bound = sympy.expand(-(difference - slope * solved) / slope)
    kind = type(atom) if slope.is_positive else type(atom.reversed)
    return kind(solved, bound, evaluate=False)


def plain_relation(relation: Boolean) -> str:
    """r <= s + 1, as plain text."""
    return f"{plain(relation.lhs)} {relation.rel_op} {plain(relation.rhs)}"


def _possible(atoms: list[Boolean], low: Expr) -> list[_Truth]:
    """The truth values that occur together at some s > low and r > 0."""
    plane = [atom for atom in atoms if atom.free_symbols <= _KNOWN]
    found: dict[tuple[bool, ...], None] = {}
    for b in _SIZES if any(atom.has(BLOCK) for atom in plane) else _SIZES[:1]:
        put = [canonical(atom.xreplace({BLOCK: b})) for atom in plane]
        found |= {tuple(bool(atom.xreplace(point)) for atom in put): None for point in _samples(put, low)}
    truths: list[_Truth] = [dict(zip(plane, values, strict=True)) for values in found]
    for atom in atoms:
        if atom not in plane:  # the end of a term along a symbolic path: early and late both occur at any s and r
            truths = [truth | {atom: value} for truth in truths for value in (True, False)]
    return truths


def _samples(atoms: list[Boolean], low: Expr) -> list[dict[Expr, Expr]]:
    """A point from every cell that the lines of the conditions cut the half plane into."""
    lines = [sympy.expand(atom.lhs - atom.rhs) for atom in atoms]
    tilted = [line for line in lines if line.has(R)] + [R]
    bounds = [-(line - line.coeff(R) * R) / line.coeff(R) for line in tilted]  # each line as r = bound(s)
    crossings = [line for line in lines if not line.has(R)] + [one - two for one, two in combinations(bounds, 2)]
    stops = [_root(line) for line in crossings if sympy.expand(line).has(S)]
    found: list[dict[Expr, Expr]] = []
    for s in between(stops, low):
        heights = [sympy.sympify(bound).xreplace({S: s}) for bound in bounds]
        found += [{S: s, R: r} for r in between(heights, sympy.S.Zero)]
    return found


def _root(line: Expr) -> Expr:
    line = sympy.expand(line)
    return -(line - line.coeff(S) * S) / line.coeff(S)


def between(stops: list[Expr], low: Expr) -> list[Expr]:
    """A number from every interval above `low` that the stops leave."""
    kept = [low, *sorted({stop for stop in stops if stop > low})]
    return [(one + two) / 2 for one, two in pairwise(kept)] + [kept[-1] + 1]
