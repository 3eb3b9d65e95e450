"""A run directory: it resumes, refuses what is not its own, and reads back what was measured."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from support.small import experiment

import optscaling.sim.runs.measuring as measuring
from optscaling.errors import InputError
from optscaling.sim import Progress, open_run, simulate
from optscaling.theory.experiments.experiment import Experiment
from optscaling.theory.experiments.parse import from_dict

GIVEN: dict[str, Any] = {"s": [0.0, 0.5], "samples": 40, "optimizers": ["gd", "sign", "natural-gradient"]}


def made(**changed: Any) -> Experiment:
    return experiment(**(GIVEN | changed))


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[tuple[float, int, int]]:
    """Keys of the cells that are measured rather than read back."""
    keys: list[tuple[float, int, int]] = []
    original = measuring.measure

    def counted(e: Any, p: Any, s: float, size: int, seed: int, **more: Any) -> Any:
        keys.append((s, size, seed))
        return original(e, p, s, size, seed, **more)

    monkeypatch.setattr(measuring, "measure", counted)
    return keys


def test_layout_and_attributes(tmp_path: Path) -> None:
    e = made()
    result = simulate(e, tmp_path / "run")
    assert result.risk.dims == ("optimizer", "s", "N", "seed", "steps")
    assert result.risk.dtype == np.float64
    assert list(result.optimizer.values) == ["gd", "sign", "natural-gradient"]
    assert list(result.N.values) == [4, 9]
    assert from_dict(json.loads(result.attrs["experiment"]), "again") == from_dict(e.to_dict(), "again")
    assert result.attrs["fingerprint"] == e.fingerprint
    assert result.risk.attrs["units"] == "1"
    assert set(result.sign_step.values.ravel()) <= {1e-4, 1e-3, 1e-2}
    xr.testing.assert_identical(open_run(tmp_path / "run"), result)
    kept = {str(f.relative_to(tmp_path / "run").parts[0]) for f in (tmp_path / "run").rglob("*")}
    assert kept == {"manifest.json", "cells", "risk.nc", ".lock"}


def test_a_killed_run_goes_on(tmp_path: Path, measured: list[Any]) -> None:
    def killed(p: Progress) -> None:
        if p.done == 3:
            raise KeyboardInterrupt

    whole = simulate(made())
    with pytest.raises(KeyboardInterrupt):
        simulate(made(), tmp_path, progress=killed)
    with pytest.raises(InputError, match="not finished"):
        open_run(tmp_path)
    measured.clear()
    xr.testing.assert_equal(simulate(made(), tmp_path).risk, whole.risk)
    assert len(measured) == 8 - 3


@pytest.mark.parametrize("damage", ["", "{", "[1]", "null", '{"cell": 3}', "shortened", "changed", "foreign"])
def test_damaged_cells_are_measured_again(tmp_path: Path, measured: list[Any], damage: str) -> None:
    whole = simulate(made(), tmp_path)
    cells = sorted((tmp_path / "cells").iterdir())
    content = {
        "shortened": cells[0].read_text()[:-40],
        "changed": cells[0].read_text().replace("1", "2", 1),
        "foreign": cells[1].read_text(),
    }
    cells[0].write_text(content.get(damage, damage))
    cells[-1].unlink()
    measured.clear()
    xr.testing.assert_equal(simulate(made(), tmp_path).risk, whole.risk)
    assert len(measured) == 2
    xr.testing.assert_equal(open_run(tmp_path).risk, whole.risk)


def test_a_finished_run_is_read_back(tmp_path: Path, measured: list[Any]) -> None:
    first = simulate(made(), tmp_path)
    measured.clear()
    xr.testing.assert_identical(simulate(made(), tmp_path), first)
    assert not measured


@pytest.mark.parametrize("changed", [{"seeds": 3}, {"sizes": [4]}, {"eta": 1.0}, {"noise": 0.1}, {"s": [0.5]}])
def test_another_experiment_is_refused(tmp_path: Path, measured: list[Any], changed: dict[str, Any]) -> None:
    simulate(made(), tmp_path)
    measured.clear()
    with pytest.raises(InputError, match="different experiment"):
        simulate(made(**changed), tmp_path)
    assert not measured


def test_a_rule_with_fewer_streams_is_the_same(tmp_path: Path, measured: list[Any]) -> None:
    """Runs begun before a stream had a number go on; what was drawn by another rule does not."""
    simulate(made(), tmp_path)
    measured.clear()
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    shorter = manifest["seed_rule"].partition(", steps 6")[0]
    assert shorter != manifest["seed_rule"]
    for rule, refused in ((shorter, False), ("another", True), (None, True)):
        (tmp_path / "manifest.json").write_text(json.dumps(manifest | {"seed_rule": rule}))
        if refused:
            with pytest.raises(InputError, match="another seed rule"):
                simulate(made(), tmp_path)
        else:
            simulate(made(), tmp_path)
    assert not measured


def test_no_place_for_the_run(tmp_path: Path, measured: list[Any]) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "thesis.tex").write_text("")
    for place, sentence in [
        ("file", "cannot be written"),
        ("file/run", "cannot be written"),
        ("folder", "not a run"),
    ]:
        with pytest.raises(InputError, match=sentence):
            simulate(made(), tmp_path / place)
    assert not measured
    assert [f.name for f in (tmp_path / "folder").iterdir()] == ["thesis.tex"]


def test_a_full_disk_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(source: Path, target: Path) -> None:
        if target.parent.name == "cells":
            raise OSError(28, "No space left on device")
        renamed(source, target)

    renamed = os.replace
    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(InputError, match="No space left"):
        simulate(made(), tmp_path)
    assert not list((tmp_path / "cells").iterdir())


def damaged(place: Path, how: str) -> None:
    risk, manifest = place / "risk.nc", place / "manifest.json"
    match how:
        case "cut":
            risk.write_bytes(risk.read_bytes()[:-100])
        case "changed":
            risk.write_bytes(risk.read_bytes().replace(b"gd", b"xx", 1))
        case "missing":
            risk.unlink()
        case "manifest":
            manifest.write_text("{")
        case "empty":
            manifest.unlink()
        case "format":
            manifest.write_text(manifest.read_text().replace('"format": 1', '"format": 99'))


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ("cut", "damaged"),
        ("changed", "damaged"),
        ("missing", "not finished"),
        ("manifest", "damaged"),
        ("empty", "not a run"),
        ("format", "format 99"),
    ],
)
def test_opening_what_is_no_finished_run(tmp_path: Path, how: str, sentence: str) -> None:
    simulate(made(), tmp_path)
    damaged(tmp_path, how)
    with pytest.raises(InputError, match=sentence):
        open_run(tmp_path)


def test_risk_is_made_again_from_cells(tmp_path: Path) -> None:
    first = simulate(made(), tmp_path)
    damaged(tmp_path, "cut")
    simulate(made(), tmp_path)
    xr.testing.assert_identical(open_run(tmp_path), first)


def test_progress(tmp_path: Path) -> None:
    seen: list[Progress] = []
    simulate(made(), tmp_path, progress=seen.append)
    assert [p.done for p in seen] == list(range(9))
    assert all(p.total == 8 for p in seen)
    assert seen[0].fraction == 0
    assert seen[0].remaining is None
    assert seen[-1].fraction == pytest.approx(1)
    assert seen[-1].remaining == 0
    assert all(np.diff([p.fraction for p in seen]) > 0)
    assert "N=4" in seen[1].label
    seen.clear()
    simulate(made(), tmp_path, progress=seen.append)
    assert [(p.done, p.fraction, p.remaining) for p in seen] == [(8, 1.0, 0.0)]
