"""Roots of Hessians and residuals of losses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optscaling.errors import InputError
from optscaling.networks.kernels import loss_of


@given(st.integers(2, 6), st.integers(0, 2**32 - 1))
def test_a_root_and_its_residual_are_those_of_the_cross_entropy(count: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    outputs, classes = random.normal(0, 2, (3, count)), random.integers(0, count, 3)
    loss = loss_of("cross-entropy", outputs, classes)
    p = np.exp(outputs) / np.exp(outputs).sum(axis=1, keepdims=True)
    root = np.stack([loss.root(np.tile(unit, (3, 1))) for unit in np.eye(count)], axis=-1)  # S of each row
    across = np.stack([loss.root_adjoint(np.tile(unit, (3, 1))) for unit in np.eye(count)], axis=-1)
    np.testing.assert_allclose(across, root.transpose(0, 2, 1), atol=1e-14)
    for row in range(3):
        np.testing.assert_allclose(root[row] @ root[row].T, np.diag(p[row]) - np.outer(p[row], p[row]), atol=1e-13)
    np.testing.assert_allclose(loss.root(loss.residual), p - np.eye(count)[classes], atol=1e-12)
    # the quadratic model: value, slope and curvature along any direction
    d, h = random.normal(0, 1, (3, count)), 1e-4
    values = [loss.value(outputs + h * t * d) for t in (-1, 0, 1)]
    slope = np.mean(np.sum((p - np.eye(count)[classes]) * d, axis=1))
    curvature = np.mean(np.sum(loss.root_adjoint(d) ** 2, axis=1))
    assert (values[2] - values[0]) / (2 * h) == pytest.approx(slope, abs=1e-6)
    assert (values[2] - 2 * values[1] + values[0]) / h**2 == pytest.approx(curvature, abs=1e-5)


OUTPUTS = np.zeros((4, 3))


@pytest.mark.parametrize(
    ("name", "outputs", "y", "said"),
    [
        ("hinge", OUTPUTS, np.zeros((4, 3)), "expected one of mse, cross-entropy"),
        ("mse", OUTPUTS, np.zeros((3, 3)), "y has 3 rows, but X has 4"),
        ("mse", OUTPUTS, np.zeros(4), "expected shape \\(4, 3\\)"),
        ("mse", OUTPUTS, np.full((4, 3), np.nan), "not finite"),
        ("cross-entropy", OUTPUTS, [0, 1, 2, 3], "classes 0 to 3"),
        ("cross-entropy", OUTPUTS, [0.5, 1, 2, 0], "whole numbers"),
        ("cross-entropy", OUTPUTS, np.ones((4, 3)), "do not add up to 1"),
        ("cross-entropy", np.zeros((4, 1)), [0, 0, 0, 0], "two outputs or more"),
        ("cross-entropy", np.array([[0.0, 3000.0]]), [1], "probability of 0"),
    ],
)
def test_targets_that_do_not_fit_are_refused(name: str, outputs: np.ndarray, y: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        loss_of(name, outputs, y)
