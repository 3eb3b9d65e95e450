"""One-pass stochastic methods at finite size, as experiments state them: eta over the largest eigenvalue, noise, batch.

The second moments are exact in expectation for Gaussian inputs (`stochastic`), so what is approximate is the spectrum
of N features: deterministic bins in place of each draw's own eigenvalues, an error of order 1/N.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from ...errors import InputError
from ..gram import Bins
from ..optimizers import OnePass
from .one_pass_rules import Rule, power_of, rule_of
from .second_moment_risk import kernel_norm, rule_norm, second_moment_risk

_TIMES = 25  # at which a changing rule's kernel norm is looked at
_SHIFT = 0.02  # of eta and T, for the slopes that carry an error of the largest eigenvalue into the risk
_SKEWED = 0.3  # kernel norms beyond which single runs at small batches scatter far more than their mean suggests


@dataclass(frozen=True)
class OnePassPrediction:
    """Expected risk over the target's variance at `steps`, shape (t,); NaN where the method is not stable up to T.

    error: shape (t,), relative, one standard deviation: (1 + c)/N, c the slope of log risk in log T and log eta, beside
    the numerical error. norm: of the memory kernel, the largest up to the last T. note: what is approximate or failed.
    """

    steps: np.ndarray
    risk: np.ndarray
    error: np.ndarray
    norm: float
    note: str


def batch_of(optimizer: OnePass, size: float) -> float:
    """B at N = size: the batch given, or N^growth and at least 1.

    Args:
        optimizer: a one-pass method.
        size: N.

    Returns:
        B.
    """
    return float(optimizer.batch) if optimizer.batch is not None else max(1.0, size ** float(optimizer.growth))


def one_pass_risk(
    optimizer: OnePass,
    bins: Bins,
    largest: float,
    steps: np.ndarray,
    eta: float,
    noise: float = 0.0,
    size: int = 1,
    s: float = float("nan"),
) -> OnePassPrediction:
    """Expected risk of a one-pass method on N = size features with the spectrum `bins`.

    Constant momentum 0.9 takes a tenth of eta (the same pace), DANA gamma2 = eta, gamma3 = eta/N or eta (1 +
    t)^(-1/(1+s)), momentum 1 - 8/(8 + t).

    The expectation is over runs and over draws of the features to leading order in 1/N. Single runs scatter around it,
    at batch 1 with a long upper tail: compare with a mean over many. Where the kernel's norm reaches 1 the mean grows
    without bound and the risk is NaN, though a typical run may fall for a while.

    Against plain steps (N = 64 and 256, B = 1, 8 and 64, T up to 3000): `benchmarks/stochastic.py`. Cost: that of
    `second_moment_risk`, twice.

    Args:
        optimizer: a one-pass method.
        bins: of the features' spectrum; for sgd-data-power:p of `whitened` modes.
        largest: lambda_max(G) in the units of bins.x.
        steps: T, shape (t,).
        eta: in units of 1/lambda_max(P G), with P = G^-p for sgd-power:p and 1 otherwise.
        noise: label-noise variance over the target's.
        size: N.
        s: spectral exponent, for dana-decaying only.

    Returns:
        Risk, error, the kernel's norm and a note.

    Raises:
        InputError: for numbers that are not positive, and for dana-decaying at s <= 0.
    """
    count = np.asarray(steps, dtype=float)
    _check(eta, largest, noise, size, count)
    batch, power = batch_of(optimizer, size), power_of(optimizer)
    last = float(np.max(count))
    rule = _rule(optimizer, eta, largest, size, s)
    norm, onset = _worst_norm(rule, bins, batch, power, last)
    note = "expected risk over draws of batches and features, right to order 1/N"
    stable = count < onset
    risk, error = np.full(len(count), np.nan), np.full(len(count), np.nan)
    if not np.all(stable):
        limit = largest_stable_eta(optimizer, bins, largest, size, s, last)
        note = (
            f"unstable: the memory kernel's norm is {norm:.3g} and must stay below 1; the largest stable eta is "
            f"{limit:.3g}"
        )
    elif norm > _SKEWED and batch < size:
        note += f"; the memory kernel's norm is {norm:.2g}, so that single runs scatter with a long upper tail"
    if np.any(stable):
        smaller = _rule(optimizer, eta * (1 - _SHIFT), largest, size, s)
        risk[stable], slope, numerical = _with_clock((rule, smaller), bins, count[stable], batch, noise, power)
        error[stable] = np.hypot((1 + slope) / size, numerical)
    return OnePassPrediction(count, risk, error, norm, note)


def _check(eta: float, largest: float, noise: float, size: int, count: np.ndarray) -> None:
    if not (eta > 0 and largest > 0 and noise >= 0 and size >= 1 and count.ndim == 1 and count.size):
        raise InputError(
            f"eta is {eta:g}, largest {largest:g}, noise {noise:g}, N {size}, but eta, largest and N must be positive, "
            "noise not negative and steps a list; try eta = 0.5."
        )


def _with_clock(
    rules: tuple[Rule, Rule], bins: Bins, steps: np.ndarray, batch: float, noise: float, power: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Risk, its largest slope in log T or log eta, and its numerical error, shape (t,); rules at eta and just below."""
    both = np.concatenate([steps, (1 + _SHIFT) * steps])
    found = second_moment_risk(rules[0], bins, both, batch=batch, noise=noise, power=power)
    value, later = np.split(found.risk, 2)
    slower = second_moment_risk(rules[1], bins, steps, batch=batch, noise=noise, power=power).risk
    slope = np.maximum(np.abs(np.log(later / value)), np.abs(np.log(slower / value))) / _SHIFT
    return value, slope, found.error[: len(steps)]


def largest_stable_eta(
    optimizer: OnePass, bins: Bins, largest: float, size: int, s: float = float("nan"), last: float = 1e6
) -> float:
    """The eta, in units of 1/lambda_max(P G), at which the memory kernel's norm reaches 1 at some time up to `last`.

    For SGD with B = 1 about 2 lambda_max/tr G; it nears 2 as B grows. Raises InputError for dana-decaying at s <= 0.
    """
    batch, power = batch_of(optimizer, size), power_of(optimizer)

    def excess(log_eta: float) -> float:
        norm, _ = _worst_norm(_rule(optimizer, np.exp(log_eta), largest, size, s), bins, batch, power, last)
        return np.log(min(norm, 1e12))

    # below 1/(trace of P G) every norm is small; above 4 the top mode alone is unstable without momentum
    high = np.log(80.0)
    low = high
    while excess(low) >= 0 and low > -80:
        low -= 1.0
    if low == high:
        return float(np.exp(high))
    return float(np.exp(brentq(excess, low, low + 1.0, xtol=1e-6)))


def _rule(optimizer: OnePass, eta: float, largest: float, size: float, s: float) -> Rule:
    """The rule with its step in the units of bins.x."""
    return rule_of(optimizer, eta / largest ** (1 - power_of(optimizer)), s, size)


def _worst_norm(rule: Rule, bins: Bins, batch: float, power: float, last: float) -> tuple[float, float]:
    """The kernel's largest norm up to `last`, and the first time at which it is 1 or more (infinite if never)."""
    if rule.plain:
        norm = kernel_norm(bins, rule.gamma2, batch, power)
        return norm, float("inf") if norm < 1 else 0.0
    if rule.constant:
        norm = rule_norm(rule, bins, batch, power)
        return norm, float("inf") if norm < 1 else 0.0
    times = np.append(0.0, np.geomspace(1, max(last, 2.0), _TIMES))
    norms = np.array([rule_norm(rule, bins, batch, power, t) for t in times])
    over = np.flatnonzero(norms >= 1)
    return float(norms.max()), float(times[over[0]]) if len(over) else float("inf")
