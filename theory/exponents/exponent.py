"""Exponent: alpha in risk ~ N^-alpha along T = N^tau, symbolic in what is left out and exact in what is given."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sympy
from sympy import Expr

from ...errors import InputError
from ..optimizers import Muon, Optimizer
from ..optimizers import optimizer as optimizer_named
from ..symbolic import Number, S, Source, block, formula, json_number, latex, number, plain
from .laws_of_optimizers import law_of
from .learning_law import Law
from .regions import Case, canonical, cases, plain_relation
from .risk_terms import logarithms, sources, switches, terms, tidy
from .scaling_point import ScalingPoint
from .term import ROUGH

if TYPE_CHECKING:
    from ..schedules import Schedule


def cases_at(law: Law, point: ScalingPoint) -> tuple[Case, ...]:
    """The risk's terms at a point, one case for each region of the plane that the point can lie in.

    Args:
        law: What level 1 knows of the optimizer.
        point: s, r and tau, numbers or symbols.

    Returns:
        The cases, to be read from the top.
    """
    values = point.values(law)
    found = tuple(term.at_rate(law.decay).put(values) for term in terms(law, point.samples is not None, point.noise))
    return cases(found, point.path(law), point.lowest(law), ROUGH.xreplace(values))


def path_exponent(law: Law, point: ScalingPoint) -> Expr:
    """alpha as one expression: a minimum, or a Piecewise of minima over the regions.

    Args:
        law: What level 1 knows of the optimizer.
        point: s, r and tau, numbers or symbols.

    Returns:
        alpha, in the symbols that are left.
    """
    if law.sudden and point.tau == 0:  # T = N^0 leaves a constant share of the signal, any tau > 0 none
        return sympy.S.Zero
    pieces = [(_neat(_smallest(case, law, point), law), case.condition) for case in cases_at(law, point)]
    if law.kind in ("exponential", "solved") and point.samples is None:
        pieces = [(sympy.Min(*(value for value, _ in pieces)), sympy.true)]  # the capacity is min(r, 1+s) everywhere
    if law.sudden and not point.tau.is_number:
        pieces.insert(0, (sympy.S.Zero, sympy.Eq(point.tau, 0)))
    return sympy.Piecewise(*pieces)


def _smallest(case: Case, law: Law, point: ScalingPoint) -> Expr:
    """alpha on a region, without exponents that are nowhere the smallest."""
    value = case.alpha(point.path(law))
    if law.plain or not isinstance(value, sympy.Min):
        return value
    return sympy.Min(*_contenders(value.args, point.lowest(law)))


def _contenders(exponents: Iterable[Expr], low: Expr) -> tuple[Expr, ...]:
    """The exponents without those that another one is below at every s > low, r > 0 and tau >= 0.

    It goes by the signs of factors, so that what it cannot see stays.
    """
    above = sympy.Symbol("v", positive=True)  # s - low
    kept = list(exponents)
    for each in tuple(kept):
        lower = (other for other in kept if other is not each)
        if any(sympy.factor((each - other).xreplace({S: low + above})).is_nonnegative for other in lower):
            kept.remove(each)
    return tuple(kept)


def _neat(value: Expr, law: Law) -> Expr:
    """Exponents in lowest terms, where they are not so by themselves."""
    if (law.plain and law.spectrum == S) or value.is_number:
        return value
    if isinstance(value, sympy.Min | sympy.Max):
        return value.func(*(_neat(each, law) for each in value.args))
    return tidy(value)


@dataclass(frozen=True)
class AlphaResult:
    """The asymptotic exponent of an optimizer.

    Args:
        optimizer: Its name.
        s: Spectral exponent, a rational or its symbol.
        r: Source exponent, a rational or its symbol.
        tau: T = N^tau, a rational or its symbol.
        symbolic: alpha in the symbols s, r, tau that were left out; None where no exponent is derived.
        value: alpha as an exact rational where nothing is left symbolic.
        regime: Which term decides, a sentence.
        assumptions: What it rests on, sentences without full stops.
        status: How it was found, a sentence.
        sources: The papers it rests on.
        samples: nu where n = N^nu, None for a population gradient.
        noise: Whether labels carry noise.
    """

    optimizer: str
    s: Expr
    r: Expr
    tau: Expr
    symbolic: Expr | None
    value: sympy.Rational | None
    regime: str | None
    assumptions: tuple[str, ...]
    status: str
    sources: tuple[Source, ...] = ()
    samples: Expr | None = None
    noise: bool = False

    def __float__(self) -> float:
        if self.value is None:
            raise InputError(f"alpha has no single value here: {self.status}")
        return float(self.value)

    def __str__(self) -> str:
        rows = [
            ("optimizer", (self.optimizer,)),
            ("s, r, tau", (f"{plain(self.s)}, {plain(self.r)}, {plain(self.tau)}",)),
            *([] if self.samples is None else [("nu", (plain(self.samples),))]),
            ("alpha", number(self.symbolic, self.value)),
            ("regime", (self.regime or "none",)),
            ("kind", ("asymptotic (N to infinity)",)),
            ("assuming", self.assumptions or ("nothing",)),
            ("status", (self.status,)),
        ]
        return block(rows)

    def _repr_latex_(self) -> str:
        shown = r"\text{not derived}" if self.symbolic is None else latex(self.symbolic)
        return rf"$\displaystyle \alpha = {shown}$"

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; what is not available is None, and what was left out is its symbol."""
        return {
            "optimizer": self.optimizer,
            "s": json_number(self.s),
            "r": json_number(self.r),
            "tau": json_number(self.tau),
            "alpha": {
                "symbolic": None if self.symbolic is None else formula(self.symbolic),
                "value": None if self.value is None else float(self.value),
            },
            "regime": self.regime,
            "assumptions": list(self.assumptions),
            "status": self.status,
            "kind": "asymptotic",
            "samples": None if self.samples is None else json_number(self.samples),
            "noise": self.noise,
        }


def alpha(
    optimizer: Optimizer | str,
    s: Number | None = None,
    r: Number | None = None,
    tau: Number | None = None,
    samples: Number | None = None,
    noise: bool = False,
    schedule: Schedule | str | None = None,
) -> AlphaResult:
    """alpha = min over terms of (a + b tau), for risk = sum of c N^-a T^-b and T = N^tau.

    Source: Paquette et al. (2024) for one-pass SGD, Defilippis et al. (2024) for samples, here for every law.

    Args:
        optimizer: An Optimizer or its command-line name; "power:p" keeps p symbolic.
        s: Spectral exponent, a number (fractions as "1/2" too); left out, it stays symbolic.
        r: Source exponent; left out, the target is isotropic, r = s, and "r" keeps it a symbol.
        tau: T = N^tau; left out, it stays symbolic.
        samples: nu where the gradient is taken on n = N^nu samples; left out, it is the population's.
        noise: Labels carry noise of a fixed variance.
        schedule: Of the step, for Muon with m outputs alone; exponents in the data know schedules of other methods.

    Returns:
        alpha, with what decides it and what it assumes.

    Raises:
        InputError: The optimizer is not known or has no law, or a number is out of range.

    >>> alpha("matrix-sign", s=2, tau=1).value
    4/3
    >>> alpha("gd").symbolic
    Min(s, s*tau/(s + 1))
    >>> alpha("muon:m=N^(1/2)", s=1, tau="2/5", schedule="linear").value
    7/10
    """
    point = ScalingPoint.of(s, r, tau, samples, noise)
    chosen = optimizer_named(optimizer) if isinstance(optimizer, str) and optimizer.strip() != "power:p" else optimizer
    if isinstance(chosen, Muon):
        return _of_muon(chosen, point, schedule)
    if schedule is not None:
        raise InputError("A schedule changes exponents in the data; add --per data, or leave out the schedule.")
    return _of_law(optimizer, point)


def _of_law(optimizer: Optimizer | str, point: ScalingPoint) -> AlphaResult:
    """The exponent of an optimizer that has a law."""
    name, law = law_of(optimizer)
    point.check(name, law)
    found = cases_at(law, point)
    symbolic = path_exponent(law, point)
    value = symbolic if symbolic.is_Rational else None
    return AlphaResult(
        optimizer=name,
        s=point.s,
        r=point.r,
        tau=point.tau,
        symbolic=symbolic,
        value=value,
        regime=_regime(law, point, found),
        assumptions=point.assumptions(law),
        status="Derived; exact as N grows." if value is not None else "Derived; symbolic in what was left out.",
        sources=sources(law, point.samples is not None, point.noise),
        samples=point.samples,
        noise=point.noise,
    )


def _of_muon(chosen: Muon, point: ScalingPoint, schedule: Schedule | str | None) -> AlphaResult:
    """The exponent of a matrix method, which has terms of its own."""
    from ..schedules import parse_schedule
    from .muon_outputs import muon_along_path

    shape = parse_schedule(schedule) if isinstance(schedule, str) else schedule
    symbolic, regime, assumptions = muon_along_path(chosen, point, shape)
    value = symbolic if symbolic.is_Rational else None
    status = (
        "Derived; exact as N grows, every weight moves on its own."
        if chosen.growth >= 1
        else "Derived by a mean field; two cases at s = r = 1 were measured, within 0.1 (docs/muon.md)."
    )
    return AlphaResult(chosen.name, point.s, point.r, point.tau, symbolic, value, regime, assumptions, status)


def _regime(law: Law, point: ScalingPoint, found: tuple[Case, ...]) -> str:
    """Which term decides, in a sentence."""
    if law.sudden and point.tau == 0:
        return (
            "T is a constant, so the same share of every mode stays and the risk does not fall with N (unless eta = 1)."
        )
    told = [_deciding(case, law, point) for case in found]
    if len(set(told)) == 1:
        text = told[0]
    else:
        text = "; ".join(f"for {case.text}: {each}" for case, each in zip(found, told, strict=True))
    if law.sudden and not point.tau.is_number:
        text += "; at tau = 0, T is a constant and alpha = 0"
    return text[0].upper() + text[1:] + "."


def _deciding(case: Case, law: Law, point: ScalingPoint) -> str:
    names = list(dict.fromkeys(term.limit for term in case.terms))
    path = point.path(law)
    least: dict[str, Expr] = {}
    for term in case.terms:
        least[term.limit] = sympy.Min(least.get(term.limit, sympy.oo), term.along(path))
    if all(value.is_number for value in least.values()):
        smallest = min(least.values())
        ruling = [name for name, value in least.items() if value == smallest]
        told = ruling[0]
        if len(ruling) > 1:
            told = f"on the boundary: {' and '.join(ruling)} fall alike, which changes the constant, not alpha"
    elif law.plain and point.samples is None:
        at = switches(case.terms)
        tau = plain(point.tau)
        told = ", ".join(
            [f"{name} for {tau} < {plain(end)}" for name, end in zip(names[:-1], at, strict=True)]
            + [f"{names[-1]} beyond" if at else f"{names[-1]} at every tau"]
        )
    elif len(names) == 1:
        told = f"{names[0]} at every tau"
    else:
        able = _contenders(least.values(), point.lowest(law))
        shown = [f"{plain(_neat(value, law))}, {name}" for name, value in least.items() if value in able]
        told = "the smallest of " + "; ".join(shown)
    return told + _logarithm(law, point)


def _logarithm(law: Law, point: ScalingPoint) -> str:
    """Which terms carry a factor log N at this point, which no exponent shows."""
    values = point.values(law)
    limited = point.samples is not None
    told = []
    for vanishing, condition, what in logarithms(law, limited, point.noise):
        there = condition.xreplace(values)
        if sympy.expand(vanishing.xreplace(values)) == 0 and there is not sympy.false:
            where = "" if there is sympy.true else f", for {plain_relation(canonical(there))}"
            told.append(f"{what} carries a factor log N{where}")
    return f" ({'; '.join(told)})" if told else ""
