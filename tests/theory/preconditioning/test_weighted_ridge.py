"""Features with random overall weights: identities, limits, simulation; then the weights that norms give."""

import math
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from scipy.special import roots_genlaguerre

from optscaling.errors import InputError
from optscaling.theory.gram.contour import lens
from optscaling.theory.gram.effective_ridge import degrees_of_freedom, resolved_scale
from optscaling.theory.gram.measure import spectral_measure
from optscaling.theory.optimizers.filters import GradientDescent
from optscaling.theory.optimizers.preconditioners import Diagonal
from optscaling.theory.preconditioning.diagonal import norm_divided
from optscaling.theory.preconditioning.equivalent_filters import surrogate
from optscaling.theory.preconditioning.equivalent_filters_on_samples import preconditioned_samples
from optscaling.theory.preconditioning.feature_weights import EQUAL, FeatureWeights, norm_weights
from optscaling.theory.preconditioning.weighted_ridge import (
    ScatteredNestedScale,
    ScatteredScale,
    scattered_measure,
    scattered_sample_measure,
)
from optscaling.theory.problems.activations import activation
from optscaling.theory.problems.modes import Modes
from optscaling.theory.problems.spectral_problem import SpectralProblem
from optscaling.theory.problems.spectrum import PowerLaw
from optscaling.theory.samples.measure import sample_measure

DESCENT, ETA = GradientDescent(), 1.5
STEPS = np.array([1, 10, 100, 1000, 10_000, 1_000_000])
TWO = FeatureWeights(np.array([0.3, 1.7]), np.array([0.5, 0.5]))


def gamma(shape: float) -> FeatureWeights:
    """The gamma law of mean 1 by its Gauss rule."""
    values, shares = roots_genlaguerre(12, shape - 1)
    return FeatureWeights(values / shape, shares / shares.sum())


def modes_of(s: float, size: int, dim: int = 300) -> Modes:
    return SpectralProblem(PowerLaw(s, dim)).modes(size)


# --- the law of weights ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("s", [-0.25, 0.5, 1.0, 2.0])
def test_scatter_of_norms_equals_its_laplace_integral(s: float) -> None:
    """E q^-p = (1/Gamma(p)) integral of t^(p-1) prod_k (1 + 2 t lambda_k)^(-1/2) dt, within the error stated."""
    modes = modes_of(s, 64, 1000)
    unit = modes.eigenvalues / modes.eigenvalues[0]
    u, step = np.linspace(-60.0, 60.0, 2401, retstep=True)
    log_transform = -0.5 * np.array([np.sum(modes.weights * np.log1p(2 * t * unit)) for t in np.exp(u)])

    def moment(p: float) -> float:
        return float(np.sum(np.exp(log_transform + p * u))) * step / math.gamma(p)

    found = norm_weights(modes)
    assert found.shares.sum() == pytest.approx(1.0, abs=1e-12)
    assert found.shares @ found.values == pytest.approx(1.0, abs=1e-12)
    assert abs(found.second_moment - moment(1.0) / moment(0.5) ** 2) <= found.error < 1e-5
    third = moment(1.5) / moment(0.5) ** 3
    assert found.shares @ found.values**3 == pytest.approx(third, rel=1e-4)


def test_law_of_weights_equals_monte_carlo() -> None:
    """E[a/(1 + a tau)] and the same for ReLU features, whose norm^2 is q/2, within 4 standard errors."""
    modes, tau = modes_of(1.0, 20, 40), np.array([0.3, 1.0, 10.0])
    q = np.random.default_rng(0).standard_normal((400_000, 40)) ** 2 @ modes.eigenvalues
    for found, a in (
        (norm_weights(modes), q**-0.5),
        (norm_weights(modes, activation("relu").second_moment), (q / 2) ** -0.5),
        (norm_weights(modes, activation("tanh").second_moment), activation("tanh").second_moment(q) ** -0.5),
    ):
        a = a / a.mean()
        for t in tau:
            drawn = a / (1 + a * t)
            exact = found.shares @ (found.values / (1 + found.values * t))
            assert abs(exact - drawn.mean()) < 4 * drawn.std() / math.sqrt(len(a)) + 1e-5


@pytest.mark.parametrize("weights", [TWO, gamma(3.0), norm_weights(modes_of(2.0, 64))])
def test_factor_follows_from_tau(weights: FeatureWeights) -> None:
    """p and g by their definitions at tau, then g(p), its slope, and its divided difference."""
    a, share = weights.values, weights.shares
    tau = np.array([0.01, 0.3, 2.0, 50.0, 0.5 + 0.5j, 3 + 8j, -0.05 + 0.02j, -1e4 / a.min()])
    p, g = ((a * t / (1 + np.outer(tau, a))) @ share for t in (tau[:, None], 1.0))
    found, slope = weights.factor(1 - p)
    np.testing.assert_allclose(found, g, rtol=1e-9)
    move = 1e-6
    np.testing.assert_allclose((weights.factor(1 - p + move)[0] - found) / move, slope, rtol=1e-4)
    pairs = weights.pair_factor(1 - p[:3], 1 - p[4:7])
    np.testing.assert_allclose(pairs, (g[:3, None] - g[4:7]) / (p[4:7] - p[:3, None]), rtol=1e-8)


# --- the scale ------------------------------------------------------------------------------------------------------


def test_equal_weights_are_none() -> None:
    steps = np.array([0, 1, 100, 10**6])
    for s, size in ((-0.25, 64), (1.0, 64), (1.0, 300), (0.5, 500)):
        modes = modes_of(s, 128)
        ours, plain = scattered_measure(modes, size, EQUAL), spectral_measure(modes, size)
        np.testing.assert_allclose(
            ours.risk(DESCENT, steps, ETA), plain.risk(DESCENT, steps, ETA), rtol=1e-6, atol=1e-9
        )
        np.testing.assert_allclose(
            ours.learned(DESCENT, steps, ETA), plain.learned(DESCENT, steps, ETA), rtol=1e-5, atol=1e-8
        )
    found = scattered_sample_measure(modes_of(0.5, 128), 60, 90, EQUAL).risk(DESCENT, steps, ETA)
    np.testing.assert_allclose(found, sample_measure(modes_of(0.5, 128), 60, 90).risk(DESCENT, steps, ETA), atol=1e-8)


@pytest.mark.parametrize("weights", [TWO, norm_weights(modes_of(2.0, 64))])
def test_two_routes_to_the_two_point_function(weights: FeatureWeights) -> None:
    """Divided differences of functions of one scale, and sums in which nothing cancels."""
    modes = modes_of(1.0, 128)
    scale = ScatteredNestedScale(modes, 64, 100, weights)
    x, _ = lens(scale.gap(resolved_scale(modes, 64), 100) / 2, scale.top()[0], 0.8)
    kappa = scale.at(x)
    for other in (kappa, np.conj(kappa)):
        for quick, sums in zip(scale.pairs(kappa, other), scale.pairs_by_sums(kappa, other), strict=True):
            np.testing.assert_allclose(quick, sums, rtol=1e-6)


def test_scale_solves_the_equation_of_the_resolvent() -> None:
    """tau = (1/N) sum lambda/(zeta + g lambda) with g = E[a/(1 + a tau)], at points off the axis."""
    modes, weights, x = modes_of(1.0, 128), TWO, np.array([0.3 + 0.2j, 2.0 + 0.5j, 0.01 + 0.01j])
    kappa = ScatteredScale(modes, 64, weights).at(x)
    g = -x / kappa
    tau = degrees_of_freedom(kappa, modes)[0] / 64 / g
    np.testing.assert_allclose(g, (weights.values / (1 + np.outer(tau, weights.values))) @ weights.shares, rtol=1e-9)


def test_rule_converges_and_starts_from_nothing() -> None:
    steps, modes, weights = np.array([0, 1, 100, 10**7]), modes_of(1.0, 128), norm_weights(modes_of(1.0, 128))
    coarse, fine = (scattered_sample_measure(modes, 64, 100, weights, step) for step in (0.2, 0.1))
    bias, variance, bias_error, variance_error = coarse.risk_and_error(DESCENT, steps, ETA)
    finer_bias, finer_variance = fine.risk(DESCENT, steps, ETA)
    assert np.all(np.abs(bias - finer_bias) <= bias_error + 1e-9)
    assert np.all(np.abs(variance - finer_variance) <= variance_error + 1e-9)
    assert bias[0] == pytest.approx(1.0, abs=1e-6)
    rough, exact = (scattered_measure(modes, 64, weights, step) for step in (0.4, 0.1))
    (risk, error), finer = rough.risk_and_error(DESCENT, steps, ETA), exact.risk(DESCENT, steps, ETA)
    assert np.all(np.abs(risk - finer) <= error + 1e-9 * finer)
    assert risk[0] == pytest.approx(1.0, abs=1e-6)


def test_many_samples_are_the_population() -> None:
    steps, modes, weights = np.array([0, 1, 100, 10**6]), modes_of(1.0, 128), norm_weights(modes_of(1.0, 128))
    bias, variance = scattered_sample_measure(modes, 64, 10**9, weights).risk(DESCENT, steps, ETA)
    np.testing.assert_allclose(bias, scattered_measure(modes, 64, weights).risk(DESCENT, steps, ETA), rtol=1e-5)
    assert np.all(np.abs(variance) < 1e-6)


def test_sizes_that_have_no_measure_are_refused() -> None:
    with pytest.raises(InputError, match="N is 0"):
        scattered_measure(modes_of(1.0, 64), 0, TWO)
    with pytest.raises(InputError, match="two smallest"):
        scattered_sample_measure(modes_of(1.0, 64), 64, 64, TWO)


# --- simulation -----------------------------------------------------------------------------------------------------


Law = Callable[[np.random.Generator, int], np.ndarray]


def drawn(s: float, size: int, seeds: int, law: Law | None, samples: int | None, dim: int = 300) -> np.ndarray:
    """Bias and variance per draw at STEPS, shape (seeds, 2, steps), the variance averaged over label noise.

    law: draws the weights of the features, shape (N,); None: those of P = diag(F'F)^(-1/2).
    """
    values, found = np.arange(1, dim + 1.0) ** -(1 + s), []
    target = np.sqrt(values)
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        features = target[:, None] * rng.standard_normal((dim, size)) / math.sqrt(size)
        inputs = None if samples is None else rng.standard_normal((samples, dim)) / math.sqrt(samples)
        if law is None:
            seen = features if inputs is None else inputs @ features
            features = features / np.sqrt(np.linalg.norm(seen, axis=0))
        else:
            features = features * np.sqrt(law(rng, size))
        seen = features if inputs is None else inputs @ features
        left, singular, right = np.linalg.svd(seen, full_matrices=False)
        labels = target if inputs is None else inputs @ target
        residual = (1 - ETA * (singular / singular[0])[:, None] ** 2) ** STEPS
        learned = (1 - residual) / singular[:, None]
        map_back = features @ right.T
        error = target[:, None] - map_back @ (learned * (left.T @ labels)[:, None])
        spread = np.sum(map_back**2, axis=0) @ learned**2
        found.append((np.sum(error**2, axis=0) / values.sum(), spread / (samples or math.inf)))
    return np.array(found)


def check(found: np.ndarray, runs: np.ndarray, left_out: float) -> None:
    """Within 3.5 standard errors and what the equivalent leaves out, relative."""
    mean, error = runs.mean(0), runs.std(0, ddof=1) / math.sqrt(len(runs))
    assert np.all(np.abs(found - mean) < 3.5 * error + left_out * mean)


LAWS = {
    "two": (TWO, lambda rng, size: rng.choice([0.3, 1.7], size)),
    "gamma": (gamma(3.0), lambda rng, size: rng.gamma(3.0, 1 / 3, size)),
}


@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize("s", [0.5, 1.5])
def test_random_weights_equal_simulation(name: str, s: float) -> None:
    """Weights independent of directions, on the population; equal weights would err by 5 to 15 % there."""
    weights, law = LAWS[name]
    risk = scattered_measure(modes_of(s, 96), 96, weights).risk(DESCENT, STEPS, ETA)
    check(risk, drawn(s, 96, 30, law, None)[:, 0], 2 / 96)


@pytest.mark.parametrize("samples", [48, 300])
def test_random_weights_on_samples_equal_simulation(samples: int) -> None:
    """Bias, and variance averaged over label noise, with fewer and with more samples than features."""
    weights, law = LAWS["two"]
    found = scattered_sample_measure(modes_of(0.5, 96), 96, samples, weights).risk(DESCENT, STEPS, ETA)
    runs = drawn(0.5, 96, 30, law, samples)
    for part in (0, 1):
        check(found[part], runs[:, part], 2 / 96 + 2 / samples)


def test_edges_of_the_spectrum_equal_simulation() -> None:
    """Smallest and largest eigenvalue of one large draw, which stray from their limits by N^(-2/3) of a few units."""
    size, dim, s = 400, 1600, -0.25
    values = np.arange(1, dim + 1.0) ** -(1 + s)
    rng = np.random.default_rng(0)
    features = np.sqrt(values)[:, None] * rng.standard_normal((dim, size)) * np.sqrt(LAWS["two"][1](rng, size) / size)
    spectrum = np.linalg.eigvalsh(features.T @ features)
    modes = SpectralProblem(PowerLaw(s, dim)).modes(size)
    scale = ScatteredScale(modes, size, TWO)
    assert spectrum[0] == pytest.approx(scale.lower_edge(resolved_scale(modes, size)), rel=5 * size ** (-2 / 3))
    assert spectrum[-1] == pytest.approx(scale.upper_end()[1], rel=5 * size**-0.5)


# --- diagonal -------------------------------------------------------------------------------------------------------


@cache
def diagonal_runs(s: float, samples: int | None) -> np.ndarray:
    return drawn(s, 128, 30, None, samples, 300)


@pytest.mark.parametrize("s", [-0.25, 1.0, 2.0])
def test_diagonal_on_the_population_equals_simulation(s: float) -> None:
    """Left out: 1/N and what the surrogate states. With norms equal but for the mean, s = 2 errs by 12 % late."""
    modes = modes_of(s, 128)
    plain = spectral_measure(modes, 128)
    found, equal = (surrogate(Diagonal(), modes, 128, plain, divided) for divided in (None, norm_divided(modes)))
    assert found is not None
    assert equal is not None
    check(found.measure.risk(DESCENT, STEPS, ETA), diagonal_runs(s, None)[:, 0], 1 / 128 + found.error)
    if s == 2.0:
        off = equal.measure.risk(DESCENT, STEPS, ETA) / diagonal_runs(s, None)[:, 0].mean(0) - 1
        assert off.min() < -0.05


@pytest.mark.parametrize("samples", [64, 256])
@pytest.mark.parametrize("s", [0.25, 2.0])
def test_diagonal_on_samples_equals_simulation(s: float, samples: int) -> None:
    found = preconditioned_samples(Diagonal(), modes_of(s, 128), None, 128, samples)
    assert found is not None
    parts = found.measure.risk(found.filter, STEPS, ETA)
    for part in (0, 1):
        check(parts[part], diagonal_runs(s, samples)[:, part], 1 / 128 + 1 / samples + found.error)


def test_floor_comes_out_nearly_by_itself() -> None:
    """Scaling leaves the span alone: before it is put there, the floor of divided features is within 2/N of it."""
    for s, size in ((-0.25, 64), (0.5, 128), (2.0, 128), (2.0, 256)):
        modes = modes_of(s, size, 1000)
        plain = spectral_measure(modes, size)
        scaled = scattered_measure(norm_divided(modes), size, norm_weights(modes))
        assert scaled.floor == pytest.approx(plain.floor, rel=2 / size)
        found = surrogate(Diagonal(), modes, size, plain)
        assert found is not None
        none, late = found.measure.finer().risk(DESCENT, np.array([0, 10**9]), ETA)
        assert none == pytest.approx(1.0, abs=1e-6)
        assert late == pytest.approx(plain.floor / plain.total, rel=1e-6)


def test_full_solve_is_put_right_without_touching_early_times() -> None:
    """Also at n = 2N, s = -0.25, where the bias of the full solve is nearly the target's variance."""
    steps = np.array([0, 1, 10, 10**12])
    for s, samples in ((-0.25, 512), (2.0, 512), (0.5, 300)):
        modes = modes_of(s, 256, 1000)
        weights, divided = norm_weights(modes), norm_divided(modes)
        raw = scattered_sample_measure(divided, 256, samples, weights).risk(DESCENT, steps, ETA)
        found = preconditioned_samples(Diagonal(), modes, None, 256, samples)
        assert found is not None
        bias, variance = found.measure.risk(DESCENT, steps, ETA)
        plain = sample_measure(modes, 256, samples).risk(DESCENT, steps, ETA)
        assert bias[0] == pytest.approx(1.0, abs=1e-6)
        np.testing.assert_allclose((bias[-1], variance[-1]), (plain[0][-1], plain[1][-1]), rtol=1e-5)
        np.testing.assert_allclose(bias, raw[0], rtol=2 / 256)
        np.testing.assert_allclose(variance, raw[1], rtol=2 / 256, atol=1e-9)


def test_given_weights_are_those_of_the_norms() -> None:
    """Modes and weights handed over give what Gaussian features work out for themselves."""
    modes, divided = modes_of(1.0, 64), norm_divided(modes_of(1.0, 64))
    plain, weights = spectral_measure(modes, 64), norm_weights(modes)
    own, given = surrogate(Diagonal(), modes, 64, plain), surrogate(Diagonal(), modes, 64, plain, divided, weights)
    assert own is not None
    assert given is not None
    np.testing.assert_allclose(own.measure.risk(DESCENT, STEPS, ETA), given.measure.risk(DESCENT, STEPS, ETA))
    own, given = (
        preconditioned_samples(Diagonal(), modes, d, 64, 100, w) for d, w in ((None, None), (divided, weights))
    )
    assert own is not None
    assert given is not None
    np.testing.assert_allclose(own.measure.risk(DESCENT, STEPS, ETA), given.measure.risk(DESCENT, STEPS, ETA))


def test_number_of_features_may_be_the_rank() -> None:
    """The spectrum then reaches 0 with a density x^(-1/2), and risk falls as T^(-1/2)."""
    modes, steps = modes_of(1.0, 64, 64), np.array([0, 10**7, 10**9])
    found = scattered_measure(norm_divided(modes), 64, norm_weights(modes)).risk(DESCENT, steps, ETA)
    assert found[0] == pytest.approx(1.0, abs=1e-6)
    assert found[1] / found[2] == pytest.approx(10.0, rel=1e-3)


def test_steep_spectra_and_more_features_than_modes() -> None:
    """Eigenvalues down to 1e-12, N above the rank: nothing is lost to absolute tolerances."""
    modes = modes_of(3.0, 1500, 1000)
    found = scattered_measure(norm_divided(modes), 1500, norm_weights(modes)).risk(DESCENT, np.array([0, 100]), ETA)
    equal = spectral_measure(norm_divided(modes), 1500).risk(DESCENT, np.array([0, 100]), ETA)
    np.testing.assert_allclose(found, equal, rtol=0.01)


def test_weights_do_not_depend_on_units() -> None:
    """Weights depend on the shape of the spectrum alone, not on its scale."""
    modes = modes_of(1.0, 64)
    scaled = Modes(7.0 * modes.eigenvalues, modes.energies, modes.weights, modes.count)
    np.testing.assert_allclose(norm_weights(scaled).values, norm_weights(modes).values, rtol=1e-6)


@pytest.mark.parametrize("dim", [1, 2, 4])
def test_next_to_no_modes_are_predicted_by_the_mean_kernel(dim: int) -> None:
    """E[1/q] is infinite up to two modes: the law of weights serves nothing, and the error stated says so."""
    modes = Modes.of(np.ones(dim), np.ones(dim))
    found = preconditioned_samples(Diagonal(), modes, None, 9, 20)
    assert found is not None
    assert np.all(np.isfinite(found.measure.risk(found.filter, STEPS, ETA)))
    assert found.error > 0.04
    population = surrogate(Diagonal(), modes, 9, spectral_measure(modes, 9))
    assert population is not None
    assert population.measure.risk(DESCENT, np.array([0]), ETA)[0] == pytest.approx(1.0, abs=1e-6)
    assert population.error > 0.04


@pytest.mark.parametrize(("s", "size"), [(-0.55, 10**6), (-0.55, 10**4), (-0.3, 10**7)])
def test_norms_of_many_even_modes_do_not_scatter(s: float, size: int) -> None:
    """Weights that are all alike have poles at infinity; the measure is that of equal weights there."""
    modes = SpectralProblem(PowerLaw(s, 2 * size)).modes(size)
    weights, divided = norm_weights(modes), norm_divided(modes)
    assert weights.second_moment - 1 < 1e-3
    steps = np.array([1, 100])
    found = scattered_measure(divided, size, weights).risk(GradientDescent(), steps, 1.0)
    np.testing.assert_allclose(found, spectral_measure(divided, size).risk(GradientDescent(), steps, 1.0), rtol=5e-3)
