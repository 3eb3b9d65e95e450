"""The exponent fit: known answers, honest intervals, what must not change the value."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optscaling.compare.exponent_fit import fit_exponent, resampled_exponents, seed_interval
from optscaling.errors import InputError

SIZES = np.array([200, 500, 1000, 2000, 5000])


def noisy(alpha: float, scatter: float, rng: np.random.Generator, seeds: int = 1) -> np.ndarray:
    return 0.7 * SIZES**-alpha * np.exp(scatter * rng.normal(size=(seeds, len(SIZES))))


def within_binomial(hits: int, trials: int, probability: float, sigmas: float = 4) -> bool:
    return abs(hits - trials * probability) <= sigmas * math.sqrt(trials * probability * (1 - probability))


@pytest.mark.parametrize("alpha", [-0.1, 0.0, 0.12, 1.5])
def test_an_exact_power_law_gives_its_exponent(alpha: float) -> None:
    fit = fit_exponent(SIZES, 3.0 * SIZES**-alpha)
    assert fit.value == pytest.approx(alpha, abs=1e-12)
    assert fit.log_prefactor == pytest.approx(math.log(3.0))
    assert fit.window == (200, 5000)


def test_the_t_interval_covers_95_percent_and_the_normal_one_does_not() -> None:
    rng = np.random.default_rng(1)
    trials = 600
    fits = [fit_exponent(SIZES, noisy(0.3, 0.1, rng)[0]) for _ in range(trials)]
    t_hits = sum(f.interval[0] <= 0.3 <= f.interval[1] for f in fits)
    normal_hits = sum(f.normal_interval[0] <= 0.3 <= f.normal_interval[1] for f in fits)
    assert within_binomial(t_hits, trials, 0.95)
    assert within_binomial(normal_hits, trials, 0.855)  # P(|t_3| < 1.96)
    assert not within_binomial(normal_hits, trials, 0.95)


@pytest.mark.parametrize("seeds", [2, 4, 10])
def test_the_seed_interval_covers_95_percent(seeds: int) -> None:
    rng = np.random.default_rng(2)
    trials = 300
    fits = [fit_exponent(SIZES, noisy(0.3, 0.05, rng, seeds), draws=400) for _ in range(trials)]
    hits = sum(f.bootstrap[0] <= 0.3 <= f.bootstrap[1] for f in fits)
    assert abs(hits / trials - 0.95) < 0.04  # plain percentiles hold 0.50, 0.79 and 0.91


def test_the_bootstrap_error_is_the_error_of_the_mean() -> None:
    rng = np.random.default_rng(3)
    seeds, scatter = 40, 0.05
    x = np.log(SIZES)
    exact = scatter / math.sqrt(seeds * np.sum((x - x.mean()) ** 2))
    fits = [fit_exponent(SIZES, noisy(0.3, scatter, rng, seeds)) for _ in range(20)]
    assert np.mean([f.stderr_seeds for f in fits]) == pytest.approx(exact, rel=0.1)
    assert np.mean([f.spread for f in fits]) == pytest.approx(exact * math.sqrt(seeds), rel=0.1)


def test_a_factor_common_to_all_sizes_of_a_seed_adds_no_error() -> None:
    rng = np.random.default_rng(4)
    risk = SIZES**-0.3 * np.exp(rng.normal(size=(8, 1)))
    fit = fit_exponent(SIZES, risk)
    assert fit.stderr_seeds == pytest.approx(0, abs=1e-12)
    assert fit.spread == pytest.approx(0, abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(
    alpha=st.floats(-0.5, 2),
    by=st.floats(1e-6, 1e6),
    stretch=st.floats(0.1, 100),
    seed=st.integers(0, 10_000),
)
def test_units_of_risk_and_size_do_not_matter(alpha: float, by: float, stretch: float, seed: int) -> None:
    risk = noisy(alpha, 0.1, np.random.default_rng(seed), seeds=3)
    plain = fit_exponent(SIZES, risk, draws=50)
    for other in (
        fit_exponent(SIZES, by * risk, draws=50),
        fit_exponent(stretch * SIZES, risk, draws=50),
        fit_exponent(SIZES[::-1], risk[:, ::-1], draws=50),
    ):
        assert other.value == pytest.approx(plain.value, abs=1e-9)
        assert other.interval == pytest.approx(plain.interval, abs=1e-9)
        assert other.bootstrap == pytest.approx(plain.bootstrap, abs=1e-9)
        assert other.r_squared == pytest.approx(plain.r_squared, abs=1e-9)


def test_the_window_is_what_counts() -> None:
    sizes = np.array([25, 50, *SIZES])
    risk = np.concatenate([[9.0, 0.001], SIZES**-0.4])
    assert fit_exponent(sizes, risk, window=(200, 5000)).value == pytest.approx(0.4)
    assert fit_exponent(sizes, risk).value != pytest.approx(0.4, abs=0.01)


def test_two_sizes_give_a_value_without_interval() -> None:
    fit = fit_exponent([100, 200], [1.0, 0.5])
    assert fit.value == pytest.approx(1)
    assert (fit.interval, fit.normal_interval, fit.r_squared) == (None, None, None)
    assert "third size" in fit.status


@pytest.mark.parametrize(
    "risk", [[1.0, np.nan, np.nan], [0.0, 0.0, 1.0], [np.inf, -1.0, 1.0], [np.nan, np.nan, np.nan]]
)
def test_too_few_usable_sizes_give_no_value(risk: list[float]) -> None:
    fit = fit_exponent([1, 2, 4], risk)
    assert fit.value is None
    assert "needs two" in fit.status
    assert fit.to_json()["window"] is None or len(fit.sizes) == 1
    assert "needs two" in str(fit)


def test_missing_risks_are_left_out_and_named() -> None:
    rng = np.random.default_rng(5)
    risk = noisy(0.3, 0.01, rng, 6)
    risk[:, 1] = np.nan
    risk[0, 3] = -1
    risk[5] = np.nan
    fit = fit_exponent(SIZES, risk)
    assert fit.value == pytest.approx(0.3, abs=0.02)
    assert fit.sizes == (200, 1000, 2000, 5000)
    assert fit.seeds == 5
    assert "N = 500" in fit.status
    assert "missing" in fit.status


def test_a_bent_curve_is_called_bent() -> None:
    fit = fit_exponent(SIZES, 0.1 + SIZES**-1.0)
    assert fit.r_squared is not None
    assert fit.r_squared < 0.98
    assert "bend" in fit.status


def test_flat_risk_has_exponent_zero_and_no_r_squared() -> None:
    fit = fit_exponent(SIZES, np.ones(5))
    assert fit.value == 0
    assert fit.r_squared is None


@pytest.mark.parametrize(
    ("sizes", "risk", "window", "word"),
    [
        ([1, 2, 3], [1.0, 2.0], None, "shape"),
        ([1, 1, 3], [1.0, 2.0, 3.0], None, "distinct"),
        ([0, 1, 3], [1.0, 2.0, 3.0], None, "positive"),
        ([1, 2, 3], [1.0, 2.0, 3.0], (3.0, 1.0), "window"),
        ([1, 2], np.ones((2, 2, 2)), None, "shape"),
    ],
)
def test_bad_input_is_named(sizes: list, risk: object, window: tuple | None, word: str) -> None:
    with pytest.raises(InputError, match=word):
        fit_exponent(sizes, risk, window=window)  # type: ignore[arg-type]


def test_resampling_is_paired_and_repeatable() -> None:
    risk = noisy(0.3, 0.1, np.random.default_rng(6), 7)
    first, second = resampled_exponents(SIZES, risk, draws=99), resampled_exponents(SIZES, 5 * risk, draws=99)
    np.testing.assert_allclose(first, second, atol=1e-12)
    assert seed_interval(first, 0.3, 1) is None
    assert seed_interval(np.array([np.nan]), 0.3, 4) is None
