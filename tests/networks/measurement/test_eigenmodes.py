"""Eigenvalues and energies from blocks of random vectors against an eigendecomposition."""

from __future__ import annotations

import numpy as np
import pytest
from support.matrix_model import MatrixModel, power_law_model

from optscaling.networks.kernels import NetworkKernel, loss_of
from optscaling.networks.measurement.eigenmodes import eigenmodes


@pytest.mark.parametrize("s", [0.5, 1.5])
@pytest.mark.parametrize("outputs", [1, 10])
def test_what_is_found_is_there(s: float, outputs: int) -> None:
    model, targets = power_law_model(600 // outputs, s, outputs)
    kernel = NetworkKernel(model, loss_of("mse", model.outputs, targets))
    values, vectors = np.linalg.eigh(model.slopes @ model.slopes.T / len(model.outputs))
    values, vectors = values[::-1], vectors[:, ::-1]
    modes = eigenmodes(kernel, 120, 0)
    count = len(modes.eigenvalues)
    assert 25 <= count < 120
    assert not modes.whole
    np.testing.assert_allclose(modes.eigenvalues, values[:count], rtol=0.05)
    assert np.sqrt(np.mean((modes.eigenvalues / values[:count] - 1) ** 2)) < 0.01
    energies = (vectors[:, :count].T @ kernel.start) ** 2 / len(model.outputs)
    assert modes.energies.sum() == pytest.approx(energies.sum(), rel=0.02)
    assert modes.left + modes.energies.sum() == pytest.approx(np.sum(targets**2) / len(targets))


def test_all_are_found_where_there_are_few() -> None:
    random = np.random.default_rng(0)
    slopes = random.standard_normal((50, 6))
    model = MatrixModel(slopes, np.zeros((50, 1)))
    modes = eigenmodes(NetworkKernel(model, loss_of("mse", model.outputs, random.standard_normal(50))), 30, 0)
    np.testing.assert_allclose(modes.eigenvalues, np.linalg.eigvalsh(slopes.T @ slopes / 50)[::-1], rtol=1e-10)
    assert modes.whole
