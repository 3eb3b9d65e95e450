"""Risks that schedules end with after the same samples, each at its own best step: what an exponent does not say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..optimizers import Adaptive, Optimizer, one_pass_optimizer
from ..schedules import STANDARD, Schedule, parse_schedule
from .adaptive_moments import AdaptiveProblem, best_adaptive_step
from .endless_power_law import power_law_bins
from .scheduled_sgd import OnePassProblem
from .step_search import best_step
from .stochastic_power import stochastic_power


@dataclass(frozen=True)
class ScheduleRisk:
    """What one schedule ends with.

    Args:
        schedule: phi over the run.
        eta: The best step, in units of 1/lambda_1^(1-p).
        risk: After T steps, over the target's variance.
    """

    schedule: Schedule
    eta: float
    risk: float


def risks_of_schedules(
    optimizer: Optimizer | str,
    s: float,
    r: float,
    tokens: float,
    schedules: Sequence[Schedule | str] = STANDARD,
    *,
    noise: float = 1.0,
    batch: float = 1.0,
) -> tuple[ScheduleRisk, ...]:
    """The risk of each schedule after D = `tokens` samples in batches of B, N and dim without limit.

    Cost: 0.3 s a schedule.

    Args:
        optimizer: An object or its name: sgd, sgd-momentum, sgd-power:p, sgd-data-power:p.
        s: Spectral exponent, > 0.
        r: Source exponent, > 0.
        tokens: D.
        schedules: Objects or names.
        noise: Label-noise variance over the target's variance.
        batch: B, at least 1.

    Returns:
        A risk for each schedule, in the order given.

    Raises:
        InputError: The optimizer is not covered, or a number is out of range.
    """
    rule = one_pass_optimizer(optimizer) if isinstance(optimizer, str) else optimizer
    steps = max(1, round(tokens / batch))
    found = []
    for each in schedules:
        shape = parse_schedule(each) if isinstance(each, str) else each
        if isinstance(rule, Adaptive):
            best = best_adaptive_step(rule, shape, AdaptiveProblem(power_law_bins(s, r), batch, noise), steps)
        else:
            best = best_step(shape, OnePassProblem(power_law_bins(s, r), batch, noise, stochastic_power(rule)), steps)
        found.append(ScheduleRisk(shape, best.eta, best.risk))
    return tuple(found)
