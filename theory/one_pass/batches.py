"""The critical batch: how large B may be before the same samples, in fewer steps, leave a larger risk.

At each B the step size is the best one for it. The critical batch at D samples is the largest B whose risk is within a
factor (1.3 unless given) of the smallest over all B. A run in D/B steps can at most take S = eta T ~ D/B, so it is
where that limit meets the S that D samples ask for. Steps against tokens: the D and T = D/B at which each B arrives at
one risk.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.interpolate import PchipInterpolator

from ...errors import InputError
from ..schedules import Schedule
from .scheduled_sgd import OnePassProblem
from .step_search import best_step

FACTOR = 1.3
_AROUND = (1.2, 1.4)  # factors whose batches are the interval
_FEWEST = 8  # steps of the largest batch tried
_BEYOND = 4.0  # of the smallest risk: larger batches are not tried
_RATIO = 2.0  # of neighbouring batches
_LARGEST = 1e13  # tokens
_CLOSE = 1e-3  # of log risk, where the search for D stops
_SEARCHES = 12

Risk = Callable[[float, float], float]  # tokens, batch


@dataclass(frozen=True)
class BatchCurve:
    """Risks of one D at each batch with the best step, all arrays of shape (m,), batches rising.

    `critical` is the largest B with a risk within `factor` of the smallest, `interval` the same for the factors 1.2 and
    1.4, since a knee is no point; `complete` says whether the curve reaches the factor, so that critical is no lower
    bound.

    Args:
        tokens: D.
        batches: B.
        steps: T = D/B.
        risks: Over the target's variance.
        factor: What the critical batch may cost.
    """

    tokens: float
    batches: np.ndarray
    steps: np.ndarray
    risks: np.ndarray
    factor: float

    def within(self, factor: float) -> float:
        """The largest B whose risk is at most `factor` times the smallest, by monotone interpolation in logarithms."""
        log_b, log_risk = np.log(self.batches), np.log(self.risks / self.risks.min())
        fine = np.linspace(log_b[0], log_b[-1], 4000)
        inside = PchipInterpolator(log_b, log_risk)(fine) <= np.log(factor)
        return float(np.exp(fine[np.flatnonzero(inside)[-1]]))

    @property
    def critical(self) -> float:
        """The critical batch."""
        return self.within(self.factor)

    @property
    def interval(self) -> tuple[float, float]:
        """Where 20 % and 40 % more risk are paid."""
        low, high = (self.within(each) for each in _AROUND)
        return low, high

    @property
    def complete(self) -> bool:
        """Whether the largest batch tried is beyond the factor."""
        return bool(self.risks[-1] > max(self.factor, _AROUND[1]) * self.risks.min())


def batch_curve(schedule: Schedule, problem: OnePassProblem, tokens: float, factor: float = FACTOR) -> BatchCurve:
    """Risks after D = `tokens` samples at B = 1, 2, 4, ..., each with its best step.

    Cost: 0.2 s a batch.

    Args:
        schedule: phi over the run.
        problem: Spectrum, noise and preconditioner; its own batch is not used.
        tokens: D, 64 to 1e13.
        factor: Above 1: what the critical batch may cost.

    Returns:
        The curve, up to the batch that costs four times the smallest risk or has 8 steps.

    Raises:
        InputError: tokens or factor is out of range.
    """
    if not (64 <= tokens <= _LARGEST and factor > 1):
        raise InputError(
            f"tokens is {tokens:g} and factor {factor:g}, but 64 to 1e13 tokens and a factor above 1 are expected; "
            "try --tokens 1e6."
        )
    risk = tuned_risk(schedule, problem)
    batches, risks = [], []
    batch = 1.0
    while tokens / batch >= _FEWEST:
        batches.append(batch)
        risks.append(risk(tokens, batch))
        if risks[-1] > _BEYOND * min(risks):
            break
        batch *= _RATIO
    found = np.array(batches)
    return BatchCurve(tokens, found, np.round(tokens / found), np.array(risks), factor)


def tuned_risk(schedule: Schedule, problem: OnePassProblem) -> Risk:
    """Risk with the best step, of (tokens, batch).

    Args:
        schedule: phi over the run.
        problem: Spectrum, noise and preconditioner; its own batch is not used.

    Returns:
        A function of D and B; the risk is over the target's variance.
    """

    def risk(tokens: float, batch: float) -> float:
        return best_step(schedule, replace(problem, batch=batch), max(1, round(tokens / batch))).risk

    return risk


@dataclass(frozen=True)
class StepsAndTokens:
    """The D and T at which each batch arrives at one risk, arrays of shape (m,); NaN where none was found.

    Args:
        risk: The risk.
        batches: B.
        tokens: D.
        steps: T = D/B.
    """

    risk: float
    batches: np.ndarray
    tokens: np.ndarray
    steps: np.ndarray


def steps_and_tokens(risk: Risk, curve: BatchCurve) -> StepsAndTokens:
    """How many samples each batch of a curve needs for the curve's smallest risk. Cost: a few tuned risks a batch.

    Args:
        risk: Of (tokens, batch), as from `tuned_risk`.
        curve: Of the batches.

    Returns:
        D and T at each batch.
    """
    target = float(curve.risks.min())
    tokens = np.array([_needed(risk, curve, target, i) for i in range(len(curve.batches))])
    return StepsAndTokens(target, curve.batches, tokens, tokens / curve.batches)


def _needed(risk: Risk, curve: BatchCurve, target: float, i: int) -> float:
    """D at which batch i has the target's risk, by the secant rule in logarithms."""
    batch = float(curve.batches[i])
    one, off = np.log(curve.tokens), np.log(curve.risks[i] / target)
    if off < _CLOSE:
        return float(curve.tokens)
    two = one + 2 * off
    for _ in range(_SEARCHES):
        if two > np.log(_LARGEST):
            return float("nan")
        next_off = np.log(risk(float(np.exp(two)), batch) / target)
        if abs(next_off) < _CLOSE:
            return float(np.exp(two))
        slope = (next_off - off) / (two - one)
        if not slope < 0:
            return float("nan")
        one, off, two = two, next_off, two - next_off / slope
    return float("nan")
