"""Law: what level 1 needs to know of an optimizer, and nothing else.

Every optimizer learns eigenvalues from the top down. Its clock is the smallest one it has learned, a monomial
x* = N^-a T^-b (n^-c eta^-e); what it does to eigenvalues above x* is its tail, and what a stochastic gradient adds
is its noise. From these `terms` writes the risk.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy
from sympy import Expr
from sympy.logic.boolalg import Boolean

from ..symbolic import Monomial, S, Source
from .cost import STEP, Cost
from .spectral_rate import Kind, SpectralRate

ONE = sympy.S.One
_FULL = "full-batch steps of one size, 0 < eta < 2 in units of 1/lambda_max"


@dataclass(frozen=True)
class Law:
    """How an optimizer learns.

    Args:
        kind: "power" where it has a clock; "exponential", "solved" and "stuck" as in `SpectralRate`.
        clocks: x*, the smallest of several where there are several.
        pace: The rate of a filter, which carries the constants; None where it is no filter.
        tail: omega where h^2 ~ (x*/x)^omega above x*; None where it falls exponentially.
        cut: The monomial above which the tail falls exponentially after all.
        order: q of one-pass steps P = G^(q-1); None for full batches.
        momentum: One-pass momentum that grows with t.
        growth: The exponent in B = N^growth.
        sudden: It learns nothing while T is a constant.
        oscillates: By steps that are not proportional to the gradient.
        spectrum: The exponent that stands in place of s.
        axis: The coordinates are the eigenvectors.
        needs: Conditions in s and r without which the law does not hold, each with its sentence.
        finite_samples: Whether it is derived on n samples too.
        cost: What a run costs.
        stepping: Its steps, a clause.
        assumptions: What the law rests on, sentences without full stops.
        sources: The papers it rests on.
    """

    kind: Kind
    clocks: tuple[Monomial, ...] = ()
    pace: SpectralRate | None = None
    tail: Expr | None = None
    cut: Monomial | None = None
    order: Expr | None = None
    momentum: bool = False
    growth: Expr = sympy.S.Zero
    sudden: bool = False
    oscillates: bool = False
    spectrum: Expr = S
    axis: bool = False
    needs: tuple[tuple[Boolean, str], ...] = ()
    finite_samples: bool = True
    cost: Cost = STEP
    stepping: str = _FULL
    assumptions: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()

    @property
    def step_order(self) -> Expr:
        """q of one-pass steps. Raises TypeError for full batches."""
        if self.order is None:
            raise TypeError("This law is of full batches; its noise terms are those of samples.")
        return self.order

    @property
    def power_tail(self) -> tuple[Expr, Monomial | None]:
        """omega and the cut of a residual that falls as a power. Raises TypeError where it falls exponentially."""
        if self.tail is None:
            raise TypeError("The residual of this law falls exponentially; it has no tail.")
        return self.tail, self.cut

    @property
    def preconditioned(self) -> Expr:
        """s' with 1 + s' = (1+s) q: the spectral exponent that one-pass steps see."""
        return sympy.expand((1 + S) * (self.order or ONE)) - 1

    @property
    def decay(self) -> Expr:
        """e where eta ~ N^-e: the largest stable one-pass step, B over the trace, shrinks where s' < 0."""
        return sympy.S.Zero if self.order is None else sympy.Max(0, -self.preconditioned - self.growth)

    @property
    def plain(self) -> bool:
        """Whether a single clock in T alone and an exponential tail describe it."""
        simple = len(self.clocks) == 1 and self.clocks[0].exponents[0::2] == (0, 0, 0)
        return (
            self.kind == "power"
            and simple
            and self.tail is None
            and self.order is None
            and not (self.axis or self.oscillates)
        )

    def conditions(self, samples: bool, noise: bool) -> tuple[tuple[Boolean, str], ...]:
        """The needs, and those that the terms of samples and label noise have."""
        found = list(self.needs)
        if samples:
            found.append((sympy.Gt(S, 0), "finite samples are covered for s > 0 only, where the trace is finite"))
        elif noise and self.momentum:
            found.append((sympy.Gt(S, 0), "label noise with momentum that grows with t is derived for s > 0 only"))
        return tuple((condition.xreplace({S: self.spectrum}), sentence) for condition, sentence in found)

    def lowest(self, samples: bool, noise: bool) -> Expr:
        """The s above which the law and its terms hold."""
        bounds = [solved_for_s(condition) for condition, _ in self.conditions(samples, noise)]
        return sympy.Max(-1, *bounds)


def solved_for_s(condition: Boolean) -> Expr:
    """The bound b of a linear condition that says s > b."""
    difference = sympy.expand(condition.lhs - condition.rhs)
    slope = difference.coeff(S)
    return sympy.expand(-(difference - slope * S) / slope)
