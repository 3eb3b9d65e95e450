"""Derivation of what is a filter: from its rate to the integrals of signal and distortion, and the capacity."""

from __future__ import annotations

import sympy

from ..exponents import Case, Law, ScalingPoint, SpectralRate, Term, capacity, capacity_scale, distortion, signal
from ..integrals import signal_flow, signal_steps
from ..symbolic import (
    ETA,
    KUNSTNER_BACH,
    MALONEY,
    PAQUETTE,
    RAMANI_JAIN,
    VELIKANOV_YAROTSKY,
    N,
    R,
    S,
    T,
    X,
    latex,
    plain,
)
from .document import Formula, Step


def filter_steps(law: Law, pace: SpectralRate, point: ScalingPoint, found: tuple[Case, ...]) -> list[Step]:
    """The steps of a filter up to its signal and distortion."""
    steps = [_filter(pace)]
    if pace.kind == "power":
        steps += [_integral(pace), _closed_form(law, pace, point)]
    elif pace.kind == "exponential":
        steps.append(_same_rate(pace))
    if any(term.name == "distortion" for case in found for term in case.terms):
        steps.append(_distortion(law, point))
    return steps


def _filter(pace: SpectralRate) -> Step:
    words = {
        "power": "Each eigenvalue x of the feature Gram matrix, over the largest, keeps a residual after T steps. "
        "At late T only small x matter, where the rate is a power of x.",
        "exponential": "Small eigenvalues shrink as fast as large ones: the rate has a positive limit at small x.",
        "solved": "The least-squares problem is solved outright, so no residual is left and T does not enter.",
        "stuck": "The residual does not change with T and is not zero, so a fixed share of the target stays.",
    }[pace.kind]
    formulas = [Formula.of("h_T(x)", "h_T(x)", pace.residual)]
    if pace.kind in ("power", "exponential"):
        formulas.append(Formula.of("rate(x)", r"\mathrm{rate}(x)", pace.constant * X**pace.order, "~"))
    return Step("The filter", words, tuple(formulas), (RAMANI_JAIN,))


def _integral(pace: SpectralRate) -> Step:
    density = X ** (R / (1 + S) - 1) / (1 + S)
    decay = sympy.exp(-2 * ETA * pace.constant * T * X**pace.order)
    return Step(
        "The spectral integral",
        "Eigenvalues and energies are powers of the mode's rank k, so the target's energy has a density on the "
        "spectrum. What is not learned yet is the integral of the squared residual against it.",
        (
            Formula("lambda_k = k^-(1+s),  E_k = k^-(1+r)", r"\lambda_k = k^{-(1+s)}, \quad E_k = k^{-(1+r)}"),
            Formula.of("density(x)", r"\rho(x)", density),
            Formula.of("h_T(x)^2", "h_T(x)^2", decay, "~"),
            Formula(
                f"signal ~ integral over x > 0 of {plain(density * decay)} dx",
                rf"F_{{\mathrm{{signal}}}} \sim \int_0^\infty {latex(density * decay)}\, dx",
            ),
        ),
        (VELIKANOV_YAROTSKY, KUNSTNER_BACH),
    )


def _closed_form(law: Law, pace: SpectralRate, point: ScalingPoint) -> Step:
    # pace.residual is (1 - eta rate)^T, so a rate that is the power itself is recognised by its base
    pure = pace.residual.as_base_exp()[0] == 1 - ETA * pace.constant * X**pace.order
    z = R / pace.order / (1 + S)
    signal_term, integral = signal(law), signal_flow(pace.order, pace.constant)
    formulas = [
        Formula.of("u", "u", 2 * ETA * pace.constant * T * X**pace.order),
        Formula.of("z", "z", z),
        Formula.of("signal", r"F_{\mathrm{signal}}", signal_term.prefactor * T**-signal_term.steps, "~"),
        Formula.of("signal over 0 < x < 1", r"F_{\mathrm{signal},\, x < 1}", integral.closed, "~"),
    ]
    words = (
        "The substitution below turns the integral into a Gamma function, with z the exponent of T; over the spectrum "
        "alone, which ends at x = 1, it is an incomplete one, lowergamma, that differs by exp(-u at x = 1). "
    )
    if pure:
        words += (
            "Steps of finite size multiply it by the factor below; summing over whole modes k instead of "
            "integrating changes it by less than any power of T."
        )
        stepped = signal_steps(pace.order)
        in_z = {R: sympy.Symbol("z", positive=True) * pace.order * (1 + S)}
        factor = 1 + sympy.factor((stepped.following / stepped.leading).xreplace(in_z))
        formulas.append(
            Formula(f"factor = {plain(factor)} + O(T^-2)", rf"\text{{factor}} = {latex(factor)} + O(T^{{-2}})")
        )
    else:
        words += "The next terms of the rate at small x give corrections that are smaller by a power of T."
    return Step("Its closed form", words, (*formulas, *_numeric(signal_term, point)), signal_term.sources)


def _numeric(term: Term, point: ScalingPoint) -> tuple[Formula, ...]:
    """The prefactor in decimals at eta = 1, where s and r are given and it exists."""
    if term.coefficient is None or not (point.s.is_number and point.r.is_number):
        return ()
    values = {S: point.s, R: point.r}
    extra = term.coefficient.free_symbols - {S, R, ETA}
    if extra or term.sharp.xreplace(values) != sympy.true:
        return ()
    decimal = term.coefficient.evalf(6, subs={**values, ETA: 1})
    return (Formula.of(f"prefactor at s = {point.s}, r = {point.r}, eta = 1", r"\text{prefactor}", decimal, "~"),)


def _same_rate(pace: SpectralRate) -> Step:
    return Step(
        "All modes at one rate",
        "Small modes shrink by the same factor at each step, so the signal falls exponentially in T: faster than "
        "any power of N as soon as T grows with N, and not at all if T stays constant.",
        (
            Formula.of(
                "signal / variance", r"F_{\mathrm{signal}} / \sum_k E_k", (1 - ETA * pace.constant) ** (2 * T), "~"
            ),
        ),
        (RAMANI_JAIN,),
    )


def capacity_step(found: tuple[Case, ...], point: ScalingPoint, law: Law) -> Step:
    """What N features cannot resolve: the effective ridge, and the capacity in each region."""
    formulas = [
        Formula("sum_k lambda_k/(lambda_k + kappa) = N", r"\sum_k \frac{\lambda_k}{\lambda_k + \kappa} = N"),
        Formula(
            "capacity = sum_k E_k kappa/(lambda_k + kappa)",
            r"F_{\mathrm{capacity}} = \sum_k \frac{E_k \kappa}{\lambda_k + \kappa}",
        ),
    ]
    words = "N random features cannot resolve eigenvalues below a scale kappa, whatever the optimizer does. "
    if law.spectrum != S:
        words += "Whitened inputs have another spectrum, so that the exponent below stands in place of s. "
        formulas.insert(0, Formula.of("s'", "s'", law.spectrum))
    s = law.spectrum.xreplace({S: point.s})
    light = not (s.is_number and s <= 0)
    if light:
        words += "For s > 0 both sums become integrals. "
        formulas.append(Formula("kappa ~ (c/N)^(1 + s)", r"\kappa \sim (c/N)^{1+s}"))
        formulas.append(Formula.of("c", "c", capacity_scale()))
    c = sympy.Symbol("c", positive=True)
    sizes = {term.size for case in found for term in case.terms if term.name == "capacity"}
    for rough, condition in ((True, "r < 1 + s"), (False, "r > 1 + s")):
        if light and (point.r if rough else s + 1) in sizes:
            term = capacity(rough)
            shown = term.prefactor.subs(capacity_scale(), c) * N**-term.size
            formulas.append(
                Formula(
                    f"capacity ~ {plain(shown)}   for {condition}",
                    rf"F_{{\mathrm{{capacity}}}} \sim {latex(shown)} \qquad {condition}",
                )
            )
            formulas += _numeric(term, point) if law.spectrum == S else ()
    if not light or not (s.is_number or (point.isotropic and law.spectrum == S)):
        words += (
            "For s <= 0 the trace diverges, dim grows in proportion to N, and the prefactor depends on dim/N; the "
            "exponent is the smaller of r and 1 + s all the same."
        )
    if point.r == s + 1:
        words += "At r = 1 + s the two forms meet and a factor log N joins them."
    return Step("The capacity of N features", words.strip(), tuple(formulas), (MALONEY, PAQUETTE, RAMANI_JAIN))


def _distortion(law: Law, point: ScalingPoint) -> Step:
    term = distortion(law)
    leak = sympy.zeta(R - S) * X ** (-1 / (1 + S)) / (1 + S) / N
    return Step(
        "Distortion by the features",
        "Where r > 1 + s and s > 0, each learned mode leaks a share of order 1/N over the whole spectrum, and the "
        "density of the leak falls more slowly towards small x than the target's own. The integral is as before.",
        (
            Formula.of("leak(x)", r"\rho_{\mathrm{leak}}(x)", leak, "~"),
            Formula.of("distortion", r"F_{\mathrm{distortion}}", term.prefactor / N * T**-term.steps, "~"),
            *(_numeric(term, point) if law.spectrum == S else ()),
        ),
        term.sources,
    )
