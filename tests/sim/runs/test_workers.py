"""Several processes: the same numbers, cells kept whatever ends them, messages that name the cell."""

import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import jax
import numpy as np
import optax
import pytest
import xarray as xr
from support.small import experiment

from optscaling.errors import InputError
from optscaling.sim import simulate
from optscaling.sim.devices.usage import cores
from optscaling.sim.runs import measuring, tasks
from optscaling.sim.stepping.optax_rules import Custom

MADE = experiment("relu", s=[0.5, 1.0], samples=60, optimizers=["gd", "sign", "diagonal"], seeds=2)


@pytest.mark.skipif(cores() < 2, reason="needs two cores")
def test_processes_change_no_number(tmp_path: Path) -> None:
    alone = simulate(MADE)
    together = simulate(MADE, tmp_path, processes=2)
    xr.testing.assert_equal(together.risk, alone.risk)
    assert len(list((tmp_path / "cells").iterdir())) == 8


def test_more_processes_than_cores_are_refused() -> None:
    with pytest.raises(InputError, match=f"processes is 4096, .* 1 to the {cores()} cores"):
        simulate(MADE, processes=4096)


@pytest.mark.skipif(cores() < 2, reason="needs two cores")
def test_objects_that_cannot_be_sent_are_refused(tmp_path: Path) -> None:
    mine = MADE.with_optimizers(["gd", Custom("mine", optax.adam(0.1))])
    with pytest.raises(InputError, match=r"custom:mine .* cannot be sent to another process; use processes = 1"):
        simulate(mine, tmp_path / "run", processes=2)
    assert not (tmp_path / "run").exists()


def test_a_cell_that_fails_is_named_and_finished_ones_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = measuring.measure

    def failing(e: object, p: object, s: float, size: int, seed: int, **more: object) -> object:
        if (s, size, seed) == (1.0, 4, 1):
            raise InputError("The target does not vary.")
        return original(e, p, s, size, seed, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(measuring, "measure", failing)
    with pytest.raises(InputError, match=r"At s=1 N=4 seed 1: The target does not vary\."):
        simulate(MADE, tmp_path)
    assert len(list((tmp_path / "cells").iterdir())) == 5


@pytest.mark.parametrize("error", [MemoryError(), jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: 3 GB")])
def test_a_cell_without_memory_is_named(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*given: object, **more: object) -> object:
        raise error

    monkeypatch.setattr(measuring, "measure", failing)
    with pytest.raises(InputError, match=r"At s=0.5 N=4 seed 0: memory ran out; set a budget"):
        simulate(MADE)


def test_what_a_cell_took_is_kept() -> None:
    found = simulate(MADE)
    assert np.all(found.seconds > 0)
    assert np.all(found.cpu_seconds > 0)
    assert found.peak.attrs["units"] == "B"
    dim, tests = 20, 50
    for size in (4, 9):
        flops = 2 * (60 + tests) * dim * size + 60 * size * (size + 1)
        assert np.all(found.flops.sel(N=size) == flops)


def test_a_stepped_optimizer_stops_where_it_is_told() -> None:
    from optscaling.theory.experiments.parse import from_dict

    content = MADE.to_dict()
    content["training"]["stepped_to"] = 7
    found = simulate(from_dict(content, "short"))
    assert found.risk.sel(optimizer="sign", steps=40).isnull().all()
    shorter = simulate(MADE.with_(steps=[1, 7]))
    np.testing.assert_array_equal(found.risk.sel(steps=[1, 7]), shorter.risk)
    assert found.risk.sel(optimizer="gd").notnull().all()


def test_cells_under_way_beside_one_that_fails_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On threads in place of processes: the first cell fails while the second is measured."""
    begun = Event()

    def measure_task(setup: bytes, keys: tuple[tuple[float, int, int], ...]) -> list[measuring.Outcome]:
        first = pickle.loads(setup)
        if (1.0, 9, 0) in keys:
            begun.wait(10)
            return [measuring.Outcome(keys[0], None, "At s=1 N=9 seed 0: it failed.")]
        begun.set()
        return [measuring.Outcome(key, first.measured(key)) for key in keys]

    monkeypatch.setattr(tasks, "measure_task", measure_task)
    with ThreadPoolExecutor(2) as pool, pytest.raises(InputError, match="it failed"):
        simulate(MADE, tmp_path, processes=2 if cores() > 1 else 1, executor=pool)
    assert list((tmp_path / "cells").iterdir()) or cores() == 1
