"""A problem at one size, as every optimizer sees it; what they share is worked out once, when first needed."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ..gram import STEP, Bins, SpectralMeasure, bins_of, spectral_measure
from ..problems import Modes
from ..samples import SampleBins, SampleMeasure, sample_bins, sample_measure, separated_sizes
from .feature_modes import FeatureModes

_COARSE = 0.4  # step of the trapezoid rule where a percent will do


@dataclass(frozen=True)
class Setting:
    """N = size features with these modes, trained on n = samples (infinite: the population gradient).

    Attributes:
        features: modes of the features.
        size: N.
        samples: n, infinite for the population gradient.
        steps: T, shape (t,), rising.
        eta: the step, over the largest eigenvalue.
        noise: label-noise variance over the target's.
        s: the spectral exponent, NaN where there is none.
        scale: the feature Gram matrix G over the one of features of variance 1/N, which sign descent alone needs.
        linear: whether features are linear in the inputs.
        coarse: whether a percent will do.
        last: the T at which the run ends, where sign descent chooses its step; None is the last of `steps`.
        kurtosis: excess kurtosis of independent inputs.
        variance: of the part of the targets that modes explain, in the units in which they are trained on, as a step
            of sign descent sees them; None is that of targets of variance 1.
    """

    features: FeatureModes
    size: int
    samples: float
    steps: np.ndarray
    eta: float
    noise: float = 0.0
    s: float = math.nan
    scale: float = 1.0
    linear: bool = True
    coarse: bool = False
    last: int | None = None
    kurtosis: float = 0.0
    variance: float | None = None

    @property
    def contour_step(self) -> float:
        """Step of the trapezoid rule on contours."""
        return _COARSE if self.coarse else STEP

    @property
    def explained(self) -> float:
        """Share of the target's variance that modes explain; the rest is noise in training and part of every test."""
        total = self.features.plain.total
        return total / (total + self.features.noise)

    @property
    def unexplained_noise(self) -> float:
        """Variance of label noise and of what no mode explains, over the variance that modes explain."""
        return (self.noise + 1 - self.explained) / self.explained

    @property
    def separated_sizes(self) -> tuple[int, int]:
        """N and n, or the nearest that leave a gap above 0 in the spectrum."""
        return separated_sizes(self.size, round(self.samples), self.features.plain.rank)

    @cached_property
    def measure(self) -> SpectralMeasure:
        """The features' spectral measure."""
        return spectral_measure(self.features.plain, self.size, self.contour_step)

    @cached_property
    def bins(self) -> Bins:
        """The features' spectrum on the real axis."""
        return bins_of(self.features.plain, self.size)

    @cached_property
    def on_samples(self) -> SampleMeasure:
        """The measure of N features on n samples."""
        return sample_measure(self.features.plain, *self.separated_sizes, self.contour_step)

    @cached_property
    def sample_bins(self) -> SampleBins:
        """The spectrum of N features on n samples, on the real axis."""
        return sample_bins(self.features.plain, *self.separated_sizes)

    def one_sample_away(self, critical: float) -> Setting:
        """The same with one sample more, or one less, away from n = critical."""
        rows = self.separated_sizes[1]
        return self.with_samples(float(max(1, rows + (1 if rows > critical else -1))))

    def with_samples(self, samples: float) -> Setting:
        """The same trained on another number of samples."""
        return replace(self, samples=samples)

    def on_features(self, plain: Modes) -> Setting:
        """The same with other modes."""
        return replace(self, features=replace(self.features, plain=plain, divided=None, weights=None))
