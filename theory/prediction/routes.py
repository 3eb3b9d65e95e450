"""How a linear optimizer is predicted at one size: on the population by a measure, on samples by bias and variance."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import singledispatch

import numpy as np

from ..dynamics import Momentum, momentum_on_samples
from ..optimizers import BlockDiagonal, Filter, HeavyBall, Nesterov, Optimizer, ScheduledHeavyBall
from ..preconditioning import levelled, preconditioned_samples, surrogate
from ..samples import SampleMeasure
from .model_at_size import Setting

_Parts = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


@dataclass(frozen=True)
class PopulationRoute:
    """How an optimizer is predicted on infinitely many samples.

    Attributes:
        risk_and_error: from T, shape (t,), to the risk over the variance that modes explain and its numerical error,
            shape (t,) each.
        off: relative error, one standard deviation, of the clock and of the risk that the route makes.
        note: what is approximate, None where nothing is.
    """

    risk_and_error: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
    off: float = 0.0
    note: str | None = None


def population_route(optimizer: Optimizer, setting: Setting) -> PopulationRoute | None:
    """The route of a linear optimizer on the population.

    Args:
        optimizer: with its parameters at this size.
        setting: the problem at one size.

    Returns:
        A filter's risk on a spectral measure, see `preconditioning.surrogate`; None where there is no such filter.

    Raises:
        InputError: as `surrogate` does.
    """
    features = setting.features
    found = surrogate(optimizer, features.plain, setting.size, setting.measure, features.divided, features.weights)
    if found is None:
        return None
    rule, measure = found.filter, found.measure
    delta = rule.delta(math.inf, setting.size * measure.largest)
    return PopulationRoute(
        lambda steps: measure.risk_and_error(rule, steps, setting.eta, delta), found.error, found.note
    )


@dataclass(frozen=True)
class SamplesRoute:
    """How an optimizer is predicted on n samples.

    Attributes:
        parts: from T, shape (t,), to the bias over the modes' energy, the variance per unit of label noise, and the
            numerical errors of the two, shape (t,) each.
        critical: the n at which fits in full diverge.
        off: relative error, one standard deviation, of the clock and of the risk that the route makes.
        note: what is approximate beside the two-point formula, None where nothing is.
    """

    parts: Callable[[np.ndarray], _Parts]
    critical: tuple[float, ...]
    off: float = 0.0
    note: str | None = None


@singledispatch
def samples_route(optimizer: Optimizer, setting: Setting) -> SamplesRoute | None:
    """The route of a linear optimizer on n samples: one registration for each kind of it.

    Args:
        optimizer: with its parameters at this size.
        setting: the problem at one size, with finite samples.

    Returns:
        The route, None where there is none.

    Raises:
        InputError: as the theory of the optimizer does, for instance for steps that are not stable.
    """
    return _preconditioned(optimizer, setting, setting.separated_sizes[1])


@samples_route.register
def _(optimizer: Filter, setting: Setting) -> SamplesRoute:
    return _filtered(optimizer, setting.on_samples, setting, (_edge(setting),))


@samples_route.register
def _(optimizer: BlockDiagonal, setting: Setting) -> SamplesRoute | None:
    features, rows = setting.separated_sizes
    while rows in (optimizer.size, levelled(features, optimizer.size)):  # a block that just fits in full
        rows += 1
    return _preconditioned(optimizer, setting, rows)


@samples_route.register(HeavyBall)
@samples_route.register(ScheduledHeavyBall)
@samples_route.register(Nesterov)
def _(optimizer: Momentum, setting: Setting) -> SamplesRoute:
    def on_bins(steps: np.ndarray) -> _Parts:
        distinct, which = np.unique(steps, return_inverse=True)
        found = momentum_on_samples(optimizer, setting.sample_bins, distinct, setting.eta, *setting.separated_sizes)
        return found.bias[which], found.variance[which], found.bias_error[which], found.variance_error[which]

    return SamplesRoute(on_bins, (_edge(setting),))


def _preconditioned(optimizer: Optimizer, setting: Setting, rows: int) -> SamplesRoute | None:
    """By a filter on a measure of the optimizer's own, None where there is none."""
    features, size = setting.features, setting.separated_sizes[0]
    found = preconditioned_samples(optimizer, features.plain, features.divided, size, rows, features.weights)
    if found is None:
        return None
    return _filtered(found.filter, found.measure, setting, found.critical, found.error, found.note)


def _filtered(
    rule: Filter,
    measure: SampleMeasure,
    setting: Setting,
    critical: tuple[float, ...],
    off: float = 0.0,
    note: str | None = None,
) -> SamplesRoute:
    delta = rule.delta(setting.samples, measure.largest * setting.scale)
    return SamplesRoute(lambda steps: measure.risk_and_error(rule, steps, setting.eta, delta), critical, off, note)


def _edge(setting: Setting) -> float:
    """The n at which N features are fitted in full."""
    return float(min(setting.separated_sizes[0], setting.features.plain.rank))


def risk_over_target(bias: np.ndarray, variance: np.ndarray, setting: Setting) -> tuple[np.ndarray, float]:
    """Risk over the target's variance from bias and variance.

        risk = bias e + (1 - e) + sigma^2 variance,  sigma^2 = noise + 1 - e,

    e the share of the target's variance that modes explain.

    Args:
        bias: over the modes' energy, shape (t,).
        variance: per unit of label noise, shape (t,).
        setting: the problem at one size.

    Returns:
        The risk, shape (t,), and sigma^2, what acts as label noise, over the target's variance.
    """
    explained = setting.explained
    noise = setting.noise + 1 - explained
    return bias * explained + 1 - explained + noise * variance, noise
