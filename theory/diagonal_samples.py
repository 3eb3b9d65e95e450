"""Diagonal and block preconditioners built from the samples' own Gram matrix, as filters on measures of their own.

`diagonal`, P = diag(F'F)^(-1/2), is gradient descent on features over the root of their norm on the samples; its modes
are those of `surrogates.norm_divided`, its risk the two-point formula of `sample_measure`. With fewer features than
samples the full solve is that of the features as they are, as scaling leaves their span alone: there bias and
variance are put on those of the plain features. With more features than samples the least-norm solution depends on
scaling and is that of the divided features. Left out: that norms scatter from feature to feature (`norm_scatter`),
which makes late risks at s = 2 some 10 % too small, and that on n samples they scatter by sqrt(2/n).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from .block_samples import block_sample_measure
from .modes import Modes
from .optimizers import BlockDiagonal, Diagonal, Filter, GradientDescent, Optimizer, Power
from .sample_measure import Form, SampleMeasure, sample_measure
from .surrogates import NORM_ERROR, block_error, norm_divided, norm_scatter


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
    optimizer: Optimizer, modes: Modes, divided: Modes | None, size: int, samples: int
) -> SampleSurrogate | None:
    """What predicts `optimizer` with N = size features on n = samples, None where nothing does.

    modes: of the features, accurate for sizes up to min(N, n). divided: of the features over the root of their norm;
    worked out for Gaussian features where None. For n = B one sample more is taken. Raises InputError as
    `sample_measure` and `block_sample_measure` do: for N = n, and where the smaller of N and n is the rank.
    """
    edge = min(size, modes.rank)
    match optimizer:
        case BlockDiagonal(size=block) if block >= size or block >= modes.rank:
            return SampleSurrogate(Power(1.0), sample_measure(modes, size, samples), None, 0.0, (edge,))
        case BlockDiagonal(size=block):
            measure = block_sample_measure(modes, size, block, samples + (samples == block))
            note = "block-diagonal preconditioning from samples by its two-point equivalent, which errs by about 1/B"
            return SampleSurrogate(GradientDescent(), measure, note, block_error(size, block), (edge, block))
        case Diagonal():
            scaled = sample_measure(divided or norm_divided(modes), size, samples)
            measure = _on_plain(scaled, sample_measure(modes, size, samples)) if size < samples else scaled
            note = "diagonal preconditioning approximated by gradient descent on features over the root of their norm"
            error = NORM_ERROR * norm_scatter(modes) + 0.5 / samples
            return SampleSurrogate(GradientDescent(), measure, note, error, (edge,))
        case Filter():
            return SampleSurrogate(optimizer, sample_measure(modes, size, samples), None, 0.0, (edge,))
    return None


def _on_plain(scaled: SampleMeasure, plain: SampleMeasure) -> SampleMeasure:
    """The measure of scaled features with the full solve of the features themselves.

    Bias above that of the full solve is scaled so that nothing learned stays the target's variance; variance likewise,
    so that all learned is that of plain features.
    """
    full = plain.least_norm / plain.total * scaled.total
    factor = (scaled.total - full) / (scaled.total - scaled.least_norm)
    spread, aim = (_all_learned(measure.noise) for measure in (scaled, plain))
    weights, top = scaled.edge
    finer = scaled.finer
    return replace(
        scaled,
        least_norm=full,
        edge=(factor * weights, factor * top),
        signal=_times(factor, scaled.signal),
        noise=_times(aim / spread, scaled.noise),
        finer=None if finer is None else lambda: _on_plain(finer(), plain),
    )


def _all_learned(noise: Form) -> float:
    """The form at f = 1 on the whole spectrum."""
    everything = noise.across.sum() - noise.same.sum() + noise.cross.sum()
    return noise.top + float(everything.real)


def _times(factor: float, form: Form) -> Form:
    return Form(factor * form.same, factor * form.across, factor * form.cross, factor * form.top)
