"""Every optimizer's predicted risk at one size and any T, on infinitely many samples or on n of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from ...theory.dynamics.sign_descent_locking import SignPrediction, sign_risk_prediction
from ...theory.gram.spectral_measure import SpectralMeasure, spectral_measure
from ...theory.optimizers.base import Filter
from ...theory.optimizers.filters import GradientDescent, NaturalGradient, Power
from ...theory.optimizers.preconditioners import Diagonal
from ...theory.optimizers.sign import Sign
from ...theory.preconditioning.equivalent_filters import surrogate
from ...theory.preconditioning.equivalent_filters_on_samples import preconditioned_samples
from ...theory.preconditioning.feature_weights import norm_weights
from ...theory.problems.modes import Modes
from ...theory.samples.sample_measure import SampleMeasure, sample_measure
from ...theory.samples.sizes import apart

_FILTERS: dict[str, Filter] = {
    "gd": GradientDescent(),
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
    """One size: risk above what no model reaches, over the variance that can be learned."""

    def __init__(self, modes: Modes, size: int, training: Training) -> None:
        self.modes, self.size, self.training = modes, size, training

    @cached_property
    def measure(self) -> SpectralMeasure:
        """Of the population."""
        return spectral_measure(self.modes, self.size)

    @cached_property
    def _on_population(self) -> tuple[Filter, SpectralMeasure]:
        found = surrogate(Diagonal(), self.modes, self.size, self.measure)
        assert found is not None
        return found.filter, found.measure

    @cached_property
    def _sizes(self) -> tuple[int, int]:
        return apart(self.size, round(self.training.samples), self.modes.rank)

    @cached_property
    def _samples(self) -> SampleMeasure:
        return sample_measure(self.modes, *self._sizes)

    @cached_property
    def _diagonal_on_samples(self) -> tuple[Filter, SampleMeasure]:
        found = preconditioned_samples(Diagonal(), self.modes, None, *self._sizes, norm_weights(self.modes))
        assert found is not None
        return found.filter, found.measure

    def risk(self, name: str, steps: np.ndarray) -> np.ndarray:
        """Risk at each of `steps`, shape (t,)."""
        infinite = math.isinf(self.training.samples)
        if name == "sign":
            # on samples it overfits as the gd does whose largest step it takes
            found = self.sign(steps).risk
            return found if infinite else found * self.risk("gd", steps) / self.population("gd", steps)
        return self.population(name, steps) if infinite else self.parts(name, steps)[0]

    def population(self, name: str, steps: np.ndarray) -> np.ndarray:
        """The same on infinitely many samples, for a filter."""
        rule, measure = self._on_population if name == "diagonal" else (_FILTERS[name], self.measure)
        return np.maximum(measure.risk(rule, np.asarray(steps, dtype=float), self.training.eta), 1e-300)

    def parts(self, name: str, steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """On n samples: risk, and the share of it that label noise makes, shape (t,) each."""
        rule, measure = self._diagonal_on_samples if name == "diagonal" else (_FILTERS[name], self._samples)
        scale = self.training.scale * (self.size if self.training.of_unit_variance else 1)
        delta = rule.delta(self.training.samples, measure.largest * scale) if isinstance(rule, NaturalGradient) else 0.0
        bias, variance = measure.risk(rule, np.asarray(steps, dtype=float), self.training.eta, delta)
        risk = np.maximum(bias + self.training.noise * variance, 1e-300)
        return risk, self.training.noise * variance / risk

    def sign(self, steps: np.ndarray) -> SignPrediction:
        """Sign descent on the population, its step chosen at the last of `steps`. Cost: 0.1 s a T."""
        scale = self.training.scale * (self.size if self.training.of_unit_variance else 1)
        return sign_risk_prediction(
            Sign(),
            self.measure,
            self.size,
            np.asarray(steps, dtype=float),
            largest=self.measure.largest * scale,
            target_variance=self.training.variance,
        )

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
