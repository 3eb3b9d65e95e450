"""Threshold: the spectral exponent s* above which an optimizer has a larger alpha than a baseline.

Along T = N^tau a baseline with rate ~ x^q falls short of the capacity exponent exactly while tau < tau_full(s, r),
and only then can a faster optimizer gain. Solving tau = tau_full for s gives s*. That is a formula for filters of a
population gradient; every other pair, and equal compute, is decided by exact intervals (`threshold_intervals`).
"""

from __future__ import annotations

from dataclasses import replace

import sympy

from ..exponents import Law, ScalingPoint, law_of, sources
from ..optimizers import Optimizer
from ..symbolic import AMARI, RAMANI_JAIN, Number, Source
from .closed_forms import closed_form, gain_over, sentence_above, sentence_on_tau, sentence_without, solve_s, verdict_on
from .result import ThresholdResult


def threshold(
    optimizer: Optimizer | str,
    baseline: Optimizer | str = "gd",
    r: Number | None = None,
    tau: Number | None = None,
    s: Number | None = None,
    samples: Number | None = None,
    noise: bool = False,
    compute: bool = False,
) -> ThresholdResult:
    """s* above which `optimizer` has a larger alpha than `baseline` along T = N^tau.

    Isotropic targets (r left out): s* = tau/q - 1 for a baseline with rate x^q, so tau - 1 for gradient descent.
    A given r keeps that unless r > tau/q and 1 > tau/q, see `solve_s`. s: where to evaluate the gain.
    samples, noise: as in `alpha`. tau: "best" lets each stop where its own alpha is largest. compute: at equal compute,
    each optimizer with its own cost and best path, rather than at equal steps. Raises InputError.

    >>> threshold("natural-gradient").s_star
    tau - 1
    >>> threshold("natural-gradient", "power:p").s_star
    tau/(1 - p) - 1
    """
    best = isinstance(tau, str) and tau.strip() == "best"
    point = ScalingPoint.of(s, r, None if best else tau, samples, noise)
    (name, fast), (base, slow) = law_of(optimizer), law_of(baseline)
    if compute or best or samples is not None or noise or not (closed_form(fast) and closed_form(slow)):
        from .exact_ranges import by_intervals

        return replace(by_intervals(name, fast, base, slow, point, compute, best), sources=_sources(fast, slow, point))
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
