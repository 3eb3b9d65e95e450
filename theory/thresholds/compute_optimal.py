"""Compute-optimal laws: the best path at fixed compute f, by a linear program over exponents.

With N = f^xi, T = f^tau' (and n, eta as powers of f too) every term is f^-(a xi + b tau' + ...), so

    maximise m  subject to  m <= exponent of each term,  exponent of each monomial of the cost <= 1,

and risk ~ f^-m. A term that is the smallest of several monomials gives one program for each of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product

import sympy
from sympy import Expr

from ...errors import CheckError
from ..exponents import Cost, Law, Term, resolved, tidy
from ..exponents import terms as all_terms
from ..symbolic import Constraint, Monomial, Optimum, R, S, maximise, positive

_ZERO, _ONE = sympy.S.Zero, sympy.S.One
SIZE = Cost.of("N")  # N is given and steps are free: the best number of steps


@dataclass(frozen=True)
class Allocation:
    """Where the optimum lies: risk ~ f^-eta, N ~ f^xi, T ~ f^steps, n ~ f^samples, step size ~ f^-rate.

    tied: the names of the terms that hold the risk up, in the order of `terms`: two of them where they trade off.
    They and steps are no part of the law: where terms are the same monomial or T costs nothing, several will do.
    samples and rate: None where the program does not choose them.
    """

    tied: tuple[str, ...] = field(compare=False)
    eta: Expr
    xi: Expr
    steps: Expr = field(compare=False)
    samples: Expr | None = None
    rate: Expr | None = None


@dataclass(frozen=True)
class Budget:
    """A law under a cost. samples: the samples n are limited and chosen. noise: labels carry noise of fixed variance.

    target: what stands for r: its symbol, a number, or s. ratio: n = N^ratio instead of n being chosen.
    With label noise a one-pass method chooses its step size too (a constant one never lets the risk fall).
    """

    law: Law
    cost: Cost
    samples: bool = False
    noise: bool = False
    target: Expr = R
    ratio: Expr | None = None

    @cached_property
    def _tuned(self) -> bool:
        return self.noise and self.law.order is not None

    @property
    def _sampled(self) -> bool:
        """Whether n is an unknown."""
        return self.samples and self.ratio is None

    @cached_property
    def terms(self) -> tuple[tuple[Term, ...], ...]:
        """The terms, once for each clock: the fastest one holds for all of them alike."""
        laws = [replace(self.law, clocks=(clock,)) for clock in self.law.clocks] or [self.law]
        values = {S: self.law.spectrum, R: self.target}
        return tuple(tuple(term.put(values) for term in all_terms(law, self.samples, self.noise)) for law in laws)

    @cached_property
    def _decay(self) -> Expr:
        return self.law.decay.xreplace({S: self.law.spectrum})

    @cached_property
    def walls(self) -> tuple[Expr, ...]:
        """The expressions at whose roots terms come and go."""
        conditions = {condition for term in self.terms[0] for condition, _ in term.when if condition.free_symbols}
        return tuple(condition.lhs - condition.rhs for condition in sorted(conditions, key=str))

    def answer(self, point: dict[Expr, Expr]) -> tuple[Allocation, tuple[Expr, ...]]:
        """The optimum at a rational point in s and r, and the guards of its formula (see `cells`)."""
        guards: list[Expr] = list(self.walls)
        decay, conditions = resolved(self._decay, point)
        guards += conditions
        programs = []
        for chosen in self._choices(decay, point, guards):
            optimum = maximise(chosen, point)
            if optimum is not None:
                programs.append(optimum)
                guards += optimum.guards
        if not programs:
            raise CheckError("The linear program has no feasible point; please report the optimizer and cost.")
        best = max(programs, key=lambda each: each.values[-1].xreplace(point))
        guards += [best.values[-1] - each.values[-1] for each in programs if each is not best]
        signed = [guard if positive(guard, point) else -guard for guard in guards if guard.free_symbols]
        return self._allocation(best), tuple(dict.fromkeys(signed))

    def _choices(self, decay: Expr, point: dict[Expr, Expr], guards: list[Expr]) -> Iterator[list[Constraint]]:
        """One list of constraints for each clock and each way to pick the smallest monomial of every term."""
        rest = list(self._bounds())
        for listed in self.terms:
            options = []
            for term in listed:
                if any(bool(condition.xreplace(point)) != wanted for condition, wanted in term.when):
                    continue
                rows = []
                for monomial in term.monomials:
                    row, conditions = self._row(monomial, decay, point)
                    guards += conditions
                    rows.append(Constraint(term.name, (*(-each for each in row), _ONE), _ZERO))
                if term.until is not None:
                    row, conditions = self._row(term.until, decay, point)
                    guards += conditions
                    rows.append(Constraint("end of " + term.name, (*(-each for each in row), _ZERO), _ZERO))
                options.append(rows)
            for picked in product(*options):
                yield [*picked, *rest]

    def _row(self, monomial: Monomial, decay: Expr, point: dict[Expr, Expr]) -> tuple[list[Expr], list[Expr]]:
        """The exponent of 1/f of a monomial, as coefficients of the unknown exponents."""
        size, steps, samples, batch, rate = monomial.exponents
        row = [size + batch * self.law.growth, steps]
        if self._tuned:
            row.append(-rate)
        else:
            row[0] -= rate * decay
        if self.ratio is not None:
            row[0] += samples * self.ratio
        elif self.samples:
            row.append(samples)
        guards: list[Expr] = []
        for i, each in enumerate(row):
            row[i], conditions = resolved(each, point)
            guards += conditions
        return row, guards

    def _bounds(self) -> Iterator[Constraint]:
        """The cost, and that no exponent is negative."""
        unknowns = 2 + self._tuned + self._sampled
        for monomial in self.cost.monomials:
            size, steps, samples, batch, _ = monomial.exponents
            row = [-size - batch * self.law.growth, -steps, *([_ZERO] if self._tuned else [])]
            if self._sampled:
                row.append(-samples)
            elif samples != 0:  # one pass: n = B T; a population gradient takes as many samples as features
                extra = (-samples * self.law.growth, -samples) if self.law.order is not None else (-samples, _ZERO)
                row[0], row[1] = row[0] + extra[0], row[1] + extra[1]
            yield Constraint("cost", (*row, _ZERO), _ONE)
        for i in range(unknowns):
            yield Constraint("bound", tuple(-_ONE if i == j else _ZERO for j in range(unknowns + 1)), _ZERO)
        if self._tuned:  # the largest stable step
            inner = self.law.preconditioned.xreplace({S: self.law.spectrum})
            yield Constraint("stability", (-inner - self.law.growth, _ZERO, -_ONE, *[_ZERO] * (unknowns - 2)), _ZERO)

    def _allocation(self, best: Optimum) -> Allocation:
        order = list(dict.fromkeys(term.name for term in self.terms[0]))
        tied = tuple(name for name in order if name in best.active)
        values = [tidy(each) for each in best.values]
        return Allocation(
            tied,
            values[-1],
            values[0],
            values[1],
            values[2 + self._tuned] if self._sampled else None,
            values[2] if self._tuned else None,
        )
