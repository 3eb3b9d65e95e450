"""The modes that random features have: plain, over the root of their norm, and the replicates of an estimate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..estimation import PopulationModes
from ..experiments import Experiment
from ..preconditioning import FeatureWeights, norm_weights
from ..problems import Activation, Modes


@dataclass(frozen=True)
class FeatureModes:
    """Modes of the features as they are, and of the features divided by the root of their norm.

    Attributes:
        plain: of the features as they are.
        divided: of the features over the root of their norm; None where it follows from `plain` (Gaussian features).
        noise: variance of the target that no mode explains, in the units of the energies; it acts as label noise.
        weights: how norms of `divided` features scatter, None where they count as equal or follow from `plain`.
    """

    plain: Modes
    divided: Modes | None = None
    noise: float = 0.0
    weights: FeatureWeights | None = None


@dataclass(frozen=True)
class SampledFeatures:
    """Modes from all kernel samples, and what they could be as well.

    replicates: each differs from `whole` by one independent error; the variance of anything worked out from modes is
    the sum over replicates of its squared change. None where nothing was sampled.
    """

    whole: FeatureModes
    replicates: tuple[FeatureModes, ...] = ()


def needs_divided(experiment: Experiment) -> bool:
    """Whether an optimizer is among them that needs the kernel of features over their norm."""
    return any(each.keyword == "diagonal" for each in experiment.optimizers)


def activation_weights(rule: Activation, moment: np.ndarray) -> FeatureWeights:
    """Weights of features f(w.x) over the root of their norm, w ~ N(0, I/d), E x_i^2 = moment, shape (d,)."""
    shares = moment[moment > 0] / len(moment)
    return norm_weights(Modes.of(shares, np.zeros(len(shares))), rule.second_moment)


def paired_samples(
    plain: PopulationModes, divided: PopulationModes | None, weights: FeatureWeights | None = None
) -> SampledFeatures:
    """Both kinds of features, row weightings shared."""
    again = divided.replicates if divided else (None,) * len(plain.replicates)
    replicates = zip(plain.replicates, again, plain.noises, strict=True)
    whole = FeatureModes(plain.modes, divided.modes if divided else None, plain.noise, weights)
    return SampledFeatures(whole, tuple(FeatureModes(*each, weights) for each in replicates))
