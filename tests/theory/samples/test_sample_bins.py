"""Bins of the sample spectrum: against the contour, the population, exact limits, and simulated momentum.

Everything that a filter analytic off the axis knows (`sample_measure`) the bins must give within their stated error.
"""

import functools
from fractions import Fraction

import numpy as np
import pytest

from optscaling.errors import InputError
from optscaling.theory.dynamics.momentum_residual import residual
from optscaling.theory.dynamics.momentum_risk_on_samples import momentum_on_samples, momentum_parts
from optscaling.theory.dynamics.momentum_schedules import Momentum
from optscaling.theory.gram.effective_ridge import degrees_of_freedom, resolved_scale
from optscaling.theory.gram.measure import spectral_measure
from optscaling.theory.optimizers.base import Filter
from optscaling.theory.optimizers.filters import Damped, GradientDescent, Power
from optscaling.theory.optimizers.momentum import HeavyBall, Nesterov, ScheduledHeavyBall
from optscaling.theory.problems.modes import Modes
from optscaling.theory.problems.spectral_problem import SpectralProblem
from optscaling.theory.problems.spectrum import PowerLaw
from optscaling.theory.samples.band_nodes import band_nodes
from optscaling.theory.samples.bands import spectral_bands
from optscaling.theory.samples.bins import SampleBins, SampleParts, sample_bins
from optscaling.theory.samples.measure import sample_measure
from optscaling.theory.samples.nested_ridge import NestedScale
from optscaling.theory.witness.ridge import feature_ridge

FILTERS = [GradientDescent(), Power(0.5), Damped(0.01)]
NESTEROV, SCHEDULED = Nesterov(Fraction(3)), ScheduledHeavyBall(Fraction(2))
STEPS = np.array([0, 1, 10, 100, 1000, 10**4, 10**6])


def modes_of(s: float, size: float, dim: int = 1000) -> Modes:
    return SpectralProblem(PowerLaw(s, dim)).modes(int(size))


@functools.cache
def bins_of(s: float, size: float, n: float, width: float = 0.03, points: int = 4) -> SampleBins:
    return sample_bins(modes_of(s, min(size, n)), size, n, width, points)


def filtered(bins: SampleBins, optimizer: Filter, steps: np.ndarray, eta: float) -> SampleParts:
    times = steps[:, None].astype(float)
    return bins.risk(*bins.means(lambda x: optimizer.residual(x[None], times, eta)))


def within(value: np.ndarray, expected: np.ndarray, error: np.ndarray) -> bool:
    """The stated error, and 1e-8 for the contour's."""
    return bool(np.all(np.abs(value - expected) <= error + 1e-8 * np.abs(expected) + 1e-12))


@pytest.mark.parametrize(("size", "n"), [(64, 128), (128, 64), (64, np.inf), (np.inf, 64), (300, 400)])
def test_the_two_point_function_is_a_divided_difference(size: float, n: float) -> None:
    """Equal to sums over pairs, up to rounding where two close numbers are subtracted."""
    modes = modes_of(0.5, 64, dim=200)
    nested = NestedScale(modes, size, n)
    x = np.array([0.3 + 0.1j, 0.02 + 0.05j, 0.5 + 0.2j, 1e-3 + 1e-3j])
    kappa = nested.at(x)
    omega = kappa * (1 - degrees_of_freedom(kappa, modes)[0] / size)
    g = kappa * ((1 / (modes.eigenvalues + kappa[:, None])) @ (modes.weights * modes.energies))
    distance = x[:, None] - np.conj(x)
    signal, noise = nested.pairs_by_sums(kappa, np.conj(kappa))
    np.testing.assert_allclose((np.outer(g, np.conj(omega)) - np.outer(omega, np.conj(g))) / distance, signal, 1e-10)
    expected = -(omega[:, None] - np.conj(omega)) / distance - 1
    np.testing.assert_allclose(expected, noise, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(
    ("s", "size", "n"), [(-0.25, 64, 32), (0.25, 64, 65), (1.0, 256, 512), (2.0, 64, 640), (2.0, 64, 32)]
)
def test_bands_hold_the_spectrum(s: float, size: int, n: int) -> None:
    """They do not overlap, end where the contour's ends were found, and hold the eigenvalues that they must."""
    nested = NestedScale(modes_of(s, min(size, n)), size, n)
    bands = spectral_bands(nested)
    rising = bands.edges[::-1].ravel()
    assert np.all(np.diff(rising) > 0)
    assert rising[0] == pytest.approx(nested.gap(resolved_scale(nested.modes, min(size, n)), max(size, n)), rel=1e-9)
    right, largest, separated = nested.top()
    assert separated == (bands.counts[0] == 1)
    if separated:
        assert bands.edges[1, 1] < right < bands.edges[0, 0]
        assert bands.edges[0, 0] < largest < bands.edges[0, 1]
    else:
        assert bands.edges[0, 1] == pytest.approx(largest, rel=1e-9)
    assert np.sum(bands.counts) == pytest.approx(min(size, n))
    nodes = band_nodes(nested, 0.04)
    found = nodes.log_weights * np.imag(degrees_of_freedom(nodes.kappa, nested.modes)[0]) / np.pi
    assert np.abs(np.bincount(nodes.band, found) - bands.counts).sum() == pytest.approx(nodes.miscount, abs=1e-9)
    assert nodes.miscount < 0.01
    np.testing.assert_allclose(-nodes.kappa * nested.zeta(nodes.kappa)[0], nodes.x, rtol=1e-9)
    assert np.all(nodes.kappa.imag < 0)


@pytest.mark.parametrize(
    ("s", "size", "n"),
    [(-0.25, 64, 32), (0.5, 64, 640), (2.0, 64, 65)]
    + [
        pytest.param(s, size, n, marks=pytest.mark.slow) for s in (0.25, 1.0, 2.0) for size, n in ((64, 32), (256, 512))
    ],
)
def test_equals_the_contour_within_the_stated_error(s: float, size: int, n: int) -> None:
    bins, measure = bins_of(s, size, n, 0.04, 1), sample_measure(modes_of(s, min(size, n)), size, n)
    assert bins.largest == pytest.approx(measure.largest, rel=1e-12)
    for optimizer in FILTERS:
        found = filtered(bins, optimizer, STEPS, 1.5)
        bias, variance = measure.risk(optimizer, STEPS, 1.5)
        assert within(found.bias, bias, found.bias_error)
        assert within(found.variance, variance, found.variance_error)
        assert np.max(found.bias_error / bias) < 0.005, "an error so wide would test nothing"
        assert np.max(found.variance_error[1:] / variance[1:]) < 0.005


@pytest.mark.parametrize(("size", "n"), [(500, 300), pytest.param(np.inf, 60, marks=pytest.mark.slow)])
def test_more_than_the_rank_and_infinite_sizes(size: float, n: float) -> None:
    """With 200 modes: more features and samples than modes leave no least-norm bias, infinite features are a kernel."""
    modes = modes_of(0.5, 200, dim=200)
    bins, measure = sample_bins(modes, size, n, points=1), sample_measure(modes, size, n)
    for optimizer in FILTERS:
        found = filtered(bins, optimizer, STEPS, 1.5)
        bias, variance = measure.risk(optimizer, STEPS, 1.5)
        assert within(found.bias, bias, found.bias_error)
        assert within(found.variance, variance, found.variance_error)


@pytest.mark.parametrize(("s", "size"), [(-0.25, 64), pytest.param(1.0, 64, marks=pytest.mark.slow)])
def test_infinite_samples_are_the_population(s: float, size: int) -> None:
    bins, population = bins_of(s, size, np.inf, 0.03, 1), spectral_measure(modes_of(s, size), size)
    for optimizer in FILTERS:
        found = filtered(bins, optimizer, STEPS, 1.5)
        assert within(found.bias, population.risk(optimizer, STEPS, 1.5), found.bias_error)
        assert np.all(np.abs(found.variance) < 1e-6)


@pytest.mark.parametrize(("s", "size", "n"), [(-0.25, 64, 32), (0.5, 64, 640), (2.0, 64, 128)])
def test_nothing_and_everything_learned(s: float, size: int, n: int) -> None:
    """h = 1 is the whole target, h = 0 the least-norm solution of `feature_ridge`."""
    bins, limit = bins_of(s, size, n), feature_ridge(modes_of(s, min(size, n)), size, n, 0.0)
    h = np.stack([np.ones(len(bins.x)), np.zeros(len(bins.x))])
    found = bins.risk(h, h * h)
    assert within(found.bias, np.array([1.0, limit.bias / bins.total]), found.bias_error)
    assert within(found.variance, np.array([0.0, limit.variance]), found.variance_error)
    assert np.all(bins.noise > 0)
    assert np.all(bins.diagonal > 0)


@pytest.mark.parametrize("method", [HeavyBall(), NESTEROV, SCHEDULED])
@pytest.mark.parametrize(("s", "size", "n"), [(-0.25, 64, 32), pytest.param(1.0, 64, 128, marks=pytest.mark.slow)])
def test_momentum_converges_and_its_error_is_honest(method: Momentum, s: float, size: int, n: int) -> None:
    """Bins four times narrower, at oscillation faster and slower than a bin."""
    steps = np.array([1, 3, 10, 30, 100, 300, 1000, 2000])
    wide, fine = (momentum_parts(method, bins_of(s, size, n, width), steps, 0.5) for width in (0.06, 0.015))
    assert within(wide.bias, fine.bias, wide.bias_error + fine.bias_error)
    assert within(wide.variance, fine.variance, wide.variance_error + fine.variance_error)
    assert np.max(wide.bias_error / wide.bias) < 0.01
    assert np.max(fine.bias_error / fine.bias) < 0.003


@pytest.mark.parametrize(
    ("s", "method"),
    [(-0.25, SCHEDULED)] + [pytest.param(s, m, marks=pytest.mark.slow) for s, m in ((1.0, NESTEROV), (2.0, SCHEDULED))],
)
def test_late_oscillations_are_averaged_as_many_points_average_them(s: float, method: Momentum) -> None:
    """Residuals at 32 points a bin, against means by the phase at 4."""
    steps = np.array([300, 3000])
    fine = bins_of(s, 64, 128, 0.03, 32)
    listed = fine.risk(*fine.means(lambda x: residual(method, 0.5 * x, steps)))
    found = momentum_parts(method, bins_of(s, 64, 128), steps, 0.5)
    assert within(found.bias, listed.bias, found.bias_error + listed.bias_error)
    assert within(found.variance, listed.variance, found.variance_error + listed.variance_error)


def test_endless_momentum_is_the_least_norm_solution() -> None:
    bins, last = bins_of(-0.25, 64, 128), np.array([10**6])
    for method in (HeavyBall(), NESTEROV):
        found = momentum_parts(method, bins, last, 0.5)
        assert found.bias[0] == pytest.approx(bins.least_norm / bins.total, rel=1e-3)
        assert found.variance[0] == pytest.approx(np.sum(bins.noise), rel=1e-3)


def stepped(method: Momentum, rate: np.ndarray, steps: list[int]) -> np.ndarray:
    """h of the methods as their definitions have it, on positions and gradients: the route taken in the simulation."""
    a, before, found = np.ones_like(rate), np.ones_like(rate), []
    for t in range(steps[-1] + 1):
        if t in steps:
            found.append(a)
        if isinstance(method, HeavyBall):
            a, before = a - rate * a + 0.9 * (a - before), a
        else:
            ahead = a + max(0.0, 1 - 3 / (t + 1)) * (a - before)
            a, before = ahead - rate * ahead, a
    return np.stack(found)


def simulated(s: float, size: int, n: int, method: Momentum, steps: list[int], seeds: int) -> np.ndarray:
    """Bias and variance of each draw, shape (seeds, t, 2): exact over noise and fresh inputs; 1000 modes."""
    deviation = np.arange(1, 1001) ** (-(1 + s) / 2)
    draws = []
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        teacher = deviation * rng.choice([-1.0, 1.0], 1000)
        inputs = rng.standard_normal((n, 1000))
        features = deviation[:, None] * rng.standard_normal((1000, size)) / np.sqrt(size)
        left, singular, right = np.linalg.svd(inputs @ features / np.sqrt(n), full_matrices=False)
        labels, out = left.T @ (inputs @ teacher) / np.sqrt(n), features @ right.T
        gain = (1 - stepped(method, 0.5 * (singular / singular[0]) ** 2, steps)) / singular
        error = (gain * labels) @ out.T - teacher
        draws.append([np.sum(error**2, axis=1) / np.sum(deviation**2), gain**2 @ np.sum(out**2, axis=0) / n])
    return np.swapaxes(np.array(draws), 1, 2)


@pytest.mark.parametrize("method", [HeavyBall(), NESTEROV])
@pytest.mark.parametrize(
    ("s", "size", "n"),
    [(-0.25, 64, 128)]
    + [
        pytest.param(s, 64, n, marks=pytest.mark.slow)
        for s, n in ((1.0, 32), (0.5, 32), (1.5, 128), (0.25, 640), (2.0, 640))
    ],
)
def test_momentum_equals_simulation(method: Momentum, s: float, size: int, n: int) -> None:
    """Without and with label noise. Allowed: 3.5 standard deviations of the mean and of what the equivalent misses.

    That is (1 + c)(1/N + 1/n), c the slopes in log T, as predictions state it: the clock is each draw's own largest
    eigenvalue.
    """
    steps = [1, 3, 10, 30, 100, 300, 1000]
    draws = simulated(s, size, n, method, steps, 40)
    times = np.array(steps)
    later = np.maximum(times + 1, (1.1 * times).round())
    parts = momentum_parts(method, bins_of(s, size, n), np.concatenate([times, later]), 0.5)
    for noise in (0.0, 0.1):
        sample = draws[..., 0] + noise * draws[..., 1]
        mean, error = sample.mean(0), sample.std(0, ddof=1) / np.sqrt(len(sample))
        now, ahead = np.split(parts.bias + noise * parts.variance, 2)
        clock = np.abs(np.log(ahead / now)) / np.log(later / times)
        stated = (1 + clock) * (1 / size + 1 / n) * now + parts.bias_error[: len(steps)]
        assert np.all(np.abs(now - mean) < 3.5 * np.hypot(error, stated)), np.c_[times, mean, now, error, stated]
        assert np.median(stated / now) < 0.12, "an error so wide would test nothing"


def test_momentum_is_averaged_over_an_outlier() -> None:
    steps = np.array([0, 10, 1000])
    found = momentum_on_samples(NESTEROV, sample_bins(modes_of(1.0, 20), 20, 21), steps, 0.5, 20, 20)
    bias, variance = found.bias, found.variance
    assert bias[0] == pytest.approx(1.0, rel=5e-3)
    assert variance[0] == pytest.approx(0.0, abs=1e-9)
    assert np.all(np.diff(variance) > 0)
    bins = sample_bins(modes_of(1.0, 20), 20, 21)
    low, middle, high = (momentum_parts(NESTEROV, bins, steps, 0.5, z * np.sqrt(0.2)) for z in (-1, 0, 1))
    for found, name in ((bias, "bias"), (variance, "variance")):
        a, b, c = (getattr(parts, name) for parts in (low, middle, high))
        np.testing.assert_allclose(found, (a + 4 * b + c) / 6, rtol=0.05, atol=1e-9)


@pytest.mark.parametrize(("size", "n"), [(0, 10), (10, 10), (50, 70), (10, np.nan)])
def test_inadmissible_sizes_are_refused_in_a_sentence(size: float, n: float) -> None:
    with pytest.raises(InputError, match=r"\.$"):
        sample_bins(modes_of(1.0, 20, dim=50), size, n)


def test_inadmissible_steps_and_widths_are_refused() -> None:
    bins = bins_of(-0.25, 64, 128)
    for eta, steps in ((0.0, [1]), (4.5, [1]), (0.5, [1.5]), (0.5, [-1]), (0.5, [])):
        with pytest.raises(InputError, match="try"):
            momentum_parts(HeavyBall(), bins, np.array(steps), eta)
    with pytest.raises(InputError, match="nesterov:3 is stable"):
        momentum_parts(NESTEROV, bins, np.array([1]), 1.5)
    with pytest.raises(InputError, match="width"):
        sample_bins(modes_of(1.0, 20), 10, 20, width=0.0)
