"""Exponent: alpha in risk ~ N^-alpha along T = N^tau, symbolic in what is left out and exact in what is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy
from sympy import Expr
from sympy.logic.boolalg import Boolean

from .errors import InputError
from .exact import Number, exact
from .optimizers import Optimizer
from .pace import Pace, learned
from .show import block, formula, json_number, latex, number, plain
from .sources import Source
from .symbols import TAU, R, S
from .terms import Region, Term, regions, switches, terms


@dataclass(frozen=True)
class Point:
    """Where an exponent is asked for: s, r and tau, each a rational or its symbol; isotropic means r = s."""

    s: Expr
    r: Expr
    tau: Expr
    isotropic: bool

    @classmethod
    def of(cls, s: Number | None, r: Number | None, tau: Number | None) -> Point:
        """Read s, r and tau: None leaves s and tau symbolic and sets r = s; "r" keeps r a symbol.

        Raises InputError for s <= -1, r <= 0, tau < 0, and for what is not a finite number.
        """
        at_s = S if s is None else exact(s, "s")
        at_tau = TAU if tau is None else exact(tau, "tau")
        if at_s.is_number and at_s <= -1:
            raise InputError(f"s is {at_s}, but eigenvalues k^-(1+s) fall only for s > -1; try s = 1.")
        if at_tau.is_number and at_tau < 0:
            raise InputError(f"tau is {at_tau}, but the path T = N^tau needs tau >= 0; try tau = 1.")
        if r is None:
            if at_s.is_number and at_s <= 0:
                raise InputError(
                    f"s is {at_s} and r was left out, which means an isotropic target with r = s, but r must be "
                    "positive; give r as well, such as r = 1/2."
                )
            return cls(at_s, at_s, at_tau, isotropic=True)
        at_r = R if isinstance(r, str) and r.strip() == "r" else exact(r, "r")
        if at_r.is_number and at_r <= 0:
            raise InputError(f"r is {at_r}, but target energies k^-(1+r) need r > 0; try r = 1.")
        return cls(at_s, at_r, at_tau, isotropic=False)

    def assumptions(self) -> tuple[str, ...]:
        """What every exponent at this point rests on."""
        target = "isotropic, r = s > 0" if self.isotropic else "energies k^-(1+r)"
        found = [
            f"eigenvalues k^-(1+s); target {target}",
            "squared loss, no label noise, full-batch steps of one size, 0 < eta < 2 in units of 1/lambda_max",
            "population gradient, or samples n far above N",
            "N grows along T = N^tau and nothing else is limited; with unlimited steps no optimizer changes alpha",
            "features behave as Gaussian ones of the same covariance (universality)",
        ]
        if not self.isotropic and not (self.s.is_number and self.s > 0):
            found.append("where s <= 0, dim grows in proportion to N")
        return tuple(found)


@dataclass(frozen=True)
class Case:
    """The terms in one region of the (s, r) plane. condition tells it from the cases before it."""

    region: Region
    condition: Boolean
    terms: tuple[Term, ...]

    def alpha(self, tau: Expr) -> Expr:
        """The smallest exponent along T = N^tau."""
        return sympy.Min(*(term.along(tau) for term in self.terms))


def cases(pace: Pace, point: Point) -> tuple[Case, ...]:
    """The risk's terms at a point, one case for each region that the point can lie in."""
    return tuple(
        Case(region, condition, tuple(term.at(point.s, point.r) for term in terms(pace, region)))
        for region, condition in regions(point.s, point.r)
    )


def path_exponent(pace: Pace, point: Point) -> Expr:
    """alpha as one expression: a minimum, or a Piecewise of minima over the regions."""
    found = cases(pace, point)
    if pace.kind == "power":
        return sympy.Piecewise(*((case.alpha(point.tau), case.condition) for case in found))
    whole = sympy.Min(*(case.alpha(point.tau) for case in found))  # the capacity is min(r, 1+s) in every region
    if pace.kind == "exponential":  # T = N^0 leaves a constant share of the signal, any tau > 0 none
        return sympy.Piecewise((0, sympy.Eq(point.tau, 0)), (whole, True))
    return whole


@dataclass(frozen=True)
class AlphaResult:
    """The asymptotic exponent of an optimizer.

    symbolic: alpha in the symbols s, r, tau that were left out; None where no exponent is derived.
    value: alpha as an exact rational where nothing is left symbolic. regime: which term decides.
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

    def __float__(self) -> float:
        if self.value is None:
            raise InputError(f"alpha has no single value here: {self.status}")
        return float(self.value)

    def __str__(self) -> str:
        rows = [
            ("optimizer", (self.optimizer,)),
            ("s, r, tau", (f"{plain(self.s)}, {plain(self.r)}, {plain(self.tau)}",)),
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
        }


def alpha(
    optimizer: Optimizer | str,
    s: Number | None = None,
    r: Number | None = None,
    tau: Number | None = None,
) -> AlphaResult:
    """alpha = min over terms of (a + b tau), for risk = sum of c N^-a T^-b and T = N^tau.

    optimizer: an Optimizer or its command-line name; "power:p" keeps p symbolic. s, r, tau: numbers (fractions
    as "1/2" too), or left out to stay symbolic; r left out is isotropic, r = s, and "r" keeps it a symbol.
    Raises InputError. Source: Paquette et al. (2024) for gradient descent, here for every filter.

    >>> alpha("matrix-sign", s=2, tau=1).value
    4/3
    >>> alpha("gd").symbolic
    Min(s, s*tau/(s + 1))
    """
    point = Point.of(s, r, tau)
    name, pace = learned(optimizer)
    if pace is None:
        status = (
            f"No exponent is derived for {name}, because it does not act on each eigenvalue by itself; it is "
            "simulated only, so measure it with `optscaling simulate`."
        )
        return AlphaResult(name, point.s, point.r, point.tau, None, None, None, point.assumptions(), status)
    found = cases(pace, point)
    symbolic = path_exponent(pace, point)
    value = symbolic if symbolic.is_Rational else None
    return AlphaResult(
        optimizer=name,
        s=point.s,
        r=point.r,
        tau=point.tau,
        symbolic=symbolic,
        value=value,
        regime=_regime(pace, point, found),
        assumptions=(*point.assumptions(), *pace.assumptions),
        status="Derived; exact as N grows." if value is not None else "Derived; symbolic in what was left out.",
        sources=tuple(dict.fromkeys(source for case in found for term in case.terms for source in term.sources)),
    )


def _regime(pace: Pace, point: Point, found: tuple[Case, ...]) -> str:
    """Which term decides, in a sentence."""
    if pace.kind == "exponential" and point.tau == 0:
        return "T is a constant, so the same share of every mode stays and the risk does not fall with N."
    told = [_deciding(case, point) for case in found]
    if len(set(told)) == 1:
        text = told[0]
    else:
        text = "; ".join(f"for {case.region.value}: {each}" for case, each in zip(found, told, strict=True))
    if pace.kind == "exponential" and not point.tau.is_number:
        text += "; at tau = 0, T is a constant and alpha = 0"
    return text[0].upper() + text[1:] + "."


def _deciding(case: Case, point: Point) -> str:
    names = [term.limit for term in case.terms]
    along = [term.along(point.tau) for term in case.terms]
    if all(value.is_number for value in along):
        least = min(along)
        ruling = [name for name, value in zip(names, along, strict=True) if value == least]
        told = ruling[0]
        if len(ruling) > 1:
            told = f"on the boundary: {' and '.join(ruling)} fall alike, which changes the constant, not alpha"
    else:
        at = switches(case.terms)
        tau = plain(point.tau)
        told = ", ".join(
            [f"{name} for {tau} < {plain(end)}" for name, end in zip(names[:-1], at, strict=True)]
            + [f"{names[-1]} beyond" if at else f"{names[-1]} at every tau"]
        )
    return told + _logarithm(case, point)


def _logarithm(case: Case, point: Point) -> str:
    """Where a term carries a factor log N, which no exponent shows."""
    if point.r == point.s + 1:
        return " (at r = 1 + s the capacity carries a factor log N)"
    if case.region is Region.SMOOTH_HEAVY and point.s == 0:
        return " (at s = 0 distortion and capacity coincide, with a factor log N)"
    return ""
