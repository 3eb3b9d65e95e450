"""Witness: the exponent that numbers show, beside the one that is derived.

Risks are computed at growing N along T = N^tau by a route that knows nothing of the terms (`witness_risk`), and the
slope at the largest sizes is held against the exact alpha.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import numpy as np
from sympy import Expr

from ...errors import InputError
from ..exponents import Law, ScalingPoint, alpha, cases_at, law_of, logarithms
from ..optimizers import BlockDiagonal, HeavyBall, Optimizer
from ..optimizers import optimizer as optimizer_of
from ..symbolic import Number, S, block, json_number, number, plain
from .routes import Route, Setting, route

_SLOWEST = 0.9  # share of a correction that may be left after a step in size


@dataclass(frozen=True)
class Witness:
    """Risks along T = N^tau and the slope they show.

    Args:
        optimizer: Its name.
        s: Spectral exponent.
        r: Source exponent.
        tau: T = N^tau.
        samples: nu where n = N^nu; None is the population's gradient.
        noise: Labels carry noise.
        expected: The exact alpha.
        sizes: N, shape (m,).
        steps: T, shape (m,).
        risks: The risk over the target's variance, shape (m,).
        errors: Their numerical errors, relative, shape (m,).
        slopes: -d log risk/d log N between successive sizes, shape (m - 1,).
        slope: The last one.
        error: What it may still change as N grows, plus what the numbers may be off.
        others: The exponents of the risk's other terms.
        referee: What computed the risks.
    """

    optimizer: str
    s: Expr
    r: Expr
    tau: Expr
    samples: Expr | None
    noise: bool
    expected: Expr
    sizes: tuple[float, ...]
    steps: tuple[float, ...]
    risks: tuple[float, ...]
    errors: tuple[float, ...]
    slopes: tuple[float, ...]
    slope: float
    error: float
    others: tuple[float, ...]
    referee: str

    @property
    def agrees(self) -> bool:
        """Whether the slope is alpha to within its error."""
        return abs(self.slope - float(self.expected)) <= self.error

    @property
    def gap(self) -> float | None:
        """Distance from alpha to the nearest exponent of another term."""
        return min((abs(each - float(self.expected)) for each in self.others), default=None)

    @property
    def status(self) -> str:
        """Whether the numbers bear alpha out, in a sentence."""
        if not self.agrees:
            return (
                f"The slope is {abs(self.slope - float(self.expected)):.2g} from alpha, more than its error: either a "
                "term is wrong or N is too small; look at the slopes, or move away from where two terms meet."
            )
        if self.gap is not None and self.error > self.gap / 2:
            return "The slope agrees, but another term is as near; move away from where they meet for a sharper test."
        return "The slope agrees with alpha, and with no other term."

    def __str__(self) -> str:
        table = zip(self.sizes, self.steps, self.risks, ("", *(f"{each:.4f}" for each in self.slopes)), strict=True)
        rows = [
            ("witness", (f"{self.optimizer}, {self.referee}",)),
            ("expected", number(self.expected, self.expected)),
            ("slope", (f"{self.slope:.4f} +- {self.error:.2g}",)),
            ("others", (", ".join(f"{each:.4g}" for each in self.others) or "none",)),
            ("N", tuple(f"{n:<10.3g} T = {t:<10.3g} risk = {risk:<11.4g} {slope}" for n, t, risk, slope in table)),
            ("status", (self.status,)),
        ]
        return block(rows)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "optimizer": self.optimizer,
            "s": json_number(self.s),
            "r": json_number(self.r),
            "tau": json_number(self.tau),
            "samples": None if self.samples is None else json_number(self.samples),
            "noise": self.noise,
            "expected": float(self.expected),
            "sizes": list(self.sizes),
            "steps": list(self.steps),
            "risks": list(self.risks),
            "errors": list(self.errors),
            "slopes": list(self.slopes),
            "slope": self.slope,
            "error": self.error,
            "others": list(self.others),
            "agrees": self.agrees,
            "referee": self.referee,
            "status": self.status,
        }


def witness(
    optimizer: Optimizer | str,
    s: Number | None,
    r: Number | None = None,
    tau: Number | None = None,
    samples: Number | None = None,
    noise: bool = False,
) -> Witness:
    """Compute alpha's numeric witness; the arguments are those of `alpha`, all of them numbers.

    s > 0: dim is infinite; s <= 0: dim is 2 N or 4 N. Noise has the target's variance.

    Args:
        optimizer: The optimizer, or its command-line name.
        s: Spectral exponent, eigenvalues k^-(1+s).
        r: Source exponent, energies k^-(1+r); None is isotropic, r = s.
        tau: T = N^tau.
        samples: nu where n = N^nu; None is the population's gradient.
        noise: Labels carry noise of a fixed variance.

    Returns:
        The risks at growing N, their slope, and its error.

    Raises:
        InputError: Something is left symbolic, or no numeric route covers the optimizer.

    >>> found = witness("gd", s=1, tau=1)
    >>> found.agrees, round(found.slope, 3)
    (True, 0.5)
    """
    derived = alpha(optimizer, s, r, tau, samples, noise)
    if derived.value is None:
        raise InputError(
            f"{derived.optimizer} at s = {plain(derived.s)}, r = {plain(derived.r)}, tau = {plain(derived.tau)} leaves "
            "a symbol, but a witness needs a number for each; try --s 1 --tau 1, and power:1/2 rather than power:p."
        )
    chosen = optimizer_of(optimizer) if isinstance(optimizer, str) else optimizer
    return _witness(chosen, ScalingPoint.of(s, r, tau, samples, noise), derived.value)


def _witness(optimizer: Optimizer, point: ScalingPoint, expected: Expr) -> Witness:
    """The witness of an exponent at a point whose s, r and tau are numbers."""
    name, law = law_of(optimizer)
    setting = _setting(law, point)
    found = route(optimizer, setting)
    value = float(expected)
    others = _other_exponents(law, point, expected)
    sizes = _sizes(found, setting, value, name)
    seen = _measured(found, sizes, setting.tau)
    gaps = _gaps(law, point, value, others)
    held = _head_start(optimizer, law, setting.s, setting.r)
    error = seen.error + _remainder(seen.slopes, gaps, float(sizes[-1] / sizes[-2]))
    error += _overlap(float(sizes[-1]), gaps, held)
    return Witness(
        name,
        point.s,
        point.r,
        point.tau,
        point.samples,
        point.noise,
        expected,
        tuple(map(float, sizes)),
        tuple(map(float, seen.steps)),
        tuple(map(float, seen.risks)),
        tuple(map(float, seen.errors)),
        tuple(map(float, seen.slopes)),
        float(seen.slopes[-1]),
        float(error) + 1e-9,
        others,
        found.referee,
    )


def _setting(law: Law, point: ScalingPoint) -> Setting:
    """The problem at a point whose s, r and tau are numbers."""
    return Setting(
        float(point.s),
        float(point.r),
        float(point.tau),
        None if point.samples is None else float(point.samples),
        point.noise,
        decay=float(law.decay.xreplace(point.values(law))),
        growth=float(law.growth),
    )


def _other_exponents(law: Law, point: ScalingPoint, value: Expr) -> tuple[float, ...]:
    """The exponents of the risk's terms that are not alpha, from the smallest."""
    path = point.path(law)
    exponents = sorted({term.along(path) for case in cases_at(law, point) for term in case.terms})
    return tuple(float(each) for each in exponents if each != value)


@dataclass(frozen=True)
class _Measured:
    """steps, risks and their relative errors, shape (m,); slopes, shape (m - 1,); error: numerical, of the last one."""

    steps: np.ndarray
    risks: np.ndarray
    errors: np.ndarray
    slopes: np.ndarray
    error: float


def _measured(found: Route, sizes: np.ndarray, tau: float) -> _Measured:
    """Risks along T = N^tau and their slopes; wider bins tell the error."""
    steps = np.round(sizes**tau) if found.whole else sizes**tau
    fine, *coarse = (
        np.array([found.risk(size, step, width) for size, step in zip(sizes, steps, strict=True)])
        for width in found.widths
    )
    missed = np.log(coarse[0] / fine) if coarse else np.zeros_like(fine)
    apart = np.diff(np.log(sizes))
    error = float(np.max(np.abs(np.diff(missed))[-2:] + found.spread) / apart[-1])
    return _Measured(steps, fine, np.abs(missed) + found.spread, -np.diff(np.log(fine)) / apart, error)


def _sizes(found: Route, at: Setting, expected: float, name: str) -> np.ndarray:
    """Sizes that the route covers, rising by its ratio, shape (m,); T a whole number where it has to be."""
    decades = math.log10(found.largest)
    if at.tau > 0:
        decades = min(decades, math.log10(found.last) / at.tau)
    if expected > 0 and found.least > 0:
        decades = min(decades, -math.log10(found.least) / expected)
    largest = 10**decades
    sizes = largest * found.ratio ** -np.arange(found.count - 1, -1, -1.0)
    if found.whole and at.tau > 0:
        sizes = np.unique(np.round(sizes**at.tau)) ** (1 / at.tau)
    sizes = sizes[sizes >= found.first]
    if len(sizes) < 3:
        raise InputError(
            f"The risk of {name} is resolved up to N = {largest:.2g} only, too few sizes for a slope; try a smaller "
            "tau or r."
        )
    return sizes


def _gaps(law: Law, point: ScalingPoint, value: float, others: tuple[float, ...]) -> list[float]:
    """Exponents of what corrects the leading term, relative to it.

    The other terms; k*/N; the discreteness of T; and where a sum is near the logarithm that it becomes at a boundary,
    that distance as a power of N, of k* and of N/k*.
    """
    values = point.values(law)
    inner = float(values[S])
    learned_modes = [
        float(clock.at_rate(law.decay).put(values).along(point.path(law))) / (1 + inner) for clock in law.clocks
    ]
    near = [
        abs(float(found.xreplace(values))) for found, _, _ in logarithms(law, point.samples is not None, point.noise)
    ]
    near.append(abs(inner))
    found = [each - value for each in others] + near + crossovers(law, point) + [float(point.tau)]
    for share in learned_modes:
        found += [each * (1 - share) for each in near]
        if point.noise and law.order is not None:
            found += [each * share for each in near]
    return [each for each in found if each > 0]


def crossovers(law: Law, point: ScalingPoint) -> list[float]:
    """How far, as powers of N, the path is from where a term changes its form.

    Where the clock passes the last of N modes, k* = N, where two monomials of one term are equal, and where a growing
    preconditioner sets in.
    """
    values, path = point.values(law), point.path(law)
    edge = 1 + float(values[S])
    clocks = [float(clock.at_rate(law.decay).put(values).along(path)) for clock in law.clocks]
    found = [abs(each - edge) for each in clocks]
    if law.order is None:  # a damping eps = N^-d gives the clock a factor 1 + eps
        sizes = (float(clock.put(values).size) for clock in law.clocks)
        found += [abs(each) for each in sizes if each != 0]
    for case in cases_at(law, point):
        least = min(float(term.along(path)) for term in case.terms)
        for term in case.terms:
            exponents = sorted((float(each.along(path)) for each in term.monomials), reverse=True)
            found += [exponents[0] - each + float(term.along(path)) - least for each in exponents[1:]]
    return found


def _remainder(slopes: np.ndarray, gaps: list[float], ratio: float) -> float:
    """What the last slope may still change by: a geometric series whose quotient is the slowest in sight.

    A correction N^-g changes successive slopes by a factor ratio^-g. The quotient is that of the smallest gap, or the
    one that the slopes show where it is larger. Two changes count, since corrections of opposite sign can meet in one.
    """
    changes = np.abs(np.diff(slopes))
    last = float(changes[-1])
    before = float(changes[-2]) if len(changes) > 1 else last
    quotient = max((ratio**-gap for gap in gaps), default=0.0)
    if len(changes) > 1 and before > 0:
        quotient = max(quotient, last / before)
    quotient = min(quotient, _SLOWEST)
    return (last + before) * max(1.0, quotient / (1 - quotient))


def _overlap(size: float, gaps: list[float], head_start: float) -> float:
    """What a correction adds to the slope at N = size: g C N^-g, with C taken as 2 times the head start, and g at most.

    Half way between two terms successive slopes agree with each other, but with neither exponent.
    """
    return max((gap * min(1.0, 2 * head_start * size**-gap) for gap in gaps), default=0.0)


def _head_start(optimizer: Optimizer, law: Law, s: float, r: float) -> float:
    """The constant by which the leading term is held down: that of the clock, to the power r/(1+s)."""
    return max(1.0, clock_constant(optimizer, law, s)) ** (r / (1 + s))


@singledispatch
def clock_constant(optimizer: Optimizer, law: Law, s: float) -> float:
    """The constant of the clock x* ~ 1/(constant T), where its law leaves it to the optimizer: a registry by kind."""
    if law.kind == "power" and law.pace is not None and law.pace.constant.is_number:
        return float(law.pace.constant) ** (1 / float(law.pace.order))
    return 1.0


@clock_constant.register
def _of_blocks(optimizer: BlockDiagonal, law: Law, s: float) -> float:
    return float(optimizer.size) ** (1 + max(0.0, s))


@clock_constant.register
def _of_momentum(optimizer: HeavyBall, law: Law, s: float) -> float:
    return 1 / (1 - float(optimizer.beta))
