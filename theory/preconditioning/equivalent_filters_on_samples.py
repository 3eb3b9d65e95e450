"""Diagonal and block preconditioners built from the samples' own Gram matrix, as filters on measures of their own.

`diagonal`, P = diag(F'F)^(-1/2), is gradient descent on features over the root of their norm on the samples; its modes
are those of `surrogates.norm_divided`, and the weight that a norm gives a feature varies from feature to feature
(`feature_weights`); its risk is the two-point formula for such features (`scattered_scale`). With fewer features than
samples the full solve is that of the features as they are, as scaling leaves their span alone: there bias and
variance, which come out within some 2/N of that, are put on those of the plain features. With more features than
samples the least-norm solution depends on scaling and is that of the divided features. Left out: that a feature's norm
and its direction depend on each other beyond the mean kernel, and that norms on n samples scatter by sqrt(2/n).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import singledispatch

from ...errors import CheckError
from ..gram import spectral_measure
from ..optimizers import BlockDiagonal, Diagonal, Filter, GradientDescent, Optimizer, Power
from ..problems import Modes
from ..samples import SampleMeasure, form_at_one, sample_measure, scaled_form, sum_of_forms
from .block_sample_measure import block_sample_measure
from .diagonal import DIAGONAL_NOTE, MEAN_NOTE, STEEP, diagonal_error, floor_missed, mean_error, norm_divided
from .equivalent_filters import ScaledFeatures, block_error
from .feature_weights import FeatureWeights
from .weighted_ridge import scattered_measure, scattered_sample_measure

_BLOCK_NOTE = "block-diagonal preconditioning from samples by its two-point equivalent, which errs by about 1/B"


@dataclass(frozen=True)
class SampleSurrogate:
    """A filter and the measure on samples that it acts on.

    note: how it was approximated, None where it is not. error: relative, one standard deviation, of the clock and the
    risk that the approximation gives. critical: the n at which fits in full have no finite mean.
    """

    filter: Filter
    measure: SampleMeasure
    note: str | None
    error: float
    critical: tuple[float, ...]


def preconditioned_samples(
    optimizer: Optimizer,
    modes: Modes,
    divided: Modes | None,
    size: int,
    samples: int,
    weights: FeatureWeights | None = None,
) -> SampleSurrogate | None:
    """What predicts `optimizer`, which is no filter of G, with N = size features on n = samples.

    Args:
        optimizer: with its parameters at this size.
        modes: of the features, accurate for sizes up to min(N, n).
        divided: modes of the features over the root of their norm; worked out for Gaussian features where None.
        size: N.
        samples: n; for n = B one sample more is taken.
        weights: of the features so divided; where only `divided` is given they count as equal.

    Returns:
        The filter and its measure, None where nothing predicts it.

    Raises:
        InputError: as `sample_measure` and `block_sample_measure` do: for N = n, and where the smaller of N and n is
            the rank.
    """
    return _surrogate_on_samples(optimizer, ScaledFeatures(modes, divided, weights), size, samples)


@singledispatch
def _surrogate_on_samples(
    optimizer: Optimizer, features: ScaledFeatures, size: int, samples: int
) -> SampleSurrogate | None:
    """One registration for each kind of optimizer; filters of G act on the plain sample measure."""
    return None


@_surrogate_on_samples.register
def _(optimizer: BlockDiagonal, features: ScaledFeatures, size: int, samples: int) -> SampleSurrogate:
    modes, block = features.plain, optimizer.size
    edge = min(size, modes.rank)
    if block >= edge:
        return SampleSurrogate(Power(1.0), sample_measure(modes, size, samples), None, 0.0, (edge,))
    measure = block_sample_measure(modes, size, block, samples + (samples == block))
    return SampleSurrogate(GradientDescent(), measure, _BLOCK_NOTE, block_error(size, block), (edge, block))


@_surrogate_on_samples.register
def _(optimizer: Diagonal, features: ScaledFeatures, size: int, samples: int) -> SampleSurrogate:
    modes = features.plain
    scaled, note, error = _divided_measure(modes, features.divided, size, samples, features.norm_weights)
    measure = _on_plain(scaled, sample_measure(modes, size, samples)) if size < samples else scaled
    return SampleSurrogate(GradientDescent(), measure, note, error + 0.5 / samples, (min(size, modes.rank),))


def _divided_measure(
    plain: Modes, divided: Modes | None, size: int, samples: int, weights: FeatureWeights | None
) -> tuple[SampleMeasure, str, float]:
    """The measure of divided features, how it was approximated, and the error of that."""
    modes, steep = divided or norm_divided(plain), 0.0
    if weights:
        try:
            missed = 0.0
            if divided is None:
                missed = floor_missed(scattered_measure(modes, size, weights), spectral_measure(plain, size))
            if missed < STEEP:
                scaled = scattered_sample_measure(modes, size, samples, weights)
                return scaled, DIAGONAL_NOTE, diagonal_error(weights, size) + missed
            steep = missed / 2
        except CheckError:
            pass  # next to no modes or features: the law of the weights reaches too far
    return sample_measure(modes, size, samples), MEAN_NOTE, mean_error(weights) + steep


def _on_plain(scaled: SampleMeasure, plain: SampleMeasure) -> SampleMeasure:
    """The measure of scaled features with the full solve of the features themselves.

    Variance is scaled so that all learned is that of plain features. Bias gets what it lacks at the full solve times
    the share of the variance reached: nothing where nothing is learned, all of it where all is. (To scale the bias
    above that of the full solve will not do: with noisy fits the two ends of it, and so the factor, may be near 0.)
    """
    full = plain.least_norm / plain.total * scaled.total
    spread, aim = (form_at_one(measure.noise) for measure in (scaled, plain))
    noise = scaled.noise
    share = (full - scaled.least_norm) / spread
    # the form in f = 1 - h, multiplied out; Re(v . h) = Im(i v . h)
    linear = noise.same.sum(0) + noise.same.sum(1) - noise.across.sum(1) - noise.across.sum(0).conj() - noise.cross
    top = -2 * noise.top - float(noise.cross.sum().real)
    finer = scaled.finer
    return replace(
        scaled,
        least_norm=full,
        edge=(scaled.edge[0] + share * 1j * linear, scaled.edge[1] + share * top),
        signal=sum_of_forms(scaled.signal, scaled_form(share, noise)),
        noise=scaled_form(aim / spread, noise),
        finer=None if finer is None else lambda: _on_plain(finer(), plain),
    )
