"""Accelerators through jax: sums over all devices of all processes, the rest on the first device of each.

Blocks of rows go to a process's devices in turn, and each device sums its own: nothing waits for another until the
last block, when one sum over all devices makes F'F. So processes need not have equally many blocks. Work is queued
and not waited for, so the next block is drawn and sent while the devices multiply. Several processes are the
caller's to start: each calls jax.distributed.initialize() before anything else and then the same `simulate`, with
the same arguments (a run directory that all of them see, or none). Each draws its own share of the training rows, and
every process has the whole result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache, partial
from typing import Any, ClassVar, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from .panels import PanelGram, columns, zero_panels
from .precision import Precision
from .protocol import GramSums, MemoryBudget
from .rows import Rows, pieces
from .threads import Work, blas_threads

_Made = TypeVar("_Made")

_SIX = jax.lax.DotAlgorithmPreset.BF16_BF16_F32_X6
_TRIED = jax.ShapeDtypeStruct((256, 256), np.float32)

# the functions of theory.activation as jax has them
COMPILED: dict[str, Callable[[Any], Any]] = {
    "linear": lambda x: x,
    "relu": lambda x: jnp.maximum(x, 0),
    "erf": jax.scipy.special.erf,
    "tanh": jnp.tanh,
    "gelu": partial(jax.nn.gelu, approximate=False),
}


@dataclass(frozen=True)
class Accelerator:
    """See Device, for what its methods do as well. float64 is switched on within each call only."""

    precision: Precision = "float64"
    room: MemoryBudget = field(default_factory=MemoryBudget)
    name: ClassVar[str] = "jax"

    @property
    def share(self) -> tuple[int, int]:
        """This process among those of jax.distributed."""
        return jax.process_index(), jax.process_count()

    def sums(self, rows: Iterator[Rows], matrix: np.ndarray, activation: str, outputs: int = 1) -> GramSums:
        """Blocks shorter than others are filled up with zero rows, so that one compiled program serves all."""
        size, most, width = matrix.shape[1], self.room.rows, 2 * outputs + 1
        small = np.float64 if self.precision == "float64" else np.float32
        summed = np.float32 if self.precision == "float32" else np.float64
        devices = jax.local_devices()
        with jax.enable_x64(True):
            matrices = [jax.device_put(matrix.astype(small, copy=False), d) for d in devices]
            zeros = partial(jnp.zeros, dtype=summed)
            parts = [
                (
                    zero_panels(size, summed, d),
                    zeros((size, width), device=d),
                    jnp.zeros((width, width), device=d),
                    jnp.zeros((), device=d),
                )
                for d in devices
            ]
            for index, piece in enumerate(pieces(rows, most)):
                on = index % len(devices)
                inputs, labels = _filled(piece.inputs.astype(small, copy=False), most), _filled(piece.labels, most)
                sent = jax.device_put((inputs, labels), devices[on])
                parts[on] = _add(*parts[on], matrices[on], *sent, float(len(piece.labels)), activation)
            panels = _summed_panels([part[0] for part in parts])
            cross, labels, count = [_everywhere(list(part)) for part in zip(*(p[1:] for p in parts), strict=True)]
            return GramSums(PanelGram(panels), cross.astype(np.float64, copy=False), labels, round(float(count)))

    def errors(
        self, rows: Iterator[Rows], matrix: np.ndarray, activation: str, weights: np.ndarray, target: np.ndarray
    ) -> np.ndarray:
        """In float64, and by every process on its own."""
        count = 0
        with jax.enable_x64(True):
            on_device, columns = jnp.asarray(matrix), jnp.asarray(weights)
            total = jnp.zeros(weights.shape[-1])
            for piece in pieces(rows, self.room.rows):
                total = total + _squares(on_device, columns, piece.inputs, piece.labels @ target, activation)
                count += len(piece.labels)
            return np.array(total) / count

    def together(self, tasks: Sequence[Callable[[], _Made]], size: int) -> list[_Made]:
        """One after the other. The host keeps vectors only: with 16 threads, the norm of one took a millisecond."""
        with blas_threads(Work.STEP, size):
            return [task() for task in tasks]

    def eigh(self, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """By what jax has for the device."""
        with jax.enable_x64(True):
            values, vectors = jnp.linalg.eigh(jnp.asarray(matrix))
            return np.array(values), np.array(vectors)

    def left(self, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """By what jax has for the device."""
        with jax.enable_x64(True):
            vectors, values, _ = jnp.linalg.svd(jnp.asarray(matrix), full_matrices=False)
            return np.array(vectors), np.array(values)


def _filled(rows: np.ndarray, count: int) -> np.ndarray:
    return (
        rows if len(rows) == count else np.concatenate([rows, np.zeros((count - len(rows), rows.shape[1]), rows.dtype)])
    )


def _summed_panels(parts: list[tuple[Any, ...]]) -> tuple[Any, ...]:
    """Panels summed over all devices of all processes, on the first device; empties `parts`."""
    if jax.device_count() == 1:
        return parts.pop()
    by_panel = [list(panels) for panels in zip(*parts, strict=True)]
    parts.clear()
    return tuple(jax.device_put(_everywhere(panels), jax.local_devices()[0]) for panels in by_panel)


def _everywhere(parts: list[Any]) -> np.ndarray:
    """The sum of one array on each device over all devices of all processes; empties `parts`."""
    if jax.device_count() == 1:
        return np.array(parts.pop())
    along, all_sums = _all_devices()
    shape = parts[0].shape
    parts[:] = [part[None] for part in parts]
    joined = jax.make_array_from_single_device_arrays((jax.device_count(), *shape), along, parts)
    parts.clear()
    return np.array(all_sums(joined).addressable_data(0))


@lru_cache(maxsize=1)
def _all_devices() -> tuple[NamedSharding, Callable[[Any], Any]]:
    """How arrays with one entry for each device lie on all of them, and their sum, which is then on each."""
    mesh = Mesh(np.array(jax.devices()), ("devices",))
    along = PartitionSpec("devices")
    summed = jax.shard_map(
        lambda own: jax.lax.psum(own[0], "devices"), mesh=mesh, in_specs=along, out_specs=PartitionSpec()
    )
    return NamedSharding(mesh, along), jax.jit(summed)


@cache
def product_of(dtype: Any) -> Any:
    """How products of matrices of a format are made: as accurate as the format is, and as fast as that can be had.

    An accelerator left to itself rounds float32 factors to some ten bits. Six products of parts in bfloat16 (each
    factor is the sum of three) are twice as fast as float32's own on an H200, and off by a quarter as much
    (`benchmarks/accelerator.py`); where a card or its compiler lacks them, it is float32's own.
    """
    if dtype == np.float32 and jax.default_backend() == "gpu":
        try:
            jax.jit(partial(jnp.matmul, precision=_SIX)).lower(_TRIED, _TRIED).compile()
        except Exception:  # whatever the compiler raises where it lacks the algorithm
            return jax.lax.Precision.HIGHEST
        return _SIX
    return jax.lax.Precision.HIGHEST


@partial(jax.jit, static_argnames="activation", donate_argnums=(0, 1, 2, 3))
def _add(
    gram: tuple[Any, ...],
    cross: Any,
    labels: Any,
    count: Any,
    matrix: Any,
    inputs: Any,
    added: Any,
    rows: Any,
    activation: str,
) -> tuple[Any, Any, Any, Any]:
    dot = partial(jnp.matmul, precision=product_of(inputs.dtype), preferred_element_type=inputs.dtype)
    # rows that only fill a block up count for nothing, whatever f(0) is
    features = COMPILED[activation](dot(inputs, matrix)) * (jnp.arange(len(inputs)) < rows)[:, None]
    squares = [dot(features[:, cut.start :].T, features[:, cut]) for cut in columns(features.shape[1])]
    gram = tuple(panel + square for panel, square in zip(gram, squares, strict=True))
    return gram, cross + dot(features.T, added.astype(inputs.dtype)), labels + added.T @ added, count + rows


@partial(jax.jit, static_argnames="activation")
def _squares(matrix: Any, weights: Any, inputs: Any, target: Any, activation: str) -> Any:
    features = COMPILED[activation](inputs @ matrix)
    left = jnp.tensordot(features, weights, 1) - target[..., None]
    return jnp.sum(left.reshape(-1, weights.shape[-1]) ** 2, axis=0)
