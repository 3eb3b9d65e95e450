"""Exponents of synthetic spectra: the stated intervals hold the truth as often as they say."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from scipy.stats import binom
from threadpoolctl import threadpool_limits

from optscaling.compare.diagnosis.prepared_modes import fitted_laws
from optscaling.compare.spectra.data_spectrum import bare_spectrum, data_spectrum
from optscaling.compare.spectra.spectral_exponents import fit_spectral, noise_floor, rank_bins
from optscaling.theory.arrays import Rows


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    with threadpool_limits(1):
        yield


def enough(hits: int, draws: int) -> bool:
    """Whether `hits` intervals of `draws` are no fewer than 95 % ones give in all but one case of a thousand."""
    return hits >= binom.ppf(1e-3, draws, 0.95)


def test_bins_cover_the_window_once() -> None:
    for low, high, fewest in [(1, 1, 1), (1, 10, 2), (3, 500, 1), (5, 754, 4), (2, 7, 4)]:
        covered = [k for b in rank_bins(low, high, fewest) for k in range(b.start + 1, b.stop + 1)]
        assert covered == list(range(low, high + 1))


def test_exact_power_law() -> None:
    found = fit_spectral(np.arange(1, 1001.0) ** -1.7, (5, 500))
    assert found.value == pytest.approx(0.7, abs=1e-9)
    assert not found.bends


@pytest.mark.parametrize("s", [0.3, 1.0])
def test_bare_eigenvalues_with_scatter(s: float) -> None:
    rng, hits, draws = np.random.default_rng(1), 0, 60
    for _ in range(draws):
        values = np.arange(1, 401.0) ** -(1 + s) * np.exp(0.1 * rng.standard_normal(400))
        fit = fitted_laws(bare_spectrum(np.sort(values)[::-1]), 0).s
        assert fit.interval is not None
        hits += fit.interval[0] <= s <= fit.interval[1]
    assert enough(hits, draws)


@pytest.mark.parametrize(("s", "r", "noise"), [(1.0, 0.5, 0.2), (0.5, 1.0, 0.05)])
def test_features_of_known_exponents(s: float, r: float, noise: float) -> None:
    rng, draws, dim, rows = np.random.default_rng(2), 30, 60, 1500
    rank = np.arange(1, dim + 1)
    hits = {"s": 0, "r": 0}
    for i in range(draws):
        inputs = rng.standard_normal((rows, dim)) * rank ** (-(1 + s) / 2)
        weights = rank ** ((s - r) / 2) * rng.choice([-1, 1], dim)
        y = inputs @ weights + np.sqrt(noise * np.sum(rank ** -(1 + r))) * rng.standard_normal(rows)
        fitted = fitted_laws(data_spectrum(Rows.of(inputs), y[:, None], "linear", None, i), i)
        assert fitted.s.interval is not None
        hits["s"] += fitted.s.interval[0] <= s <= fitted.s.interval[1]
        assert fitted.r is not None
        assert fitted.r.interval is not None
        hits["r"] += fitted.r.interval[0] <= r <= fitted.r.interval[1]
    assert enough(hits["s"], draws), hits
    assert enough(hits["r"], draws), hits


def test_intervals_are_not_vacuous() -> None:
    rng = np.random.default_rng(3)
    inputs = rng.standard_normal((3000, 100)) * np.arange(1, 101) ** -1.0
    y = inputs @ rng.choice([-1.0, 1.0], (100, 1))
    fitted = fitted_laws(data_spectrum(Rows.of(inputs), y, "linear", None, 0), 0)
    assert fitted.s.interval is not None
    assert fitted.s.interval[1] - fitted.s.interval[0] < 0.2
    assert fitted.r is not None
    assert fitted.r.interval is not None
    assert fitted.r.interval[1] - fitted.r.interval[0] < 0.8


def test_a_flat_tail_is_noise_and_a_power_law_is_not() -> None:
    rng = np.random.default_rng(4)
    k = np.arange(1, 1001.0)
    scatter = rng.standard_normal(1000) ** 2
    assert noise_floor(k**-1.6 * scatter, 3) == 0.0
    assert noise_floor((k**-1.6 + 3e-4) * scatter, 3) == pytest.approx(3e-4, rel=0.25)


def test_noise_left_as_it_is_when_given() -> None:
    rng = np.random.default_rng(6)
    inputs = rng.standard_normal((400, 5))
    y = inputs @ np.ones(5) + rng.standard_normal(400)
    kept = data_spectrum(Rows.of(inputs), y[:, None], "linear", 0.0, 0)
    assert kept.noise == 0.0
    assert kept.raw is not None
    assert kept.energies is not None
    np.testing.assert_allclose(kept.energies, kept.raw / kept.raw.sum())
