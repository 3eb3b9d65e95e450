"""The modes of an experiment at one s, whatever its kind of problem."""

from __future__ import annotations

import numpy as np

from ..experiments import Experiment
from ..problems import activation
from .data_modes import data_modes, file_modes
from .feature_modes import FeatureModes, SampledFeatures, needs_divided
from .kernel_modes import KERNEL_SAMPLES, KERNEL_SEED, drawn_kernel_modes, stratified_normal
from .mode_cache import cached_modes


def feature_modes(experiment: Experiment, s: float) -> SampledFeatures:
    """The modes of `experiment` at spectral exponent s (ignored for data). Raises InputError.

    Cost: none for Gaussian problems; else the eigendecomposition of one or two kernel matrices, once: see `mode_cache`.
    """
    spec = experiment.problem
    if spec.kind == "gaussian":
        return SampledFeatures(FeatureModes(spec.spectral(s).modes(max(experiment.sizes))))
    if spec.kind == "data":
        if not experiment.samples.infinite:
            return data_modes(experiment)
        return file_modes(spec.path or "", spec.target, spec.features)
    dim = spec.dim or 0
    deviation = np.arange(1, dim + 1, dtype=float) ** (-(1 + s) / 2)
    rule, teacher = activation(spec.features), activation(spec.teacher)
    largest, divided = max(experiment.sizes), needs_divided(experiment)

    def drawn() -> SampledFeatures:
        inputs = stratified_normal(KERNEL_SAMPLES, dim, np.random.default_rng(KERNEL_SEED)) * deviation
        return drawn_kernel_modes(rule, teacher, inputs, deviation**2, largest, divided)

    return cached_modes(
        drawn, "drawn", rule.name, teacher.name, deviation, largest, divided, KERNEL_SAMPLES, KERNEL_SEED
    )
