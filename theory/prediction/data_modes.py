"""The modes of a data file: the population estimated from its rows, or the file as the population."""

from __future__ import annotations

import math

import numpy as np
from scipy.linalg import eigh

from ...errors import InputError
from ..arrays import read_features
from ..estimation import population_modes, rows_of_features, rows_of_kernel
from ..experiments import Experiment
from ..problems import Modes, activation, feature_kernel, norm_divided_kernel
from .feature_modes import FeatureModes, SampledFeatures, activation_weights, needs_divided, paired_samples
from .mode_cache import cached_modes


def data_modes(experiment: Experiment) -> SampledFeatures:
    """Modes of the population that a file's rows were drawn from, energies over the target's variance.

    `noise` is the share of the target's variance that no mode explains: it adds to label noise in training, and to the
    risk itself, as test targets hold it too. Raises InputError.
    """
    spec = experiment.problem
    inputs, labels = _standardised(spec.path or "", spec.target)
    largest = max(round(min(n, experiment.samples.count(n))) for n in experiment.sizes)
    divided, features = needs_divided(experiment), spec.features
    return cached_modes(
        lambda: _estimated(inputs, labels, features, largest, divided),
        "rows",
        features,
        largest,
        divided,
        inputs,
        labels,
    )


def _estimated(inputs: np.ndarray, labels: np.ndarray, features: str, largest: int, divided: bool) -> SampledFeatures:
    rule = activation(features)
    if rule.name == "linear":
        rows = rows_of_features(inputs, labels)
    else:
        rows = rows_of_kernel(feature_kernel(rule, inputs), labels)
    found = population_modes(rows, largest, noise=None)
    scaled, weights = None, None
    if divided and rule.name != "linear":
        turned, moments = _principal(inputs)
        other = rows_of_kernel(norm_divided_kernel(rule, turned, moments), labels)
        scaled = population_modes(other, largest, noise=None, directions=rows.directions)
        weights = activation_weights(rule, moments)
    return paired_samples(found, scaled, weights)


def _standardised(path: str, target: str | None) -> tuple[np.ndarray, np.ndarray]:
    """Inputs, centred and divided by one scale, and labels, centred and of variance 1. Raises InputError."""
    inputs, labels = read_features(path, target)
    scale = math.sqrt(inputs.var(axis=0).mean())
    if scale == 0:
        raise InputError(f"The inputs in {path} do not vary; give inputs that do.")
    return (inputs - inputs.mean(axis=0)) / scale, (labels - labels.mean()) / labels.std()


def _principal(inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Inputs on their principal axes, padded with zeros to the same width, and their second moments.

    Weights are isotropic, so kernels are the same; coordinates are uncorrelated, as `norm_divided_kernel` wants them.
    """
    _, singular, right = np.linalg.svd(inputs, full_matrices=False)
    kept = singular > max(inputs.shape) * np.finfo(float).eps * singular[0]
    padding = np.zeros((len(inputs), inputs.shape[1] - int(kept.sum())))
    moments = np.concatenate([singular[kept] ** 2 / len(inputs), np.zeros(padding.shape[1])])
    return np.hstack([inputs @ right[kept].T, padding]), moments


def file_modes(path: str, target: str | None, features: str) -> SampledFeatures:
    """Modes of the file as a population: every row counts, none is a sample of something larger.

    Args:
        path: of the data file.
        target: name of its target, None for the file's own.
        features: name of an activation, or `linear`.

    Returns:
        The modes, without replicates.

    Raises:
        InputError: where the file cannot be used.
    """
    inputs, labels = _standardised(path, target)
    return cached_modes(
        lambda: SampledFeatures(_modes_of_all(inputs, labels, features)), "population", features, inputs, labels
    )


def _modes_of_all(inputs: np.ndarray, labels: np.ndarray, features: str) -> FeatureModes:
    turned, moments = _principal(inputs)
    rule, m = activation(features), len(labels)
    if rule.name == "linear":
        left, singular, _ = np.linalg.svd(inputs, full_matrices=False)
        kept = singular > max(inputs.shape) * np.finfo(float).eps * singular[0]
        return FeatureModes(Modes.of(singular[kept] ** 2 / m, (left[:, kept].T @ labels) ** 2 / m))

    def of(kernel: np.ndarray) -> Modes:
        values, vectors = eigh(kernel / m, overwrite_a=True, check_finite=False)
        return Modes.of(np.maximum(values[::-1], 0.0), (vectors[:, ::-1].T @ labels) ** 2 / m)

    plain, divided = of(feature_kernel(rule, turned)), of(norm_divided_kernel(rule, turned, moments))
    return FeatureModes(plain, divided, weights=activation_weights(rule, moments))
