"""The modes of each problem's random features, from the experiment alone: no training run, no feature drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.linalg import eigh
from scipy.sparse.linalg import eigsh
from scipy.special import ndtri

from ..estimation import PopulationModes, SampledRows, population_modes
from ..problems import (
    TEACHER_OUTPUT,
    Activation,
    feature_kernel,
    feature_mean,
    norm_divided_kernel,
    standardised_second_moment,
    teacher_variance,
)
from .feature_modes import SampledFeatures, activation_weights, paired_samples

KERNEL_SAMPLES = 2400  # inputs drawn for a kernel's spectrum; `sampled` corrects what m samples distort
KERNEL_SEED = 20260522  # of those inputs: fixed, so that a prediction is a function of the experiment
_MATCHED = 20  # leading coordinates
_TEACHER_MODES = 24  # of the teachers' covariance, with which sampling errors are worked out


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


def drawn_kernel_modes(
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
    m, total = len(inputs), float(kernel.sum())
    own_energies: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None
    if teacher.name == "relu":
        across = float(np.sum(TEACHER_OUTPUT)) ** 2 - squares
        covariance = _centred(squares * kernel + across * np.outer(mean, mean))
        variance = teacher_variance(moment)

        def own_energies(values: np.ndarray, vectors: np.ndarray) -> np.ndarray:
            """v'Cv of the kernel's own eigenvectors, K v = m x v, without a product of (m, m) matrices."""
            constant = vectors.sum(axis=0) / m
            centred = m * values - 2 * m * constant**2 * (m * values) + constant**2 * total
            return squares * centred + across * ((mean - mean.mean()) @ vectors) ** 2
    else:
        shared = float(np.sum(TEACHER_OUTPUT)) * (mean - mean.mean())
        spread = _centred(squares * (kernel - np.outer(mean, mean)))
        covariance = m * standardised_second_moment(spread, shared)
        variance = 1.0
    same = rule.name == teacher.name
    own = kernel if same else feature_kernel(rule, inputs)
    plain = _on_teachers(own, covariance, variance, energies_of=own_energies if same else None)
    plain = replace(plain, matched=_matched(inputs))
    teachers = plain.targets
    found = population_modes(plain, largest)
    scaled: PopulationModes | None = None
    if divided:
        rows = _on_teachers(norm_divided_kernel(rule, inputs, moment), covariance, variance, teachers)
        rows = replace(rows, matched=plain.matched)
        scaled = population_modes(rows, largest, directions=plain.directions)
    return paired_samples(found, scaled, activation_weights(rule, moment) if scaled else None)


def _centred(matrix: np.ndarray) -> np.ndarray:
    """A covariance of row values, shape (m, m), after their mean over rows is taken off."""
    return np.asarray(matrix - matrix.mean(0) - matrix.mean(1)[:, None] + matrix.mean())


def _on_teachers(
    kernel: np.ndarray,
    covariance: np.ndarray,
    variance: float,
    teachers: np.ndarray | None = None,
    energies_of: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None,
) -> SampledRows:
    """Rows of `kernel` with the energies tr(v' C v)/m of all teachers, and some targets that add up to most of C.

    energies_of: v' C v from eigenvalues of kernel/m and eigenvectors, where there is a shorter way.
    """
    m = len(kernel)
    if teachers is None:
        values, vectors = eigsh(covariance, k=_TEACHER_MODES, v0=np.ones(m) + kernel[0] / kernel[0, 0])
        teachers = vectors * np.sqrt(np.maximum(values, 0.0))
    values, vectors = eigh(kernel / m, overwrite_a=True, check_finite=False)
    values, vectors = np.maximum(values[::-1], 0.0), vectors[:, ::-1]
    if energies_of is None:
        energies = np.einsum("ik,ik->k", vectors, covariance @ vectors) / m
    else:
        energies = energies_of(values, vectors) / m
    return SampledRows(values, np.maximum(energies, 0.0), m, 0.0, vectors, teachers, True, variance)
