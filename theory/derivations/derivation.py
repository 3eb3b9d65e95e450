"""Derivation: an exponent step by step, from the filter to the minimum and the threshold."""

from __future__ import annotations

from itertools import pairwise

import sympy

from ..exponents import AlphaResult, Case, Law, ScalingPoint, alpha, cases_at, law_of, switches
from ..optimizers import Optimizer
from ..symbolic import PAQUETTE, RAMANI_JAIN, Number, latex, number, plain
from ..thresholds import closed_form, solve_s
from .document import Derivation, Formula, Step
from .steps_of_filters import capacity_step, filter_steps
from .steps_of_terms import clock_step, stand_in, term_steps


def derive(
    optimizer: Optimizer | str,
    s: Number | None = None,
    r: Number | None = None,
    tau: Number | None = None,
    samples: Number | None = None,
    noise: bool = False,
) -> Derivation:
    """How `alpha(optimizer, s, r, tau, samples, noise)` comes about. Formulas are in s and r until the last steps.

    Source: the papers in `sources`, step by step.

    Args:
        optimizer: The optimizer, or its command-line name.
        s: Spectral exponent, eigenvalues k^-(1+s).
        r: Source exponent, energies k^-(1+r); None is isotropic, r = s.
        tau: T = N^tau.
        samples: nu where n = N^nu; None is the population's gradient.
        noise: Labels carry noise of a fixed variance.

    Returns:
        The steps, with the exponent that they lead to.

    Raises:
        InputError: A name or number cannot be used, or the law does not cover it.
    """
    result = alpha(optimizer, s, r, tau, samples, noise)
    law = law_of(optimizer)[1]
    point = ScalingPoint.of(s, r, tau, samples, noise)
    found = cases_at(law, point)
    steps = stand_in(law)
    if law.pace is not None:
        steps += filter_steps(law, law.pace, point, found)
        shown = {"signal", "distortion", "capacity"}
    else:
        steps.append(clock_step(law))
        shown = {"capacity"}
    steps += term_steps(found, shown)
    if not law.axis:
        steps.append(capacity_step(found, point, law))
    steps.append(_minimum(found, point, law, result))
    if law.pace is not None and law.kind == "power" and closed_form(law) and samples is None and not noise:
        steps.append(_ties(found, law, point))
    return Derivation(result, tuple(steps))


def _place(case: Case, found: tuple[Case, ...]) -> tuple[str, str]:
    """The region a formula holds in, as text and as LaTeX; nothing where there is but one."""
    if len(found) == 1:
        return "", ""
    math = case.text.replace("<=", r"\le").replace(">=", r"\ge").replace(" and ", r",\ ").replace("*", "")
    return f"   for {case.text}", rf" \qquad ({math})"


def _minimum(found: tuple[Case, ...], point: ScalingPoint, law: Law, result: AlphaResult) -> Step:
    formulas = []
    path = point.path(law)
    for case in found:
        text, math = _place(case, found)
        for term in case.terms:
            along = term.along(path)
            shown = Formula(f"{term.name}: {plain(along)}{text}", rf"\text{{{term.name}}}: {latex(along)}{math}")
            formulas.append(shown)
    formulas += _result(result)
    paths = [Formula("T = N^tau", r"T = N^\tau")]
    if point.samples is not None:
        paths.append(Formula(f"n = N^({plain(point.samples)})", rf"n = N^{{{latex(point.samples)}}}"))
    return Step(
        "The path and the minimum",
        "Along the path T is a power of N, and so is each term. The largest term decides, so alpha is the "
        "smallest exponent.",
        (*paths, *formulas),
        (PAQUETTE,),
    )


def _result(result: AlphaResult) -> list[Formula]:
    """alpha, a line for each region."""
    lines = number(result.symbolic, result.value)
    if not isinstance(result.symbolic, sympy.Piecewise):
        return [Formula(f"alpha = {lines[0]}", rf"\alpha = {latex(result.symbolic)}")]
    return [
        Formula(
            f"alpha = {line}",
            rf"\alpha = {latex(branch)} \qquad "
            + (r"\text{otherwise}" if condition == sympy.true else rf"({latex(condition)})"),
        )
        for line, (branch, condition) in zip(lines, result.symbolic.args, strict=True)
    ]


def _ties(found: tuple[Case, ...], law: Law, point: ScalingPoint) -> Step:
    formulas = []
    for case in found:
        text, math = _place(case, found)
        names = [term.name for term in case.terms]
        for (early, late), tau in zip(pairwise(names), switches(case.terms), strict=True):
            left = rf"\tau_{{\mathrm{{{early}}} = \mathrm{{{late}}}}}"
            formulas.append(Formula(f"{early} = {late} at tau = {plain(tau)}{text}", f"{left} = {latex(tau)}{math}"))
    s_star = solve_s(law, point.tau, None if point.isotropic else point.r)
    formulas.append(Formula.of("s*", r"s^\star", s_star))
    return Step(
        "Where they tie: the threshold",
        "Two terms tie where their exponents are equal. Once the capacity is the largest term, no optimizer has a "
        "larger alpha; solved for s, this is the threshold s* above which a natural gradient does.",
        tuple(formulas),
        (RAMANI_JAIN,),
    )
