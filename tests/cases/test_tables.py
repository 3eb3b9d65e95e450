"""Tables as people have them: the right value or the refusal, and the same for the table written in another way."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optscaling.compare.fits import fit
from optscaling.compare.loss_laws import LossFits
from optscaling.compare.tables import read_table
from optscaling.errors import InputError

DATA = Path(__file__).parent / "data"
FEW = settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
# file, form, options, series, alpha, how far it may lie from it
RIGHT = (
    ("01-isoflop-pooled/isoflop.csv", "auto", {}, "all", 0.344, 0.007),
    ("01-isoflop-pooled/isoflop_tokens.csv", "auto", {}, "all", 0.344, 0.007),
    ("02-jittered-sizes/jitter_fixedtokens.csv", "auto", {}, "all", 0.0989, 0.002),
    ("03-history-long/history.csv", "auto", {}, "AdamW", 0.1464, 0.003),
    ("03-history-long/history.csv", "auto", {}, "Muon", 0.1478, 0.003),
    ("04-best-tokens-differ/sweep.csv", "auto", {}, "AdamW", 0.0893, 0.0018),
    ("04-best-tokens-differ/sweep.csv", "auto", {}, "Muon", 0.0898, 0.0018),
    ("06-train-loss-guessed/keras.csv", "auto", {}, "all", 0.12, 0.0024),
    ("06-train-loss-guessed/layers.csv", "auto", {}, "all", 0.80, 0.016),
    ("16-three-points-floor/three.csv", "auto", {"floor": 1.6}, "all", 0.091, 0.0018),
    ("18-bnsl/bnsl.csv", "auto", {}, "all", 0.88, 0.018),
    ("18-bnsl/bnsl_nooffset.csv", "auto", {}, "all", 0.89, 0.018),
    ("23-partial-name-guesses/Nn.csv", "auto", {}, "all", 0.80, 0.016),
    ("23-partial-name-guesses/stepsize.csv", "auto", {}, "adamw", 0.09, 0.0018),
    ("30-wandb-runs-export/runs.csv", "auto", {}, "adamw", 0.0775, 0.0016),
    ("30-wandb-runs-export/runs.csv", "auto", {}, "muon", 0.0773, 0.0016),
    ("33-as-users-export/hist.csv", "auto", {}, "adamw", 0.34, 0.007),
    ("33-as-users-export/hist.csv", "auto", {}, "muon", 0.35, 0.007),
    ("33-as-users-export/tab.csv", "auto", {}, "adamw", 0.0963, 0.002),
    ("33-as-users-export/tab.csv", "auto", {}, "muon", 0.1205, 0.0024),
    *(
        (f"{path.parent.name}/{path.name}", "power", {}, None, 0.0783, 0.0016)
        for folder in ("08-number-formats", "15-crashed-at-start")
        for path in sorted((DATA / folder).iterdir())
    ),
)
OFFSETS = ("32-offset-laws/runs.csv", "33-as-users-export/human.csv", "33-as-users-export/wandb.csv")


def alpha_of(found: LossFits, name: str | None) -> float:
    """Of the series of that name; of adamw, or the one there is."""
    series = {each.name: each.fit for each in found.fits}
    fitted = series.get(name or "adamw", next(iter(series.values())))
    assert fitted is not None
    return fitted.alpha


@pytest.mark.parametrize("case", RIGHT, ids=[f"{case[0]}-{case[3]}" for case in RIGHT])
def test_the_right_value(case) -> None:
    path, form, options, name, right, error = case
    assert alpha_of(fit(DATA / path, form, draws=0, **options), name) == pytest.approx(right, abs=error)


@pytest.mark.parametrize("path", sorted({case[0]: case for case in RIGHT if case[3] is not None}))
@FEW
@given(data=st.data())
def test_the_same_table_written_in_another_way(path, tmp_path, data) -> None:
    _, form, options, name, *_ = next(case for case in RIGHT if case[0] == path and case[3] is not None)
    frame = read_table(DATA / path).frame
    right = alpha_of(fit(DATA / path, form, draws=0, **options), name)
    other = rewritten(frame, tmp_path, data)
    assert alpha_of(fit(other, form, draws=0, **options), name) == pytest.approx(right, rel=1e-3)


def rewritten(frame: pd.DataFrame, folder: Path, data: st.DataObject) -> Path | pd.DataFrame:
    """Rows and columns in another order, with another delimiter, decimal mark, encoding, or no text at all."""
    rows = np.random.default_rng(data.draw(st.integers(0, 99))).permutation(len(frame))
    names = data.draw(st.permutations(list(frame.columns)))
    other = frame.iloc[rows][names].reset_index(drop=True)
    kind = data.draw(st.sampled_from([",", ";", "\t", "decimal comma", "json", "jsonl", "object"]))
    path = folder / "other.table"
    if kind == "object":
        return other
    if kind in ("json", "jsonl"):
        other.to_json(path, orient="records", lines=kind == "jsonl", double_precision=15)
        return path
    mark = "," if kind == "decimal comma" else "."
    encoding = data.draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
    other.to_csv(path, sep=";" if mark == "," else kind, decimal=mark, index=False, encoding=encoding)
    return path


@pytest.mark.parametrize("path", OFFSETS)
def test_a_power_law_is_not_read_into_curves_with_an_offset(path) -> None:
    found = fit(DATA / path, draws=0)
    (pair,) = found.pairs
    assert (pair.exponents, pair.trend in ("holds", "cannot tell")) == (0, True)
    points = found.speedup[0].points
    assert points[0].value == pytest.approx(1.351, rel=0.02)
    assert points[-1].value == pytest.approx(1.362, rel=0.02)
    for point, truth in ((points[0], 1.351), (points[-1], 1.362)):
        assert point.interval is not None
        assert point.interval[0] < truth < point.interval[1]


def test_a_history_at_fixed_tokens_and_its_speed_up() -> None:
    found = fit(DATA / "33-as-users-export/hist.csv", draws=0)
    points = found.speedup[0].points
    assert points[0].value == pytest.approx(1.87, rel=0.02)
    assert points[-1].value == pytest.approx(1.99, rel=0.02)
    assert found.fits[0].fit is not None
    assert found.fits[0].fit.parameters["E"].value == pytest.approx(3.204, rel=0.01)


def test_tokens_that_differ_are_said_and_give_no_exponent_in_size_alone() -> None:
    found = fit(DATA / "02-jittered-sizes/jitter.csv", draws=0)
    assert found.fits[0].fit is not None
    assert found.fits[0].fit.form == "chinchilla"
    assert found.table.runs is not None
    assert found.table.runs.tokens_vary


def test_the_best_size_at_a_budget() -> None:
    bottoms = fit(DATA / "01-isoflop-pooled/isoflop.csv", draws=0).fits[0].isoflops
    assert bottoms is not None
    assert bottoms.law == pytest.approx(0.51, abs=0.02)
    assert [each.edge for each in bottoms.minima][-1]


@pytest.mark.parametrize("name", ["own.csv", "own_index.csv"])
def test_rows_that_differ_in_what_has_no_role(name) -> None:
    path = DATA / "25-own-dataset-to-csv" / name
    with pytest.raises(InputError, match="--by 's'"):
        fit(path, draws=0)
    found = fit(path, "power", roles={"by": ["s", "steps"]}, draws=0)
    assert sum(each.fit is not None for each in found.fits) == 12
