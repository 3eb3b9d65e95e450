"""Shampoo: against plain numpy, and against the limits in which it is known."""

import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from scipy.linalg import fractional_matrix_power, polar

from optscaling.errors import InputError
from optscaling.sim.stepping.shampoo import scale_by_shampoo, shampoo


def updates_of(rule: optax.GradientTransformation, gradients: np.ndarray) -> np.ndarray:
    with jax.enable_x64(True):
        state = rule.init(jnp.zeros(gradients.shape[1:]))
        found = []
        for each in gradients:
            update, state = rule.update(jnp.asarray(each), state)
            found.append(np.asarray(update))
    return np.stack(found)


@pytest.mark.parametrize("decay", [None, 0.0, 0.9])
@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (4, 1)])
def test_equals_plain_numpy(decay: float | None, shape: tuple[int, int]) -> None:
    gradients, epsilon = np.random.default_rng(0).standard_normal((6, *shape)), 1e-3
    kept, added = (1.0, 1.0) if decay is None else (decay, 1 - decay)
    left, right, expected = np.zeros((shape[0],) * 2), np.zeros((shape[1],) * 2), []
    for g in gradients:
        left, right = kept * left + added * g @ g.T, kept * right + added * g.T @ g
        roots = [fractional_matrix_power(s + epsilon * np.eye(len(s)), -0.25).real for s in (left, right)]
        expected.append(-0.1 * roots[0] @ g @ roots[1])
    # fourth roots of matrices of condition 1e4: rounding times that is 1e-12
    np.testing.assert_allclose(updates_of(shampoo(0.1, decay, epsilon), gradients), expected, rtol=0, atol=1e-11)


@pytest.mark.parametrize("shape", [(6, 6), (8, 3), (3, 8), (7, 1)])
def test_without_memory_and_epsilon_it_orthogonalises(shape: tuple[int, int]) -> None:
    """U V': singular values move by epsilon/(2 sigma^2), and the eigenvalues of G G' that should be 0 are rounding."""
    gradient = np.random.default_rng(1).standard_normal(shape)
    smallest, epsilon = np.linalg.svd(gradient)[1][-1], 1e-10
    found = updates_of(scale_by_shampoo(0.0, epsilon), gradient[None])[0]
    # (1 + epsilon/sigma^2)^(-1/2), and rounding of G's null space times epsilon^(-1/4)
    allowed = epsilon / smallest**2 + 1e-14 * epsilon**-0.25 * np.linalg.norm(gradient)
    np.testing.assert_allclose(found, polar(gradient)[0], rtol=0, atol=allowed)


@pytest.mark.parametrize("one_sided", [True, False])
def test_other_powers(one_sided: bool) -> None:
    """On one gradient U diag(sigma) V' the power p takes sigma to sigma^(1-2p) one-sided, sigma^(1-4p) else."""
    gradient = np.random.default_rng(3).standard_normal((4, 4))
    left, values, right = np.linalg.svd(gradient)
    found = updates_of(scale_by_shampoo(0.0, 1e-13, 0.5, one_sided), gradient[None])[0]
    expected = (left * values ** (0.0 if one_sided else -1.0)) @ right
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-8 * np.abs(expected).max() / values.min() ** 2)


def test_one_row_or_column_alone_is_adagrad_with_the_norm() -> None:
    """A (1, 1) parameter: g/(sum g^2)^(1/2)."""
    gradients = np.random.default_rng(2).standard_normal((5, 1, 1))
    found = updates_of(scale_by_shampoo(None, 1e-14), gradients)
    np.testing.assert_allclose(found, gradients / np.sqrt(np.cumsum(gradients**2, axis=0)), rtol=1e-10)


def test_what_it_cannot_do_is_refused() -> None:
    with pytest.raises(InputError, match="epsilon > 0"):
        shampoo(0.1, epsilon=0)
    with pytest.raises(InputError, match="decay"):
        shampoo(0.1, decay=1.0)
    with pytest.raises(InputError, match="power"):
        shampoo(0.1, power=0)
    with pytest.raises(InputError, match="matrices"):
        shampoo(0.1).init(jnp.zeros(3))


def test_candidates_side_by_side_do_not_wait_for_each_other() -> None:
    """Batches of decompositions of both statistics at once hang where jax has two threads; a limit of 100 s says so."""
    code = (
        "import numpy as np\n"
        "from optscaling.sim.stepping.full_batch import descend\n"
        "from optscaling.theory.optimizers.stepped import OptaxRule\n"
        "rng = np.random.default_rng(0)\n"
        "rows = rng.standard_normal((300, 128))\n"
        "rule = OptaxRule('shampoo(learning_rate=[0.01, 0.03, 0.1, 0.3])')\n"
        "found = descend(rule, rows.T @ rows / 300, rng.standard_normal((128, 32)), 1.0, np.array([30]))\n"
        "assert np.isfinite(found.weights).all()\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=100)
