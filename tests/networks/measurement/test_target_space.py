"""Risks from a Krylov space of the residual against an eigendecomposition, and how honest the bound is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.matrix_model import MatrixModel, power_law_model

from optscaling.errors import InputError
from optscaling.networks.kernels import NetworkKernel, loss_of
from optscaling.networks.measurement.target_space import TargetSpace

STEPS = np.array([1, 10, 100, 1000])


def space_of(model: MatrixModel, targets: np.ndarray, most: int) -> tuple[TargetSpace, np.ndarray, np.ndarray]:
    kernel = NetworkKernel(model, loss_of("mse", model.outputs, targets))
    values, vectors = np.linalg.eigh(model.slopes @ model.slopes.T / len(model.outputs))
    return TargetSpace(kernel, most), values, (vectors.T @ kernel.start) ** 2 / len(model.outputs)


@settings(max_examples=40, deadline=None)
@given(st.floats(0.1, 2.5), st.integers(4, 80), st.floats(0.1, 1.9), st.sampled_from([1, 3]), st.integers(0, 1000))
def test_the_bound_is_honest(s: float, most: int, eta: float, outputs: int, seed: int) -> None:
    model, targets = power_law_model(60, s, outputs, seed)
    space, values, shares = space_of(model, targets, most)
    assert space.top == pytest.approx(values[-1], rel=1e-7)

    def left(x: np.ndarray) -> np.ndarray:
        return (1 - eta * x / space.top)[:, None] ** STEPS

    exact = shares @ left(np.clip(values, 0, space.top)) ** 2
    for alternating in (False, True) if eta <= 1 else (False,):
        curve = space.curve(left, 1e-9, alternating=alternating)
        rounding = 1e-12 * shares.sum()
        assert np.all(np.abs(curve.risk - exact) <= curve.bound + rounding)
        assert np.all(curve.bound <= 1e-9 * curve.risk + rounding) or space.products >= min(most, len(values) - 1)


@pytest.mark.parametrize("power", [0.5, 1.0])
def test_risks_and_displacements_are_those_of_an_eigendecomposition(power: float) -> None:
    model, targets = power_law_model(150, 1.0, 2)
    space, values, shares = space_of(model, targets, 300)

    def left(x: np.ndarray) -> np.ndarray:
        return (1 - (x / space.top) ** power)[:, None] ** STEPS

    curve = space.curve(left, 1e-9, alternating=power == 1.0)
    np.testing.assert_allclose(curve.risk, shares @ left(np.clip(values, 0, space.top)) ** 2, rtol=1e-9)
    # parameters moved by -J'c/n give the residual h_T(K) z
    kernel = NetworkKernel(model, loss_of("mse", model.outputs, targets))
    for risk, column in zip(curve.risk, curve.coefficients.T, strict=True):
        moved = model.outputs_at(-kernel.direction(column) / 150) - targets
        assert np.mean(np.sum(moved**2, axis=1)) == pytest.approx(risk, rel=1e-4)


def test_what_has_no_residual_or_no_kernel_is_refused() -> None:
    model, targets = power_law_model(20, 1.0)
    with pytest.raises(InputError, match="nothing left to learn"):
        TargetSpace(NetworkKernel(model, loss_of("mse", model.outputs, model.outputs)), 20)
    still = MatrixModel(np.zeros((20, 5)), np.zeros((20, 1)))
    with pytest.raises(InputError, match="kernel is zero"):
        TargetSpace(NetworkKernel(still, loss_of("mse", still.outputs, targets)), 20)
