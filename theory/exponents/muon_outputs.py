"""The exponent of Muon with m = N^mu outputs along T = N^tau, on eigen-coordinates, population gradient.

Without noise the polar factor moves every singular direction of the gradient at the same speed. m >= N: all modes are
learned in eta T = max |w_k|, and what is left are cycles of the length of the last steps. With a step that ends as
(1 - x)^delta and weights |w_k| = k^((s-r)/2), the best eta leaves

    T^(-2 (1 + delta) min(1, r/s)),   s > 0.

m < N: the gradient has rank m. The scale relation of size m for its singular values, df_1(kappa_0) = m, lets the m
largest move at full speed, and column k beyond at lambda_k |d_k|/sqrt(kappa_0) of it, as by gradient descent whose
largest eigenvalue is the m-th. As the large ones are learned kappa_0 falls, and with a decaying step

    k* = m T^(1/(1+s)),   alpha = min(r, r (mu + tau/(1+s))),   s <= r <= 1 + s,

the law of blocks of m features: the smaller dimension of the matrix is a block size.
"""

from __future__ import annotations

import sympy
from sympy import Expr

from ...errors import InputError
from ..optimizers import Muon
from ..schedules import Schedule
from ..symbolic import plain
from .scaling_point import ScalingPoint


def muon_along_path(chosen: Muon, point: ScalingPoint, schedule: Schedule | None) -> tuple[Expr, str, tuple[str, ...]]:
    """alpha of Muon with m outputs.

    Args:
        chosen: The optimizer, its m a number or a power of N.
        point: s > 0, r and tau.
        schedule: Of the step; None was not given.

    Returns:
        alpha, which term decides, and what it assumes.

    Raises:
        InputError: Samples or label noise were given, the schedule is missing or does not decay for m < N, or s and r
            lie where nothing is derived.
    """
    if point.samples is not None or point.noise:
        raise InputError(
            f"The exponent of {chosen.name} is derived for the population's gradient without label noise (with noise "
            "see matrix-sign, the half power); leave out --samples and --noise."
        )
    if schedule is None:
        raise InputError(
            f"The exponent of {chosen.name} depends on how the step ends; give --schedule linear (or constant, where m "
            "grows as fast as N)."
        )
    if point.s.is_number and point.s <= 0:
        raise InputError(f"s is {point.s}, but the exponent of {chosen.name} is derived for s > 0; try s = 1.")
    delta = sympy.Rational(schedule.end.numerator, schedule.end.denominator)
    mu = sympy.Rational(chosen.growth.numerator, chosen.growth.denominator)
    cycles = 2 * (1 + delta) * point.tau
    told = (
        f"eigenvalues k^-(1+s), s > 0; target {'isotropic, r = s' if point.isotropic else 'energies k^-(1+r)'}",
        "coordinates are eigenvectors; outputs alike; population gradient, exact polar factor, no momentum",
        f"schedule {schedule.name}, the best step at each N",
    )
    if mu >= 1:
        alpha = sympy.Min(point.r, _reach(cycles, point))
        return alpha, _regime({"size-limited (capacity)": point.r, _CYCLES: _reach(cycles, point)}), told
    if delta < 1:
        raise InputError(
            f"The exponent of {chosen.name} is not known for the schedule {schedule.name}: with m < N it is derived "
            "where the step decays to zero at least as 1 - x; try --schedule linear."
        )
    if (point.r < point.s) == sympy.true or (point.r > 1 + point.s) == sympy.true:
        raise InputError(
            f"s is {point.s} and r {point.r}, but for m < N the exponent of {chosen.name} is derived for "
            "s <= r <= 1 + s; try r = s."
        )
    block = point.r * (mu + point.tau / (1 + point.s))
    exponents = {"size-limited (capacity)": point.r, "steps-limited (modes beyond the m-th)": block, _CYCLES: cycles}
    return sympy.Min(*exponents.values()), _regime(exponents), (*told, "s <= r <= 1 + s, m < N")


_CYCLES = "steps-limited (cycles of the length of the last steps)"


def _reach(cycles: Expr, point: ScalingPoint) -> Expr:
    """Weights that grow with k ask for larger steps."""
    return cycles if point.isotropic else cycles * sympy.Min(1, point.r / point.s)


def _regime(exponents: dict[str, Expr]) -> str:
    """What decides, a sentence."""
    if all(value.is_number for value in exponents.values()):
        least = min(exponents.values())
        ruling = [name for name, value in exponents.items() if value == least]
        text = ruling[0] if len(ruling) == 1 else f"on the boundary: {' and '.join(ruling)} fall alike"
        return text[0].upper() + text[1:] + "."
    return "The smallest of " + "; ".join(f"{plain(value)}, {name}" for name, value in exponents.items()) + "."
