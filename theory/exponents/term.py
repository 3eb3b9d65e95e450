"""Term: one power law of the risk, with the condition under which it stands."""

from __future__ import annotations

from dataclasses import dataclass, replace

import sympy
from sympy import Expr
from sympy.logic.boolalg import Boolean

from ..symbolic import Monomial, Path, R, S, Source

ROUGH = sympy.Le(R, 1 + S)  # the target's tail decides what N features miss
LIGHT = sympy.Gt(S, 0)  # the trace is finite


@dataclass(frozen=True)
class Term:
    """The smallest of several monomials (mostly one); energies are E_k = k^-(1+r) as they stand.

    Args:
        name: The field's word for it, such as signal.
        limit: What limits the learner where this term is the largest.
        monomials: The smallest of them is the term.
        when: The conditions it stands under, each with the truth value wanted.
        until: The term is gone once this monomial falls below 1; None where it stays.
        coefficient: The prefactor; None where it depends on more than s, r and the optimizer's rate.
        sharp: The condition that the coefficient needs.
        sources: The papers it is found in.
    """

    name: str
    limit: str
    monomials: tuple[Monomial, ...]
    when: tuple[tuple[Boolean, bool], ...] = ()
    until: Monomial | None = None
    coefficient: Expr | None = None
    sharp: Boolean = sympy.true
    sources: tuple[Source, ...] = ()

    @property
    def prefactor(self) -> Expr:
        """The coefficient. Raises TypeError where it depends on more than s, r and the rate."""
        if self.coefficient is None:
            raise TypeError(f"The {self.name} has no prefactor of its own here.")
        return self.coefficient

    @property
    def size(self) -> Expr:
        """The exponent of 1/N, where the term is one monomial."""
        return self.monomials[0].size

    @property
    def steps(self) -> Expr:
        """The exponent of 1/T, where the term is one monomial."""
        return self.monomials[0].steps

    def along(self, path: Path) -> Expr:
        """The exponent of 1/N on a path: of the smallest monomial, so the largest exponent."""
        return sympy.Max(*(each.along(path) for each in self.monomials))

    def put(self, values: dict[Expr, Expr]) -> Term:
        """With numbers or symbols in place of s and r; the coefficient stays as it is."""
        return replace(
            self,
            monomials=tuple(each.put(values) for each in self.monomials),
            when=tuple((condition.xreplace(values), wanted) for condition, wanted in self.when),
            until=None if self.until is None else self.until.put(values),
        )

    def at_rate(self, decay: Expr) -> Term:
        """With eta = N^-decay."""
        return replace(
            self,
            monomials=tuple(each.at_rate(decay) for each in self.monomials),
            until=None if self.until is None else self.until.at_rate(decay),
        )

    def __str__(self) -> str:
        listed = ", ".join(str(each) for each in self.monomials)
        return listed if len(self.monomials) == 1 else f"min({listed})"
