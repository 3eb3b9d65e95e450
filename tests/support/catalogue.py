"""A catalogue of problems whose sums have closed forms, so that every routine has an answer to be measured against.

Each case gives df_1(kappa) and sum_k E_k/(lambda_k + kappa) in mpmath, at any precision, from a formula that shares
nothing with the weighted modes of the package. `risk` then integrates them at 30 digits along an ellipse
around 0 and the bulk, the scale kappa followed by mpmath's own root finder: another contour, another sum, another
solver than the package's.

| case       | difficulty    | closed form                                                                        |
| ---------- | ------------- | ---------------------------------------------------------------------------------- |
| flat       | easy          | one level: Marchenko and Pastur's law, kappa of a quadratic                         |
| two-levels | easy          | kappa of a cubic                                                                    |
| inverse    | infinite sums | lambda_k = k^-2: sum 1/(1 + kappa k^2) = (a coth a - 1)/2, a = pi/sqrt(kappa)       |
| quartic    | steep         | lambda_k = k^-4: (b (sinh 2b + sin 2b)/(cosh 2b - cos 2b) - 1)/2, b^4 = pi^4/(4 kappa)  |
| smooth     | r > 1 + s     | lambda_k = k^-2, E_k = k^-4: partial fractions of the one above                     |
| long       | dim = 1e12    | lambda_k = k^-2 cut off: as `inverse`, less the tail 1/(dim + 1/2)/kappa            |
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import mpmath as mp
import numpy as np

from optscaling.theory.problems.modes import Modes
from optscaling.theory.problems.spectral_problem import SpectralProblem
from optscaling.theory.problems.spectrum import PowerLaw
from optscaling.theory.problems.target import PowerLawTarget

Sum = Callable[[mp.mpc], mp.mpc]


@dataclass(frozen=True)
class Case:
    """One problem at one size. degrees: df_1(kappa); resolvent: sum_k E_k/(lambda_k + kappa); total: sum_k E_k."""

    name: str
    difficulty: str
    size: int
    modes: Modes
    degrees: Sum
    resolvent: Sum
    total: mp.mpf


def _inverse(kappa: mp.mpc) -> mp.mpc:
    a = mp.pi / mp.sqrt(kappa)
    return (a * mp.coth(a) - 1) / 2


def _quartic(kappa: mp.mpc) -> mp.mpc:
    b = mp.pi / (mp.sqrt(2) * mp.sqrt(mp.sqrt(kappa)))
    return (b * (mp.sinh(2 * b) + mp.sin(2 * b)) / (mp.cosh(2 * b) - mp.cos(2 * b)) - 1) / 2


def _levels(*levels: tuple[int, float, float]) -> tuple[Modes, Sum, Sum, mp.mpf]:
    """Modes and sums of (count, eigenvalue, energy) triples."""
    values = np.concatenate([np.full(n, v) for n, v, _ in levels])
    energies = np.concatenate([np.full(n, e) for n, _, e in levels])
    exact = [(n, mp.mpf(v), mp.mpf(e)) for n, v, e in levels]
    return (
        Modes.of(values, energies),
        lambda kappa: mp.fsum(n * v / (v + kappa) for n, v, _ in exact),
        lambda kappa: mp.fsum(n * e / (v + kappa) for n, v, e in exact),
        mp.fsum(n * e for n, _, e in exact),
    )


def _power(s: float, r: float, size: int, dim: int | None = None) -> Modes:
    return SpectralProblem(PowerLaw(s, dim), PowerLawTarget(r)).modes(size)


def cases() -> list[Case]:
    """All cases, the easy ones first."""
    made = []
    for size in (60, 300):
        made.append(Case(f"flat-{size}", "easy", size, *_levels((150, 1.0, 0.01))))
        made.append(Case(f"two-levels-{size}", "easy", size, *_levels((20, 1.0, 0.02), (400, 0.125, 0.005))))
    for size in (16, 10**6):
        made.append(Case(f"inverse-{size}", "infinite sums", size, _power(1, 1, size), _inverse, _inverse, mp.zeta(2)))
        made.append(Case(f"quartic-{size}", "steep", size, _power(3, 3, size), _quartic, _quartic, mp.zeta(4)))
        # E/(lambda + kappa) = k^-2 - kappa/(1 + kappa k^2) where E = lambda^2
        smooth: Sum = lambda kappa: mp.zeta(2) - kappa * _inverse(kappa)  # noqa: E731
        made.append(Case(f"smooth-{size}", "r > 1 + s", size, _power(1, 3, size), _inverse, smooth, mp.zeta(4)))
    dim = 10**12
    rest = 1 / (mp.mpf(dim) + mp.mpf(1) / 2)
    cut: Sum = lambda kappa: _inverse(kappa) - rest / kappa  # noqa: E731
    made.append(Case("long-256", "dim = 1e12", 256, _power(1, 1, 256, dim), cut, cut, mp.zeta(2) - rest))
    return made


def scale(case: Case) -> mp.mpf | None:
    """kappa_0: df_1(kappa_0) = N; None where N reaches the rank."""
    if case.size >= case.modes.rank:
        return None
    low, high = mp.mpf(-80), mp.mpf(20)  # of log kappa; df_1 falls between them
    for _ in range(int(3.4 * mp.mp.dps)):
        middle = (low + high) / 2
        low, high = (middle, high) if case.degrees(mp.exp(middle)) > case.size else (low, middle)
    return mp.exp(low)


def floor(case: Case) -> mp.mpf:
    """sum_k E_k kappa_0/(lambda_k + kappa_0), over the target's variance."""
    kappa = scale(case)
    return mp.mpf(0) if kappa is None else kappa * case.resolvent(kappa) / case.total


def flow_risk(case: Case, time: float, unit: float) -> mp.mpf:
    """Risk of gradient flow at time T, over the variance: m(zeta) is the Laplace transform in 2T/unit of the risk.

    By Talbot's contour, which holds the floor and the largest eigenvalue with all the rest.
    """

    def transform(zeta: mp.mpc) -> mp.mpc:
        kappa, far = zeta * 1000 + case.total * 1000, zeta * 1000
        for i in range(41):  # from far away, where kappa is nearly zeta, to zeta
            at = zeta * (far / zeta) ** (1 - mp.mpf(i) / 40)
            kappa = mp.findroot(lambda k: k * (1 - case.degrees(k) / case.size) - at, kappa if i else at)  # noqa: B023
        return kappa / zeta * case.resolvent(kappa)

    return mp.invertlaplace(transform, 2 * mp.mpf(time) / unit, method="talbot") / case.total


def risk(case: Case, residual: Callable[[mp.mpc], mp.mpc], right: float, unit: float, separated: bool) -> mp.mpf:
    """floor + integral of h^2 over the bulk, plus the mass beyond `right` at x = 1 where separated; over the variance.

    residual: h(x), x in units of `unit`, analytic on the ellipse through -right/4 and right. By the trapezoid rule.
    """
    centre, wide, high = mp.mpf(right) * 3 / 8, mp.mpf(right) * 5 / 8, mp.mpf(right) * 5 / 16
    nodes = 128
    kappa = mp.mpf(right) / 4 + case.total * 10 / case.size
    held, mass = mp.mpf(0), mp.mpf(0)
    for i in range(nodes):
        angle = mp.pi * (1 - (2 * i + mp.mpf(1)) / (2 * nodes))  # the upper half, from the left
        x = centre + wide * mp.cos(angle) + 1j * high * mp.sin(angle)
        dx = (-wide * mp.sin(angle) + 1j * high * mp.cos(angle)) * -mp.pi / nodes
        kappa = mp.findroot(lambda k: k * (1 - case.degrees(k) / case.size) + x, kappa, tol=mp.mpf(10) ** -40)  # noqa: B023
        weight = mp.im(kappa / -x * case.resolvent(kappa) * dx) / mp.pi
        energy = kappa / -x * case.resolvent(kappa) * dx / mp.pi
        held += mp.im(residual(x / unit) ** 2 * energy)
        mass += weight
    top = (case.total - mass) * residual(mp.mpf(1)) ** 2 if separated else 0
    return (held + top) / case.total
