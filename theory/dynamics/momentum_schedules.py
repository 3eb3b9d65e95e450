"""What tells one momentum method from another: its momentum at each step, where it takes the gradient, how far it goes.

    h_{t+1} = a_t - eta x a'_t,   a_t = h_t + m_t (h_t - h_{t-1}),   a'_t = a_t (extrapolated) or h_t.

One registration of `schedule_of` for each method; `momentum_residual` solves what it says.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch

import numpy as np

from ...errors import InputError
from ..optimizers import HeavyBall, Nesterov, Optimizer, ScheduledHeavyBall

Momentum = HeavyBall | ScheduledHeavyBall | Nesterov

_DELTAS = (0.05, 100.0)  # between which the quadrature of scheduled methods is accurate


@dataclass(frozen=True)
class Schedule:
    """The recursion of one momentum method.

    Attributes:
        limit: the step eta, in units of 1/lambda_max, from which the top eigenvalue is not learned.
        beta: constant momentum, None where it is 1 - delta/t.
        delta: of the momentum 1 - delta/t, None where it is constant.
        extrapolated: whether the gradient is taken at the extrapolated point.
    """

    limit: float
    beta: float | None = None
    delta: float | None = None
    extrapolated: bool = False

    def momentum(self, t: int) -> float:
        """m_t, t from 0: beta, or max(0, 1 - delta/(t + 1))."""
        return max(0.0, 1 - (self.delta or 0.0) / (t + 1)) if self.beta is None else self.beta

    def frequency(self, angle: np.ndarray) -> np.ndarray:
        """d angle/d log(eta x), with angle = |log(mu/nu)|/2 of an oscillating mode, shape of `angle`."""
        return np.tan(angle) if self.extrapolated else 2 * np.tan(angle / 2)


@singledispatch
def schedule_of(method: Optimizer) -> Schedule:
    """The recursion of a momentum method.

    One root of mu^2 - (1 + m - rate) mu + m (or of mu^2 - (1 - rate) ((1 + m) mu - m)) reaches -1 at the limit,
    m -> 1 for schedules. A scheduled heavy ball beyond eta = 2 first grows, the more the nearer to 4, before it falls.

    Args:
        method: heavy ball, scheduled heavy ball or Nesterov's method.

    Returns:
        Momentum, point of the gradient and limit of the step: 2 (1 + beta), 4 for the schedule, 4/3 for Nesterov.

    Raises:
        InputError: where delta is a symbol, or too small or large for the quadrature.
        TypeError: for an optimizer without momentum.

    >>> schedule_of(Nesterov(3)).limit
    1.3333333333333333
    """
    raise TypeError(f"{method.name} has no momentum")


@schedule_of.register
def _(method: HeavyBall) -> Schedule:
    return Schedule(2 * (1 + float(method.beta)), beta=float(method.beta))


@schedule_of.register
def _(method: ScheduledHeavyBall) -> Schedule:
    return Schedule(4.0, delta=_delta(method))


@schedule_of.register
def _(method: Nesterov) -> Schedule:
    return Schedule(4 / 3, delta=_delta(method), extrapolated=True)


def _delta(method: ScheduledHeavyBall | Nesterov) -> float:
    if method.delta is None:
        raise InputError(f"{method.name} has no number for delta, but its risk needs one; try {method.word}:3.")
    low, high = _DELTAS
    if not low <= method.delta <= high:
        raise InputError(
            f"delta is {float(method.delta):g}, but it must be from {low:g} to {high:g} for residuals; try 3."
        )
    return float(method.delta)


def check_step(method: Momentum, eta: float) -> None:
    """Refuse a step at which the method is not stable.

    Args:
        method: the momentum method.
        eta: the step, in units of 1/lambda_max.

    Raises:
        InputError: unless 0 < eta < `schedule_of(method).limit`.
    """
    limit = schedule_of(method).limit
    if not 0 < eta < limit:
        raise InputError(
            f"eta is {eta:g} in units of 1/lambda_max, but {method.name} is stable for 0 < eta < {limit:.4g}; try "
            f"{min(1.0, limit / 2):g}."
        )


def step_limit(method: Momentum) -> float:
    """The step eta, in units of 1/lambda_max, from which the top eigenvalue is not learned; see `schedule_of`."""
    return schedule_of(method).limit
