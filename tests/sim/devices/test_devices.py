"""The host's BLAS and jax do the same arithmetic, on one device, on several, and in several processes."""

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.small import experiment

import optscaling.sim.devices.blas as products
from optscaling.sim.cells.cell import measure, problem_of
from optscaling.sim.devices.accelerator import Accelerator
from optscaling.sim.devices.blas import add_cross, add_square, mirror, product
from optscaling.sim.devices.host import Host
from optscaling.sim.devices.select import device
from optscaling.sim.problems.random_streams import ahead

NAMES = ["gd", "diagonal", "natural-gradient", "sign", "matrix-sign", "block:4"]

# sums over 5 blocks, the last of 7 rows, on all the devices there are, against the host's
SEVERAL = """
import sys
import numpy as np
import jax
if len(sys.argv) > 1:
    jax.distributed.initialize(sys.argv[1], num_processes=2, process_id=int(sys.argv[2]))
from support.small import experiment
from optscaling.sim.devices.accelerator import Accelerator
from optscaling.sim.cells.cell import measure, problem_of
from optscaling.sim.devices.host import Host
made = experiment("relu", s=1.0, dim=30, samples=4 * 1024 + 7, optimizers=["gd", "diagonal", "natural-gradient"])
problem = problem_of(made)
draw = problem.draw(1.0, 9, 0)
assert jax.device_count() == 4, jax.devices()
for precision, tolerance in (("float64", 1e-13), ("mixed", 3e-7), ("float32", 3e-7)):
    on = Accelerator(precision)
    sums = on.sums(draw.train(1, on.share), draw.matrix, draw.activation)
    whole = Host().sums(draw.train(0), draw.matrix, draw.activation)
    assert sums.rows == whole.rows == 4 * 1024 + 7
    for found, expected in zip((sums.gram.whole(), *sums[1:3]), (whole.gram.whole(), *whole[1:3])):
        np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance * np.abs(expected).max())
np.testing.assert_allclose(
    measure(made, problem, 1.0, 9, 0, on=Accelerator()).risk, measure(made, problem, 1.0, 9, 0).risk, rtol=1e-9
)
print("same")
"""


@pytest.mark.parametrize(("kind", "samples"), [("gaussian", "inf"), ("gaussian", 2000), ("relu", 2000)])
def test_devices_agree(kind: str, samples: Any) -> None:
    made = experiment(kind, sizes=[9], samples=samples, optimizers=NAMES)
    problem = problem_of(made)
    host = measure(made, problem, 0.5, 9, 0, on=Host())
    other = measure(made, problem, 0.5, 9, 0, on=Accelerator())
    np.testing.assert_allclose(other.risk, host.risk, rtol=1e-9, atol=1e-13)
    assert other.rank == host.rank


def start(devices: int, *arguments: str) -> "subprocess.Popen[str]":
    given = {
        "XLA_FLAGS": f"--xla_force_host_platform_device_count={devices}",
        "JAX_PLATFORMS": "cpu",
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])]),
    }
    return subprocess.Popen(
        [sys.executable, "-c", SEVERAL, *arguments],
        env=os.environ | given,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def check(running: "subprocess.Popen[str]") -> None:
    out, err = running.communicate(timeout=120)
    assert running.returncode == 0, err
    assert out.splitlines()[-1] == "same"  # after what collective libraries have to say


def test_several_devices_sum_as_one_does() -> None:
    check(start(4))


@pytest.mark.slow
def test_several_processes_sum_as_one_does() -> None:
    """Three blocks of rows are one process's, two the other's."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        address = f"localhost:{free.getsockname()[1]}"
    both = [start(2, address, str(number)) for number in range(2)]
    for running in both:
        check(running)


@pytest.mark.parametrize("depth", [0, 1, 3])
@pytest.mark.parametrize("processes", [1, 2, 5])
@pytest.mark.parametrize("count", [0, 1, 4, 11])
def test_shares_of_blocks_are_disjoint_and_whole(count: int, processes: int, depth: int) -> None:
    shares = [list(ahead(lambda i: i, count, depth, (p, processes))) for p in range(processes)]
    assert sorted(i for share in shares for i in share) == list(range(count))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1
    assert all(share == sorted(share) for share in shares)


def test_the_host_is_chosen_where_there_is_no_accelerator() -> None:
    assert device() == Host()
    assert device("mixed") == Host("mixed")


def test_products() -> None:
    rng = np.random.default_rng(0)
    a, b, labels = rng.standard_normal((5, 3)), rng.standard_normal((3, 4)), rng.standard_normal((5, 2))
    np.testing.assert_allclose(product(a, b), a @ b)
    assert product(a, b).flags.c_contiguous
    gram = np.zeros((3, 3), order="F")
    assert add_square(gram, a) is gram
    np.testing.assert_allclose(np.tril(gram), np.tril(a.T @ a))
    cross = np.zeros((3, 2))
    add_cross(cross, a, labels)
    np.testing.assert_allclose(cross, a.T @ labels)


@pytest.mark.parametrize("rows", [np.float64, np.float32])
def test_panels_beyond_the_largest_safe_size(rows: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same sums where N is too large for one call of the BLAS."""
    monkeypatch.setattr(products, "LARGEST", 10)
    monkeypatch.setattr(products, "PANEL", 7)
    features = np.random.default_rng(0).standard_normal((30, 24)).astype(rows)
    start = np.tril(np.ones((24, 24)))
    found = np.tril(add_square(np.asfortranarray(start), features))
    expected = start + np.tril(features.astype(float).T @ features.astype(float))
    np.testing.assert_allclose(
        found, expected, rtol=1e-13 if rows is np.float64 else 1e-5, atol=0 if rows is np.float64 else 1e-5
    )


@pytest.mark.parametrize("size", [1, 255, 256, 700])
def test_mirror(size: int) -> None:
    lower = np.asfortranarray(np.tril(np.random.default_rng(1).standard_normal((size, size))))
    expected = lower + np.tril(lower, -1).T
    mirror(lower)
    np.testing.assert_array_equal(lower, expected)
