"""One optimizer's predicted risk at one size: which theory serves it, and what that theory leaves out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import singledispatch

import numpy as np

from ...errors import CheckError
from ..dynamics import Momentum, batch_of, momentum_risk, one_pass_risk
from ..optimizers import (
    BlockDiagonal,
    DataPower,
    DataPowerSGD,
    Diagonal,
    Filter,
    GradientDescent,
    HeavyBall,
    Nesterov,
    OnePass,
    Optimizer,
    ScheduledHeavyBall,
    Sign,
    Stepped,
)
from ..problems import whitened
from .model_at_size import Setting
from .routes import population_route, risk_over_target, samples_route
from .sign_at_size import sign_at

ON_SAMPLES = "finite samples by the two-point deterministic equivalent, which errs by terms of order 1/N and 1/n"
MEETING = "what is fitted in full has no finite mean there, and no prediction"
WHITENED = "no prediction: whitened inputs have another kernel where features are not linear"

_UNBOUNDED = 0.1  # relative change of risk with n by one, next to where fits in full diverge
_AHEAD = 0.01  # change of log T with which the clock is measured


@dataclass(frozen=True)
class SizePrediction:
    """Risk over the target's variance and its relative error (one standard deviation), shape (t,) each.

    NaN where there is no prediction. note: what is approximate or missing, None where nothing is.
    """

    risk: np.ndarray
    error: np.ndarray
    note: str | None = None


@singledispatch
def predict_at(optimizer: Optimizer, setting: Setting) -> SizePrediction:
    """What an optimizer will do at one size: one registration for each kind of optimizer.

    The error adds up (1 + c)(1/N + 1/n), c the slope of log risk in log T, since a draw's largest eigenvalue
    fluctuates and sets the clock; what an approximation is known to err; numerical errors; and, on samples, what the
    formula leaves out near the n at which fits in full diverge.

    Args:
        optimizer: with its parameters at this size.
        setting: the problem at one size.

    Returns:
        Risk and its error at each of `setting.steps`, NaN with a note where there is no prediction.

    Raises:
        InputError: for steps that are not stable.
    """
    return _nothing(setting, "measured only, no prediction")


@predict_at.register(Filter)
@predict_at.register(BlockDiagonal)
@predict_at.register(Diagonal)
def _linear(optimizer: Optimizer, setting: Setting) -> SizePrediction:
    return _population(optimizer, setting) if math.isinf(setting.samples) else _on_samples(optimizer, setting)


@predict_at.register(HeavyBall)
@predict_at.register(ScheduledHeavyBall)
@predict_at.register(Nesterov)
def _(optimizer: Momentum, setting: Setting) -> SizePrediction:
    if not math.isinf(setting.samples):
        return _on_samples(optimizer, setting)
    found = momentum_risk(optimizer, setting.features.plain, setting.size, setting.steps, setting.eta)
    return SizePrediction(found.risk, found.error)


@predict_at.register
def _(optimizer: DataPower, setting: Setting) -> SizePrediction:
    if not setting.linear:
        return _nothing(setting, WHITENED)
    return predict_at(GradientDescent(), setting.on_features(whitened(setting.features.plain, float(optimizer.p))))


@predict_at.register
def _(optimizer: DataPowerSGD, setting: Setting) -> SizePrediction:
    if not setting.linear:
        return _nothing(setting, WHITENED)
    return _one_pass(optimizer, setting.on_features(whitened(setting.features.plain, float(optimizer.p))))


@predict_at.register(OnePass)
def _one_pass(optimizer: OnePass, setting: Setting) -> SizePrediction:
    bins = setting.bins
    noise = setting.unexplained_noise
    found = one_pass_risk(optimizer, bins, bins.largest, setting.steps, setting.eta, noise, setting.size, setting.s)
    risk, error = _tested(found.risk, found.error, setting)
    seen = batch_of(optimizer, setting.size) * setting.steps
    enough = seen <= setting.samples
    if enough.all():
        return SizePrediction(risk, error, found.note)
    note = f"{found.note}; one pass over n = {setting.samples:g} samples ends at T = n/B, and the prediction with it"
    return SizePrediction(np.where(enough, risk, np.nan), np.where(enough, error, np.nan), note)


@predict_at.register
def _(optimizer: Sign, setting: Setting) -> SizePrediction:
    found = sign_at(optimizer, setting)
    return SizePrediction(*_tested(found.risk, found.error, setting), found.note)


@predict_at.register
def _(optimizer: Stepped, setting: Setting) -> SizePrediction:
    return _nothing(setting, "run step by step: measured by `optscaling simulate`, no prediction")


def _population(optimizer: Optimizer, setting: Setting) -> SizePrediction:
    route = population_route(optimizer, setting)
    if route is None:
        return _nothing(setting, "measured only, no prediction")
    ahead = _later(setting.steps)
    both, numerical = route.risk_and_error(np.concatenate([setting.steps, ahead]))
    value, later = np.split(both, 2)
    clock = np.abs(np.log(np.maximum(later, 1e-300) / np.maximum(value, 1e-300))) / np.log(ahead / setting.steps)
    error = (1 + clock) * (1 / setting.size + route.off) + numerical[: len(value)] / np.maximum(value, 1e-300)
    return SizePrediction(value, error, route.note)


def _on_samples(optimizer: Optimizer, setting: Setting) -> SizePrediction:
    size, samples = setting.size, setting.samples
    route = samples_route(optimizer, setting)
    if route is None:
        return _nothing(setting, "measured only where samples are finite, no prediction")
    note = f"{route.note}; {ON_SAMPLES}" if route.note else ON_SAMPLES
    ahead = _later(setting.steps)
    bias, variance, bias_error, variance_error = (
        np.split(part, 2) for part in route.parts(np.concatenate([setting.steps, ahead]))
    )
    now, noise = risk_over_target(bias[0], variance[0], setting)
    scale = np.maximum(now, 1e-300)
    moved = np.abs(bias[1] - bias[0]) + noise * np.abs(variance[1] - variance[0])
    clock = moved / (scale * np.log(ahead / setting.steps))
    # what the equivalent leaves out comes from how the leading modes' sums of squares over n samples fluctuate, whose
    # variance is (2 + kurtosis)/n
    error = (1 + clock) * (1 / size + (1 + setting.kurtosis / 2) / samples + route.off) + (
        bias_error[0] + noise * variance_error[0]
    ) / scale
    rows = setting.separated_sizes[1]
    nearest = min(route.critical, key=lambda each: abs(rows - each))
    gap = abs(rows - nearest)
    if gap < nearest:  # the equivalent has 1/gap where nearly all is fitted, and Gaussian least squares 1/(gap - 1)
        other = setting.one_sample_away(nearest)
        beside = samples_route(optimizer, other)
        if beside is None:
            raise CheckError(f"{optimizer.name} is predicted on n = {rows} samples, but not on the n next to it.")
        near_bias, near_variance, _, _ = beside.parts(other.steps)
        neighbour = np.abs(risk_over_target(near_bias, near_variance, other)[0] - now) / scale
        error = error + neighbour * (gap + 1) / max(gap - 1, 1)
        if gap < 2:
            unbounded = neighbour > _UNBOUNDED
            now, error = np.where(unbounded, np.nan, now), np.where(unbounded, np.nan, error)
            note = f"{note}; at N = {size} n meets N, dim or the block size: {MEETING}"
    return SizePrediction(now, error, note)


def _tested(risk: np.ndarray, error: np.ndarray, setting: Setting) -> tuple[np.ndarray, np.ndarray]:
    """Risk over the target's whole variance and its relative error, from risk over what modes explain."""
    explained = setting.explained
    whole = risk * explained + 1 - explained
    return whole, error * risk * explained / whole


def _later(steps: np.ndarray) -> np.ndarray:
    """Somewhat later T; by an even number of steps, as (1 - eta x)^T alternates beyond eta x = 1."""
    return steps + 2 * np.maximum(1, np.round(steps * _AHEAD / 2)).astype(steps.dtype)


def _nothing(setting: Setting, note: str) -> SizePrediction:
    none = np.full(len(setting.steps), np.nan)
    return SizePrediction(none, none, note)
