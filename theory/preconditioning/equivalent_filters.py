"""Optimizers that are no filters of G, as filters on a measure of their own: block-diagonal and diagonal ones.

Both are gradient descent on other features. What is approximate is noted in every prediction that uses them
(measured errors: `benchmarks/gaussian.py`, `benchmarks/blocks.py`, `benchmarks/diagonal.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

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
    """The filter that predicts `optimizer` at N = size, or None where there is none.

    measure: `spectral_measure(modes, size)`, which every filter of G shares. divided: modes of the features over the
    root of their norm; worked out for Gaussian features where left out. weights: of the features so divided; where
    only `divided` is given they count as equal.
    """
    match optimizer:
        case BlockDiagonal(size=block) if block >= size:
            return Surrogate(Power(Fraction(1)), measure, None)
        case BlockDiagonal(size=block):
            if block >= modes.rank:  # every block resolves every mode
                return Surrogate(Power(Fraction(1)), measure, None)
            note = "block-diagonal preconditioning by its deterministic equivalent, which errs by about 1/B"
            return Surrogate(GradientDescent(), block_measure(modes, size, block), note, block_error(size, block))
        case Diagonal():
            weights = weights or (None if divided else norm_weights(modes))
            scaled_modes, steep = divided or norm_divided(modes), 0.0
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
        case Filter():
            return Surrogate(optimizer, measure, None)
    return None


def block_error(size: int, block: int) -> float:
    """Relative error of the clock that the block equivalent gives, 1/(2B); more where B does not divide N."""
    rest = size % block
    return 0.5 / block + (0.0 if rest == 0 else _TINY if 8 * rest < block else _UNEQUAL)
