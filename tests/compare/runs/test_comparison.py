"""Comparisons of synthetic runs: verdicts, thresholds, order, and what is written as JSON."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom
from support import synthetic

from optscaling.compare import compare
from optscaling.compare.runs import ComparisonSettings
from optscaling.compare.runs.comparison import Comparison
from optscaling.compare.runs.measurement import Measurement
from optscaling.compare.runs.paired_gap import ExponentGap, exponent_gap
from optscaling.compare.runs.scaling_point import RiskRatio
from optscaling.errors import InputError
from optscaling.theory.prediction.prediction import Prediction

MADE = synthetic.experiment()
RUN = synthetic.run(MADE)


def no_nan(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(k, str) and no_nan(v) for k, v in value.items())
    if isinstance(value, list):
        return all(no_nan(v) for v in value)
    return value is None or isinstance(value, str | bool | int) or (isinstance(value, float) and math.isfinite(value))


def test_measured_exponents_are_those_put_in() -> None:
    found = compare(RUN)
    for cell in found.cells:
        truth = synthetic.true_alpha(cell.optimizer, cell.s or math.nan, cell.steps)
        assert cell.measured.value == pytest.approx(truth, abs=5 * (cell.monte_carlo or 0))
        assert cell.measured.sizes == (200, 500, 1000, 2000, 5000)
        assert cell.agrees is None
        assert cell.verdict == "No prediction was given."


def test_a_right_prediction_agrees_about_95_percent_of_the_time() -> None:
    agree = judged = 0
    for seed in range(40):
        # independent cells: one s, one T, and the truth with no stated error
        made = synthetic.experiment(s=(1.0,), steps=(2000,), optimizers=("gd", "sign"), seeds=6)
        found = compare(synthetic.run(made, seed=seed), synthetic.forecast(made, error=0.0), draws=300)
        agree += sum(c.agrees is True for c in found.judged)
        judged += len(found.judged)
    assert judged == 80
    assert abs(agree - 76) <= 4 * math.sqrt(80 * 0.05 * 0.95)


def test_misses_of_a_right_prediction_are_expected_in_number_and_in_spread() -> None:
    made = synthetic.experiment(s=(1.0,), steps=(100, 2000), seeds=6)
    trials = 60
    found = []
    for seed in range(trials):
        misses = compare(synthetic.run(made, seed=seed), synthetic.forecast(made, error=0.0), draws=300).misses
        assert misses is not None
        found.append(misses)
    count = np.array([m.count for m in found])
    # cells that share draws miss together: the error of the mean is that of the runs, not of the cells
    assert abs(count.mean() - np.mean([m.mean for m in found])) < 3 * count.std(ddof=1) / math.sqrt(trials)
    # the imagined repeats of all runs begin with the same random numbers: their mean errs as that of one
    assert np.mean([m.mean for m in found]) == pytest.approx(0.05 * 8, abs=4 * count.std() / math.sqrt(2000))
    inside = sum(m.interval[0] <= m.count <= m.interval[1] for m in found)
    assert inside >= 0.95 * trials - 3 * math.sqrt(trials * 0.05 * 0.95)
    # independent cells would miss 3 or more times in 0.6 % of runs: that groups matter is seen in the interval
    assert np.mean([m.interval[1] for m in found]) > 2


def test_cells_that_share_nothing_miss_like_coins() -> None:
    made = synthetic.experiment(s=tuple(0.5 + 0.1 * i for i in range(12)), steps=(2000,), optimizers=("gd",), seeds=40)
    misses = compare(synthetic.run(made), synthetic.forecast(made, error=0.0), draws=100).misses
    assert misses is not None
    low, high = binom.ppf([0.025, 0.975], 12, 0.05)
    assert misses.interval == (low, high)
    # 2,000 repeats of twelve cells, each a miss with chance 0.05
    assert misses.mean == pytest.approx(0.6, abs=4 * math.sqrt(12 * 0.05 * 0.95 / 2000))
    assert misses.chance == pytest.approx(float(binom.sf(misses.count - 1, 12, 0.05)), abs=4 * 0.5 / math.sqrt(2000))


def test_a_shared_error_of_the_theory_makes_misses_come_together() -> None:
    alone = compare(RUN, synthetic.forecast(MADE, error=0.0)).misses
    shared = compare(RUN, synthetic.forecast(MADE, error=0.2)).misses
    assert alone is not None
    assert shared is not None
    assert shared.interval[1] == 8  # all cells of one s; those of both would come together in 0.25 %
    assert shared.interval[1] > alone.interval[1]
    assert shared.mean == pytest.approx(0.05 * 16, abs=4 * 8 * math.sqrt(2 * 0.05 * 0.95 / 2000))
    far = compare(RUN, synthetic.forecast(MADE, tilt=0.05)).misses
    assert far is not None
    assert far.count == 16
    assert "more than chance explains" in far.status
    assert "chance explains that" in shared.status


def test_a_wrong_prediction_disagrees() -> None:
    found = compare(RUN, synthetic.forecast(MADE, tilt=0.05))
    assert len(found.judged) == len(found.cells)
    assert not any(c.agrees for c in found.cells)
    assert all("disagree" in c.verdict for c in found.cells)
    assert found.agreement()["agree"] == 0
    assert all(c.difference == pytest.approx(0.05, abs=0.03) for c in found.cells)


def test_the_theorys_error_is_propagated_and_can_excuse_a_difference() -> None:
    sure = compare(RUN, synthetic.forecast(MADE, tilt=0.05, error=0.001)).cell("gd", 1.0)
    unsure = compare(RUN, synthetic.forecast(MADE, tilt=0.05, error=0.2)).cell("gd", 1.0)
    assert sure.theory is not None
    x = np.log([200, 500, 1000, 2000, 5000])
    assert sure.theory == pytest.approx(0.001 / np.sqrt(np.sum((x - x.mean()) ** 2)))
    assert sure.agrees is False
    assert unsure.agrees is True
    assert f"{sure.monte_carlo:.4f}" in sure.verdict


def test_risk_ratios_are_predicted_over_measured() -> None:
    found = RiskRatio.of((1, 2, 3), np.array([1.0, 4.0, np.nan]), np.array([1.0, 2.0, 1.0]))
    assert found.ratios == (1.0, 2.0, None)
    assert (found.mean, found.worst, found.worst_size) == (pytest.approx(math.sqrt(2)), 2.0, 2)
    assert RiskRatio.of((1,), np.array([np.nan]), np.array([1.0])).mean is None


def test_published_values_fitted_on_other_sizes_are_marked() -> None:
    full = compare(RUN).cell("gd", 1.0)
    assert full.published is not None
    assert full.inside in ("printed", "widened", "outside")
    assert full.inside_printed is not None
    other = synthetic.experiment(sizes=(200, 500, 1000))
    short = compare(synthetic.run(other))
    assert short.cell("gd", 1.0).inside in ("printed*", "widened*", "outside*")
    assert "this run fits others" in (short.published_status or "")
    assert "this run fits others" not in (compare(RUN).published_status or "")
    assert compare(RUN).cell("gd", 1.0, 100).published is None


def test_the_gap_to_the_ridge_solution_is_held_against_print() -> None:
    gaps = {(g.s, g.size): g for g in compare(RUN).loss_gaps}
    assert set(gaps) == {(0.5, 1000), (1.0, 5000)}
    risk = RUN["risk"].sel(s=0.5, N=1000, steps=2000).mean("seed")
    expected = float(risk.sel(optimizer="gd") / risk.sel(optimizer="natural-gradient")) - 1
    assert gaps[0.5, 1000].measured == pytest.approx(expected)


def test_the_order_of_the_optimizers() -> None:
    found = compare(synthetic.run(MADE, scatter=0.02))
    assert all(o.holds for o in found.orderings)
    assert all(o.top is not None and abs(o.top.value or 1) < 0.03 for o in found.orderings)
    assert "gd < diagonal < matrix-sign holds" in found.orderings[0].sentence
    swapped = RUN.assign_coords(optimizer=["matrix-sign", "diagonal", "natural-gradient", "gd"])
    broken = compare(swapped)
    assert all(o.holds is False for o in broken.orderings)
    assert "fails" in broken.orderings[0].sentence


def test_the_measured_threshold_is_the_smallest_s_with_a_gap() -> None:
    made = synthetic.experiment(s=(0.25, 0.5, 1.0), steps=(2000,), optimizers=("gd", "natural-gradient"))
    run = synthetic.run(made, scatter=0.05)
    # no gap at the smallest s: natural gradient takes gradient descent's values, other draws
    run["risk"][1, 0] = synthetic.run(made, scatter=0.05, seed=1)["risk"][0, 0]
    threshold = compare(run).threshold
    assert threshold.measured == 0.5
    assert "from s = 0.5 on" in threshold.status
    stars = dict(threshold.s_star)
    assert stars[5000] == pytest.approx(math.log(3000) / math.log(5000) - 1)
    assert compare(synthetic.run(made, scatter=0.01)).threshold.measured == 0.25


def test_a_gap_too_small_to_matter_is_a_tie() -> None:
    sharp = ExponentGap("natural-gradient", "gd", 1.0, 10, value=1e-7, interval=(5e-8, 2e-7))
    assert sharp.sign == "tie"
    assert replace(sharp, value=0.05, interval=(0.04, 0.06)).sign == "above"
    assert replace(sharp, value=-0.05, interval=(-0.06, -0.04)).sign == "below"
    assert replace(sharp, value=0.05, interval=(-0.01, 0.06)).sign == "tie"
    assert replace(sharp, interval=None).sign == "unknown"


def test_the_paired_gap_is_sharper_than_the_two_alone() -> None:
    found = compare(RUN)
    gap = next(g for g in found.threshold.gaps if g.s == 1.0)
    alone = [found.cell(n, 1.0).monte_carlo or 0 for n in ("gd", "natural-gradient")]
    assert gap.interval is not None
    assert gap.interval[1] - gap.interval[0] < 2 * 2.6 * math.hypot(*alone)
    assert gap.value == pytest.approx(
        (found.cell("natural-gradient", 1.0).measured.value or 0) - (found.cell("gd", 1.0).measured.value or 0)
    )


def test_the_gap_interval_covers_95_percent() -> None:
    made = synthetic.experiment(s=(1.0,), steps=(2000,), seeds=5, optimizers=("gd", "natural-gradient"))
    truth = synthetic.true_alpha("natural-gradient", 1.0, 2000) - synthetic.true_alpha("gd", 1.0, 2000)
    trials = 300
    hits = 0
    for seed in range(trials):
        measured = Measurement.from_dataset(synthetic.run(made, seed=seed))
        options = ComparisonSettings(draws=300)
        gap = exponent_gap(measured, "natural-gradient", "gd", 1.0, 2000, window=(200, 5000), settings=options)
        assert gap.interval is not None
        hits += gap.interval[0] <= truth <= gap.interval[1]
    assert abs(hits / trials - 0.95) < 0.04


def variants() -> dict[str, Comparison]:
    data = synthetic.experiment("data", s=(), sizes=(64, 128, 256), fit_from=64, seeds=3)
    single = synthetic.experiment(seeds=1)
    two = synthetic.experiment("gaussian", sizes=(64, 128), fit_from=64, seeds=2, optimizers=("gd",))
    holes = synthetic.run(MADE)
    holes["risk"][0, 0, 3:] = np.nan
    holes["risk"][1] = np.nan
    part = synthetic.forecast(MADE, notes={"diagonal": "no prediction"})
    part.risk[1] = np.nan
    part.error[0] = np.nan
    return {
        "data": compare(synthetic.run(data), synthetic.forecast(data)),
        "single seed": compare(synthetic.run(single), synthetic.forecast(single)),
        "two sizes": compare(synthetic.run(two)),
        "holes": compare(holes, part),
        "usual": compare(RUN, synthetic.forecast(MADE)),
    }


@pytest.mark.parametrize(("name", "found"), variants().items())
def test_json_is_plain_and_the_text_is_whole(name: str, found: Comparison) -> None:
    made = found.to_json()
    assert no_nan(made), name
    json.dumps(made, allow_nan=False)
    assert {"cells", "agreement", "threshold"} <= set(made)
    for cell in made["cells"]:
        assert {"optimizer", "s", "steps", "measured", "predicted", "published"} <= set(cell)
        assert {"value", "interval"} <= set(cell["measured"])
        assert cell["verdict"]
    text = str(found)
    assert "optimizer" in text.splitlines()[0]
    assert "nan" not in text.lower()
    assert len(found.table()) == len(found.measurement.optimizers) * len(found.measurement.s)


def test_data_problems_have_no_s() -> None:
    found = variants()["data"]
    assert {c["s"] for c in found.to_json()["cells"]} == {None}
    assert found.cell("gd", None).agrees is not None
    assert "On this data" in found.threshold.status


def test_one_seed_is_measured_and_not_judged() -> None:
    found = variants()["single seed"]
    assert not found.judged
    assert "two seeds" in found.status
    assert "two seeds" in found.cells[0].verdict
    assert found.threshold.measured is None


def test_a_prediction_with_gaps_says_so() -> None:
    found = variants()["holes"]
    assert "no prediction" in compare(RUN, _without_diagonal()).cell("diagonal", 1.0).verdict
    assert found.cell("gd", 1.0).theory is None
    assert found.cell("gd", 1.0).predicted is not None
    assert found.cell("diagonal", 1.0).measured.value is None


def _without_diagonal() -> Prediction:
    made = synthetic.forecast(MADE, notes={"diagonal": "no prediction"})
    made.risk[1] = np.nan
    return made


def test_the_headline_steps_are_the_published_ones_or_the_last() -> None:
    assert compare(RUN).steps == 2000
    made = synthetic.experiment(steps=(10, 50))
    assert compare(synthetic.run(made)).steps == 50


def test_runs_that_are_not_runs_are_named() -> None:
    with pytest.raises(InputError, match="risk"):
        compare(RUN.rename({"risk": "loss"}))
    bare = RUN.copy()
    bare.attrs = {}
    with pytest.raises(InputError, match="which experiment"):
        compare(bare)


def test_a_prediction_of_something_else_is_refused() -> None:
    other = synthetic.experiment("gaussian")
    with pytest.raises(InputError, match="predict the run's own experiment"):
        compare(RUN, synthetic.forecast(other))
    fewer = synthetic.experiment(s=(1.0,), steps=(2000,), seeds=3)
    assert compare(RUN, synthetic.forecast(fewer)).judged


def test_dimensions_may_come_in_any_order() -> None:
    turned = Measurement.from_dataset(RUN.transpose("steps", "seed", "N", "s", "optimizer"))
    np.testing.assert_array_equal(turned.risk, Measurement.from_dataset(RUN).risk)
    assert turned.cell("gd", 1.0, 2000).shape == (10, 8)
