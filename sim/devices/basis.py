"""Orthonormal vectors where a Gram matrix is held: Krylov spaces grow beside what they are made with.

To hold m vectors orthogonal takes up to 2 m^2 N numbers read. A host reads them several hundred times slower than an
accelerator's memory does, and at N = 20,000 that was ten times what the products with G took there.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Protocol

import jax
import jax.numpy as jnp
import numpy as np
from scipy.linalg.blas import dgemv

CHUNK = 256  # vectors that a device holds in one array, so that one compiled program serves every count


class Basis(Protocol):
    """Vectors q_1 ... q_m of N numbers each, in float64. It only grows."""

    @property
    def size(self) -> int:
        """N."""
        ...

    def append(self, vector: np.ndarray) -> None:
        """One vector more, shape (N,), taken as it is."""
        ...

    def project_out(self, vector: np.ndarray) -> np.ndarray:
        """v - Q Q'v, shape (N,), once: rounding leaves a part that a second time removes. v may be written to."""
        ...

    def combine(self, columns: np.ndarray) -> np.ndarray:
        """Q columns, shape (N, k), of the first m vectors, for columns of shape (m, k)."""
        ...


class HostBasis:
    """Vectors in the host's memory, as rows of one array."""

    def __init__(self, size: int, most: int) -> None:
        """size: N. most: vectors that there may ever be; memory is taken as they come."""
        self._vectors = np.empty((most, size))
        self._count = 0

    @property
    def size(self) -> int:
        """See Basis."""
        return self._vectors.shape[1]

    def append(self, vector: np.ndarray) -> None:
        """See Basis."""
        self._vectors[self._count] = vector
        self._count += 1

    def project_out(self, vector: np.ndarray) -> np.ndarray:
        """See Basis."""
        basis = self._vectors[: self._count].T
        return dgemv(-1.0, basis, dgemv(1.0, basis, vector, trans=1), beta=1.0, y=vector, overwrite_y=1)

    def combine(self, columns: np.ndarray) -> np.ndarray:
        """See Basis."""
        return self._vectors[: len(columns)].T @ columns


class DeviceBasis:
    """Vectors in an accelerator's memory, `CHUNK` to an array; rows not yet filled are zero and project out nothing."""

    def __init__(self, size: int, most: int) -> None:
        """size: N. most: vectors that there may ever be; memory is taken a chunk at a time."""
        self._size, self._width = size, min(CHUNK, most)
        self._chunks: list[Any] = []
        self._count = 0

    @property
    def size(self) -> int:
        """See Basis."""
        return self._size

    def append(self, vector: np.ndarray) -> None:
        """See Basis."""
        place = self._count % self._width
        with jax.enable_x64(True):
            if place == 0:
                self._chunks.append(jnp.zeros((self._width, self._size)))
            self._chunks[-1] = _filled(self._chunks[-1], place, jnp.asarray(vector))
        self._count += 1

    def project_out(self, vector: np.ndarray) -> np.ndarray:
        """See Basis; chunk after chunk, each on what the last one left."""
        with jax.enable_x64(True):
            left = jnp.asarray(vector)
            for chunk in self._chunks:
                left = _without(chunk, left)
            return np.array(left)

    def combine(self, columns: np.ndarray) -> np.ndarray:
        """See Basis."""
        with jax.enable_x64(True):
            made = jnp.zeros((self._size, columns.shape[1]))
            for index, chunk in enumerate(self._chunks):
                part = columns[index * self._width : (index + 1) * self._width]
                if len(part):
                    filled = np.zeros((self._width, columns.shape[1]))
                    filled[: len(part)] = part
                    made = _more(made, chunk, jnp.asarray(filled))
            return np.array(made)


_times = jax.jit(partial(jnp.matmul, precision=jax.lax.Precision.HIGHEST))


@partial(jax.jit, donate_argnums=0)
def _filled(chunk: Any, place: Any, vector: Any) -> Any:
    return chunk.at[place].set(vector)


@partial(jax.jit, donate_argnums=0)
def _more(made: Any, chunk: Any, part: Any) -> Any:
    return made + _times(chunk.T, part)


@jax.jit
def _without(chunk: Any, vector: Any) -> Any:
    return vector - _times(chunk.T, _times(chunk, vector))
