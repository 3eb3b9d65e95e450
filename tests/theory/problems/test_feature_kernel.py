"""Kernels against features drawn at random, and population modes recovered from sampled kernels."""

import numpy as np
import pytest

from optscaling.errors import InputError
from optscaling.theory.estimation.sampled_rows import SampledRows
from optscaling.theory.estimation.unbiased_modes import population_modes
from optscaling.theory.gram.measure import spectral_measure
from optscaling.theory.optimizers.filters import GradientDescent, NaturalGradient
from optscaling.theory.problems.activations import activation
from optscaling.theory.problems.exponential_sum import inverse_root
from optscaling.theory.problems.kernel import feature_kernel, norm_divided_kernel
from optscaling.theory.problems.modes import Modes
from optscaling.theory.problems.spectral_problem import SpectralProblem
from optscaling.theory.problems.spectrum import PowerLaw
from optscaling.theory.problems.target import PowerLawTarget

RELU = activation("relu")


def sampled_modes(eigenvalues: np.ndarray, energies: np.ndarray, largest_size: int) -> Modes:
    """Population modes from m sampled eigenvalues of K/m, falling, and energies that are a mean over many targets."""
    rows = SampledRows(np.maximum(eigenvalues, 0.0), energies, len(eigenvalues), many=True)
    return population_modes(rows, largest_size, replicates=False).modes


@pytest.fixture(scope="module")
def inputs() -> np.ndarray:
    return np.random.default_rng(1).standard_normal((6, 30)) * np.arange(1, 31) ** -0.75


def test_relu_kernel_is_the_mean_over_features(inputs: np.ndarray) -> None:
    weights = np.random.default_rng(2).standard_normal((30, 400_000)) / np.sqrt(30)
    features = np.maximum(inputs @ weights, 0)
    product = features[:, None, :] * features[None, :, :]
    error = product.std(-1) / np.sqrt(weights.shape[1])
    assert np.all(np.abs(product.mean(-1) - feature_kernel(RELU, inputs)) < 5 * error + 1e-12)


def test_norm_divided_kernel_is_the_mean_over_scaled_features(inputs: np.ndarray) -> None:
    moment = np.arange(1, 31) ** -1.5
    weights = np.random.default_rng(3).standard_normal((30, 400_000)) / np.sqrt(30)
    norm2 = moment @ weights**2
    features = np.maximum(inputs @ weights, 0) / norm2**0.25
    product = features[:, None, :] * features[None, :, :]
    mean, error = product.mean(-1), product.std(-1) / np.sqrt(weights.shape[1])
    found = norm_divided_kernel(RELU, inputs, moment)
    scale = mean[0, 0] / found[0, 0]
    spread = 5 * (error + np.abs(mean) * error[0, 0] / mean[0, 0])
    assert np.all(np.abs(mean - scale * found) < spread + 1e-12)


def test_norm_divided_kernel_is_the_laplace_integral(inputs: np.ndarray) -> None:
    """1/sqrt(q/2) = sqrt(2/pi) integral t^(-1/2) exp(-q t) dt, by the trapezoidal rule in log t over 30 decades."""
    share = np.arange(1, 31) ** -1.5 / 30
    u = np.arange(np.log(1e-16), np.log(1e14), 0.05)
    expected = np.zeros((6, 6))
    for t in np.exp(u):
        shrink = 1 + 2 * t * share
        weight = 0.05 * np.sqrt(2 * t / np.pi) * np.exp(-0.5 * np.log(shrink).sum())
        expected += weight * feature_kernel(RELU, inputs, 1 / (30 * shrink))
    found = norm_divided_kernel(RELU, inputs, 30 * share)
    scale = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    np.testing.assert_array_less(np.abs(found - expected), 1e-5 * scale)


@pytest.mark.parametrize("name", ["relu", "gelu", "tanh", "linear"])
@pytest.mark.parametrize(("rows", "dim", "s"), [(300, 40, 1.0), (60, 7, 2.0), (20, 1, 0.5), (280, 300, 0.5)])
def test_norm_divided_kernel_is_a_sum_of_kernels(name: str, rows: int, dim: int, s: float) -> None:
    """Each exponential's kernel by itself, in one product, where the sum shares products of blocks."""
    moment = np.arange(1, dim + 1.0) ** -(1 + s)
    inputs = np.random.default_rng(4).standard_normal((rows, dim)) * np.sqrt(moment)
    rule, share = activation(name), moment / dim
    series = inverse_root(rule.second_moment, share)
    expected = np.zeros((rows, rows))
    for rate, weight in zip(series.rate, series.weight, strict=True):
        shrink = 1 + 2 * rate * share
        expected += weight * np.prod(shrink) ** -0.5 * feature_kernel(rule, inputs, 1 / (dim * shrink))
    found = norm_divided_kernel(rule, inputs, moment)
    assert np.array_equal(found, found.T)
    # weights of alternating sign: what rounding leaves is relative to the terms, of which the largest are some 1e2
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-13 * np.abs(expected).max())


@pytest.mark.parametrize(("s", "r"), [(0.5, 0.5), (1.0, 0.5), (1.5, 2.0)])
def test_sampled_modes_predict_what_the_population_modes_do(s: float, r: float) -> None:
    """400 samples of a known power law, and sizes up to one and a half times the samples."""
    dim, m = 6000, 400
    k = np.arange(1, dim + 1, dtype=float)
    root = k ** (-(1 + s) / 2)
    population = SpectralProblem(PowerLaw(s, dim), PowerLawTarget(r)).modes(m)
    risks = []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        gram, projected = np.zeros((m, m)), np.zeros((m, m))
        for block in np.array_split(np.arange(dim), 6):
            z = rng.standard_normal((m, len(block)))
            gram += (z * root[block] ** 2) @ z.T
            projected += (z * k[block] ** -(1 + r)) @ z.T
        values, vectors = np.linalg.eigh(gram / m)
        energies = np.einsum("ik,ik->k", vectors, projected @ vectors) / m
        found = sampled_modes(values[::-1], energies[::-1], 600)
        risks.append(
            [
                [spectral_measure(found, n).risk(f, np.array([500]), 1.0)[0] for n in (40, 200, 600)]
                for f in (GradientDescent(), NaturalGradient())
            ]
        )
    truth = np.array(
        [
            [spectral_measure(population, n).risk(f, np.array([500]), 1.0)[0] for n in (40, 200, 600)]
            for f in (GradientDescent(), NaturalGradient())
        ]
    )
    ratio = np.array(risks) / truth
    error = ratio.std(0, ddof=1) / np.sqrt(len(ratio))
    # the relation holds to order 1/m and beyond m it is extrapolated: 3 % and 10 %, and 3.5 standard errors (t, 7 dof)
    assert np.all(np.abs(ratio.mean(0) - 1) < np.array([0.03, 0.03, 0.10]) + 3.5 * error)
    assert error.max() < 0.03


def test_raw_sampled_eigenvalues_would_be_off(inputs: np.ndarray) -> None:
    """The bias that sampled_modes removes is real: without it the floor at N = m/2 is wrong by a fifth or more."""
    k, m = np.arange(1, 6001, dtype=float), 400
    rng = np.random.default_rng(0)
    z = rng.standard_normal((m, len(k)))
    values, vectors = np.linalg.eigh((z / k**2) @ z.T / m)
    energies = np.einsum("ik,ik->k", vectors, ((z / k**1.5) @ z.T) @ vectors) / m
    truth = spectral_measure(Modes.of(k**-2, k**-1.5), 200).floor
    raw = spectral_measure(Modes.of(np.maximum(values, 0), energies), 200).floor
    corrected = spectral_measure(sampled_modes(values[::-1], energies[::-1], 200), 200).floor
    assert abs(raw / truth - 1) > 0.2
    assert abs(corrected / truth - 1) < 0.1


def test_too_few_samples_are_refused() -> None:
    with pytest.raises(InputError, match="too few"):
        sampled_modes(np.ones(10), np.ones(10), 5)
