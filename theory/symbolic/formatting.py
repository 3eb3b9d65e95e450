"""Show: expressions and results as aligned plain text."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence

import sympy
from sympy import Expr
from sympy.printing.latex import LatexPrinter
from sympy.printing.str import StrPrinter

_WIDTH = 96


class _Order:
    """Sums as written by hand: 1 - x rather than -x + 1, and tau/2 - 1 rather than -1 + tau/2."""

    def _as_ordered_terms(self, expr: Expr, order: str | None = None) -> list[Expr]:
        terms = super()._as_ordered_terms(expr, order=order)  # type: ignore[misc]
        if terms[0].could_extract_minus_sign():
            terms.sort(key=lambda term: bool(term.could_extract_minus_sign()))
        return list(terms)


class _Text(_Order, StrPrinter):
    """sympy's own notation."""


class _Latex(_Order, LatexPrinter):
    """sympy's LaTeX."""


def formula(expression: Expr) -> str:
    """An expression in sympy's notation, which sympy.sympify reads back.

    Args:
        expression: Any.

    Returns:
        One line, sums in the order of handwriting.

    >>> formula(1 - sympy.Symbol("x"))
    '1 - x'
    """
    return str(_Text().doprint(expression)).replace("T*eta", "eta*T")


def latex(expression: Expr) -> str:
    """An expression in LaTeX, without delimiters.

    Args:
        expression: Any.

    Returns:
        The LaTeX, sums in the order of handwriting.
    """
    return str(_Latex().doprint(expression)).replace(r"T \eta", r"\eta T")


def json_number(value: Expr) -> float | str:
    """A number as a float, a symbol as its name: what JSON holds.

    Args:
        value: A number or an expression.

    Returns:
        The float, or the formula as text.
    """
    return float(value) if value.is_number else formula(value)


def plain(expression: Expr) -> str:
    """An expression in one line of plain text, in the notation of the documentation: min, max, ^ and eta*T.

    Args:
        expression: Any.

    Returns:
        The line.

    >>> plain(sympy.Min(1, sympy.Symbol("x") ** 2))
    'min(1, x^2)'
    """
    return re.sub(r"\bM(in|ax)\(", r"m\1(", formula(expression).replace("**", "^"))


def number(symbolic: Expr | None, value: Expr | None) -> tuple[str, ...]:
    """The lines that show a quantity: an exact number with its decimals, or a formula, one line a case.

    Args:
        symbolic: The quantity; None where there is none.
        value: The same as an exact number; None where something in it is symbolic.

    Returns:
        The lines.

    >>> number(sympy.Rational(2, 3), sympy.Rational(2, 3))
    ('2/3 = 0.666667',)
    """
    if symbolic is None:
        return ("none",)
    if value is not None:
        exact = plain(value)
        return (exact if value.is_Integer else f"{exact} = {float(value):.6g}",)
    if isinstance(symbolic, sympy.Piecewise):
        return tuple(
            plain(branch) + ("   otherwise" if condition == sympy.true else f"   where {plain_condition(condition)}")
            for branch, condition in symbolic.args
        )
    return (plain(symbolic),)


def plain_condition(condition: Expr) -> str:
    """A condition in plain text.

    Args:
        condition: An equation, an inequality or a conjunction of them.

    Returns:
        The text, the symbol on the left where the other side is a number.
    """
    if isinstance(condition, sympy.Eq):
        return f"{plain(condition.lhs)} = {plain(condition.rhs)}"
    if isinstance(condition, sympy.And):
        return " and ".join(sorted((plain_condition(each) for each in condition.args), reverse=True))
    if isinstance(condition, sympy.Ge | sympy.Gt) and condition.lhs.is_number:
        condition = condition.reversed
    return plain(condition)


def block(rows: Iterable[tuple[str, Sequence[str]]]) -> str:
    """Labels on the left, text wrapped on the right, one entry a line: how results print.

    Args:
        rows: A label, and the entries that stand beside it.

    Returns:
        The lines, 96 characters at most.
    """
    rows = list(rows)
    margin = max(len(label) for label, _ in rows) + 2
    lines = []
    for label, entries in rows:
        lead = label.ljust(margin)
        for entry in entries:
            indent = " " * (margin + 2)
            lines += textwrap.wrap(entry, _WIDTH, initial_indent=lead, subsequent_indent=indent, break_on_hyphens=False)
            lead = " " * margin
    return "\n".join(lines)
