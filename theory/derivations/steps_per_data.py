"""How an exponent in the data comes about: the sum of rates as the clock, signal, noise, and their balance."""

from __future__ import annotations

import sympy

from ..data_limited import DataExponent, DataPoint, Per, alpha_per_data
from ..optimizers import Optimizer
from ..schedules import Schedule
from ..symbolic import FUNCTIONAL_SCALING, OPTIMAL_SCHEDULES, PAQUETTE, Number, R, latex, plain
from .document import Derivation, Formula, Step


def derive_per_data(
    optimizer: Optimizer | str,
    s: Number | None = None,
    r: Number | None = None,
    schedule: Schedule | str = "constant",
    *,
    noise: bool = False,
    per: Per = "data",
) -> Derivation:
    """How `alpha_per_data` with the same arguments comes about, as text and as LaTeX.

    Args:
        optimizer: The optimizer, or its command-line name.
        s: Spectral exponent, eigenvalues k^-(1+s).
        r: Source exponent, energies k^-(1+r); None is isotropic, r = s.
        schedule: The step size over the run.
        noise: Labels carry noise of a fixed variance.
        per: "data" for risk against D = B T, "compute" for N D.

    Returns:
        The steps, with the exponent that they lead to.

    Raises:
        InputError: A name or number cannot be used, or the law does not cover it.
    """
    result = alpha_per_data(optimizer, s, r, schedule, noise=noise, per=per)
    symbolic = alpha_per_data(optimizer, None, "r", schedule, noise=noise)
    adaptive = DataPoint.of(optimizer, s, r, noise).pace.adaptive
    steps = [_normalised(), _clock()] if adaptive else [_clock()]
    steps += [_signal(symbolic.decay), _kernel(symbolic.decay)]
    if noise:
        steps += [_noise(symbolic), _balance(symbolic)]
    else:
        steps.append(_own_noise(symbolic) if adaptive else _memory(symbolic))
    if per == "compute":
        steps.append(_compute())
    steps.append(_result(result))
    return Derivation(result, tuple(steps))


def _normalised() -> Step:
    return Step(
        "The size of a gradient is noise",
        "A coordinate's gradient has the mean lambda d and the variance lambda (L + sigma^2)/B, which is the larger "
        "one for all modes but those with a share 1/B of the risk. Divided by its root, a step moves the mode at the "
        "rate eta sqrt(lambda B/(L + sigma^2)): the half power of the eigenvalue.",
        (Formula("x = eta sqrt(lambda B/(L + sigma^2))", r"x = \eta \sqrt{\lambda B/(L + \sigma^2)}"),),
    )


def _own_noise(result: DataExponent) -> Step:
    return Step(
        "Noise of the risk itself",
        "Without label noise the rates rise as the risk falls, until the noise of learned modes, eta sqrt(L) sum "
        "sqrt(lambda), is the risk. With the constant step at which both are equal at the end, k* modes are learned.",
        (
            Formula("L = (eta sum_{k<k*} sqrt(lambda_k))^2", r"L = (\eta \sum_{k<k_*} \sqrt{\lambda_k})^2"),
            Formula("k*^max(1 + s', 1) = T, L = k*^-r >= eta^2 >= T^-2", r"k_*^{\max(1+s', 1)} = T"),
            Formula.of("alpha", r"\alpha", result.symbolic),
            Formula.of("eta ~ D^-e, e", r"\eta \sim D^{-e},\quad e", result.batch),
        ),
    )


def _clock() -> Step:
    return Step(
        "The clock is the sum of the rates",
        "The rates are eta phi(t/T). A mode is learned by the sum of the rates, so time is measured by that sum, and "
        "by what is left of it until the end.",
        (
            Formula("S = eta T mean(phi)", r"S = \eta T \int_0^1 \varphi"),
            Formula("u = S(T) - S(t)", r"u = S(T) - S(t)"),
        ),
        (FUNCTIONAL_SCALING,),
    )


def _signal(decay: sympy.Expr) -> Step:
    return Step(
        "The signal",
        "A mode's residual energy falls as exp(-2 x S), at the rate x of its eigenvalue; their sum is a power.",
        (
            Formula(f"x = k^-({plain(decay)})", rf"x = k^{{-({latex(decay)})}}"),
            Formula.of("sum_k k^-(1+r) exp(-2 x S) ~ S^-zeta, zeta", r"\zeta", R / decay),
        ),
        (PAQUETTE,),
    )


def _kernel(decay: sympy.Expr) -> Step:
    return Step(
        "The memory of noise",
        "Each step adds noise of variance eta^2 x^2 (L + sigma^2)/B to a mode, which is forgotten as the mode is "
        "learned. Per unit of u the sum over modes is eta K(u)/B.",
        (Formula.of("K(u) = sum_k x^2 exp(-2 x u) ~ u^-kappa, kappa", r"\kappa", 2 - 1 / decay),),
        (PAQUETTE,),
    )


def _noise(result: DataExponent) -> Step:
    delta = sympy.Rational(result.schedule.end.numerator, result.schedule.end.denominator)
    v = sympy.Max(1 / (1 + delta), 1 / result.decay)
    return Step(
        "Label noise under the schedule",
        "Near the end the schedule is (1 - x)^delta, so the rate is a power of u. The integral over u is decided at "
        "either of its ends: at u ~ 1, by how the schedule ends, or at u ~ S, by all of the run. Where the two powers "
        "agree there is a logarithm.",
        (
            Formula(f"delta = {plain(delta)}", rf"\delta = {latex(delta)}"),
            Formula("eta(u) ~ (S/T) (u/S)^(delta/(1+delta))", r"\eta(u) \sim (S/T) (u/S)^{\delta/(1+\delta)}"),
            Formula("noise ~ sigma^2/D S^v", r"\text{noise} \sim \frac{\sigma^2}{D} S^v"),
            Formula.of("v = max(1/(1+delta), 1/(1+s'))", "v", v),
        ),
        (FUNCTIONAL_SCALING, OPTIMAL_SCHEDULES),
    )


def _balance(symbolic: DataExponent) -> Step:
    return Step(
        "The best step",
        "Signal and noise are balanced by the step, which is at most the largest stable one, S <= D. A task is hard "
        "where that limit is met: the signal alone then decides.",
        (
            Formula("S^-zeta = S^v/D, S <= D", r"S^{-\zeta} = S^v/D,\quad S \le D"),
            Formula("S = D^min(1, 1/(zeta + v)), alpha = zeta/max(1, zeta + v)", r"\alpha = \zeta/\max(1, \zeta + v)"),
            Formula.of("alpha", r"\alpha", symbolic.symbolic),
            Formula.of("eta ~ D^-e, e", r"\eta \sim D^{-e},\quad e", symbolic.batch),
        ),
        (FUNCTIONAL_SCALING, OPTIMAL_SCHEDULES),
    )


def _memory(result: DataExponent) -> Step:
    omega = sympy.Rational(result.schedule.start.numerator, result.schedule.start.denominator)
    return Step(
        "Noise of the risk itself",
        "Without label noise the noise is in proportion to the risk. At the end it is a fixed share of the risk, "
        "whatever the decay. What can decide is the noise of the early, large risk, which is remembered as K(S); a "
        "warm-up as x^omega takes it at smaller rates, eta(sigma) ~ (sigma/S)^(omega/(1+omega)).",
        (
            Formula(f"omega = {plain(omega)}", rf"\omega = {latex(omega)}"),
            Formula.of("memory ~ S^-m, m", "m", 2 - 1 / result.decay + omega / (1 + omega)),
            Formula("S ~ D at the largest stable step", r"S \sim D"),
        ),
        (PAQUETTE,),
    )


def _compute() -> Step:
    return Step(
        "Compute",
        "N features leave the capacity N^-r; with f = N D the two powers are equal at the best N.",
        (Formula("N^-r = D^-a, f = N D: alpha = r a/(r + a)", r"\alpha = \frac{r a}{r + a}"),),
        (PAQUETTE,),
    )


def _result(result: DataExponent) -> Step:
    return Step(
        "The exponent",
        "At the s and r asked for.",
        (Formula.of("alpha", r"\alpha", result.symbolic),),
    )
