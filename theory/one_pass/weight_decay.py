"""One-pass SGD with decoupled weight decay: what it leaves of the signal, and what of the noise it takes away.

w <- (1 - eta_t lambda) w - eta_t g, from w = 0, B fresh Gaussian samples and labels with noise sigma^2. With d = w* - w
on an eigenvalue x, a its mean and q its mean square, and c = 1 - eta_t (x + lambda),

    a <- eta_t lambda w* + c a
    q <- (eta_t lambda w*)^2 + 2 eta_t lambda w* c a + c^2 q + eta_t^2 (x^2 q + x (L + sigma^2))/B

with L = floor + sum x q, exact in expectation. Without noise it is the filter h_T(x) = lambda/(x + lambda) + x/(x +
lambda) (1 - eta (x + lambda))^T: at late times that of a ridge lambda, which leaves lambda^min(zeta, 2), so that
lambda must fall as 1/(eta T) or faster for the exponent to stay. The noise that it forgets is that of modes x <
lambda, which are not learned anyway: at the best eta no lambda > 0 lowers the risk by more than 0.1 % at any (s, r,
B, T, schedule) tried.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import InputError
from ..schedules import Schedule
from .scheduled_sgd import OnePassProblem

_BLOWN = 1e12  # a risk that has grown by this factor is not coming back


def decay_residual(x: Any, steps: Any, eta: Any, decay: Any) -> Any:
    """h_T(x) = lambda/(x + lambda) + x/(x + lambda) (1 - eta (x + lambda))^T, the filter without noise.

    Args:
        x: Eigenvalues, > 0, of any shape.
        steps: T.
        eta: The step, in units of 1/x.
        decay: lambda >= 0, in units of x.

    Returns:
        The share of the target left, of x's shape.

    >>> decay_residual(1.0, 10**6, 0.5, 1.0)
    0.5
    """
    return decay / (x + decay) + x / (x + decay) * (1 - eta * (x + decay)) ** steps


def decayed_risk(
    schedule: Schedule, problem: OnePassProblem, steps: int, eta: np.ndarray, decay: np.ndarray
) -> np.ndarray:
    """Risk over the target's variance after T = `steps` steps of SGD with decoupled weight decay.

    Cost: O(bins c T); every step is taken.

    Args:
        schedule: phi over the run; it scales the decay's pull as it scales the step.
        problem: Spectrum, batch and noise; no preconditioner.
        steps: T.
        eta: Largest rates, in units of 1/x, shape (c,).
        decay: lambda, in units of x, shape (c,).

    Returns:
        Risks, shape (c,); infinite where the risk grows without bound.

    Raises:
        InputError: The problem has a preconditioner, a step is not positive, or a decay is negative.
    """
    eta, decay = (np.atleast_1d(np.asarray(each, dtype=float)) for each in (eta, decay))
    if problem.power != 0:
        raise InputError(f"The preconditioner has the power {problem.power:g}, but weight decay is followed without.")
    if not (np.all(eta > 0) and np.all(decay >= 0)):
        raise InputError(
            f"The least eta is {np.min(eta):g} and the least decay {np.min(decay):g}, but eta > 0 and decay >= 0 are "
            "needed; try eta = 0.1, decay = 0."
        )
    bins, batch = problem.bins, problem.batch
    x, counts, sigma = bins.x, bins.counts, problem.noise * bins.total
    target = np.sqrt(bins.energies / (counts * x))
    mean = np.tile(target, (len(eta), 1))
    square = mean**2
    risk = np.full(len(eta), bins.total)
    with np.errstate(over="ignore", invalid="ignore"):
        for phi in schedule.rates(steps):
            step = (eta * phi)[:, None]
            pull = step * decay[:, None] * target
            kept = 1 - step * (x + decay[:, None])
            noise = step**2 * x * (x * square + (risk + sigma)[:, None]) / batch
            square = pull**2 + 2 * pull * kept * mean + kept**2 * square + noise
            mean = pull + kept * mean
            risk = bins.floor + (square * x) @ counts
            risk = np.where(risk < _BLOWN * (bins.total + sigma), risk, np.inf)
    return risk / bins.total
