"""Phases: the parts of the (s, r) plane on which one compute-optimal law holds, with exact boundaries."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import sympy
from sympy import Expr

from ...errors import InputError
from ..exponents import Cost, Law, ScalingPoint, law_of, need_numbers, sources
from ..optimizers import Optimizer
from ..symbolic import NU, Column, Number, R, S, Source, Strip, block, formula, json_number, latex, plain, plane
from .compute_optimal import Allocation, Budget

_PAIRS = {
    ("signal", "distortion"): "II",
    ("noise", "distortion"): "III",
    ("noise", "capacity"): "IVa",
    ("signal", "noise"): "IVb",
}
_ORDER = ("Ia", "Ib", "Ic", "II", "III", "IVa", "IVb")


@dataclass(frozen=True)
class Piece:
    """left < s < right and low < r < high.

    Args:
        left: Lower bound of s, a number.
        right: Upper bound of s; None where there is none.
        low: Lower bound of r, a function of s.
        high: Upper bound of r, a function of s; None where there is none.
    """

    left: Expr
    right: Expr | None
    low: Expr
    high: Expr | None

    def __str__(self) -> str:
        told = []
        if self.left > -1:
            told.append(f"s > {plain(self.left)}" if self.right is None else "")
        if self.right is not None:
            told.append(
                f"{plain(self.left)} < s < {plain(self.right)}" if self.left > -1 else f"s < {plain(self.right)}"
            )
        if self.low != 0:
            told.append(
                f"r > {plain(self.low)}" if self.high is None else f"{plain(self.low)} < r < {plain(self.high)}"
            )
        elif self.high is not None:
            told.append(f"r < {plain(self.high)}")
        return ", ".join(each for each in told if each) or "everywhere"

    def holds(self, s: Expr, r: Expr) -> bool:
        """Whether a point lies inside or on the edge."""
        if s < self.left or (self.right is not None and s > self.right):
            return False
        low, high = (None if each is None else each.subs(S, s) for each in (self.low, self.high))
        return bool(low <= r) and (high is None or bool(r <= high))


@dataclass(frozen=True)
class Phase:
    """One compute-optimal law: risk ~ f^-eta with N ~ f^xi on its pieces of the plane.

    Args:
        name: Paquette et al.'s for one-pass SGD under N*T, a number elsewhere.
        tradeoff: The terms that are equal there, or the one that the cost alone holds up.
        eta: In risk ~ f^-eta, a function of s and r.
        xi: In N ~ f^xi, a function of s and r.
        samples: In n ~ f^samples; None where n is not chosen.
        rate: In step size ~ f^-rate; None where the step is not chosen.
        pieces: Where it holds.
    """

    name: str
    tradeoff: str
    eta: Expr
    xi: Expr
    samples: Expr | None
    rate: Expr | None
    pieces: tuple[Piece, ...]

    @property
    def region(self) -> str:
        """The pieces in words."""
        return "; or ".join(str(piece) for piece in self.pieces)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        found: dict[str, Any] = {
            "name": self.name,
            "region": self.region,
            "tradeoff": self.tradeoff,
            "eta": formula(self.eta),
            "xi": formula(self.xi),
        }
        if self.samples is not None:
            found["samples"] = formula(self.samples)
        if self.rate is not None:
            found["step_size"] = formula(self.rate)
        return found


@dataclass(frozen=True)
class PhaseDiagram:
    """All phases of an optimizer under a cost f.

    Args:
        optimizer: Its name.
        cost: f, as text.
        phases: Every phase there is.
        assumptions: What they rest on, sentences without full stops.
        sources: The papers they rest on.
        s: Where it was asked for; None is the whole plane.
        r: The same.
        here: The phases at the point, two or more on a boundary; empty where no point was asked for.
    """

    optimizer: str
    cost: str
    phases: tuple[Phase, ...]
    assumptions: tuple[str, ...]
    sources: tuple[Source, ...]
    s: Expr | None = None
    r: Expr | None = None
    here: tuple[Phase, ...] = ()

    def at(self, s: Number | None, r: Number | None = None) -> PhaseDiagram:
        """The same at a point, or along r at one s.

        Args:
            s: A number; None or "s" keeps the symbol, and with it the whole plane.
            r: A number; None is isotropic, r = s; "r" keeps the symbol, and leaves the phases that there are at s.

        Returns:
            The diagram with `here`, the phases at the point, two or more of them on a boundary; or with the phases
            along r alone.

        Raises:
            InputError: s <= -1 or r <= 0, no phase is defined there, or r is a number and s is not.
        """
        point = ScalingPoint.of(s, r, None)
        if not point.s.is_number:
            if point.r.is_number:
                raise InputError(
                    f"r = {point.r} was given without s, but a point needs both; give s too (--s 1), or leave out r."
                )
            return self
        if not point.r.is_number:
            return self._along_r(point.s)
        here = tuple(phase for phase in self.phases if any(piece.holds(point.s, point.r) for piece in phase.pieces))
        if not here:
            raise self._beyond(point.s)
        return replace(self, s=point.s, r=point.r, here=here)

    def _along_r(self, s: Expr) -> PhaseDiagram:
        """The phases at one s, with exponents and bounds in r alone."""
        at = {S: s}
        found = []
        for phase in self.phases:
            across = (piece for piece in phase.pieces if piece.left <= s and (piece.right is None or s < piece.right))
            pieces = tuple(
                Piece(-sympy.S.One, None, piece.low.subs(at), None if piece.high is None else piece.high.subs(at))
                for piece in across
                if piece.high is None or piece.low.subs(at) != piece.high.subs(at)
            )
            if pieces:
                eta, xi, samples, rate = (
                    None if each is None else each.subs(at) for each in (phase.eta, phase.xi, phase.samples, phase.rate)
                )
                found.append(Phase(phase.name, phase.tradeoff, eta, xi, samples, rate, pieces))
        if not found:
            raise self._beyond(s)
        return replace(self, phases=tuple(found), s=s, r=R)

    def _beyond(self, s: Expr) -> InputError:
        """No phase is defined at s, because the law needs more than s > -1."""
        low = min(float(piece.left) for phase in self.phases for piece in phase.pieces)
        return InputError(f"s is {s}, but the phases of {self.optimizer} need s > {low:g}; try s = 1.")

    def value(self, exponent: Expr) -> sympy.Rational:
        """An exponent at the point."""
        return exponent.subs({S: self.s, R: self.r})

    @property
    def status(self) -> str:
        """What was found, in a sentence."""
        count = len(self.phases)
        told = f"Derived: {count} phase{'s' if count > 1 else ''}, boundaries exact."
        if len(self.here) > 1:
            told += f" s = {self.s}, r = {self.r} lies on the boundary of {' and '.join(p.name for p in self.here)}."
        return told

    def __str__(self) -> str:
        rows: list[tuple[str, tuple[str, ...]]] = [
            ("optimizer", (self.optimizer,)),
            ("compute f", (self.cost,)),
            ("law", ("risk ~ f^-eta at N ~ f^xi",)),
        ]
        if self.here:
            phase = self.here[0]
            rows += [
                ("s, r", (f"{self.s}, {self.r}",)),
                ("phase", (f"{phase.name}: {phase.tradeoff}",)),
                *[(name, (self._told(value),)) for name, value in _exponents(phase)],
            ]
        else:
            if self.s is not None:
                rows.append(("s", (plain(self.s),)))
            for phase in self.phases:
                told = [f"{name} = {plain(value)}" for name, value in _exponents(phase)]
                rows.append((f"phase {phase.name}", (f"{phase.tradeoff}, where {phase.region}", *told)))
        rows += [("assuming", self.assumptions), ("status", (self.status,))]
        return block(rows)

    def _told(self, exponent: Expr) -> str:
        value = self.value(exponent)
        told = f"{value} = {float(value):.6g}" if not value.is_Integer else str(value)
        return told if exponent.is_number else f"{plain(exponent)} = {told}"

    def _repr_latex_(self) -> str:
        lines = [rf"\eta = {latex(p.eta)} &\quad \xi = {latex(p.xi)} &\quad \text{{{p.region}}}" for p in self.phases]
        return r"$\displaystyle \begin{matrix}" + r" \\ ".join(lines) + r"\end{matrix}$"

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        found: dict[str, Any] = {
            "optimizer": self.optimizer,
            "cost": self.cost,
            "phases": [phase.to_json() for phase in self.phases],
            "status": self.status,
            "assumptions": list(self.assumptions),
            "sources": [str(source) for source in self.sources],
        }
        if self.s is not None and not self.here:
            found |= {"s": json_number(self.s), "r": "r"}
        if self.s is not None and self.r is not None and self.here:
            phase = self.here[0]
            found |= {"s": json_number(self.s), "r": json_number(self.r), "phase": phase.name}
            found |= {
                name.replace(" ", "_"): {"symbolic": formula(value), "value": float(self.value(value))}
                for name, value in _exponents(phase)
            }
            found["on_boundary_of"] = [each.name for each in self.here] if len(self.here) > 1 else []
        return found


def _exponents(phase: Phase) -> list[tuple[str, Expr]]:
    """The exponents of a phase that were chosen, by name."""
    found = [("eta", phase.eta), ("xi", phase.xi), ("samples", phase.samples), ("step size", phase.rate)]
    return [(name, value) for name, value in found if value is not None]


@lru_cache(maxsize=64)
def phases(
    optimizer: Optimizer | str, cost: str | None = None, samples: bool = False, noise: bool = False
) -> PhaseDiagram:
    """The compute-optimal phases of an optimizer.

    Source: Paquette et al. (2024) for one-pass SGD under N*T; here for every law and cost, by linear programs over
    exponents.

    Args:
        optimizer: An Optimizer or its command-line name.
        cost: Such as "N*T" or "N^2*T + N^3"; left out, the optimizer's own.
        samples: The gradient is taken on n samples, and n is chosen too.
        noise: Labels carry noise of fixed variance.

    Returns:
        The phases, with exact boundaries.

    Raises:
        InputError: The cost leaves something free that it should limit, or no phases are derived for the optimizer.

    >>> " ".join(phase.name for phase in phases("sgd").phases)
    'Ia Ib Ic II III IVa IVb'
    """
    name, law = law_of(optimizer)
    if law.momentum and noise:
        raise InputError("Phases with label noise are not derived for momentum that grows with t; leave out --noise.")
    if noise and law.order is None and not samples:
        raise InputError("Label noise needs limited samples; give --samples and a --cost with n, such as 'N*n*T'.")
    if law.axis:
        raise InputError("The phases of sign-axis are not derived, because its target decides what it costs; try sgd.")
    budget = Budget(law, law.cost if cost is None else Cost.of(cost), samples, noise)
    _check(budget)
    need_numbers(name, law, samples, noise)
    low = law.lowest(samples, noise)
    columns = plane(budget.answer, S, R, low, sympy.S.Zero, budget.walls)
    found = _collected(columns)
    named = _named(found, law, noise)
    point = ScalingPoint(S, R, sympy.S.Zero, isotropic=False, samples=NU if samples else None, noise=noise)
    assumed = [*point.assumptions(law, path=None, samples=False)]
    cited = sources(law, samples, noise)
    told = "a step costs the same for one sample as for the population; price it with another cost"
    if law.order is None and law.kind == "power" and cost is None:
        assumed.append(told)
    told = "the smallest model is taken where several do as well"
    return PhaseDiagram(name, budget.cost.text, named, (*assumed, told), cited)


def _check(budget: Budget) -> None:
    """Raises InputError where a cost leaves what it should limit without a price."""
    text = budget.cost.text
    if budget.samples and all(monomial.samples >= 0 for monomial in budget.cost.monomials):
        raise InputError(f"The cost '{text}' has no n, but n is chosen where samples are limited; try 'n' or 'N*n'.")
    if budget.samples or any(monomial.size < 0 for monomial in budget.cost.monomials):
        return
    # what limits the steps limits the risk, at a size that need not be larger
    one_pass = budget.law.order is not None
    paid = any(monomial.steps < 0 or (one_pass and monomial.samples < 0) for monomial in budget.cost.monomials)
    if not paid or not budget.law.clocks:
        raise InputError(f"The cost '{text}' limits neither N nor the steps, so the risk has no best size; try 'N*T'.")


def _collected(columns: tuple[Column[Allocation], ...]) -> list[tuple[Allocation, tuple[Piece, ...]]]:
    """The pieces of each law, those side by side with the same bounds in r joined."""
    pieces: dict[Allocation, list[Piece]] = {}
    for column in columns:
        for strip in column.strips:
            _add(pieces.setdefault(strip.label, []), column, strip)
    return [(label, tuple(listed)) for label, listed in pieces.items()]


def _add(listed: list[Piece], column: Column[Allocation], strip: Strip[Allocation]) -> None:
    for i, piece in enumerate(listed):
        if piece.right == column.low and (piece.low, piece.high) == (strip.low, strip.high):
            listed[i] = replace(piece, right=column.high)
            return
    listed.append(Piece(column.low, column.high, strip.low, strip.high))


def _named(found: list[tuple[Allocation, tuple[Piece, ...]]], law: Law, noise: bool) -> tuple[Phase, ...]:
    """Paquette et al.'s names for one-pass SGD without label noise, numbers elsewhere."""
    made = []
    published = law.order == 1 and law.growth == 0 and not law.momentum and not noise
    for count, (label, pieces) in enumerate(found, 1):
        name = _paquette(label, pieces[0], law) if published else str(count)
        tradeoff = " = ".join(label.tied) if len(label.tied) > 1 else f"{''.join(label.tied)}, at the limit of the cost"
        made.append(Phase(name, tradeoff, label.eta, label.xi, label.samples, label.rate, pieces))
    return tuple(sorted(made, key=lambda phase: _ORDER.index(phase.name))) if published else tuple(made)


def _paquette(label: Allocation, piece: Piece, law: Law) -> str:
    if label.tied in _PAIRS:
        return _PAIRS[label.tied]
    if piece.low != 0:
        return "Ic"
    return "Ia" if law.spectrum.subs(S, piece.left) >= 0 else "Ib"
