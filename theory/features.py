"""The modes of each problem's random features, from the experiment alone: no training run, no feature drawn."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg import eigh
from scipy.sparse.linalg import eigsh
from scipy.special import ndtri

from .activation import Activation, activation
from .datafile import read_features
from .errors import InputError
from .experiment import Experiment
from .feature_weights import FeatureWeights, norm_weights
from .kernel import feature_kernel, feature_mean, norm_divided_kernel
from .modes import Modes
from .sampled import PopulationModes, population_modes
from .sampled_rows import SampledRows, rows_of_features, rows_of_kernel
from .teacher import TEACHER_OUTPUT, standardised_second_moment

KERNEL_SAMPLES = 2400  # inputs drawn for a kernel's spectrum; `sampled` corrects what m samples distort
_SEED = 20260522  # of those inputs: fixed, so that a prediction is a function of the experiment
_MATCHED = 20  # leading coordinates
_TEACHER_MODES = 24  # of the teachers' covariance, with which sampling errors are worked out


@dataclass(frozen=True)
class FeatureModes:
    """Modes of the features as they are, and of the features divided by the root of their norm.

    divided: None where it follows from `plain` (Gaussian features). noise: variance of the target that no mode
    explains, in the units of the energies; it acts as label noise. weights: how norms of `divided` features scatter.
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


def feature_modes(experiment: Experiment, s: float) -> SampledFeatures:
    """The modes of `experiment` at spectral exponent s (ignored for data). Raises InputError.

    Cost: none for Gaussian problems; else the eigendecomposition of one or two kernel matrices.
    """
    spec = experiment.problem
    if spec.kind == "gaussian":
        return SampledFeatures(FeatureModes(spec.spectral(s).modes(max(experiment.sizes))))
    if spec.kind == "data":
        if not experiment.samples.infinite:
            return data_modes(experiment)
        return SampledFeatures(_file_modes(spec.path or "", spec.target, spec.features))
    dim = spec.dim or 0
    deviation = np.arange(1, dim + 1, dtype=float) ** (-(1 + s) / 2)
    rule, largest, divided = activation(spec.features), max(experiment.sizes), _needs_divided(experiment)
    inputs = stratified_normal(KERNEL_SAMPLES, dim, np.random.default_rng(_SEED)) * deviation
    return _drawn(rule, activation(spec.teacher), inputs, deviation**2, largest, divided)


def stratified_normal(samples: int, dim: int, rng: np.random.Generator) -> np.ndarray:
    """Normal inputs, shape (samples, dim), each coordinate with one value in each of its quantiles of 1/samples.

    A Latin hypercube: means of any function of a single coordinate, so most of |x|^2, hold next to no sampling error.
    With heavy leading coordinates that is half of the error of an energy sum, and more of df_1's (McKay et al. 1979).
    """
    ranks = rng.permuted(np.tile(np.arange(samples)[:, None], (1, dim)), axis=0)
    return np.asarray(ndtri((ranks + rng.random((samples, dim))) / samples))


def _matched(inputs: np.ndarray) -> np.ndarray:
    """What a Latin hypercube matches: |x|^2, and x_i^2 and |x_i| of the leading coordinates, shape (m, 2 c + 1)."""
    leading = inputs[:, :_MATCHED]
    return np.column_stack([np.sum(inputs**2, axis=1), leading**2, np.abs(leading)])


def _needs_divided(experiment: Experiment) -> bool:
    return any(each.keyword == "diagonal" for each in experiment.optimizers)


def _drawn(
    rule: Activation, teacher: Activation, inputs: np.ndarray, moment: np.ndarray, largest: int, divided: bool
) -> SampledFeatures:
    """Modes on stratified inputs, shape (m, d), for the mean over teachers.

    Teachers are y = sum_k v_k g(w_k.x), w_k ~ N(0, I/d), with E[y y'] = sum v^2 K + ((sum v)^2 - sum v^2) a a',
    K the kernel and a(x) = E g(w.x); centred here, as training centres targets. All v_k are positive, so a ReLU
    teacher's mean function a carries most of its energy as s grows, and its variance varies little from teacher to
    teacher. Where a is small or zero the variance is that of a few leading modes, and varies as they do: other teachers
    are averaged after each is scaled to variance 1. moment: E x_i^2, shape (d,).
    """
    kernel = feature_kernel(teacher, inputs)
    mean = feature_mean(teacher, inputs)
    squares = float(np.sum(TEACHER_OUTPUT**2))
    if teacher.name == "relu":
        across = float(np.sum(TEACHER_OUTPUT)) ** 2 - squares
        covariance = _centred(squares * kernel + across * np.outer(mean, mean))
        variance = teacher_variance(moment)
    else:
        shared = float(np.sum(TEACHER_OUTPUT)) * (mean - mean.mean())
        spread = _centred(squares * (kernel - np.outer(mean, mean)))
        covariance = len(inputs) * standardised_second_moment(spread, shared)
        variance = 1.0
    own = kernel if rule.name == teacher.name else feature_kernel(rule, inputs)
    plain = _on_teachers(own, covariance, variance)
    plain = replace(plain, matched=_matched(inputs))
    teachers = plain.targets
    found = population_modes(plain, largest)
    scaled: PopulationModes | None = None
    if divided:
        rows = _on_teachers(norm_divided_kernel(rule, inputs, moment), covariance, variance, teachers)
        rows = replace(rows, matched=plain.matched)
        scaled = population_modes(rows, largest, directions=plain.directions)
    return _paired(found, scaled, _weights(rule, moment) if scaled else None)


def _centred(matrix: np.ndarray) -> np.ndarray:
    """A covariance of row values, shape (m, m), after their mean over rows is taken off."""
    return np.asarray(matrix - matrix.mean(0) - matrix.mean(1)[:, None] + matrix.mean())


def _weights(rule: Activation, moment: np.ndarray) -> FeatureWeights:
    """Weights of features f(w.x) over the root of their norm, w ~ N(0, I/d), E x_i^2 = moment, shape (d,)."""
    shares = moment[moment > 0] / len(moment)
    return norm_weights(Modes.of(shares, np.zeros(len(shares))), rule.second_moment)


def teacher_variance(moment: np.ndarray) -> float:
    """E_w Var_x of the teachers' output for x ~ N(0, diag S), S = `moment`, shape (d,).

    sum v^2 (A - B) + ((sum v)^2 - sum v^2) (B - M^2), with A = tr S/(2 d) = E ReLU(w.x)^2, B = tr S/(2 pi d) the mean
    square of E_x ReLU(w.x), which E_w ReLU(w.x) shares, and M = E ReLU(w.x) = E|x|/sqrt(2 pi d), where

        E|x| = (1/(2 sqrt(pi))) integral_0^inf t^(-3/2) (1 - prod_i (1 + 2 t S_i)^(-1/2)) dt.
    """
    trace, d = float(np.sum(moment)), len(moment)
    u = np.linspace(-50.0, 50.0, 1001) - math.log(trace)  # t = e^u: the integrand decays as e^(-|u|/2) at both ends
    decay = np.array([0.5 * np.sum(np.log1p(2 * math.exp(v) * moment)) for v in u])
    norm = float(np.sum(np.exp(-u / 2) * -np.expm1(-decay))) * (u[1] - u[0]) / (2 * math.sqrt(math.pi))
    squares = float(np.sum(TEACHER_OUTPUT**2))
    across = float(np.sum(TEACHER_OUTPUT)) ** 2 - squares
    shared = trace / (2 * math.pi * d)
    return squares * (trace / (2 * d) - shared) + across * (shared - norm**2 / (2 * math.pi * d))


def _on_teachers(
    kernel: np.ndarray, covariance: np.ndarray, variance: float, teachers: np.ndarray | None = None
) -> SampledRows:
    """Rows of `kernel` with the energies tr(v' C v)/m of all teachers, and some targets that add up to most of C."""
    m = len(kernel)
    if teachers is None:
        values, vectors = eigsh(covariance, k=_TEACHER_MODES, v0=np.ones(m) + kernel[0] / kernel[0, 0])
        teachers = vectors * np.sqrt(np.maximum(values, 0.0))
    values, vectors = eigh(kernel / m, overwrite_a=True, check_finite=False)
    values, vectors = np.maximum(values[::-1], 0.0), vectors[:, ::-1]
    energies = np.einsum("ik,ik->k", vectors, covariance @ vectors) / m
    return SampledRows(values, np.maximum(energies, 0.0), m, 0.0, vectors, teachers, True, variance)


def _paired(
    plain: PopulationModes, divided: PopulationModes | None, weights: FeatureWeights | None = None
) -> SampledFeatures:
    """Both kinds of features, row weightings shared."""
    again = divided.replicates if divided else (None,) * len(plain.replicates)
    replicates = zip(plain.replicates, again, plain.noises, strict=True)
    whole = FeatureModes(plain.modes, divided.modes if divided else None, plain.noise, weights)
    return SampledFeatures(whole, tuple(FeatureModes(*each, weights) for each in replicates))


def data_modes(experiment: Experiment) -> SampledFeatures:
    """Modes of the population that a file's rows were drawn from, energies over the target's variance.

    `noise` is the share of the target's variance that no mode explains: it adds to label noise in training, and to the
    risk itself, as test targets hold it too. Raises InputError.
    """
    spec = experiment.problem
    inputs, labels = _standardised(spec.path or "", spec.target)
    largest = max(round(min(n, experiment.samples.count(n))) for n in experiment.sizes)
    divided = _needs_divided(experiment)
    rule = activation(spec.features)
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
        weights = _weights(rule, moments)
    return _paired(found, scaled, weights)


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


def _file_modes(path: str, target: str | None, features: str) -> FeatureModes:
    """Modes of the file as a population: every row counts, none is a sample of something larger."""
    inputs, labels = _standardised(path, target)
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
    return FeatureModes(plain, divided, weights=_weights(rule, moments))
