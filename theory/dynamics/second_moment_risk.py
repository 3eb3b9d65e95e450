"""Expected risk of one-pass stochastic methods at any size and time, on any spectrum.

Plain SGD has a closed form (`second_moments`); methods with momentum are marched in doubling strides (`moment_march`).
Both are exact in expectation for Gaussian inputs and the spectrum given. That spectrum is a list of modes (no
features), or that of N random features through its spectral density (`density`), which is right to order 1/N.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicSpline

from ...errors import InputError
from ..gram import Bins, spectral_bins
from .one_pass_rules import Rule
from .risk_curve import Curve
from .second_moment_march import march, one_step
from .sgd_second_moments import sgd_moments

_EXACT = 1e-12  # relative: rounding in the closed form, measured against long double steps


def diagonal_bins(eigenvalues: np.ndarray, energies: np.ndarray) -> Bins:
    """Modes as they are, x ~ N(0, diag lambda) and every mode trained: no features, no floor.

    eigenvalues > 0, energies >= 0: shape (dim,). Raises InputError.
    """
    x, energy = np.asarray(eigenvalues, dtype=float), np.asarray(energies, dtype=float)
    if x.ndim != 1 or x.shape != energy.shape or not np.all(x > 0) or not np.all(energy >= 0):
        raise InputError(
            f"Eigenvalues have shape {x.shape} and energies {energy.shape}, but two lists of equal length are needed, "
            "eigenvalues positive and energies not negative."
        )
    order = np.argsort(-x, kind="stable")
    return Bins(x[order], energy[order], np.ones(len(x)), 0.0, float(np.sum(energy)), 0.0)


def kernel_norm(bins: Bins, eta: float, batch: float = 1.0, power: float = 0.0) -> float:
    """Norm of SGD's memory kernel, sum_j counts_j eta x_j/(B (2 - (1 + 1/B) eta x_j)): SGD is stable below 1.

    Args:
        bins: of the spectrum.
        eta: the step, in units of 1/x.
        batch: B.
        power: of the preconditioner G^-power, under which x is x^(1-power).

    Returns:
        The norm, infinite where one mode alone is not stable.
    """
    rate = eta * bins.x ** (1 - power)
    spare = 2 - (1 + 1 / batch) * rate
    return float(np.sum(bins.counts * rate / spare) / batch) if np.all(spare > 0) else float("inf")


def rule_norm(rule: Rule, bins: Bins, batch: float = 1.0, power: float = 0.0, t: float = 0.0) -> float:
    """Norm of the memory kernel with the coefficients of time t held fixed, sum_j e_0'(1 - K_j)^-1 b_j.

    Infinite where one mode alone is not stable. K maps covariances to covariances, so that a mode is stable exactly
    where (1 - K)^-1 of the identity is a covariance as well.
    """
    if rule.plain:
        return kernel_norm(bins, rule.gamma2, batch, power)
    x = bins.x ** (1 - power)
    change, shock = one_step(rule, t, x, bins.counts, batch)
    sides = np.stack([shock, np.tile([1.0, 0.0, 1.0], (len(x), 1))], axis=2)
    try:
        found = np.linalg.solve(-change, sides)
    except np.linalg.LinAlgError:
        return float("inf")
    first, cross, second = found[:, :, 1].T
    stable = np.all((first > 0) & (second > 0) & (first * second > cross**2))
    return float(np.sum(found[:, 0, 0])) if stable else float("inf")


def second_moment_risk(
    rule: Rule,
    bins: Bins,
    steps: np.ndarray,
    *,
    batch: float = 1.0,
    noise: float = 0.0,
    power: float = 0.0,
    resolution: int = 32,
    continuous: bool = False,
) -> Curve:
    """Expected risk over bins.total at `steps`, with the error of time stepping alone (that of the bins is the bins').

    batch: B >= 1. noise: label-noise variance over the target's variance. power: precondition by G^-power in feature
    space, so that each x becomes x^(1-power). resolution: of momentum's time strides, at most t/(2 resolution) long.
    continuous: the flow, the limit of small steps and slow momentum at the same eta T.

    SGD: closed form, rounding only (1e-12). Otherwise the march at two resolutions, extrapolated as if its error fell
    as the inverse square; the error stated is the whole difference of the two, the largest since T/4. At resolution
    32 it was 1e-5 to 4e-4 of the risk, and what the extrapolation left 1e-6 to 1e-4. Raises InputError, also where the
    risk grows without bound. Cost: SGD O(bins^2), others O(bins resolution log^2 T).
    """
    wanted = _checked(steps, batch, noise, power, resolution)
    if rule.plain:
        rates = rule.gamma2 * bins.x ** (1 - power)
        law = sgd_moments(
            rates, bins.counts, bins.energies, bins.floor, batch, noise * bins.total, continuous=continuous
        )
        risk = law.risk(wanted) / bins.total
        if not np.all(np.isfinite(risk)):
            raise InputError(
                f"The risk grows without bound, as the memory kernel's norm is "
                f"{kernel_norm(bins, rule.gamma2, batch, power):.3g} and it must stay below 1; try a smaller step or a "
                "larger batch."
            )
        return Curve(wanted, risk, np.full(len(wanted), _EXACT + 10 * law.missed))
    last = max(float(np.max(wanted)), 1.0)
    runs = [
        march(rule, bins, last, batch, noise * bins.total, power, each, continuous=continuous)
        for each in (resolution, resolution // 2)
    ]
    fine, coarse = (_at(*run, wanted) for run in runs)
    # risks that oscillate agree now and then by chance: the worst since T/4 counts
    times = runs[0][0]
    apart = np.abs(_at(*runs[1], times) / runs[0][1] - 1)
    apart, times = np.append(apart, np.abs(coarse / fine - 1)), np.append(times, wanted)
    error = np.array([apart[(times >= t / 4) & (times <= t)].max() for t in wanted])
    return Curve(wanted, fine * (fine / coarse) ** (1 / 3) / bins.total, error + _EXACT)


def _at(times: np.ndarray, risks: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Risks at `steps`, between the times of a march."""
    if len(times) > 3:
        return np.asarray(np.exp(CubicSpline(np.log1p(times), np.log(risks))(np.log1p(steps))))
    return np.interp(steps, times, risks)


@dataclass(frozen=True)
class StepAgainstFlow:
    """Discrete steps beside their continuous limit, all of shape (t,).

    steps, flow: risks over the target's variance. difference: flow/steps - 1. error: of the difference.
    """

    times: np.ndarray
    steps: np.ndarray
    flow: np.ndarray
    difference: np.ndarray
    error: np.ndarray

    def __str__(self) -> str:
        rows = [f"{'T':>12s}{'steps':>14s}{'flow':>14s}{'flow/steps - 1':>17s}{'error':>10s}"]
        for row in zip(self.times, self.steps, self.flow, self.difference, self.error, strict=True):
            rows.append("{:12g}{:14.6g}{:14.6g}{:17.3e}{:10.1e}".format(*row))
        return "\n".join(rows)


def step_against_flow(
    rule: Rule, bins: Bins, steps: np.ndarray, *, batch: float = 1.0, noise: float = 0.0, power: float = 0.0
) -> StepAgainstFlow:
    """What the flow (homogenised SGD: Volterra equation, or Ferbach's equation for momentum) gets wrong.

    A mode's signal is exp(-2 eta x T) in place of ((1 - eta x)^2 + (eta x)^2/B)^T, so that at time T, where
    eta x ~ 1/T, signals differ by a share of order (1 - 1/B)/T for eta x < 1. The kernel's norm is
    (eta/2B) tr G in place of sum eta x/(B (2 - (1 + 1/B) eta x)), smaller by a share (1 + 1/B) eta tr G^2/(2 tr G):
    that part does not fade, and near the stability edge it is multiplied by norm/(1 - norm). On s = 1/2, r = 1, dim =
    1000 at B = 1 and half the largest stable step the flow is low by 12 % at T = 10 and by 8.5 % at 10^3 and 10^5; at
    a tenth of that step by 0.1 % and less. With momentum the difference is of first order as well: it falls as h
    where Delta becomes h Delta, gamma3 h^2 gamma3 and T T/h. Raises InputError.
    """
    discrete = second_moment_risk(rule, bins, steps, batch=batch, noise=noise, power=power)
    flow = second_moment_risk(rule, bins, steps, batch=batch, noise=noise, power=power, continuous=True)
    error = np.hypot(discrete.error, flow.error)
    return StepAgainstFlow(discrete.steps, discrete.risk, flow.risk, flow.risk / discrete.risk - 1, error)


def stochastic_risk(
    rule: Rule,
    steps: np.ndarray,
    *,
    s: float,
    r: float,
    size: float | None = None,
    dim: int | None = None,
    batch: float = 1.0,
    noise: float = 0.0,
    power: float = 0.0,
    width: float = 0.05,
    resolution: int = 32,
) -> Curve:
    """Expected risk of a one-pass method on the power-law problem (s, r) with N = size Gaussian features.

    steps: shape (t,), >= 0, at most 1e30. size None: the limit of large N (s > 0). The rest as in
    `second_moment_risk`. The error adds what twice coarser bins change. Raises InputError, also where the method is
    not stable. Cost: below a second at T = 1e12, that of the bins.
    """
    _checked(steps, batch, noise, power, resolution)
    fine, coarse = (
        second_moment_risk(
            rule,
            spectral_bins(s, r, size, dim, each),
            steps,
            batch=batch,
            noise=noise,
            power=power,
            resolution=resolution,
        )
        for each in (width, 2 * width)
    )
    return Curve(fine.steps, fine.risk, np.abs(coarse.risk / fine.risk - 1) + fine.error)


def _checked(steps: np.ndarray, batch: float, noise: float, power: float, resolution: int) -> np.ndarray:
    wanted = np.asarray(steps, dtype=float)
    if not (wanted.size and np.all(wanted >= 0) and np.max(wanted) <= 1e30):
        raise InputError("steps must be numbers from 0 to 1e30; try numpy.geomspace(1, 1e6, 13).")
    if not (batch >= 1 and noise >= 0 and 0 <= power <= 1 and resolution >= 4):
        raise InputError(
            f"batch is {batch:g}, noise {noise:g}, power {power:g}, resolution {resolution}, but batch >= 1, "
            "noise >= 0, 0 <= power <= 1 and resolution >= 4 are needed."
        )
    return wanted
