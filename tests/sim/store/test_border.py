"""The border of a store: whatever lies where a file is expected is told, measured again, and never raises or blocks."""

from __future__ import annotations

import contextlib
import json
import os
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.small import experiment

from optscaling.errors import InputError
from optscaling.sim import open_run, simulate
from optscaling.sim.store import Manifest, Unreadable, read_manifest
from optscaling.sim.store.cell_record import read_cell
from optscaling.sim.store.stored_json import read_object

MADE = experiment(sizes=[4], seeds=1, optimizers=["gd", "sign"])
NESTED = "[" * 100_000


@pytest.fixture(scope="module")
def whole() -> np.ndarray:
    return np.asarray(simulate(MADE).risk.values)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    simulate(MADE, tmp_path / "run")
    return tmp_path / "run"


def cell_of(run: Path) -> Path:
    (found,) = (run / "cells").iterdir()
    return found


def signed(record: dict[str, Any], **changed: Any) -> str:
    """A cell with other values and the hash that belongs to them, as one who means harm would write it."""
    cell = record["cell"] | changed
    content = json.dumps([record["key"], cell], sort_keys=True).encode()
    return json.dumps({"key": record["key"], "cell": cell, "sha256": sha256(content).hexdigest()})


IMPOSSIBLE: dict[str, dict[str, Any]] = {
    "below 0": {"risk": [[-5.0, 1.0, 1.0]] * 2},
    "text": {"risk": [["0.5", 1.0, 1.0]] * 2},
    "true": {"risk": [[True, 1.0, 1.0]] * 2},
    "huge": {"risk": [[10**400, 1.0, 1.0]] * 2},
    "ragged": {"risk": [[1.0], [1.0, 1.0, 1.0]]},
    "flat": {"risk": [1.0, 1.0]},
    "object": {"risk": {}},
    "rank": {"rank": 99},
    "samples": {"samples": "many"},
    "seconds": {"seconds": -1},
    "chosen": {"chosen": {"adam": "adam"}},
    "listed": {"chosen": [1]},
    "processor": {"processor": 3},
}


@pytest.mark.parametrize("changed", IMPOSSIBLE.values(), ids=IMPOSSIBLE.keys())
def test_what_cannot_be_measured_is_not_believed(run: Path, changed: dict[str, Any]) -> None:
    cell = cell_of(run)
    cell.write_text(signed(json.loads(cell.read_text()), **changed))
    with pytest.raises(Unreadable):
        read_cell(cell, read_manifest(run), MADE, (0.5, 4, 0))


def test_a_true_change_with_its_hash_is_believed(run: Path) -> None:
    """So the cases above are refused for their values, not for the way they are signed."""
    cell = cell_of(run)
    cell.write_text(signed(json.loads(cell.read_text()), risk=[[0.25, 0.5, None]] * 2))
    found = read_cell(cell, read_manifest(run), MADE, (0.5, 4, 0))
    np.testing.assert_array_equal(found.risk, [[0.25, 0.5, np.nan]] * 2)


def replaced(cell: Path, how: str) -> None:
    cell.unlink()
    match how:
        case "pipe":
            os.mkfifo(cell)
        case "folder":
            cell.mkdir()
        case "loop":
            cell.symlink_to(cell)
        case "device":
            cell.symlink_to("/dev/zero")
        case "nested":
            cell.write_text(NESTED)
        case "bytes":
            cell.write_bytes(b"\xff\xfe\x00")
        case "sparse":
            with cell.open("wb") as stream:
                stream.truncate(10**12)


@pytest.mark.skipif(os.name != "posix", reason="files of other kinds")
@pytest.mark.parametrize("how", ["pipe", "loop", "device", "nested", "bytes", "sparse"])
def test_a_file_of_another_kind_is_measured_again(run: Path, whole: np.ndarray, how: str) -> None:
    replaced(cell_of(run), how)
    result = simulate(MADE, run)
    np.testing.assert_array_equal(result.risk.values, whole)
    assert "measured again" in result.attrs["damaged"]


def test_a_folder_in_a_cells_place_is_one_sentence(run: Path) -> None:
    replaced(cell_of(run), "folder")
    with pytest.raises(InputError, match=r"cannot be written .*finished cells are kept"):
        simulate(MADE, run)


MANIFESTS = [
    "",
    "null",
    NESTED,
    "[]",
    '{"format": 1}',
    '{"format": [1]}',
    '{"format": 1, "experiment": {"problem": 3}}',
]


@pytest.mark.parametrize("content", MANIFESTS, ids=range(len(MANIFESTS)))
def test_a_damaged_manifest_is_told_and_made_again(run: Path, whole: np.ndarray, content: str) -> None:
    (run / "manifest.json").write_text(content)
    with pytest.raises(InputError, match="is damaged"):
        open_run(run)
    np.testing.assert_array_equal(simulate(MADE, run).risk.values, whole)
    np.testing.assert_array_equal(open_run(run).risk.values, whole)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5), st.lists, max_leaves=4
)
FIELDS = ("format", "name", "experiment", "fingerprint", "data", "seed_rule", "versions", "precision", "risk_sha256")


@settings(max_examples=60, deadline=None)
@given(changed=st.dictionaries(st.sampled_from(FIELDS), PLAIN | st.dictionaries(st.text(max_size=3), PLAIN)))
def test_no_manifest_raises_what_is_not_foreseen(tmp_path_factory: pytest.TempPathFactory, changed: Any) -> None:
    folder = tmp_path_factory.mktemp("any", numbered=True)
    base = {"format": 1, "name": "a", "experiment": {}, "fingerprint": "f", "precision": "float64"}
    (folder / "manifest.json").write_text(json.dumps(base | changed))
    with contextlib.suppress(Unreadable, InputError):
        assert isinstance(read_manifest(folder), Manifest)


@settings(max_examples=150, deadline=None)
@given(content=st.binary(max_size=60))
def test_no_bytes_raise_what_is_not_foreseen(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    file = tmp_path_factory.mktemp("any", numbered=True) / "cell.json"
    file.write_bytes(content)
    with contextlib.suppress(Unreadable):
        assert isinstance(read_object(file, 100), dict)
