"""Measure a small Flax-free MLP on digits: its spectrum, a forecast of training, and whether the forecast can hold.

python examples/network.py
"""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
from sklearn.datasets import load_digits

import optscaling as osc

images, labels = load_digits(return_X_y=True)
X, y = (images - images.mean(axis=0)) / images.std(), np.eye(10)[labels] - 0.1
random = np.random.default_rng(0)
params = {
    "in": random.standard_normal((64, 64)) / 8 * np.sqrt(2),
    "mid": random.standard_normal((64, 64)) / 8 * np.sqrt(2),
    "out": random.standard_normal((64, 10)) / 8,
}


def apply(p: Any, x: Any) -> Any:
    """Two hidden layers of ReLU."""
    return jax.nn.relu(jax.nn.relu(x @ p["in"]) @ p["mid"]) @ p["out"]


found = osc.measure(
    apply, params, X[:600], y[:600], held_out=(X[600:1200], y[600:1200]), own_steps=(0.02, 200), adam=True, vectors=120
)
print(found)
forecast = found.risk("gd", [10, 100, 200], rate=0.02, tolerance=1e-6)
print("gd at a rate of 0.02, T = 10, 100, 200: training risk", forecast.train.round(4), "held out", forecast.held_out)
found.to_npz("network.npz")  # optscaling diagnose network.npz
