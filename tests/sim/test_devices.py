"""The host's BLAS and jax do the same arithmetic."""

from typing import Any

import numpy as np
import pytest
from small import experiment

from optscaling.sim.cell import measure, problem_of
from optscaling.sim.device import Accelerator, Host
from optscaling.sim.product import add_cross, add_square, product

NAMES = ["gd", "diagonal", "natural-gradient", "sign", "matrix-sign", "block:4"]


@pytest.mark.parametrize(("kind", "samples"), [("gaussian", "inf"), ("gaussian", 2000), ("relu", 2000)])
def test_devices_agree(kind: str, samples: Any) -> None:
    made = experiment(kind, sizes=[9], samples=samples, optimizers=NAMES)
    problem = problem_of(made)
    host = measure(made, problem, 0.5, 9, 0, on=Host())
    other = measure(made, problem, 0.5, 9, 0, on=Accelerator())
    np.testing.assert_allclose(other.risk, host.risk, rtol=1e-9, atol=1e-13)
    assert other.rank == host.rank


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
