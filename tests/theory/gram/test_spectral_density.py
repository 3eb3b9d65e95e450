"""Densities against Marchenko and Pastur's formula, moments, and eigenvalues of drawn matrices."""

import numpy as np
import pytest

from optscaling.errors import InputError
from optscaling.theory.gram.bins import bins_of
from optscaling.theory.gram.density import SpectralDensity, spectral_density
from optscaling.theory.problems.modes import Modes
from optscaling.theory.problems.spectral_problem import SpectralProblem
from optscaling.theory.problems.spectrum import PowerLaw
from optscaling.theory.problems.target import PowerLawTarget


def integral(density: SpectralDensity, modes: Modes, f: np.ndarray) -> float:
    """Integral of f (values at density.x) over bands, by Gauss and Chebyshev's midpoint rule for points spread."""
    total = 0.0
    for low, high in density.bands:
        low = low if low > 0 else high * 1e-8
        inside = (density.x > low) & (density.x < high)
        count = int(inside.sum())
        slope = np.sin(np.pi * (np.arange(count) + 0.5) / count)
        total += float(np.sum((f * density.x)[inside] * slope)) * np.log(high / low) / 2 * np.pi / count
    return total


@pytest.mark.parametrize(("size", "dim"), [(10, 1000), (400, 1000), (990, 1000), (1000, 1000), (3000, 1000)])
def test_marchenko_and_pastur(size: int, dim: int) -> None:
    modes = Modes(np.array([2.0]), np.array([0.5]), np.array([float(dim)]))
    ratio = dim / size
    low, high = 2 * (1 - np.sqrt(ratio)) ** 2, 2 * (1 + np.sqrt(ratio)) ** 2
    x = low + (high - low) * np.array([1e-6, 0.01, 0.3, 0.5, 0.9, 1 - 1e-6])
    found = spectral_density(modes, size, x)
    # share of the N eigenvalues of F'F, F = sqrt(2/N) times a dim x N standard normal matrix
    exact = np.sqrt((high - x) * (x - low)) / (2 * np.pi * 2 * x)
    np.testing.assert_allclose(found.density, exact, rtol=1e-7)  # 1e-13 over the distance 1e-6 from an edge
    np.testing.assert_allclose(found.bands, [[low, high]], rtol=1e-9, atol=1e-12)
    assert found.zero == pytest.approx(max(0.0, 1 - ratio))
    # equal energies lie as evenly as eigenvalues do
    np.testing.assert_allclose(found.energy, 0.5 * size * exact, rtol=1e-7)
    assert found.energy_at_zero == pytest.approx(0.5 * max(dim - size, 0))
    outside = spectral_density(modes, size, np.array([high * 1.01, high * 5]))
    assert np.all(outside.density == 0)
    assert np.all(outside.energy == 0)


@pytest.mark.parametrize(
    ("s", "size", "dim"), [(1.0, 256, 1000), (-0.25, 256, 1000), (2.0, 64, 1000), (0.5, 1500, 1000), (1.0, 100, None)]
)
def test_integrals(s: float, size: int, dim: int | None) -> None:
    modes = SpectralProblem(PowerLaw(s, dim), PowerLawTarget(max(s, 0.3))).modes(size)
    rough, density = spectral_density(modes, size, 1000), spectral_density(modes, size, 2000)
    trace = float(np.sum(modes.weights * modes.eigenvalues))
    square = float(np.sum(modes.weights * modes.eigenvalues**2))
    for name, values, exact in [
        ("number", lambda d: d.density, 1 - density.zero),
        ("trace", lambda d: d.density * d.x * size, trace),
        ("second moment", lambda d: d.density * d.x**2 * size, square + trace**2 / size),
        ("energy", lambda d: d.energy, density.total - density.energy_at_zero),
    ]:
        fine, coarse = (integral(d, modes, values(d)) for d in (density, rough))
        # twice the points at least halve the error of the sum over them
        assert abs(fine - exact) < abs(fine - coarse) + 1e-6 * exact, name
        assert fine == pytest.approx(exact, rel=1e-3), name


def test_energy_agrees_with_bins() -> None:
    modes = SpectralProblem(PowerLaw(0.5, 500), PowerLawTarget(1.0)).modes(100)
    bins = bins_of(modes, 100, 0.02)
    assert bins.spans is not None
    bulk = slice(len(bins.x) // 2, len(bins.x) - 5)
    density = spectral_density(modes, 100, bins.x[bulk])
    wide = bins.x[bulk] * bins.spans[bulk]
    # a bin's mean against the value at its centre of number: width^2/24 of a curvature of order one
    np.testing.assert_allclose(density.density * wide * 100, bins.counts[bulk], rtol=2e-3)
    np.testing.assert_allclose(density.energy * wide, bins.energies[bulk], rtol=2e-3)


@pytest.mark.parametrize(("s", "size", "dim"), [(0.5, 64, 300), (0.0, 80, 40)])
def test_drawn_matrices(s: float, size: int, dim: int) -> None:
    rng = np.random.default_rng(1)
    k = np.arange(1, dim + 1.0)
    modes = SpectralProblem(PowerLaw(s, dim), PowerLawTarget(0.7)).modes(size)
    density = spectral_density(modes, size, 50)
    low, high = density.bands[-1]
    edges = np.geomspace(low * 1.2, high / 1.2, 9)
    fine = np.geomspace(edges[0], edges[-1], 8 * 50 + 1)
    dense = spectral_density(modes, size, fine)
    draws, rank = 400, min(size, dim)
    counts, energies, tops = np.empty((draws, 8)), np.empty((draws, 8)), np.empty((draws, rank))
    for row in range(draws):
        features = k[:, None] ** (-(1 + s) / 2) * rng.standard_normal((dim, size)) / np.sqrt(size)
        left, singular, _ = np.linalg.svd(features, full_matrices=False)
        energy = (left.T @ (k**-0.85 * rng.choice([-1.0, 1.0], dim))) ** 2
        counts[row] = np.histogram(singular**2, edges)[0]
        energies[row] = np.histogram(singular**2, edges, weights=energy)[0]
        tops[row] = singular**2
    step = np.log(fine[1] / fine[0])
    for drawn, curve in ((counts, size * dense.density), (energies, dense.energy)):
        height = curve * fine
        expected = ((height[1:] + height[:-1]) / 2 * step).reshape(8, 50).sum(axis=1)
        error = drawn.std(axis=0, ddof=1) / np.sqrt(draws)
        # and terms of order 1/N, an eigenvalue more or less at a bin's edge being one of them
        assert np.all(np.abs(drawn.mean(axis=0) - expected) < 3 * error + expected / size), (
            drawn.mean(axis=0),
            expected,
        )
    heads = density.outliers
    count = len(heads.position)
    assert count > 0
    top = tops[:, :count]
    error = top.std(axis=0, ddof=1) / np.sqrt(draws)
    # positions and deviations are the first terms of series in 1/(N psi')
    room = 2 * (heads.deviation / heads.position) ** 2
    assert np.all(np.abs(top.mean(axis=0) - heads.position) < 3 * error + room * heads.position)
    assert np.all(np.abs(top.std(axis=0) / heads.deviation - 1) < 3 / np.sqrt(2 * draws) + 4 * room)


def test_gaps_lie_between_bands() -> None:
    modes = Modes.of(np.array([1.0, 0.1, 0.1, 0.001]), np.ones(4))
    density = spectral_density(modes, 1000)
    assert len(density.gaps) == 2
    assert np.all(density.gaps[:, 0] < density.gaps[:, 1])
    middle = spectral_density(modes, 1000, density.gaps.mean(axis=1))
    assert np.all(middle.density == 0)
    assert len(density.outliers.position) == 1  # the next band holds two
    assert density.zero == pytest.approx(0.996)


def test_what_is_refused() -> None:
    modes = SpectralProblem(PowerLaw(1.0, 50)).modes(10)
    for size, x in [(0, 10), (10, 1), (10, np.array([0.0])), (10, np.ones((2, 2)))]:
        with pytest.raises(InputError):
            spectral_density(modes, size, x)
    with pytest.raises(InputError):
        spectral_density(Modes.of(np.zeros(2), np.ones(2)), 10)
