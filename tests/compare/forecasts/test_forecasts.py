"""Forecasts: held-out runs of real tables, closed forms against searches, and speed-ups of known laws."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize_scalar

from optscaling.compare.forecasts import ForecastSettings, forecast
from optscaling.compare.forecasts.back_test import left_out, predict_left_out
from optscaling.compare.forecasts.law_draws import LawDraws
from optscaling.compare.forecasts.speedups import speedups
from optscaling.compare.joint_laws import RunData, runs_of
from optscaling.errors import InputError

DATA = Path(__file__).parents[2] / "data"
FEW = ForecastSettings(draws=200)


@pytest.fixture(scope="module")
def runs() -> RunData:
    table = pd.read_csv(DATA / "fantastic_optimizers.csv").query("optimizer != 'Sophia'")
    return runs_of(table, {"size": "params_nonembed", "tokens": "tokens"})


def known(rho: float = 1.0, d_beta: float = 0.0, draws: int = 50) -> LawDraws:
    """Two optimizers of known laws, every draw the same."""
    both = np.ones((2, draws))
    tokens = 0.4 * both
    exponent = 0.28 * both
    exponent[1] += d_beta
    tokens[1] *= rho ** -exponent[1]
    return LawDraws(("a", "b"), 1.7 * both, 0.9 * both, 0.3 * both, tokens, exponent, np.zeros(draws), (3e8, 2e10))


def test_the_largest_size_of_four_optimizers_is_forecast(runs) -> None:
    """Fitted without 1.2b: every loss there inside its 95 % interval and within 1 %."""
    test = predict_left_out(runs, runs.sizes > 1e9, "1.2b", FEW)
    assert test is not None
    assert set(test.optimizer) == {"AdamW", "Muon", "NAdamW", "SOAP"}
    assert np.all((test.low <= test.loss) & (test.loss <= test.high))
    assert np.all(np.abs(test.predicted / test.loss - 1) < 0.01)


def test_sizes_to_520m_and_8x_forecast_the_rest(runs) -> None:
    longest = runs.tokens > 20 * 8.5 * runs.sizes
    test = predict_left_out(runs, (runs.sizes > 1e9) | longest, "rest", FEW)
    assert test is not None
    assert np.all(np.abs(test.predicted / test.loss - 1) < 0.01)
    large = test.size > 1e9
    assert np.all(((test.low <= test.loss) & (test.loss <= test.high))[large])


def test_the_optimum_is_the_one_that_a_search_finds() -> None:
    laws = known(d_beta=0.1)
    for k in (0, 1):
        size, tokens = (v[0] for v in laws.optimum(k, 1e21))
        assert 6 * size * tokens == pytest.approx(1e21)
        searched = minimize_scalar(
            lambda log, k=k: laws.log_loss(k, np.exp(log), 1e21 / 6 / np.exp(log))[0],
            bounds=(15, 28),
            method="bounded",
            options={"xatol": 1e-9},
        )
        assert np.log(size) == pytest.approx(searched.x, abs=1e-4)


def test_a_factor_in_tokens_is_that_speed_up_at_every_size() -> None:
    sizes = np.geomspace(1e8, 1e9, 4)
    found = {each.resource: each for each in speedups(known(rho=1.25), sizes, 20.0, FEW, {"b": 1.1})}
    np.testing.assert_allclose(found["tokens"].values, 1.25, rtol=1e-9)
    assert found["tokens"].trend == "holds"
    np.testing.assert_allclose(np.array(found["compute"].values) / 1.1, found["time"].values)
    laws = known(rho=1.25)
    for resource, move in (("parameters", (1, 0)), ("compute", (0.5, 0.5))):
        for size, factor in zip(sizes, found[resource].values, strict=True):
            needed = laws.log_loss(0, size * factor ** move[0], 20 * size * factor ** move[1])
            assert needed[0] == pytest.approx(laws.log_loss(1, size, 20 * size)[0], abs=1e-9)


def test_a_constant_gap_on_a_flattening_baseline_is_said_to_be_that() -> None:
    """The ladder of ten sizes: the gap in loss does not move while the compute saving grows."""
    found = forecast(pd.read_csv(DATA / "adana_ladder.csv"), {"size": "params_nonembed"}, settings=FEW)
    side = {each.resource: each for each in found.speedups}
    assert -0.0140 < min(side["loss gap"].values) < max(side["loss gap"].values) < -0.0100
    assert side["compute"].values[-1] > side["compute"].values[0]
    assert side["compute"].by_flattening in (True, None)


def test_beyond_what_is_carried_is_refused_and_said(runs) -> None:
    small = runs.subset(np.isin(np.array(runs.names)[runs.optimizer], ["AdamW", "Muon"]))
    found = forecast(small, at=[1.5, 1e4], target_loss=[2.9, 1.0], settings=FEW)
    assert {p.optimizer for p in found.points} == {"AdamW", "Muon"}
    assert any("back-tests carry" in line for line in found.refused)
    assert all(p.interval[0] < p.loss < p.interval[1] for p in found.points)
    told = found.to_json()
    assert told["schema"] == 1
    assert len(told["back_tests"]) == 2
    target = next(t for t in found.targets if t.optimizer == "AdamW")
    k = found.laws.index("AdamW")
    reached = found.laws.log_loss(k, *found.laws.optimum(k, target.compute))
    assert np.exp(np.median(reached)) == pytest.approx(2.9, rel=2e-3)
    with pytest.raises(InputError, match="No run is of 'Lion'"):
        found.laws.index("Lion")


def test_heavy_tails_take_the_robust_fit_and_wider_intervals() -> None:
    """Points read off a figure: the largest tenth lies inside what the rest's own back-tests ask for."""
    table = pd.read_csv(DATA / "chinchilla_points.csv").query("outlier == 0")
    data = runs_of(table, {"size": "params", "tokens": "tokens"})
    compute = data.sizes * data.tokens
    top = compute > np.quantile(compute, 0.9)
    rest = data.subset(~top)
    places = list(zip(data.sizes[top].tolist(), data.tokens[top].tolist(), strict=True))
    found = forecast(rest, at=places, settings=ForecastSettings(draws=200, beyond=True))
    assert np.isfinite(found.lattice.settings.delta)
    loss = data.losses[top]
    inside = [p.interval[0] <= each <= p.interval[1] for p, each in zip(found.points, loss, strict=True)]
    error = [abs(p.loss / each - 1) for p, each in zip(found.points, loss, strict=True)]
    print(np.mean(inside), np.mean(error), np.median(error), found.laws.widened)
    assert np.mean(inside) > 0.85
    assert np.median(error) < 0.01


def _grid(sizes: tuple[float, ...], ratios: tuple[float, ...] = (20, 40, 80), seed: int = 0) -> pd.DataFrame:
    """Runs of a known law, a thousandth of noise."""
    rng = np.random.default_rng(seed)
    rows = [
        (name, n, n * r, 1.7 + 0.9 * (n / 3e8) ** -0.3 + 0.4 * (rho * n * r / 2e10) ** -0.28)
        for name, rho in (("AdamW", 1.0), ("Muon", 1.3))
        for n in sizes
        for r in ratios
    ]
    table = pd.DataFrame(rows, columns=["optimizer", "size", "tokens", "loss"])
    table["loss"] *= np.exp(1e-3 * rng.standard_normal(len(table)))
    return table


def test_two_sizes_fix_no_loss_at_a_third() -> None:
    """E, A and alpha are three numbers: any alpha fits, so not even --beyond has an answer elsewhere."""
    found = forecast(_grid((1e8, 2e8)), at=[(1e9, 2e10), (2e8, 6e9)], settings=ForecastSettings(draws=50, beyond=True))
    assert {(p.optimizer, p.size) for p in found.points} == {("AdamW", 2e8), ("Muon", 2e8)}
    assert len(found.refused) == 2
    assert all("cannot tell, because" in each for each in found.refused)
    assert [test.without for test in found.tests] == ["the longest runs"]


def test_back_tests_leave_three_sizes_or_the_longest_runs_out() -> None:
    def names(*sizes: float) -> list[str]:
        return [label for label, _ in left_out(runs_of(_grid(sizes)))]

    assert names(1e8, 2e8, 4e8) == ["the longest runs"]
    assert names(1e8, 2e8, 4e8, 8e8) == ["N >= 8e+08", "N >= 8e+08 and the longest runs"]
    assert names(1e8, 2e8, 4e8, 8e8, 16e8) == ["N >= 1.6e+09", "N >= 8e+08"]
    assert [label for label, _ in left_out(runs_of(_grid((1e8, 2e8, 4e8, 8e8), (20, 40))))] == ["N >= 8e+08"]


@pytest.mark.parametrize("seed", range(3))
def test_a_forecast_of_a_known_law_holds_it(seed: int) -> None:
    found = forecast(_grid((1e8, 2e8, 4e8, 8e8), seed=seed), at=[(1.2e9, 4e10)], settings=ForecastSettings(draws=200))
    for point, rho in zip(found.points, (1.0, 1.3), strict=True):
        truth = 1.7 + 0.9 * 4**-0.3 + 0.4 * (rho * 2) ** -0.28
        assert point.interval[0] < truth < point.interval[1]
        assert abs(point.loss / truth - 1) < 0.01
    assert found.points[1].better > 0.95
