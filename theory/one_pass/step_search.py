"""The step size at which a scheduled run ends with the smallest risk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...errors import InputError
from ..schedules import Schedule
from .scheduled_sgd import OnePassProblem, scheduled_risk

_COARSE = 2.0  # ratio of neighbouring steps in the first search
_LEAST = 4  # halvings below the step that would learn the top mode just once in a run
_FINE = 2.0 ** (np.arange(-7, 8) / 8)
_FINER = 2.0 ** (np.arange(-3, 4) / 32)


@dataclass(frozen=True)
class BestStep:
    """The best step of a run.

    Args:
        eta: The step, in the units of 1/x.
        risk: With it, over the target's variance.
    """

    eta: float
    risk: float


def best_step(schedule: Schedule, problem: OnePassProblem, steps: int, resolution: float = 32) -> BestStep:
    """The eta with the smallest risk after T = `steps` steps. Cost: that of 60 risks.

    Args:
        schedule: phi over the run.
        problem: Spectrum, batch, noise and preconditioner.
        steps: T.
        resolution: Of the strides.

    Returns:
        The step to 2 %, which leaves less than 0.1 % in the risk.

    Raises:
        InputError: No step keeps the risk finite.
    """
    limit = 2 / ((1 + 1 / problem.batch) * float(problem.bins.x[0]) ** (1 - problem.power))
    return tuned(lambda eta: scheduled_risk(schedule, problem, steps, eta, resolution), limit, steps)


def tuned(risks: Callable[[np.ndarray], np.ndarray], limit: float, steps: int) -> BestStep:
    """The best of the steps from limit/(16 T) to `limit`, for a risk that has one minimum in eta.

    Args:
        risks: Steps of shape (c,) to risks of shape (c,), infinite where they blow up.
        limit: The largest step tried.
        steps: T.

    Returns:
        The step and its risk.

    Raises:
        InputError: All risks blow up.
    """
    coarse = limit * _COARSE ** -np.arange(np.ceil(np.log2(steps)) + _LEAST)
    found = risks(coarse)
    if not np.any(np.isfinite(found)):
        raise InputError("No step size keeps the risk finite; the spectrum's trace is too large for this batch.")
    best = coarse[int(np.nanargmin(np.where(np.isfinite(found), found, np.inf)))]
    for grid in (_FINE, _FINER):
        eta = np.minimum(best * grid, limit)
        found = risks(eta)
        best = eta[int(np.argmin(np.where(np.isfinite(found), found, np.inf)))]
    return BestStep(float(best), float(np.min(found)))
