"""A network whose Jacobian is a matrix: f(theta + u) = f + J u exactly, in NumPy alone."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np


class MatrixModel:
    """See optscaling.networks.kernels.Linearised. slopes: J, shape (n m, p). outputs: f, shape (n, m)."""

    rounding = float(np.finfo(float).eps)

    def __init__(self, slopes: np.ndarray, outputs: np.ndarray, layers: Mapping[str, slice] | None = None) -> None:
        self.slopes, self.outputs, self.parameters = slopes, outputs, slopes.shape[1]
        self.layers = layers or {"all": slice(0, self.parameters)}

    def forward(self, direction: np.ndarray) -> np.ndarray:
        return (self.slopes @ direction).reshape(self.outputs.shape)

    def adjoint(self, weights: np.ndarray) -> np.ndarray:
        return self.slopes.T @ weights.ravel()

    def outputs_at(self, direction: np.ndarray) -> np.ndarray:
        return self.outputs + self.forward(direction)

    def descended(self, targets: np.ndarray, loss: str, rate: float, steps: int) -> MatrixModel:
        kernel = self.slopes @ self.slopes.T / len(self.outputs)
        left = (self.outputs - targets).ravel()
        for _ in range(steps):
            left = left - rate * kernel @ left
        return MatrixModel(self.slopes, targets + left.reshape(targets.shape), self.layers)


def power_law_model(rows: int, s: float, outputs: int = 1, seed: int = 0) -> tuple[MatrixModel, np.ndarray]:
    """Eigenvalues k^-(1+s) of K on random vectors, in groups of `outputs` that differ by a per cent; and targets."""
    random, size = np.random.default_rng(seed), rows * outputs
    ranks = np.arange(size) // outputs + 1.0
    values = ranks ** -(1 + s) * (1 + 0.01 * (np.arange(size) % outputs))
    vectors = np.linalg.qr(random.standard_normal((size, size)))[0]
    slopes = np.sqrt(rows) * (vectors * np.sqrt(values)) @ np.linalg.qr(random.standard_normal((size, size)))[0]
    targets = (vectors @ (random.standard_normal(size) * ranks**-0.8)).reshape(rows, outputs)
    return MatrixModel(slopes, np.zeros((rows, outputs))), targets
