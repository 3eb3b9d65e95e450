"""Every optimizer's predicted risk at one size and any T, on infinitely many samples or on n of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeVar

import numpy as np

from ...errors import CheckError
from ...theory.dynamics import SignPrediction
from ...theory.gram import SpectralMeasure
from ...theory.optimizers import Diagonal, GradientDescent, NaturalGradient, Optimizer, Power, Sign
from ...theory.prediction import (
    FeatureModes,
    PopulationRoute,
    SamplesRoute,
    Setting,
    population_route,
    risk_over_target,
    samples_route,
    sign_at,
)
from ...theory.problems import Modes

_Route = TypeVar("_Route", PopulationRoute, SamplesRoute)
_OPTIMIZERS: dict[str, Optimizer] = {
    "gd": GradientDescent(),
    "diagonal": Diagonal(),
    "matrix-sign": Power(Fraction(1, 2)),
    "natural-gradient": NaturalGradient(),
}
_GRID = 120  # values of T between which the crossing of two risks is sought
_FARTHEST = 1e3  # times T


@dataclass(frozen=True)
class Training:
    """What a run is given. eta over the largest eigenvalue. samples: n, infinite for the population gradient.

    noise: variance of the targets' part that no mode explains over the part that modes explain. scale: of the leading
    eigenvalue of `modes`, which sign descent alone depends on. of_unit_variance: features have variance 1, not 1/N.
    variance: of the targets' part that modes explain.
    """

    steps: int
    eta: float
    samples: float = math.inf
    noise: float = 0.0
    scale: float = 1.0
    of_unit_variance: bool = False
    variance: float = 1.0


class AtSize:
    """One size: risk above what no model reaches, over the variance that can be learned.

    All of it is `theory.prediction`'s: this holds what one size has prepared, for any T.
    """

    def __init__(self, modes: Modes, size: int, training: Training) -> None:
        self.training = training
        self._setting = Setting(
            FeatureModes(modes),
            size,
            training.samples,
            np.array([float(training.steps)]),
            training.eta,
            training.noise,
            scale=training.scale * (size if training.of_unit_variance else 1),
            variance=training.variance,
        )
        self._on_population: dict[str, PopulationRoute] = {}
        self._on_samples: dict[str, SamplesRoute] = {}

    @property
    def measure(self) -> SpectralMeasure:
        """Of the population."""
        return self._setting.measure

    def risk(self, name: str, steps: np.ndarray) -> np.ndarray:
        """Risk at each of `steps`, shape (t,)."""
        if name == "sign":
            return self.sign(steps).risk
        return self.population(name, steps) if math.isinf(self.training.samples) else self.parts(name, steps)[0]

    def population(self, name: str, steps: np.ndarray) -> np.ndarray:
        """The same on infinitely many samples, for a filter. Raises CheckError where there is no prediction."""
        if name not in self._on_population:
            self._on_population[name] = _known(name, population_route(_OPTIMIZERS[name], self._setting))
        risk, _ = self._on_population[name].risk_and_error(np.asarray(steps, dtype=float))
        return np.maximum(risk, 1e-300)

    def parts(self, name: str, steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """On n samples: risk, and the share of it that label noise makes, shape (t,) each.

        Raises CheckError where there is no prediction.
        """
        if name not in self._on_samples:
            self._on_samples[name] = _known(name, samples_route(_OPTIMIZERS[name], self._setting))
        bias, variance, _, _ = self._on_samples[name].parts(np.asarray(steps, dtype=float))
        whole, noise = risk_over_target(bias, variance, self._setting)
        risk = np.maximum(whole, 1e-300)
        return risk, noise * variance / risk

    def sign(self, steps: np.ndarray) -> SignPrediction:
        """Sign descent, its step chosen at the last of `steps`. Cost: 0.1 s a T, and 0.1 s more on samples."""
        return sign_at(Sign(), replace(self._setting, steps=np.asarray(steps, dtype=float)))

    def steps_to_match(self, name: str) -> Callable[[float], float | None]:
        """T' at which the optimizer's risk is that of gd at T times a factor, None where it is not by 1000 T.

        The first of them where risk rises again. The natural gradient is one solve, so it takes one step or never.
        """
        until = float(self.training.steps)
        target = float(self.risk("gd", np.array([until]))[0])
        grid = np.unique(np.round(np.geomspace(1, _FARTHEST * until, _GRID)))
        logs = np.log(self.risk(name, grid))

        def at(factor: float) -> float | None:
            below = np.flatnonzero(logs <= math.log(target * factor) + 1e-9)
            if not len(below):
                return None
            first = below[0]
            if first == 0:
                return float(grid[0])
            near = slice(first - 1, first + 1)
            return float(np.exp(np.interp(-math.log(target * factor), -logs[near], np.log(grid[near]))))

        return at


def _known(name: str, route: _Route | None) -> _Route:
    """The route. Raises CheckError where there is none."""
    if route is None:
        raise CheckError(f"{name} is judged by a diagnosis, but theory.prediction has no risk of it.")
    return route
