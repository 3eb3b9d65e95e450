"""Derivation: an exponent step by step, from the filter to the minimum and the threshold."""

from __future__ import annotations

from itertools import pairwise

import sympy

from .exact import Number
from .exponent import AlphaResult, Case, Point, alpha, cases
from .optimizers import Optimizer
from .pace import Pace, learned
from .proof import Derivation, Formula, Step
from .show import latex, number, plain
from .sources import KUNSTNER_BACH, MALONEY, PAQUETTE, RAMANI_JAIN, VELIKANOV_YAROTSKY
from .symbols import ETA, N, R, S, T, X
from .terms import Region, Term, capacity, capacity_scale, switches, terms
from .thresholds import solve_s


def derive(
    optimizer: Optimizer | str,
    s: Number | None = None,
    r: Number | None = None,
    tau: Number | None = None,
) -> Derivation:
    """How `alpha(optimizer, s, r, tau)` comes about. Formulas are in s and r until the last steps.

    An optimizer without an exponent gives no steps and a result that says why. Raises InputError.
    Source: the papers in `sources`, step by step.
    """
    result = alpha(optimizer, s, r, tau)
    pace = learned(optimizer)[1]
    if pace is None:
        return Derivation(result, ())
    point = Point.of(s, r, tau)
    found = cases(pace, point)
    here = [case.region for case in found]
    steps = [_filter(pace)]
    if pace.kind == "power":
        steps += [_integral(pace), _closed_form(pace, point)]
    elif pace.kind == "exponential":
        steps.append(_same_rate(pace))
    steps.append(_capacity(here, point))
    if pace.kind == "power" and Region.SMOOTH in here:
        steps.append(_distortion(pace, point))
    steps.append(_minimum(found, point, result))
    if pace.kind == "power":
        steps.append(_ties(found, pace, point))
    return Derivation(result, tuple(steps))


def _filter(pace: Pace) -> Step:
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


def _integral(pace: Pace) -> Step:
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


def _closed_form(pace: Pace, point: Point) -> Step:
    # pace.residual is (1 - eta rate)^T, so a rate that is the power itself is recognised by its base
    pure = pace.residual.as_base_exp()[0] == 1 - ETA * pace.constant * X**pace.order
    z = R / pace.order / (1 + S)
    signal_term = _term("signal", pace, Region.ROUGH)
    formulas = [
        Formula.of("u", "u", 2 * ETA * pace.constant * T * X**pace.order),
        Formula.of("z", "z", z),
        Formula.of("signal", r"F_{\mathrm{signal}}", signal_term.coefficient * T**-signal_term.steps, "~"),
    ]
    words = "The substitution below turns the integral into a Gamma function, with z the exponent of T. "
    if pure:
        words += (
            "Steps of finite size multiply it by the factor below; summing over whole modes k instead of "
            "integrating changes it by less than any power of T."
        )
        zz = sympy.Symbol("z", positive=True)
        formulas.append(
            Formula(
                f"factor = {plain(1 - zz * (zz + 1) / (4 * T))} + O(T^-2)",
                rf"\text{{factor}} = {latex(1 - zz * (zz + 1) / (4 * T))} + O(T^{{-2}})",
            )
        )
    else:
        words += "The next terms of the rate at small x give corrections that are smaller by a power of T."
    return Step("Its closed form", words, (*formulas, *_numeric(signal_term, point)), signal_term.sources)


def _numeric(term: Term, point: Point) -> tuple[Formula, ...]:
    """The prefactor in decimals at eta = 1, where s and r are given and it exists."""
    if term.coefficient is None or not (point.s.is_number and point.r.is_number):
        return ()
    values = {S: point.s, R: point.r}
    extra = term.coefficient.free_symbols - {S, R, ETA}
    if extra or term.when.xreplace(values) != sympy.true:
        return ()
    decimal = term.coefficient.evalf(6, subs={**values, ETA: 1})
    return (Formula.of(f"prefactor at s = {point.s}, r = {point.r}, eta = 1", r"\text{prefactor}", decimal, "~"),)


def _term(name: str, pace: Pace, region: Region) -> Term:
    """A term in the symbols s and r."""
    return next(term for term in terms(pace, region) if term.name == name)


def _same_rate(pace: Pace) -> Step:
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


def _capacity(here: list[Region], point: Point) -> Step:
    formulas = [
        Formula("sum_k lambda_k/(lambda_k + kappa) = N", r"\sum_k \frac{\lambda_k}{\lambda_k + \kappa} = N"),
        Formula(
            "capacity = sum_k E_k kappa/(lambda_k + kappa)",
            r"F_{\mathrm{capacity}} = \sum_k \frac{E_k \kappa}{\lambda_k + \kappa}",
        ),
    ]
    words = "N random features cannot resolve eigenvalues below a scale kappa, whatever the optimizer does. "
    light = not (point.s.is_number and point.s <= 0)
    if light:
        words += "For s > 0 both sums become integrals. "
        formulas.append(Formula("kappa ~ (c/N)^(1 + s)", r"\kappa \sim (c/N)^{1+s}"))
        formulas.append(Formula.of("c", "c", capacity_scale()))
    c = sympy.Symbol("c", positive=True)
    for region, condition in ((Region.ROUGH, "r < 1 + s"), (Region.SMOOTH, "r > 1 + s")):
        if light and region in here:
            term = capacity(region)
            assert term.coefficient is not None
            shown = term.coefficient.subs(capacity_scale(), c) * N**-term.size
            formulas.append(
                Formula(
                    f"capacity ~ {plain(shown)}   for {condition}",
                    rf"F_{{\mathrm{{capacity}}}} \sim {latex(shown)} \qquad {condition}",
                )
            )
            formulas += _numeric(term, point)
    if Region.SMOOTH_HEAVY in here or not light:
        words += (
            "For s <= 0 the trace diverges, dim grows in proportion to N, and the prefactor depends on dim/N; the "
            "exponent is the smaller of r and 1 + s all the same."
        )
    if point.r == point.s + 1:
        words += "At r = 1 + s the two forms meet and a factor log N joins them."
    return Step("The capacity of N features", words.strip(), tuple(formulas), (MALONEY, PAQUETTE, RAMANI_JAIN))


def _distortion(pace: Pace, point: Point) -> Step:
    term = _term("distortion", pace, Region.SMOOTH)
    assert term.coefficient is not None
    leak = sympy.zeta(R - S) * X ** (-1 / (1 + S)) / (1 + S) / N
    return Step(
        "Distortion by the features",
        "Where r > 1 + s and s > 0, each learned mode leaks a share of order 1/N over the whole spectrum, and the "
        "density of the leak falls more slowly towards small x than the target's own. The integral is as before.",
        (
            Formula.of("leak(x)", r"\rho_{\mathrm{leak}}(x)", leak, "~"),
            Formula.of("distortion", r"F_{\mathrm{distortion}}", term.coefficient / N * T**-term.steps, "~"),
            *_numeric(term, point),
        ),
        term.sources,
    )


def _place(case: Case, found: tuple[Case, ...]) -> tuple[str, str]:
    """The region a formula holds in, as text and as LaTeX; nothing where there is but one."""
    if len(found) == 1:
        return "", ""
    text = case.region.value
    math = text.replace("<=", r"\le").replace(" and ", r",\ ")
    return f"   for {text}", rf" \qquad ({math})"


def _minimum(found: tuple[Case, ...], point: Point, result: AlphaResult) -> Step:
    formulas = []
    for case in found:
        text, math = _place(case, found)
        for term in case.terms:
            along = term.along(point.tau)
            shown = Formula(f"{term.name}: {plain(along)}{text}", rf"\text{{{term.name}}}: {latex(along)}{math}")
            formulas.append(shown)
    lines = number(result.symbolic, result.value)
    formulas.append(Formula("alpha = " + ";  ".join(lines), rf"\alpha = {latex(result.symbolic)}"))
    return Step(
        "The path and the minimum",
        "Along the path T is a power of N, and so is each term. The largest term decides, so alpha is the "
        "smallest exponent.",
        (Formula("T = N^tau", r"T = N^\tau"), *formulas),
        (PAQUETTE,),
    )


def _ties(found: tuple[Case, ...], pace: Pace, point: Point) -> Step:
    formulas = []
    for case in found:
        text, math = _place(case, found)
        names = [term.name for term in case.terms]
        for (early, late), tau in zip(pairwise(names), switches(case.terms), strict=True):
            left = rf"\tau_{{\mathrm{{{early}}} = \mathrm{{{late}}}}}"
            formulas.append(Formula(f"{early} = {late} at tau = {plain(tau)}{text}", f"{left} = {latex(tau)}{math}"))
    s_star = solve_s(pace, point.tau, None if point.isotropic else point.r)
    formulas.append(Formula.of("s*", r"s^\star", s_star))
    return Step(
        "Where they tie: the threshold",
        "Two terms tie where their exponents are equal. Once the capacity is the largest term, no optimizer has a "
        "larger alpha; solved for s, this is the threshold s* above which a natural gradient does.",
        tuple(formulas),
        (RAMANI_JAIN,),
    )
