"""Drift against the Frobenius norm itself; refits of a readout against least squares on the features."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from support.matrix_model import MatrixModel

from optscaling.errors import InputError
from optscaling.networks.kernels import JaxModel, NetworkKernel, loss_of
from optscaling.networks.measurement.drift import Drift, drift
from optscaling.networks.measurement.readout import linear_layers, refit


@pytest.mark.parametrize("share", [0.0, 0.05, 0.4, 1.5])
def test_drift_is_the_change_of_the_kernel(share: float) -> None:
    random = np.random.default_rng(0)
    slopes = random.standard_normal((80, 300)) * np.arange(1, 301) ** -0.8
    moved = slopes + share * random.standard_normal((80, 300)) * np.arange(1, 301) ** -0.8
    outputs = np.zeros((40, 2))
    scores = []
    for seed in range(12):
        found = drift(MatrixModel(slopes, outputs), MatrixModel(moved, outputs), 16, seed, "")
        first, second = slopes @ slopes.T, moved @ moved.T
        exact = np.linalg.norm(second - first) / np.linalg.norm(first)
        scores.append((found.value - exact) / max(found.error, 1e-12))
    assert abs(np.mean(scores)) < 1.5
    assert np.sqrt(np.mean(np.square(scores))) < 2.0


@pytest.mark.parametrize(
    ("value", "said"), [(0.01, "The forecast holds:"), (0.3, "holds roughly"), (0.7, "does not hold")]
)
def test_a_status_says_what_drift_means(value: float, said: str) -> None:
    assert said in Drift(value, 0.01, "between two checkpoints").status


def network(params: Any, x: Any) -> Any:
    import jax.numpy as jnp

    return jnp.tanh(x @ params["first"] + params["shift"]) @ params["a_last"] + params["b_last"]


def test_a_readout_is_found_and_refitted() -> None:
    random = np.random.default_rng(0)
    params = {
        "first": random.standard_normal((5, 12)),
        "shift": random.standard_normal(12),
        "a_last": random.standard_normal((12, 2)),
        "b_last": random.standard_normal(2),
    }
    inputs, targets = random.standard_normal((200, 5)), random.standard_normal((200, 2))
    model = JaxModel(network, params, inputs)
    layers = linear_layers(model)
    assert layers == ("['a_last']", "['b_last']")
    kernel = NetworkKernel(model, loss_of("mse", model.outputs, targets))
    found = refit(kernel, layers)
    features = np.column_stack([np.tanh(inputs @ params["first"] + params["shift"]), np.ones(200)])
    left = 0.0
    for half in (np.arange(200) % 2 == 0, np.arange(200) % 2 == 1):
        weights = np.linalg.lstsq(features[half], targets[half], rcond=None)[0]
        left += np.sum((features[~half] @ weights - targets[~half]) ** 2)
    assert found is not None
    assert found.floor == pytest.approx(left / 200, rel=1e-6)
    assert found.loss == pytest.approx(np.mean(np.sum((model.outputs - targets) ** 2, axis=1)))
    assert "lowers the held-out loss" in found.status
    few = JaxModel(network, params, inputs[:40])
    assert refit(NetworkKernel(few, loss_of("mse", few.outputs, targets[:40])), layers) is None
    with pytest.raises(InputError, match="least squares"):
        refit(NetworkKernel(model, loss_of("cross-entropy", model.outputs, np.zeros(200, int))), layers)
