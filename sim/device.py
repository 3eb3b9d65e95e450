"""Where matrix products run: the host's BLAS, or an accelerator through jax. Everything is float64.

On a CPU the host's symmetric product beats a compiled matrix product several times; on an accelerator jax wins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import Any, NamedTuple, Protocol, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from scipy.linalg import eigh, svd
from threadpoolctl import ThreadpoolController

from ..theory.activation import ACTIVATIONS
from .draw import Rows
from .product import add_cross, add_square, multiplier, product
from .streams import cores

_ONE_THREAD = 2000  # a factorisation of at most this size is given one BLAS thread, see Host.together

_Made = TypeVar("_Made")

# the functions of theory.activation as jax has them
_COMPILED: dict[str, Callable[[Any], Any]] = {
    "linear": lambda x: x,
    "relu": lambda x: jnp.maximum(x, 0),
    "erf": jax.scipy.special.erf,
    "tanh": jnp.tanh,
    "gelu": partial(jax.nn.gelu, approximate=False),
}


class Sums(NamedTuple):
    """Sums over rows: F'F (N, N), F'labels (N, c), labels'labels (c, c), and how many rows there were; c = 2 m + 1."""

    gram: np.ndarray
    cross: np.ndarray
    labels: np.ndarray
    rows: int


class Device(Protocol):
    """The heavy operations of a cell; arrays go in and come out as numpy's. activation: a name, see `Sampled`."""

    name: str

    def sums(self, rows: Iterator[Rows], matrix: np.ndarray, activation: str, outputs: int = 1) -> Sums:
        """Stream rows once and sum what training needs; F = f(inputs @ matrix) is never held whole."""
        ...

    def errors(
        self, rows: Iterator[Rows], matrix: np.ndarray, activation: str, weights: np.ndarray, target: np.ndarray
    ) -> np.ndarray:
        """Mean squared errors, shape (k,), of weights (N, k) against labels @ target, target of shape (3,).

        With m outputs weights have shape (N, m, k) and target (2 m + 1, m), and errors add up over outputs.
        """
        ...

    def together(self, tasks: Sequence[Callable[[], _Made]], size: int) -> list[_Made]:
        """Results of independent factorisations of matrices of about `size` rows, in order."""
        ...

    def eigh(self, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Eigenvalues, rising, and eigenvectors of a symmetric matrix."""
        ...

    def multiplier(self, matrix: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
        """v -> matrix @ v for a symmetric matrix, which is brought to where products run once."""
        ...

    def left(self, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Left singular vectors (dim, r) and singular values (r,), falling, r = min(dim, N)."""
        ...


class Host:
    """numpy and the host's BLAS."""

    name = "host"

    def sums(self, rows: Iterator[Rows], matrix: np.ndarray, activation: str, outputs: int = 1) -> Sums:
        """See Device."""
        size, columns = matrix.shape[1], 2 * outputs + 1
        gram = np.zeros((size, size), order="F")
        cross, labels, count = np.zeros((size, columns)), np.zeros((columns, columns)), 0
        for block in rows:
            features = _features(block.inputs, matrix, activation)
            gram = add_square(gram, features)
            add_cross(cross, features, block.labels)
            labels += block.labels.T @ block.labels
            count += len(block.labels)
        gram += np.tril(gram, -1).T
        return Sums(gram, cross, labels, count)

    def errors(
        self, rows: Iterator[Rows], matrix: np.ndarray, activation: str, weights: np.ndarray, target: np.ndarray
    ) -> np.ndarray:
        """See Device."""
        total, count = np.zeros(weights.shape[-1]), 0
        columns = weights.reshape(len(weights), -1)
        for block in rows:
            left = product(_features(block.inputs, matrix, activation), columns).reshape(-1, *weights.shape[1:])
            left -= (block.labels @ target)[..., None]
            left = left.reshape(-1, weights.shape[-1])
            total += np.einsum("ik,ik->k", left, left)
            count += len(block.labels)
        return total / count

    def together(self, tasks: Sequence[Callable[[], _Made]], size: int) -> list[_Made]:
        """See Device. Each task has a thread, and the BLAS threads are shared out among them.

        A factorisation meets its BLAS threads thousands of times, so where other programs use the cores too, two
        threads can take thirty times as long as one; one factorisation a core does not suffer from that.
        """
        if not tasks:
            return []
        workers = min(len(tasks), cores())
        threads = 1 if size <= _ONE_THREAD else max(1, cores() // workers)
        with _blas().limit(limits=threads, user_api="blas"), ThreadPoolExecutor(workers) as pool:
            return list(pool.map(lambda task: task(), tasks))

    def eigh(self, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """See Device."""
        return eigh(matrix, driver="evd", check_finite=False)

    def multiplier(self, matrix: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
        """See Device."""
        return multiplier(matrix)

    def left(self, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """See Device."""
        vectors, values, _ = svd(matrix, full_matrices=False, check_finite=False)
        return vectors, values


def _features(inputs: np.ndarray, matrix: np.ndarray, activation: str) -> np.ndarray:
    features = product(inputs, matrix)
    return ACTIVATIONS[activation].function(features, out=features)


@cache
def _blas() -> ThreadpoolController:
    return ThreadpoolController()


class Accelerator:
    """jax on its default device; float64 within each call only."""

    name = "jax"

    def sums(self, rows: Iterator[Rows], matrix: np.ndarray, activation: str, outputs: int = 1) -> Sums:
        """See Device."""
        size, columns = matrix.shape[1], 2 * outputs + 1
        labels, count = np.zeros((columns, columns)), 0
        with jax.enable_x64(True):
            on_device = jnp.asarray(matrix)
            gram, cross = jnp.zeros((size, size)), jnp.zeros((size, columns))
            for block in rows:
                gram, cross = _add(gram, cross, on_device, block.inputs, block.labels, activation)
                labels += block.labels.T @ block.labels
                count += len(block.labels)
            return Sums(np.array(gram), np.array(cross), labels, count)

    def errors(
        self, rows: Iterator[Rows], matrix: np.ndarray, activation: str, weights: np.ndarray, target: np.ndarray
    ) -> np.ndarray:
        """See Device."""
        total, count = np.zeros(weights.shape[-1]), 0
        with jax.enable_x64(True):
            on_device, columns = jnp.asarray(matrix), jnp.asarray(weights)
            for block in rows:
                total += np.asarray(_squares(on_device, columns, block.inputs, block.labels @ target, activation))
                count += len(block.labels)
        return total / count

    def together(self, tasks: Sequence[Callable[[], _Made]], size: int) -> list[_Made]:
        """See Device. One after the other."""
        return [task() for task in tasks]

    def eigh(self, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """See Device."""
        with jax.enable_x64(True):
            values, vectors = jnp.linalg.eigh(jnp.asarray(matrix))
            return np.array(values), np.array(vectors)

    def multiplier(self, matrix: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
        """See Device."""
        with jax.enable_x64(True):
            on_device = jnp.asarray(matrix)

        def multiply(vector: np.ndarray) -> np.ndarray:
            with jax.enable_x64(True):
                return np.array(_times(on_device, vector))

        return multiply

    def left(self, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """See Device."""
        with jax.enable_x64(True):
            vectors, values, _ = jnp.linalg.svd(jnp.asarray(matrix), full_matrices=False)
            return np.array(vectors), np.array(values)


@partial(jax.jit, static_argnames="activation", donate_argnums=(0, 1))
def _add(gram: Any, cross: Any, matrix: Any, inputs: Any, labels: Any, activation: str) -> tuple[Any, Any]:
    features = _COMPILED[activation](inputs @ matrix)
    return gram + features.T @ features, cross + features.T @ labels


@jax.jit
def _times(matrix: Any, vector: Any) -> Any:
    return matrix @ vector


@partial(jax.jit, static_argnames="activation")
def _squares(matrix: Any, weights: Any, inputs: Any, target: Any, activation: str) -> Any:
    features = _COMPILED[activation](inputs @ matrix)
    left = jnp.tensordot(features, weights, 1) - target[..., None]
    return jnp.sum(left.reshape(-1, weights.shape[-1]) ** 2, axis=0)


@cache
def device() -> Device:
    """The host where jax finds nothing but CPUs, otherwise the accelerator."""
    return Host() if jax.default_backend() == "cpu" else Accelerator()
