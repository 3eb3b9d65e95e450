"""Optimizers that are no filters of G, as filters on a measure of their own: block-diagonal and diagonal ones.

Both are gradient descent on other features. What is approximate is noted in every prediction that uses them
(measured errors: `benchmarks/gaussian.py`, `benchmarks/blocks.py`, `benchmarks/diagonal.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import singledispatch

from ...errors import CheckError
from ..gram import SpectralMeasure, spectral_measure
from ..optimizers import BlockDiagonal, Diagonal, Filter, GradientDescent, Optimizer, Power
from ..problems import Modes
from .block_measure import block_measure
from .diagonal import (
    DIAGONAL_NOTE,
    MEAN_NOTE,
    STEEP,
    diagonal_error,
    floor_missed,
    mean_error,
    norm_divided,
    with_floor_of,
)
from .feature_weights import FeatureWeights, norm_weights
from .weighted_ridge import scattered_measure

BLOCK_NOTE = "block-diagonal preconditioning by its deterministic equivalent, which errs by about 1/B"
_UNEQUAL = 0.1  # of the clock, where the last block is smaller: measured, least where it is half of the others or more
_TINY = 0.4  # of the clock, where it is below an eighth of them: measured, 20 to 40 % at the first step, 95 % at worst


@dataclass(frozen=True)
class Surrogate:
    """A filter and the measure it acts on; `note` says how it was approximated (None where it is not).

    error: relative, one standard deviation, of the clock that the approximation gives the optimizer.
    """

    filter: Filter
    measure: SpectralMeasure
    note: str | None
    error: float = 0.0


def surrogate(
    optimizer: Optimizer,
    modes: Modes,
    size: int,
    measure: SpectralMeasure,
    divided: Modes | None = None,
    weights: FeatureWeights | None = None,
) -> Surrogate | None:
    """The filter that predicts `optimizer` at N = size.

    Args:
        optimizer: with its parameters at this size.
        modes: of the features.
        size: N.
        measure: `spectral_measure(modes, size)`, which every filter of G shares.
        divided: modes of the features over the root of their norm; worked out for Gaussian features where None.
        weights: of the features so divided; where only `divided` is given they count as equal.

    Returns:
        The filter and its measure, None where there is none.

    Raises:
        InputError: as `block_measure` and `spectral_measure` do.

    >>> import numpy as np
    >>> from optscaling.theory.gram import spectral_measure
    >>> modes = Modes.of(np.array([1.0, 0.25, 0.04]), np.array([1.0, 0.25, 0.04]))
    >>> surrogate(Diagonal(), modes, 2, spectral_measure(modes, 2)).filter.name
    'gd'
    """
    return _surrogate_of(optimizer, ScaledFeatures(modes, divided, weights), size, measure)


@dataclass(frozen=True)
class ScaledFeatures:
    """Modes of features as they are and over the root of their norm, and how those norms scatter."""

    plain: Modes
    divided: Modes | None = None
    weights: FeatureWeights | None = None

    @property
    def norm_weights(self) -> FeatureWeights | None:
        """Those of Gaussian features where nothing was given, None where features were divided without any."""
        return self.weights or (None if self.divided else norm_weights(self.plain))


@singledispatch
def _surrogate_of(
    optimizer: Optimizer, features: ScaledFeatures, size: int, measure: SpectralMeasure
) -> Surrogate | None:
    """One registration for each kind of optimizer."""
    return None


@_surrogate_of.register
def _(optimizer: Filter, features: ScaledFeatures, size: int, measure: SpectralMeasure) -> Surrogate:
    return Surrogate(optimizer, measure, None)


@_surrogate_of.register
def _(optimizer: BlockDiagonal, features: ScaledFeatures, size: int, measure: SpectralMeasure) -> Surrogate:
    modes, block = features.plain, optimizer.size
    if block >= min(size, modes.rank):  # one block, or every block resolves every mode
        return Surrogate(Power(Fraction(1)), measure, None)
    return Surrogate(GradientDescent(), block_measure(modes, size, block), BLOCK_NOTE, block_error(size, block))


@_surrogate_of.register
def _(optimizer: Diagonal, features: ScaledFeatures, size: int, measure: SpectralMeasure) -> Surrogate:
    weights, divided = features.norm_weights, features.divided
    scaled_modes, steep = divided or norm_divided(features.plain), 0.0
    if weights:
        try:
            scaled = scattered_measure(scaled_modes, size, weights)
        except CheckError:
            pass  # next to no modes or features: the law of the weights reaches too far
        else:
            missed = 0.0 if divided else floor_missed(scaled, measure)
            if missed < STEEP:
                error = diagonal_error(weights, size) + missed
                return Surrogate(GradientDescent(), with_floor_of(scaled, measure), DIAGONAL_NOTE, error)
            steep = missed / 2
    scaled = spectral_measure(scaled_modes, size)
    return Surrogate(GradientDescent(), with_floor_of(scaled, measure), MEAN_NOTE, mean_error(weights) + steep)


def block_error(size: int, block: int) -> float:
    """Relative error of the clock that the block equivalent gives, 1/(2B); more where B does not divide N."""
    rest = size % block
    return 0.5 / block + (0.0 if rest == 0 else _TINY if 8 * rest < block else _UNEQUAL)
