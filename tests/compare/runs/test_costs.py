"""What a run's cells cost, against sums by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
import xarray as xr

from optscaling.compare.runs import cell_usage, chosen_counts, usage_summary

SHAPE = (1, 2, 2)


def run(**changed: object) -> xr.Dataset:
    grid = ("s", "N", "seed")
    values = {
        "seconds": np.array([1.0, 1.0, 2.0, 4.0]),
        "cpu_seconds": np.array([1.0, 2.0, 3.0, 4.0]),
        "peak": np.array([1e6, 2e6, 8e6, 4e6]),
        "flops": np.array([10.0, 10.0, 100.0, 100.0]),
    } | changed
    variables = {name: (grid, np.reshape(value, SHAPE)) for name, value in values.items()}
    taken = np.reshape(["gd", "gd", "gd", "gd", "sign@1", "sign@2", "sign@2", "sign@2"], (2, *SHAPE))
    variables["chosen"] = (("optimizer", *grid), taken)
    return xr.Dataset(variables, {"s": [math.nan], "N": [4, 8], "seed": [0, 1], "optimizer": ["gd", "sign"]})


def test_each_cell_and_all_together() -> None:
    cells = cell_usage(run())
    assert [(c.s, c.N, c.seed, c.flops_per_second) for c in cells] == [
        (None, 4, 0, 10.0),
        (None, 4, 1, 10.0),
        (None, 8, 0, 50.0),
        (None, 8, 1, 25.0),
    ]
    assert [c.chosen for c in cells[:2]] == [{"sign": "sign@1"}, {"sign": "sign@2"}]
    whole = usage_summary(run())
    assert (whole.cells, whole.cpu_seconds, whole.peak) == (4, 10.0, 8e6)
    assert whole.flops_per_second == pytest.approx((50 + 25) / 2)


def test_what_is_not_known_is_none() -> None:
    unknown = run(peak=np.array([1.0, math.nan, 1.0, 1.0]), flops=np.full(4, math.nan))
    assert usage_summary(unknown).peak is None
    assert usage_summary(unknown).flops_per_second is None
    assert cell_usage(unknown)[1].peak is None


def test_candidates_are_counted_where_there_are_any() -> None:
    assert chosen_counts(run()) == {"sign": {"sign@2": 3, "sign@1": 1}}
    assert chosen_counts(run().drop_vars("chosen")) == {}
    assert "chosen" not in cell_usage(run().drop_vars("chosen"))[0].to_json()
