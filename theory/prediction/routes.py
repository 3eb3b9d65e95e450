"""How a linear optimizer is predicted at one size: on the population by a measure, on samples by bias and variance."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..dynamics import momentum_on_samples
from ..optimizers import BlockDiagonal, Filter, HeavyBall, NaturalGradient, Nesterov, Optimizer, ScheduledHeavyBall
from ..preconditioning import levelled, preconditioned_samples, surrogate
from .model_at_size import Setting


@dataclass(frozen=True)
class PopulationRoute:
    """Risk on infinitely many samples, over the variance that modes explain, and its numerical error, at given T.

    off: relative error of the clock and of the risk that the route makes. note: what is approximate.
    """

    risk_and_error: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
    off: float = 0.0
    note: str | None = None


def population_route(optimizer: Optimizer, setting: Setting) -> PopulationRoute | None:
    """The route on the population, None where there is none."""
    made = setting.features
    found = surrogate(optimizer, made.plain, setting.size, setting.measure, made.divided, made.weights)
    if found is None:
        return None
    rule, measure = found.filter, found.measure
    delta = rule.delta(math.inf, setting.size * measure.largest) if isinstance(rule, NaturalGradient) else 0.0
    return PopulationRoute(
        lambda steps: measure.risk_and_error(rule, steps, setting.eta, delta), found.error, found.note
    )


@dataclass(frozen=True)
class SamplesRoute:
    """How an optimizer is predicted on samples: bias over the modes' energy, variance, and their errors, at given T.

    critical: the n at which fits in full diverge. off: relative error of the clock and of the risk that the route
    makes. note: what is approximate beside the two-point formula.
    """

    parts: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]
    critical: tuple[float, ...]
    off: float = 0.0
    note: str | None = None


def samples_route(optimizer: Optimizer, setting: Setting) -> SamplesRoute | None:
    """The route on these samples, None where there is none."""
    features, rows = setting.separated_sizes
    edge = float(min(features, setting.features.plain.rank))
    rule: Filter
    match optimizer:
        case HeavyBall() | ScheduledHeavyBall() | Nesterov():

            def on_bins(steps: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
                each, which = np.unique(steps, return_inverse=True)
                found = momentum_on_samples(optimizer, setting.sample_bins, each, setting.eta, features, rows)
                parts = found.bias, found.variance, found.bias_error, found.variance_error
                return tuple(part[which] for part in parts)  # type: ignore[return-value]

            return SamplesRoute(on_bins, (edge,))
        case Filter():
            rule, measure, off, note = optimizer, setting.on_samples, 0.0, None
            critical: tuple[float, ...] = (edge,)
        case _:
            if isinstance(optimizer, BlockDiagonal):
                while rows in (optimizer.size, levelled(features, optimizer.size)):
                    rows += 1
            made = setting.features
            found = preconditioned_samples(optimizer, made.plain, made.divided, features, rows, made.weights)
            if found is None:
                return None
            rule, measure, off, note = found.filter, found.measure, found.error, found.note
            critical = found.critical
    largest = measure.largest * setting.scale
    delta = rule.delta(setting.samples, largest) if isinstance(rule, NaturalGradient) else 0.0
    return SamplesRoute(lambda steps: measure.risk_and_error(rule, steps, setting.eta, delta), critical, off, note)


def risk_over_target(bias: np.ndarray, variance: np.ndarray, setting: Setting) -> tuple[np.ndarray, float]:
    """Risk over the target's variance, and the label-noise variance over it, what no mode explains included.

    bias: over the modes' energy.
    """
    explained = setting.explained
    noise = setting.noise + 1 - explained
    return bias * explained + 1 - explained + noise * variance, noise
