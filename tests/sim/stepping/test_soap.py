"""SOAP: against plain numpy, and against the limits in which it is known."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from scipy.linalg import polar
from scipy.stats import ortho_group

from optscaling.errors import InputError
from optscaling.sim.stepping.soap import scale_by_soap, soap


def updates_of(rule: optax.GradientTransformation, gradients: np.ndarray) -> np.ndarray:
    with jax.enable_x64(True):
        state = rule.init(jnp.zeros(gradients.shape[1:]))
        found = []
        for each in gradients:
            update, state = rule.update(jnp.asarray(each), state)
            found.append(np.asarray(update))
    return np.stack(found)


GRADIENTS = np.random.default_rng(0).standard_normal((7, 4, 3))


def test_equals_plain_numpy() -> None:
    left, right, first, second = np.zeros((4, 4)), np.zeros((3, 3)), np.zeros((4, 3)), np.zeros((4, 3))
    rows = columns = None
    expected = []
    for t, g in enumerate(GRADIENTS):
        left, right = 0.9 * left + 0.1 * g @ g.T, 0.9 * right + 0.1 * g.T @ g
        if t % 3 == 0:
            rows, columns = np.linalg.eigh(left)[1], np.linalg.eigh(right)[1]
        first = 0.8 * first + 0.2 * g
        second = 0.7 * second + 0.3 * (rows.T @ g @ columns) ** 2
        inner = rows.T @ first @ columns / (1 - 0.8 ** (t + 1)) / (np.sqrt(second / (1 - 0.7 ** (t + 1))) + 1e-4)
        expected.append(-0.1 * rows @ inner @ columns.T)
    found = updates_of(soap(0.1, 0.8, 0.7, 0.9, 1e-4, 3), GRADIENTS)
    # at the first step entries off the diagonal are rounding, 1e-15, over epsilon
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)


def test_without_memory_it_orthogonalises() -> None:
    gradient = GRADIENTS[0][:3]
    found = updates_of(scale_by_soap(0.0, 0.0, 0.0, 1e-12), gradient[None])[0]
    # entries of U'GW off the diagonal are rounding, 1e-16 |G|, which epsilon hides
    np.testing.assert_allclose(found, polar(gradient)[0], rtol=0, atol=1e-3)


def test_rotated_coordinates_give_rotated_updates() -> None:
    one, two = ortho_group.rvs(4, random_state=1), ortho_group.rvs(3, random_state=2)
    plain, rotated = (updates_of(scale_by_soap(epsilon=1e-4), each) for each in (GRADIENTS, one @ GRADIENTS @ two))
    np.testing.assert_allclose(one @ plain @ two, rotated, rtol=0, atol=1e-9)


def test_it_runs_in_experiments() -> None:
    import optscaling as osc

    assert osc.optimizer("optax:soap(learning_rate=0.1)").name == "optax:soap(learning_rate=0.1)"


def test_what_it_cannot_do_is_refused() -> None:
    for arguments in ({"b1": 1.0}, {"decay": -0.1}, {"epsilon": 0.0}, {"frequency": 0}):
        with pytest.raises(InputError, match="soap has"):
            soap(0.1, **arguments)
    with pytest.raises(InputError, match="matrices"):
        soap(0.1).init(jnp.zeros(3))
