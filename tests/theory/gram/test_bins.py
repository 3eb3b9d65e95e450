"""Bins of a spectrum against sums, contours, drawn matrices and closed forms."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import gamma

from optscaling.errors import InputError
from optscaling.theory.gram.bins import bins_of, spectral_bins
from optscaling.theory.gram.measure import spectral_measure
from optscaling.theory.gram.mode_groups import grouped_modes, power_sum, regrouped
from optscaling.theory.optimizers.filters import Damped, GradientDescent
from optscaling.theory.problems.modes import Modes
from optscaling.theory.problems.spectral_problem import SpectralProblem
from optscaling.theory.problems.spectrum import PowerLaw
from optscaling.theory.problems.target import PowerLawTarget


@pytest.mark.parametrize("power", [0.3, 1.0, 1.7, 4.0])
def test_power_sum_is_the_sum(power: float) -> None:
    edges = np.array([24.5, 31.5, 100.5, 2000.5])
    listed = [np.sum(np.arange(a + 0.5, b) ** -power) for a, b in itertools.pairwise(edges)]
    # the next term of the midpoint form is 31/967680 times the fifth derivative at the ends
    rising = power * (power + 1) * (power + 2) * (power + 3) * (power + 4)
    bound = 31 / 967680 * rising * edges[:-1] ** (-power - 5) + 1e-13 * np.array(listed)
    assert np.all(np.abs(power_sum(edges[:-1], edges[1:], power) - listed) < bound)


def test_groups_keep_their_totals() -> None:
    modes, edges = grouped_modes(0.5, 1.2, 4000, 100, 0.1)
    k = np.arange(1, 4001.0)
    assert np.sum(modes.weights) == 4000
    assert edges[-1] == 4000.5
    np.testing.assert_allclose(np.sum(modes.weights * modes.eigenvalues), np.sum(k**-1.5), rtol=1e-10)
    np.testing.assert_allclose(modes.total, np.sum(k**-2.2), rtol=1e-10)


@settings(max_examples=25, deadline=None)
@given(
    s=st.floats(-0.7, 2.0),
    r=st.floats(0.2, 4.0),
    log_size=st.floats(1.5, 12.0),
)
def test_totals(s: float, r: float, log_size: float) -> None:
    size = round(10**log_size)
    dim = None if s > 0.1 else 2 * size
    bins = spectral_bins(s, r, size, dim, 0.2)
    modes, _ = grouped_modes(s, r, dim, size, 0.2)
    # counts are differences of a primitive; energies and moments hold a quadrature, 2.4^-(2 nodes), times its prefactor
    assert np.sum(bins.counts) == pytest.approx(size, rel=1e-9)
    assert np.sum(bins.energies) + bins.floor == pytest.approx(bins.total, rel=1e-6)
    assert np.sum(bins.counts * bins.x) == pytest.approx(np.sum(modes.weights * modes.eigenvalues), rel=1e-6)
    assert np.all(bins.energies > 0)
    assert np.all(np.diff(bins.x) < 0)


@pytest.mark.parametrize(
    ("s", "r", "size", "dim"),
    [
        (1.0, 1.0, 64, None),
        (1.0, 0.5, 1024, None),
        (0.5, 2.5, 1024, None),
        (0.25, 3.0, 64, None),
        (-0.3, 0.5, 256, 512),
        (2.0, 2.0, 10**6, None),
    ],
)
def test_gradient_descent_agrees_with_the_contour(s: float, r: float, size: int, dim: int | None) -> None:
    modes = SpectralProblem(PowerLaw(s, dim), PowerLawTarget(r)).modes(size)
    contour = spectral_measure(modes, size)
    bins = spectral_bins(s, r, size, dim, 0.05)
    steps = 10.0 ** np.arange(2, 12)
    eta = 1 / contour.largest
    residual = np.exp(steps[:, None] * np.log1p(-np.minimum(eta * bins.x, 1 - 1e-12)))
    risk = (bins.floor + residual**2 @ bins.energies) / bins.total
    # a bin (1+s) width wide in log x, replaced by its mean: ((1+s) width)^2/24 times |z h2'| + |z^2 h2''| < 1, as a
    # share of the tail, whose ratio to the risk's own scale is at most zeta (1 + zeta)
    zeta = r / (1 + s)
    bound = ((1 + s) * 0.05) ** 2 / 24 * zeta * (1 + zeta)
    np.testing.assert_allclose(risk, contour.risk(GradientDescent(), steps, 1.0), rtol=max(2 * bound, 2e-4))


def test_bins_of_drawn_features() -> None:
    s, r, size, dim = 0.5, 1.0, 100, 400
    bins = spectral_bins(s, r, size, dim, 0.1)
    rng = np.random.default_rng(7)
    k = np.arange(1, dim + 1.0)
    target = rng.choice([-1.0, 1.0], dim) * k ** -((1 + r) / 2)
    levels = np.array([0.3, 0.1, 0.03, 0.02])
    shares, numbers = [], []
    for _ in range(40):
        features = k[:, None] ** -((1 + s) / 2) * rng.standard_normal((dim, size)) / np.sqrt(size)
        left, singular, _ = np.linalg.svd(features, full_matrices=False)
        energy = (left.T @ target) ** 2
        shares.append([np.sum(energy[singular**2 < level]) for level in levels])
        numbers.append([np.sum(singular**2 >= level) for level in levels])
    # a bin's edge is not a level: one bin more or less, and three standard errors of 40 draws
    for column, level in enumerate(levels):
        at = np.argmin(np.abs(np.log(bins.x / level)))
        own = np.array([np.sum(bins.energies[at + shift :]) for shift in (2, -1)])
        error = 3 * np.std(shares, axis=0)[column] / np.sqrt(40)
        assert own[0] - error < np.mean(shares, axis=0)[column] < own[1] + error
        error = 3 * np.std(numbers, axis=0)[column] / np.sqrt(40)
        own = np.array([np.sum(bins.counts[: at + shift]) for shift in (-1, 2)])
        assert own[0] - error < np.mean(numbers, axis=0)[column] < own[1] + error


@pytest.mark.parametrize("zeta", [0.25, 1.0])
def test_closed_form_of_the_limit(zeta: float) -> None:
    bins = spectral_bins(1.0, 2 * zeta, None, None, 0.02)
    steps = np.array([1e6, 1e9, 1e12])
    risk = np.exp(-2 * steps[:, None] * bins.x) @ bins.energies
    # Gamma(zeta)/(1+s) (2T)^-zeta; Euler and Maclaurin's next term is smaller by (2T)^-(1/2) at least
    np.testing.assert_allclose(risk, gamma(zeta) / 2 * (2 * steps) ** -zeta, rtol=1e-3)


def test_distortion_density() -> None:
    s, r, size = 1.0, 4.0, 10**12
    bins = spectral_bins(s, r, size, None, 0.05)
    # far above x = N^-(1+s) and below where k^-(1+r) peaks end, N^-1 zeta(r-s) x^(-1/(1+s))/(1+s) is the density
    inside = (bins.x < 1e-16) & (bins.x > 1e-20)
    edge = np.sqrt(bins.x[:-1] * bins.x[1:])
    low, high = np.where(inside)[0][[0, -1]]
    total = np.sum(bins.energies[low : high + 1])
    exact = 1.2020569 / size * (edge[low - 1] ** 0.5 - edge[high] ** 0.5)
    assert total == pytest.approx(exact, rel=2e-3)  # bins' edges are guessed as geometric means: width^2 (1+s)^2/4


@pytest.mark.parametrize(
    "arguments",
    [(-1.0, 1.0, 10), (0.0, 1.0, 10), (1.0, 0.0, 10), (1.0, 1.0, 1), (1.0, 1.0, 10, 10), (1.0, 1.0, None, 10)],
)
def test_what_is_refused(arguments: tuple) -> None:
    with pytest.raises(InputError):
        spectral_bins(*arguments)
    with pytest.raises(InputError):
        spectral_bins(1.0, 1.0, 10, None, 0.0)


def test_sizes_that_lose_the_largest_eigenvalue_are_refused() -> None:
    with pytest.raises(InputError, match="largest eigenvalue"):
        spectral_bins(1.0, 1.0, 1e14)


def test_small_models_of_slow_spectra_keep_their_eigenvalues() -> None:
    bins = spectral_bins(-0.7, 0.5, 10, 10**6, 0.1)  # its support ends far above lambda_1
    assert np.sum(bins.counts) == pytest.approx(10, rel=1e-9)


ANY_MODES = [
    (SpectralProblem(PowerLaw(s, dim), PowerLawTarget(r)).modes(size), size)
    for s, r, size, dim in [
        (1.0, 1.0, 256, 1000),
        (-0.25, 0.25, 256, 1000),
        (2.0, 2.0, 64, 1000),
        (0.5, 0.5, 1000, 1000),
        (0.5, 0.5, 1500, 1000),
        (1.0, 2.5, 256, None),
        (1.0, 1.0, 10**5, None),
        (-0.7, 0.5, 10, 10**5),
    ]
]
ANY_MODES += [
    (Modes.of(np.array([1.0, 1.0, 0.5, 0.1, 0.0]), np.array([1.0, 0.3, 0.2, 0.2, 0.4])), size) for size in (1, 2, 4, 9)
]
ANY_MODES += [(Modes(np.ones(3), np.full(3, 2.0), np.array([1.0, 1.0, 98.0])), size) for size in (20, 100, 300)]


@pytest.mark.parametrize(("modes", "size"), ANY_MODES)
def test_bins_of_any_modes(modes: Modes, size: int) -> None:
    steps = 10.0 ** np.arange(7)
    positive = modes.eigenvalues > 0
    contour = spectral_measure(
        Modes(modes.eigenvalues[positive], modes.energies[positive], modes.weights[positive]), size
    )
    at_zero = float(np.sum((modes.weights * modes.energies)[~positive]))
    # coarse bins err four times as much as fine ones: a third of the difference is the fine ones' error, width^2/24 of
    # the curvature, and what is left of it is of order width^4
    found = {width: bins_of(modes, size, width) for width in (0.1, 0.05)}
    for optimizer in (GradientDescent(), Damped(1e-2)):
        exact = (contour.risk(optimizer, steps, 1.0) * contour.total + at_zero) / modes.total
        learnt = exact > 1e-6  # beyond, what is left decays exponentially: a bin's relative error has no bound
        risks = {}
        for width, bins in found.items():
            left = optimizer.residual(np.minimum(bins.x / bins.largest, 1.0), steps[:, None], 1.0)
            risks[width] = (bins.floor + left**2 @ bins.energies) / bins.total
        difference = np.abs(risks[0.1] - risks[0.05])
        off = np.abs(risks[0.05] - exact)
        assert np.all((off < difference + 0.05**2 / 24 * exact + 2e-8)[learnt]), (off / exact, difference / exact)
    bins = found[0.05]
    assert bins.largest == pytest.approx(contour.largest, rel=1e-5)
    assert bins.single == (contour.top_mass > 0)
    assert np.sum(bins.counts) == pytest.approx(min(size, modes.rank), rel=1e-9)
    assert np.sum(bins.energies) + bins.floor == pytest.approx(bins.total, rel=1e-9)
    assert bins.floor == pytest.approx(contour.floor + at_zero, rel=2e-4, abs=1e-12)
    trace = np.sum((modes.weights * modes.eigenvalues)[positive])
    mean = trace if not bins.single else trace + bins.largest - bins.x[0]
    # an outlier stands at its place, not at the mean of its band, which differs by order 1/N
    assert np.sum(bins.counts * bins.x) == pytest.approx(mean, rel=1e-9 if not bins.single else 2 / size + 1e-9)
    assert np.all(np.diff(bins.x) < 0)
    assert bins.spans is not None
    assert np.max(bins.spans[:-1], initial=0.0) < 1.3 * 0.05


def test_groups_take_negative_weights_in() -> None:
    modes = SpectralProblem(PowerLaw(1.0, 10**6), PowerLawTarget(1.0)).modes(256)
    assert np.any(modes.weights < 0)
    grouped = regrouped(modes, 0.05)
    assert np.all(grouped.weights > 0)
    assert grouped.total == pytest.approx(modes.total, rel=1e-12)
    assert np.sum(grouped.weights) == pytest.approx(1e6, rel=1e-9)
    with pytest.raises(InputError, match="positive weights"):
        regrouped(Modes(np.ones(2), np.ones(2), -np.ones(2)), 0.05)


@pytest.mark.parametrize(("size", "width"), [(0, 0.05), (np.inf, 0.05), (10, 0.0), (10, 2.0)])
def test_bins_of_refuses(size: float, width: float) -> None:
    with pytest.raises(InputError):
        bins_of(SpectralProblem(PowerLaw(1.0, 50)).modes(10), size, width)
