"""The scale kappa of features with random overall weights, alone and nested in n samples. Derived here.

For features sqrt(a_j/N) x_j, x_j Gaussian with covariance Lambda, a_j of mean 1 and independent of x_j, the resolvent
of the Gram matrix is Lambda-diagonal in the mean: (zeta + G)^-1 = (zeta + g Lambda)^-1. Each feature left out in turn
(x' R x = N tau for all of them) gives

    tau = (1/N) sum_k lambda_k/(zeta + g lambda_k),   g = E[a/(1 + a tau)],

so with kappa = zeta/g, p = df_1(kappa)/N = E[a tau/(1 + a tau)] and

    zeta = kappa g(p),

g(p) of `feature_weights` in the place of 1 - p. As the features' own kernel is a random matrix G, n samples act on it
by their two-point function, which holds G through tr G^2/((G + w_1)(G + w_2)) and t'1/((G + w_1)(G + w_2))t alone:
divided differences of tr G/(G + w) = df_1 and t'1/(G + w)t = (kappa/w) sum E/(lambda + kappa), w = kappa g.
Source of the equivalent for matrices with such a variance profile: Silverstein and Bai 1995.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ...errors import InputError
from ..gram import STEP, FeatureScale, SpectralMeasure, degrees_of_freedom, measure_by, unresolved_share
from ..problems import Modes
from ..samples import NestedScale, SampleMeasure, check_sizes, measure_on
from .feature_weights import EQUAL, FeatureWeights


@dataclass(frozen=True)
class ScatteredNestedScale(NestedScale):
    """`NestedScale` of features with overall weights `scatter`."""

    scatter: FeatureWeights = EQUAL

    def zeta(self, kappa: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """zeta/kappa and d zeta/d kappa, each of kappa's shape (m,); nothing cancels where N reaches the rank."""
        if self.features < self.modes.rank:
            return super().zeta(kappa)
        first, second = unresolved_share(kappa, self.modes, int(self.features))
        factor, bend = self.scatter.factor(first)
        per_sample = self.features / self.samples
        rest = 1 - (1 - first) * per_sample
        return factor * rest, factor * rest + (second - first) * (bend * rest + factor * per_sample)

    def through(self, one: np.ndarray) -> tuple[np.ndarray, np.ndarray | float]:
        """g(p), and minus its derivative, at p = df_1/N."""
        return self.scatter.factor(1 - one / self.features)

    def through_features(
        self, first: np.ndarray, second: np.ndarray, cross: np.ndarray, shared: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """u S/Q, Q = g_2 + kappa_1 u S, and D = (g_2 shared + kappa_1 df_1 u S)/Q, S being `cross`.

        u = E[a^2 w_1 w_2]/(N E[a w_1 w_2]), which is (g_2 - g_1)/((kappa_2 - kappa_1) S).
        """
        left, right = (1 - degrees_of_freedom(kappa, self.modes)[0] / self.features for kappa in (first, second))
        weight = self.scatter.pair_factor(left, right) * cross / self.features
        other = self.scatter.factor(right)[0]
        both = other + first[:, None] * weight
        learned = other * shared + (first * (1 - left))[:, None] * self.features * weight
        return weight / both, learned / both


@dataclass(frozen=True)
class ScatteredScale(FeatureScale):
    """`FeatureScale` of features with overall weights `scatter`: nested in infinitely many samples."""

    scatter: FeatureWeights = EQUAL

    @property
    def nested(self) -> ScatteredNestedScale:
        """The same as a scale nested in infinitely many samples."""
        return ScatteredNestedScale(self.modes, self.size, math.inf, self.scatter)

    def at(self, x: np.ndarray) -> np.ndarray:
        """kappa at zeta = -x, shape (m,)."""
        return self.nested.at(x)

    def count(self, kappa: np.ndarray) -> np.ndarray:
        """(N - df_1)/zeta, shape (m,): N - df_1 = sum zeta/(x_i + zeta) over all N eigenvalues."""
        left = unresolved_share(kappa, self.modes, self.size)[0]
        return self.size * left / (kappa * self.scatter.factor(left)[0])

    def lower_edge(self, kappa_0: float) -> float:
        """The smallest nonzero eigenvalue of G in the limit, 0 where N is the rank."""
        if self.size == self.modes.rank:
            return 0.0
        return self.nested.gap(kappa_0, math.inf)

    def upper_end(self) -> tuple[float, float, bool]:
        """Right end of the lens, largest eigenvalue, and whether a gap lies between it and the rest."""
        return self.nested.top()


def scattered_measure(modes: Modes, size: int, weights: FeatureWeights, step: float = STEP) -> SpectralMeasure:
    """`measure.spectral_measure` of features with overall weights. Raises InputError for size < 1."""
    if size < 1:
        raise InputError(f"N is {size}, but a model has at least one feature; try N = 64.")
    return measure_by(ScatteredScale(modes, size, weights), step)


def scattered_sample_measure(
    modes: Modes, features: int, samples: int, weights: FeatureWeights, step: float = STEP
) -> SampleMeasure:
    """`sample_measure.sample_measure` of features with overall weights; raises InputError as that does."""
    check_sizes(modes, features, samples)
    return measure_on(ScatteredNestedScale(modes, features, samples, weights), step)
