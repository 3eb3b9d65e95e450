"""Products with the kernel of networks of several kinds against the dense one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from optscaling.errors import InputError
from optscaling.networks.kernels import JaxModel, NetworkKernel, loss_of

RNG = np.random.default_rng(0)
ROWS, OUTPUTS = 12, 3


def mlp(params: Any, x: Any) -> Any:
    return jnp.tanh(x @ params["in"] + params["bias"]) @ params["out"]


def convolution(params: Any, x: Any) -> Any:
    image = x.reshape(-1, 1, 6, 6)
    seen = jax.lax.conv(image, params["filter"], (1, 1), "SAME")
    return jax.nn.relu(seen).mean(axis=(2, 3)) @ params["out"]


def attention(params: Any, x: Any) -> Any:
    tokens = x.reshape(-1, 4, 9) @ params["embed"]
    query, key, value = (tokens @ params[name] for name in ("query", "key", "value"))
    shares = jax.nn.softmax(query @ key.transpose(0, 2, 1) / 2.0)
    return (shares @ value).mean(axis=1) @ params["out"]


def normal(*shape: int) -> np.ndarray:
    return RNG.standard_normal(shape) / np.sqrt(shape[0])


NETWORKS: dict[str, tuple[Callable[[Any, Any], Any], dict[str, np.ndarray]]] = {
    "mlp": (mlp, {"in": normal(36, 8), "bias": normal(8), "out": normal(8, OUTPUTS)}),
    "convolution": (convolution, {"filter": normal(5, 1, 3, 3), "out": normal(5, OUTPUTS)}),
    "attention": (
        attention,
        {"embed": normal(9, 4), "out": normal(4, OUTPUTS)} | {n: normal(4, 4) for n in ("query", "key", "value")},
    ),
}
X, CLASSES = RNG.standard_normal((ROWS, 36)), RNG.integers(0, OUTPUTS, ROWS)
TARGETS: dict[str, Any] = {"mse": np.eye(OUTPUTS)[CLASSES], "cross-entropy": CLASSES}


def jacobian(apply: Callable[[Any, Any], Any], params: Any) -> np.ndarray:
    with jax.enable_x64(True):
        wide = jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.float64), params)
        parts = jax.tree.leaves(jax.jacobian(lambda p: apply(p, jnp.asarray(X)))(wide))
        return np.concatenate([np.array(part).reshape(ROWS * OUTPUTS, -1) for part in parts], axis=1)


def dense(slopes: np.ndarray, loss: str, outputs: np.ndarray) -> np.ndarray:
    """H^(1/2)' J J' H^(1/2)/n with a symmetric root: the same eigenvalues as with any other root."""
    if loss == "mse":
        return slopes @ slopes.T / ROWS
    p = np.exp(outputs) / np.exp(outputs).sum(axis=1, keepdims=True)
    root = np.zeros((ROWS * OUTPUTS, ROWS * OUTPUTS))
    for row in range(ROWS):
        values, vectors = np.linalg.eigh(np.diag(p[row]) - np.outer(p[row], p[row]))
        here = slice(row * OUTPUTS, (row + 1) * OUTPUTS)
        root[here, here] = (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
    return root.T @ slopes @ slopes.T @ root / ROWS


def whole(kernel: NetworkKernel) -> np.ndarray:
    return np.stack([kernel.times(unit) for unit in np.eye(kernel.size)])


@pytest.mark.parametrize("memory", [2.0, 2e-6])
@pytest.mark.parametrize("loss", ["mse", "cross-entropy"])
@pytest.mark.parametrize("name", NETWORKS)
def test_products_are_those_of_the_dense_kernel(name: str, loss: str, memory: float) -> None:
    apply, params = NETWORKS[name]
    model = JaxModel(apply, params, X, memory=memory)
    assert (model._batches > 1) == (memory < 1)
    made = whole(NetworkKernel(model, loss_of(loss, model.outputs, TARGETS[loss])))
    expected = dense(jacobian(apply, params), loss, model.outputs)
    np.testing.assert_allclose(made, made.T, atol=1e-14 * np.abs(made).max())
    if loss == "mse":
        np.testing.assert_allclose(made, expected, atol=1e-13 * np.abs(expected).max())
    top = np.linalg.eigvalsh(expected)[-1]
    np.testing.assert_allclose(np.linalg.eigvalsh(made), np.linalg.eigvalsh(expected), atol=1e-12 * top)


def test_layers_and_preconditioners_act_inside_the_product() -> None:
    apply, params = NETWORKS["mlp"]
    model = JaxModel(apply, params, X)
    kernel = NetworkKernel(model, loss_of("mse", model.outputs, TARGETS["mse"]))
    parts = [whole(kernel.of_layers([layer])) for layer in model.layers]
    np.testing.assert_allclose(sum(parts), whole(kernel), atol=1e-13)
    scale = RNG.uniform(0.1, 2.0, model.parameters)
    slopes = jacobian(apply, params)
    np.testing.assert_allclose(whole(kernel.preconditioned(scale)), (slopes * scale) @ slopes.T / ROWS, atol=1e-13)
    with pytest.raises(InputError, match="No parameters are named"):
        kernel.of_layers(["elsewhere"])
    with pytest.raises(InputError, match="expected 320 finite numbers"):
        kernel.preconditioned(-scale)


@pytest.mark.parametrize("memory", [2.0, 2e-6])
def test_steps_and_displaced_outputs_are_the_networks_own(memory: float) -> None:
    apply, params = NETWORKS["mlp"]
    model = JaxModel(apply, params, X, memory=memory)
    flat = RNG.standard_normal(model.parameters)
    moved, start = {}, 0
    for name in sorted(params):
        moved[name] = params[name] + flat[start : start + params[name].size].reshape(params[name].shape)
        start += params[name].size
    np.testing.assert_allclose(model.outputs_at(flat), np.asarray(mlp(moved, X)), rtol=1e-5, atol=1e-5)
    # one step of gradient descent moves outputs by -rate K (f - y) to first order, and is that of the loss's gradient
    for loss, pull in (("mse", model.outputs - TARGETS["mse"]), ("cross-entropy", None)):
        rate = 1e-6
        after = model.descended(TARGETS["mse"], loss, rate, 1)
        if pull is None:
            p = np.exp(model.outputs) / np.exp(model.outputs).sum(axis=1, keepdims=True)
            pull = p - TARGETS["mse"]
        linear = -rate * model.forward(model.adjoint(pull)) / ROWS
        np.testing.assert_allclose(after.outputs - model.outputs, linear, rtol=1e-3, atol=1e-12)


def test_float32_is_kept_where_it_is_asked_for() -> None:
    apply, params = NETWORKS["mlp"]
    small = jax.tree.map(lambda leaf: leaf.astype(np.float32), params)
    model, exact = JaxModel(apply, small, X.astype(np.float32), exact=False), JaxModel(apply, small, X)
    vector = RNG.standard_normal((ROWS, OUTPUTS))
    assert model.rounding > 1e-8 > exact.rounding
    np.testing.assert_allclose(model.adjoint(vector), exact.adjoint(vector), atol=1e-5)


@pytest.mark.parametrize(
    ("apply", "params", "inputs", "said"),
    [
        (lambda p, x: x @ p, np.ones(4), X, "apply\\(params, X\\) failed with TypeError"),
        (lambda p, x: (x @ p).sum(), np.ones(36), X, "failed|one row of outputs"),
        (lambda p, x: (x @ p)[:3], np.ones(36), X, "gave shape \\(3, 1\\) for 12 rows"),
        (lambda p, x: x @ p[0], (np.ones(36), np.arange(3)), X, "expected floating point"),
        (lambda p, x: x @ p / 0, np.ones(36), X, "not all finite"),
        (lambda p, x: x @ p, np.ones(36), np.zeros((0, 36)), "above 0"),
    ],
)
def test_what_cannot_be_used_is_refused(apply: Any, params: Any, inputs: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        JaxModel(apply, params, inputs)
