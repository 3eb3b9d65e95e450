"""What cannot be simulated is refused in one sentence, before anything is drawn."""

import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from support.small import experiment

import optscaling.sim
from optscaling.errors import InputError
from optscaling.sim import simulate
from optscaling.sim.cells.cell import problem_of
from optscaling.sim.cells.memory import Plan, gigabytes
from optscaling.theory.experiments.spec import Samples
from optscaling.theory.optimizers.base import Optimizer


@dataclass(frozen=True)
class Unknown(Optimizer):
    keyword: ClassVar[str] = "unknown"
    summary: ClassVar[str] = ""


def test_infinite_dim() -> None:
    made = experiment(dim="inf")
    with pytest.raises(InputError, match="dim is infinite"):
        simulate(made)


def test_relu_needs_samples_and_a_dim() -> None:
    made = experiment("relu", samples=10)
    with pytest.raises(InputError, match="inf"):
        simulate(replace(made, samples=Samples()))
    with pytest.raises(InputError, match="dim is infinite"):
        simulate(replace(made, problem=replace(made.problem, dim=None)))


def test_unknown_optimizer() -> None:
    with pytest.raises(InputError, match="'unknown' cannot be simulated"):
        simulate(replace(experiment(), optimizers=(Unknown(),)))


@pytest.mark.parametrize("memory", [0.0, -1.0, float("nan")])
def test_memory_must_be_positive(memory: float) -> None:
    with pytest.raises(InputError, match="positive"):
        simulate(experiment(), memory_gb=memory)


def test_too_little_memory(tmp_path: Path) -> None:
    made = experiment("relu", sizes=[10, 4000], samples=100)
    with pytest.raises(InputError, match="sizes up to 10 fit"):
        simulate(made, tmp_path / "run", memory_gb=0.1)
    assert not (tmp_path / "run").exists()


def test_the_published_experiment_fits_an_ordinary_machine() -> None:
    made = experiment("relu", sizes=[5000], samples=50_000, optimizers=["gd", "diagonal", "sign", "matrix-sign"])
    assert gigabytes(made, 5000, 1000, Plan(1), cores=2) < 8


def test_constant_target_is_refused() -> None:
    draw = problem_of(experiment("relu", samples=10)).draw(0.5, 4, 0)
    with pytest.raises(InputError, match="does not vary"):
        draw.combination(np.full((3, 3), 10.0), 10)


def test_public_names() -> None:
    assert {"Dask", "Progress", "Shard", "merge", "open_run", "simulate", "simulate_shard"} <= set(dir(optscaling.sim))
    with pytest.raises(AttributeError, match="nothing"):
        _ = optscaling.sim.nothing


def test_importing_is_cheap() -> None:
    code = "import sys, optscaling.sim; sys.exit('jax' in sys.modules or 'xarray' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
