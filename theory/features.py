"""The modes of each problem's random features, from the experiment alone: no training run, no feature drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh

from .datafile import read_features
from .errors import InputError
from .experiment import Experiment
from .kernel import norm_divided_relu_kernel, relu_kernel
from .modes import Modes
from .sampled import sampled_modes
from .teacher import TEACHER_OUTPUT

KERNEL_SAMPLES = 1600  # inputs drawn for a kernel's spectrum; sampled_modes corrects what m samples distort
_SEED = 20260522  # of those inputs: fixed, so that a prediction is a function of the experiment


@dataclass(frozen=True)
class FeatureModes:
    """Modes of the features as they are, and of the features divided by the root of their norm.

    divided: None where it follows from `plain` (Gaussian features).
    """

    plain: Modes
    divided: Modes | None = None


@dataclass(frozen=True)
class SampledFeatures:
    """Modes from all kernel samples and from each half of them, whose difference is the error of the estimate."""

    whole: FeatureModes
    halves: tuple[FeatureModes, ...] = ()


def feature_modes(experiment: Experiment, s: float) -> SampledFeatures:
    """The modes of `experiment` at spectral exponent s (ignored for data). Raises InputError."""
    spec = experiment.problem
    if spec.kind == "gaussian":
        return SampledFeatures(FeatureModes(spec.spectral(s).modes(max(experiment.sizes))))
    if spec.kind == "data":
        return SampledFeatures(_file_modes(spec.path or "", spec.target, spec.features == "relu"))
    dim = spec.dim or 0
    deviation = np.arange(1, dim + 1, dtype=float) ** (-(1 + s) / 2)
    inputs = np.random.default_rng(_SEED).standard_normal((KERNEL_SAMPLES, dim)) * deviation
    half = KERNEL_SAMPLES // 2
    largest = max(experiment.sizes)

    def modes(eigenvalues: np.ndarray, energies: np.ndarray) -> Modes:
        return sampled_modes(eigenvalues, energies, largest)

    def of(rows: np.ndarray) -> FeatureModes:
        return _relu_modes(rows, deviation**2, _teacher_covariance, modes)

    return SampledFeatures(of(inputs), (of(inputs[:half]), of(inputs[half:])))


def _teacher_covariance(inputs: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """E[y y'] over teachers y = sum_k v_k ReLU(w_k.x), w_k ~ N(0, I/d).

    sum v^2 K + ((sum v)^2 - sum v^2) m m', with m(x) = E ReLU(w.x) = |x|/sqrt(2 pi d). All v_k are positive, so the
    mean function m carries most of the target's energy as s grows.
    """
    mean = np.linalg.norm(inputs, axis=1) / np.sqrt(2 * np.pi * inputs.shape[1])
    squares = float(np.sum(TEACHER_OUTPUT**2))
    return squares * kernel + (float(np.sum(TEACHER_OUTPUT)) ** 2 - squares) * np.outer(mean, mean)


def _relu_modes(
    inputs: np.ndarray,
    second_moment: np.ndarray,
    covariance: Callable[[np.ndarray, np.ndarray], np.ndarray],
    modes: Callable[[np.ndarray, np.ndarray], Modes],
) -> FeatureModes:
    """Modes of ReLU features and of their norm-divided form on the rows of `inputs`, shape (m, d).

    covariance: E[y y'] of the target on those rows; it is centred here, as training centres targets.
    """
    kernel = relu_kernel(inputs)
    target = covariance(inputs, kernel)
    target = target - target.mean(0) - target.mean(1)[:, None] + target.mean()

    def of(kernel: np.ndarray) -> Modes:
        m = len(inputs)
        values, vectors = eigh(kernel / m, overwrite_a=True, check_finite=False)
        energies = np.einsum("ik,ik->k", vectors, target @ vectors) / m
        return modes(values[::-1], np.maximum(energies[::-1], 0.0))

    return FeatureModes(of(kernel), of(norm_divided_relu_kernel(inputs, second_moment)))


def _file_modes(path: str, target: str | None, relu: bool) -> FeatureModes:
    """Modes of the file as a population: every row counts, none is a sample of something larger."""
    inputs, labels = read_features(path, target)
    scale = np.sqrt(inputs.var(axis=0).mean())
    if scale == 0:
        raise InputError(f"The inputs in {path} do not vary; give inputs that do.")
    inputs = (inputs - inputs.mean(axis=0)) / scale
    labels = (labels - labels.mean()) / labels.std()
    left, singular, right = np.linalg.svd(inputs, full_matrices=False)
    kept = singular > max(inputs.shape) * np.finfo(float).eps * singular[0]
    moments = singular[kept] ** 2 / len(labels)
    if not relu:
        return FeatureModes(Modes.of(moments, (left[:, kept].T @ labels) ** 2 / len(labels)))
    rotated = inputs @ right[kept].T  # principal axes: weights are isotropic, so the kernel is the same
    padding = np.zeros((len(labels), inputs.shape[1] - rotated.shape[1]))
    return _relu_modes(
        np.hstack([rotated, padding]),
        np.concatenate([moments, np.zeros(padding.shape[1])]),
        lambda rows, kernel: np.outer(labels, labels),
        lambda eigenvalues, energies: Modes.of(np.maximum(eigenvalues, 0.0), energies),
    )
