"""Shards: every cell in one of them, and merged they are the whole; what does not belong together is refused."""

from __future__ import annotations

import json
import math
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from support.small import experiment

from optscaling.errors import InputError
from optscaling.sim import Shard, merge, open_run, simulate, simulate_shard
from optscaling.sim.runs.cell_table import cells_of

MADE = experiment(s=[0.5, 1.0], sizes=[4, 9], seeds=3, optimizers=["gd", "sign"])


@pytest.fixture(scope="module")
def whole() -> xr.Dataset:
    return simulate(MADE)


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three shards, each in a directory of its own."""
    folder = tmp_path_factory.mktemp("shards")
    for index in (1, 2, 3):
        simulate_shard(MADE, folder / str(index), Shard(index, 3))
    return [folder / str(index) for index in (1, 2, 3)]


@given(count=st.integers(1, 40), s=st.floats(0, 3) | st.just(math.nan), size=st.integers(1, 10**6), seed=st.integers(0))
def test_a_cell_is_in_one_shard(count: int, s: float, size: int, seed: int) -> None:
    assert sum(Shard(index, count).has((s, size, seed)) for index in range(1, count + 1)) == 1


def test_shards_are_of_nearly_one_size() -> None:
    keys = [(0.5, size, seed) for size in (4, 8, 16) for seed in range(1000)]
    counts = np.array([sum(Shard(index, 10).has(key) for key in keys) for index in range(1, 11)])
    assert abs(counts - 300).max() < 5 * math.sqrt(300)


@pytest.mark.parametrize("text", ["0/3", "4/3", "1/0", "1", "a/b", "1/3/5", "-1/3", "1/99999999", "1/2000000"])
def test_what_is_no_shard_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="shard"):
        Shard.parse(text)


def test_merged_shards_are_the_whole(parts: list[Path], whole: xr.Dataset, tmp_path: Path) -> None:
    kept = [{file.name for file in (part / "cells").iterdir()} for part in parts]
    assert sum(map(len, kept)) == len(set.union(*kept)) == len(cells_of(MADE))
    found = merge(parts, tmp_path / "whole")
    assert found.result is not None
    assert found.status.endswith("is whole: 12 cells.")
    xr.testing.assert_equal(found.result.risk, whole.risk)
    xr.testing.assert_equal(open_run(tmp_path / "whole").risk, whole.risk)
    xr.testing.assert_equal(simulate(MADE, tmp_path / "whole").risk, whole.risk)


def test_shards_side_by_side_in_one_directory(whole: xr.Dataset, tmp_path: Path) -> None:
    for index in (1, 2):
        simulate_shard(MADE, tmp_path, Shard(index, 2))
    found = merge([tmp_path], tmp_path)
    assert found.result is not None
    xr.testing.assert_equal(found.result.risk, whole.risk)


def test_a_shard_that_is_missing_is_told_and_comes_later(parts: list[Path], whole: xr.Dataset, tmp_path: Path) -> None:
    first = merge(parts[:2], tmp_path)
    assert first.result is None
    assert f"has {first.cells} of 12 cells" in first.status
    with pytest.raises(InputError, match="not finished"):
        open_run(tmp_path)
    assert merge(parts[2:], tmp_path).result is not None
    xr.testing.assert_equal(open_run(tmp_path).risk, whole.risk)


def test_a_damaged_cell_is_left_out_and_told(parts: list[Path], tmp_path: Path) -> None:
    simulate_shard(MADE, tmp_path / "a", Shard(1, 3))
    next((tmp_path / "a" / "cells").iterdir()).write_text("{")
    found = merge([tmp_path / "a", *parts[1:]], tmp_path / "whole")
    assert (found.cells, found.total) == (11, 12)
    assert "Damaged cells were left out" in found.damaged
    assert merge([*parts, tmp_path / "a"], tmp_path / "whole").result is not None


def test_other_experiments_are_not_merged(parts: list[Path], tmp_path: Path) -> None:
    simulate(MADE.with_(noise=0.1, seeds=1), tmp_path / "other")
    with pytest.raises(InputError, match="different experiments"):
        merge([parts[0], tmp_path / "other"], tmp_path / "whole")
    with pytest.raises(InputError, match="different experiment"):
        merge([parts[0]], tmp_path / "other")
    with pytest.raises(InputError, match="is not a run"):
        merge([tmp_path / "nothing"], tmp_path / "whole")
    assert not (tmp_path / "whole").exists()


def test_runs_that_contradict_each_other_are_refused(parts: list[Path], tmp_path: Path) -> None:
    simulate_shard(MADE, tmp_path / "a", Shard(1, 3))
    cell = next((tmp_path / "a" / "cells").iterdir())
    record = json.loads(cell.read_text())
    record["cell"]["risk"][0][0] *= 2
    content = json.dumps([record["key"], record["cell"]], sort_keys=True).encode()
    cell.write_text(json.dumps(record | {"sha256": sha256(content).hexdigest()}))
    with pytest.raises(InputError, match="has another risk"):
        merge([parts[0], tmp_path / "a"], tmp_path / "whole")
