"""Real kills of the program: nothing finished is lost, nothing lives on, and it goes on to the same bits.

A few, at moments when workers are surely there; `benchmarks/kills.py` has hundreds at random ones.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from optscaling.sim import simulate
from optscaling.sim.devices.usage import cores
from optscaling.theory.experiments import load_experiment

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

EXPERIMENT = """[problem]
kind = "relu"
s = 0.5
dim = 40
[model]
sizes = [8, 16]
samples = 2000
test_samples = 200
[training]
optimizers = ["gd", "sign"]
steps = [10, 100]
[measure]
seeds = 40
"""
PROCESSES = str(min(2, cores()))


def alive(leader: int) -> list[str]:
    """Names of the processes of a session that live."""
    found = []
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                name, _, rest = Path(entry.path, "stat").read_text().rpartition(")")
            except OSError:
                continue
            state, _, _, session, *_ = rest.split()
            if int(session) == leader and state not in "ZX":
                found.append(name)
    return found


def until(what: Callable[[], bool], seconds: float) -> bool:
    """Whether something became true in time."""
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("kills") / "small.toml"
    file.write_text(EXPERIMENT)
    return file


@pytest.fixture(scope="module")
def whole(made: Path) -> np.ndarray:
    return np.asarray(simulate(load_experiment(str(made))).risk.values)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=lambda number: number.name)
def test_a_killed_program_loses_nothing(made: Path, whole: np.ndarray, tmp_path: Path, number: signal.Signals) -> None:
    run = tmp_path / "run"
    program = "from optscaling.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", program, "simulate", str(made), "--out", str(run), "--processes", PROCESSES],
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert until(lambda: len(list(run.glob("cells/*.json"))) >= 3 or process.poll() is not None, 120)
    process.send_signal(number)
    _, told = process.communicate(timeout=30)
    assert until(lambda: not alive(process.pid), 5), alive(process.pid)
    if number == signal.SIGTERM:
        assert process.returncode == 128 + signal.SIGTERM
        assert "stopped by SIGTERM; a run keeps its finished cells" in told
        assert "Traceback" not in told
    else:
        assert process.returncode == -signal.SIGKILL
    kept = {file: file.read_bytes() for file in run.glob("cells/*.json")}
    assert 3 <= len(kept) < 80
    result = simulate(load_experiment(str(made)), run)
    assert "damaged" not in result.attrs
    np.testing.assert_array_equal(result.risk.values, whole)
    assert {file: file.read_bytes() for file in kept} == kept
