"""Ridge on random features: the deterministic equivalent against simulation, its limits, and its rates at huge n."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optscaling.errors import InputError
from optscaling.theory.gram.effective_ridge import degrees_of_freedom, resolved_scale
from optscaling.theory.problems.modes import Modes
from optscaling.theory.problems.spectral_problem import SpectralProblem
from optscaling.theory.problems.spectrum import PowerLaw
from optscaling.theory.problems.target import PowerLawTarget
from optscaling.theory.witness.ridge import FeatureRidge, feature_ridge


def modes_of(s: float, r: float, size: float, dim: int | None = None) -> Modes:
    return SpectralProblem(PowerLaw(s, dim), PowerLawTarget(r)).modes(int(size) + 1)


def simulated(s: float, r: float, dim: int, size: int, n: int, ridge: float, seeds: int) -> np.ndarray:
    """Bias and variance of `seeds` draws, shape (seeds, 2): exact over label noise and fresh inputs."""
    k = np.arange(1, dim + 1)
    deviation, root_energy = k ** (-(1 + s) / 2), k ** (-(1 + r) / 2)
    draws = []
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        teacher = root_energy * rng.choice([-1.0, 1.0], dim)  # in the basis of whitened inputs
        features = deviation[:, None] * rng.standard_normal((dim, size)) / np.sqrt(size)
        inputs = rng.standard_normal((n, dim))
        design = inputs @ features
        solve = np.linalg.solve(design.T @ design + ridge * np.eye(size), design.T)
        error = features @ (solve @ (inputs @ teacher)) - teacher
        draws.append([error @ error, np.sum((features @ solve) ** 2)])
    return np.array(draws)


@pytest.mark.parametrize(
    ("s", "r", "size", "n", "ridge"),
    [
        (0.5, 0.5, 100, 300, 1e-3),
        (0.5, 1.0, 300, 150, 1e-2),
        (1.0, 3.0, 200, 200, 1e-2),
        (1.0, 5.0, 100, 250, 1e-3),
        (1.5, 2.0, 250, 120, 1e-3),
    ],
)
def test_equals_simulation(s: float, r: float, size: int, n: int, ridge: float) -> None:
    """Allowed: four standard errors and the next order of the equivalent, 1/df_1 of the value (corrections are
    one over the number of modes resolved).
    """
    draws = simulated(s, r, 1000, size, n, ridge, 24)
    mean, error = draws.mean(0), draws.std(0, ddof=1) / np.sqrt(len(draws))
    found = feature_ridge(modes_of(s, r, min(size, n), 1000), size, n, ridge / n)
    theory = np.array([found.bias, found.variance])
    assert np.all(error < 0.1 * mean)
    assert np.all(np.abs(mean - theory) < 4 * error + theory / found.degrees_of_freedom), (mean, error, found)


@settings(deadline=None, max_examples=40)
@given(
    s=st.floats(0.1, 3.0),
    r=st.floats(0.1, 8.0),
    size=st.floats(0.0, 24.0),
    n=st.floats(0.0, 24.0),
    zeta=st.floats(-60.0, 3.0),
)
def test_solves_its_equations_at_any_size(s: float, r: float, size: float, n: float, zeta: float) -> None:
    """kappa, put back into zeta = kappa (1 - df_1/N)(1 - df_1/n), as far as those differences can be formed."""
    features, samples = 10.0**size, 10.0**n
    modes = modes_of(s, r, min(features, samples))
    found = feature_ridge(modes, features, samples, 10.0**zeta)
    assert found.scale_error < 1e-11
    assert found.bias > 0
    assert found.variance > 0
    slack = (1 - found.degrees_of_freedom / features) * (1 - found.degrees_of_freedom / samples)
    # each difference is rounded at 1e-15 and kappa is known to 1e-13
    lost = 1e-12 * found.degrees_of_freedom * (1 / features + 1 / samples) + 1e-12
    assert 10.0**zeta / found.scale == pytest.approx(slack, rel=1e-9, abs=lost)


@settings(deadline=None, max_examples=20)
@given(s=st.floats(0.3, 2.0), r=st.floats(0.3, 6.0), size=st.integers(20, 10**6))
def test_population_without_ridge_is_the_floor(s: float, r: float, size: int) -> None:
    """Infinite samples: bias = sum E kappa_0/(lambda + kappa_0), the floor of `measure`; no variance."""
    modes = modes_of(s, r, size)
    kappa = resolved_scale(modes, size)
    floor = float((modes.weights * modes.energies) @ (kappa / (modes.eigenvalues + kappa)))
    found = feature_ridge(modes, size, np.inf, 0.0)
    assert found.bias == pytest.approx(floor, rel=1e-9)
    assert found.variance == 0.0


@settings(deadline=None, max_examples=20)
@given(s=st.floats(0.3, 2.0), r=st.floats(0.3, 6.0), n=st.integers(20, 10**6), zeta=st.floats(-9.0, 0.0))
def test_infinite_features_are_kernel_ridge(s: float, r: float, n: int, zeta: float) -> None:
    """bias = sum E (kappa/(lambda + kappa))^2/(1 - df_2/n), variance = (df_2/n)/(1 - df_2/n)."""
    modes = modes_of(s, r, n)
    found = feature_ridge(modes, np.inf, n, 10.0**zeta)
    two = degrees_of_freedom(np.array([found.scale]), modes)[1][0]
    below = (modes.weights * modes.energies) @ (found.scale / (modes.eigenvalues + found.scale)) ** 2
    assert found.bias == pytest.approx(below / (1 - two / n), rel=1e-8)
    assert found.variance == pytest.approx(two / n / (1 - two / n), rel=1e-8)


def test_both_infinite_is_the_population_kernel() -> None:
    """bias = sum E (zeta/(lambda + zeta))^2."""
    k = np.arange(1.0, 51.0)
    found = feature_ridge(modes_of(1.0, 1.0, 10, 50), np.inf, np.inf, 0.1)
    assert found.bias == pytest.approx(np.sum(k**-2 * (0.1 / (k**-2 + 0.1)) ** 2), rel=1e-12)
    assert found.variance == 0.0


def rates(s: float, r: float, q: float, ell: float) -> tuple[float, float]:
    """Defilippis et al. (2024), with alpha = 1 + s and r_D = r/(2 (1 + s))."""
    m = min(ell / (1 + s), q, 1)
    return min(m * min(r, 2 * (1 + s)), (min(r, 1 + s) - 1) * m + q), 1 - m


def along(s: float, r: float, q: float, ell: float, n: float) -> FeatureRidge:
    return feature_ridge(modes_of(s, r, min(n, n**q)), n**q, n, n**-ell)


# m is set by the ridge at few and at many features, by the features, and by the samples (ridge in units of 1 + s)
SET_BY = {"ridge": (0.6, 0.4), "ridge, N > n": (1.6, 0.4), "features": (0.5, 2.0), "samples": (1.5, 2.0)}
# below 1, below 1 + s, below 2 (1 + s), above
SOURCES = {0.4: (0.5, 1.2, 2.1, 3.6), 1.0: (0.5, 1.5, 3.0, 5.2), 2.0: (0.6, 2.0, 4.5, 7.8)}


@pytest.mark.parametrize("by", SET_BY)
@pytest.mark.parametrize("s", SOURCES)
def test_rates_at_huge_n(s: float, by: str) -> None:
    """Local slopes of log bias and log variance over four decades each, up to n = 1e30.

    A correction of relative size n^-theta falls geometrically from one slope to the next; Aitken's rule gives what is
    left of it in the last. Allowed: twice that (more than one correction), and rounding.
    """
    q, ridge = SET_BY[by]
    decades = np.array([14.0, 18.0, 22.0, 26.0, 30.0])
    for r in SOURCES[s]:
        found = [along(s, r, q, ridge * (1 + s), 10.0**d) for d in decades]
        for values, rate in zip(
            ([f.bias for f in found], [f.variance for f in found]), rates(s, r, q, ridge * (1 + s)), strict=True
        ):
            slopes = -np.diff(np.log10(values)) / np.diff(decades)
            first, second = np.diff(slopes)[-2:]
            left = abs(second * second / (first - second)) if abs(first) > 1e-12 else abs(second)
            assert left < 5e-3, "n is not large enough to tell"
            assert slopes[-1] == pytest.approx(rate, abs=2 * left + 1e-8), (r, slopes)


def test_ties_carry_a_logarithm() -> None:
    """At r = 2 (1 + s), ridge-limited and with infinite features, bias is kappa^2 log(1/kappa)/(1 + s) + O(kappa^2).

    The sum of E/lambda^2 is the harmonic one, up to lambda = kappa.
    """
    ratio = []
    for decades in (8, 16, 24):
        n = 10.0**decades
        found = feature_ridge(modes_of(1.0, 4.0, n), np.inf, n, 1 / n)
        ratio.append(found.bias / found.scale**2)
    # each 8 decades in n are as many in kappa: equal increments, log(10^8)/(1 + s)
    np.testing.assert_allclose(np.diff(ratio), 8 * np.log(10) / 2, rtol=1e-3)


@pytest.mark.parametrize(
    ("features", "samples", "ridge"),
    [(0, 10, 1.0), (10, 0.5, 1.0), (10, 10, -1.0), (10, 10, np.inf), (10, 10, 0.0), (60, 70, 0.0), (np.nan, 10, 1.0)],
)
def test_inadmissible_input_is_refused_in_a_sentence(features: float, samples: float, ridge: float) -> None:
    with pytest.raises(InputError, match=r"\.$"):
        feature_ridge(modes_of(1.0, 1.0, 10, 50), features, samples, ridge)


def test_more_ridge_resolves_less() -> None:
    modes = modes_of(1.0, 1.0, 100)
    found = [feature_ridge(modes, 200, 100, ridge) for ridge in 10.0 ** np.arange(-12, 6)]
    for one, two in itertools.pairwise(found):
        assert two.degrees_of_freedom < one.degrees_of_freedom
        assert two.variance < one.variance
