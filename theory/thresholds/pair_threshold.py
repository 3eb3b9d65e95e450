"""Threshold: the spectral exponent s* above which an optimizer has a larger alpha than a baseline.

Along T = N^tau a baseline with rate ~ x^q falls short of the capacity exponent exactly while tau < tau_full(s, r),
and only then can a faster optimizer gain. Solving tau = tau_full for s gives s*. That is a formula for filters of a
population gradient; every other pair, and equal compute, is decided by exact intervals (`exact_ranges`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import sympy

from ..exponents import Law, ScalingPoint, law_of, sources
from ..optimizers import Optimizer
from ..symbolic import AMARI, RAMANI_JAIN, Number, Source
from .closed_forms import closed_form, gain_over, sentence_above, sentence_on_tau, sentence_without, solve_s, verdict_on
from .result import Path, ThresholdResult


def threshold(
    optimizer: Optimizer | str,
    baseline: Optimizer | str = "gd",
    r: Number | None = None,
    tau: Number | Literal["best", "compute"] | None = None,
    s: Number | None = None,
    samples: Number | None = None,
    noise: bool = False,
) -> ThresholdResult:
    """s* above which `optimizer` has a larger alpha than `baseline` along T = N^tau.

    Isotropic targets (r left out): s* = tau/q - 1 for a baseline with rate x^q, so tau - 1 for gradient descent.
    A given r keeps that unless r > tau/q and 1 > tau/q, see `solve_s`.

    Args:
        optimizer: An Optimizer or its command-line name.
        baseline: What it is held against.
        r: Source exponent; None is isotropic, r = s.
        tau: T = N^tau, the same for both; None keeps the symbol. "best" lets each stop where its own alpha is
            largest; "compute" compares risks at equal compute, each optimizer with its own cost and best path.
        s: Where to evaluate the gain; None keeps the symbol.
        samples: nu in n = N^nu; None is the population's gradient.
        noise: Labels carry noise of a fixed variance.

    Returns:
        s*, or the ranges of s on which one or the other is ahead.

    Raises:
        InputError: An optimizer is not known or has no law, a number is out of range, or a symbol is left where exact
            ranges need a number.

    >>> threshold("natural-gradient").s_star
    tau - 1
    >>> threshold("natural-gradient", "power:p").s_star
    tau/(1 - p) - 1
    """
    path: Path = "given"
    if isinstance(tau, str) and tau.strip() in ("best", "compute"):
        path = "best" if tau.strip() == "best" else "compute"
    point = ScalingPoint.of(s, r, tau if path == "given" else None, samples, noise)
    (name, fast), (base, slow) = law_of(optimizer), law_of(baseline)
    if path != "given" or samples is not None or noise or not (closed_form(fast) and closed_form(slow)):
        from .exact_ranges import by_intervals

        return replace(by_intervals(name, fast, base, slow, point, path), sources=_sources(fast, slow, point))
    return _in_closed_form(name, fast, base, slow, point)


def _in_closed_form(name: str, fast: Law, base: str, slow: Law, point: ScalingPoint) -> ThresholdResult:
    """Two filters of a population gradient along T = N^tau."""
    assumed = point.assumptions(fast, slow)
    gain = gain_over(fast, slow, point)
    result = ThresholdResult(name, base, point.s, point.r, point.tau, None, gain, None, assumed, "")
    result = replace(result, sources=_sources(fast, slow, point))
    verdict = verdict_on(fast, slow, point.tau)
    if verdict == "above":
        s_star = solve_s(slow, point.tau, None if point.isotropic else point.r)
        return replace(
            result,
            s_star=s_star,
            regime=sentence_on_tau(base, slow, point),
            status=sentence_above(name, base, fast, slow, s_star, point),
        )
    if verdict == "always":
        status = f"{name} has the larger exponent at every s."
        return replace(result, s_star=sympy.S.NegativeOne, status=status)
    return replace(result, status=sentence_without(verdict, name, base, point.tau))


def _sources(fast: Law, slow: Law, point: ScalingPoint) -> tuple[Source, ...]:
    """The papers that a comparison rests on."""
    found = [RAMANI_JAIN]
    for law in (fast, slow):
        found += sources(law, point.samples is not None and law.order is None, point.noise)
    if point.noise and point.samples is not None:
        found.append(AMARI)
    return tuple(dict.fromkeys(found))
