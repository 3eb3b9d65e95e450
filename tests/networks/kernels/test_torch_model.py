"""PyTorch and JAX give the same kernel of the same network."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from optscaling.networks.kernels import JaxModel, NetworkKernel, TorchModel, loss_of
from optscaling.networks.measurement.eigenmodes import eigenmodes

torch = pytest.importorskip("torch")


def pair() -> tuple[Any, TorchModel, JaxModel, np.ndarray]:
    import jax.numpy as jnp

    torch.manual_seed(0)
    module = torch.nn.Sequential(torch.nn.Linear(7, 12), torch.nn.Tanh(), torch.nn.Dropout(0.5), torch.nn.Linear(12, 3))
    params = [value.detach().double().numpy() for value in module.parameters()]
    random = np.random.default_rng(0)
    inputs, targets = random.standard_normal((300, 7)), random.standard_normal((300, 3))
    jax_model = JaxModel(lambda p, x: jnp.tanh(x @ p[0].T + p[1]) @ p[2].T + p[3], params, inputs)
    return module, TorchModel(module, inputs, rows=64), jax_model, targets


def test_the_same_network_has_the_same_spectrum() -> None:
    module, one, other, targets = pair()
    assert module.training
    np.testing.assert_allclose(one.outputs, other.outputs, atol=1e-14)
    found = [eigenmodes(NetworkKernel(m, loss_of("mse", m.outputs, targets)), 60, 0).eigenvalues for m in (one, other)]
    assert len(found[0]) == len(found[1]) > 10
    np.testing.assert_allclose(found[0], found[1], rtol=1e-10)
    direction = np.random.default_rng(1).standard_normal(one.parameters)
    np.testing.assert_allclose(one.outputs_at(direction), other.outputs_at(direction), atol=1e-12)
    for loss in ("mse", "cross-entropy"):
        after = [m.descended(np.abs(targets), loss, 0.05, 4).outputs for m in (one, other)]
        np.testing.assert_allclose(after[0], after[1], atol=1e-12)
