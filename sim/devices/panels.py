"""A Gram matrix in an accelerator's memory, as panels of columns from the diagonal down: N^2/2 numbers, N^2/2 sums.

Panel k holds G[kW:, kW:(k+1)W]. N = 100,000 takes 20 GB in float32 and 40 in float64, and never comes to the host:
Krylov vectors do, 8 N bytes a product. A product reads every panel twice, once for each side of the diagonal, and
adds in float64 whatever the panels are, so that it is one fixed symmetric matrix to all who ask.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .basis import DeviceBasis

WIDTH = 4096  # W, columns of a panel
_HOSTED = 32_768  # N up to which the whole matrix is brought to the host for what is not needed


def columns(size: int) -> list[slice]:
    """The columns of each panel."""
    return [slice(start, min(start + WIDTH, size)) for start in range(0, size, WIDTH)]


def zero_panels(size: int, dtype: Any, device: Any) -> tuple[Any, ...]:
    """Panels of a zero matrix on a device."""
    return tuple(jnp.zeros((size - cut.start, cut.stop - cut.start), dtype, device=device) for cut in columns(size))


class PanelGram:
    """See Gram. Its panels are donated to what changes them, so that there is never a second copy."""

    def __init__(self, panels: tuple[Any, ...]) -> None:
        """panels: as `zero_panels` has them; the upper triangle of each square on the diagonal is there too."""
        self._panels = panels

    @property
    def size(self) -> int:
        """See Gram."""
        return len(self._panels[0])

    @property
    def fits_host(self) -> bool:
        """See Gram."""
        return self.size <= _HOSTED

    def times(self, vector: np.ndarray) -> np.ndarray:
        """See Gram."""
        with jax.enable_x64(True):
            return np.array(_times(self._panels, jnp.asarray(vector)))

    def basis(self, size: int, most: int) -> DeviceBasis:
        """See Gram."""
        return DeviceBasis(size, most)

    def is_above(self, shift: float) -> bool | None:
        """See Gram; by a Cholesky factor on the device, where its memory has room for the whole matrix three times."""
        if not _has_room(3 * 8 * self.size**2):
            return None
        with jax.enable_x64(True):
            return bool(_positive_definite(self._panels, shift))

    def diagonal(self) -> np.ndarray:
        """See Gram."""
        with jax.enable_x64(True):
            return np.concatenate([np.array(jnp.diagonal(panel), dtype=float) for panel in self._panels])

    def block(self, rows: slice) -> np.ndarray:
        """See Gram."""
        start, stop, _ = rows.indices(self.size)
        made = np.zeros((stop - start, stop - start))
        for cut, panel in zip(columns(self.size), self._panels, strict=True):
            low, high = max(start, cut.start), min(stop, cut.stop)
            if low < high:
                part = np.array(panel[low - cut.start : stop - cut.start, low - cut.start : high - cut.start], float)
                made[low - start :, low - start : high - start] = part
                made[low - start : high - start, low - start :] = part.T
        return made

    def whole(self) -> np.ndarray:
        """See Gram; the host makes a copy."""
        return self.block(slice(None))

    def scale(self, factor: float) -> None:
        """See Gram."""
        with jax.enable_x64(True):
            self._panels = tuple(_scaled(panel, factor) for panel in self._panels)

    def perturb(self, u: float) -> None:
        """See Gram; drawn on the device a square at a time, and rounded to the panels' own format."""
        size, scale, squares = self.size, np.sqrt(self.diagonal()), 0
        panels = []
        with jax.enable_x64(True):
            for cut, kept in zip(columns(size), self._panels, strict=True):
                panel, width = kept, cut.stop - cut.start
                for start in range(cut.start, size, WIDTH):
                    rows = slice(start, min(start + WIDTH, size))
                    shape = (rows.stop - rows.start, width)
                    noise = _noise(jax.random.key(squares), u * scale[rows], scale[cut], shape, start == cut.start)
                    panel = _with_square(panel, noise, start - cut.start)
                    squares += 1
                panels.append(panel)
        self._panels = tuple(panels)


def _has_room(size: int) -> bool:
    """Whether the first device says that so many bytes are free; what says nothing (a CPU) is taken to have them."""
    told = jax.local_devices()[0].memory_stats() or {}
    return "bytes_limit" not in told or told["bytes_limit"] - told["bytes_in_use"] > size


@jax.jit
def _positive_definite(panels: tuple[Any, ...], shift: Any) -> Any:
    size = len(panels[0])
    whole = jnp.zeros((size, size))
    for panel in panels:
        start = size - len(panel)
        whole = whole.at[start:, start : start + panel.shape[1]].set(panel.astype(whole.dtype))
    # only the lower triangle is read; a factor that does not exist is not a number
    factor = jax.lax.linalg.cholesky(whole - shift * jnp.eye(size), symmetrize_input=False)
    return jnp.isfinite(factor[-1, -1])


@jax.jit
def _times(panels: tuple[Any, ...], vector: Any) -> Any:
    made = jnp.zeros_like(vector)
    for panel in panels:
        size, width = panel.shape
        start = len(vector) - size
        here = vector[start : start + width]
        # products and sums, not a matrix product: the panel is widened as it is read, never in memory
        made = made.at[start:].add(jnp.sum(panel.astype(vector.dtype) * here, axis=1))
        below = panel[width:].astype(vector.dtype) * vector[start + width :, None]
        made = made.at[start : start + width].add(jnp.sum(below, axis=0))
    return made


@partial(jax.jit, donate_argnums=0)
def _scaled(panel: Any, factor: Any) -> Any:
    return panel * jnp.asarray(factor, panel.dtype)


@partial(jax.jit, static_argnames=("shape", "on_diagonal"))
def _noise(key: Any, rows: Any, columns: Any, shape: tuple[int, int], on_diagonal: bool) -> Any:
    noise = jax.random.normal(key, shape, jnp.float32) * rows[:, None] * columns
    if not on_diagonal:
        return noise
    lower = jnp.tril(noise)  # on the diagonal both triangles are held, and are the same
    return lower + jnp.tril(lower, -1).T


# one small program for each shape of panel: with the random numbers in it, 25 panels took minutes to compile
@partial(jax.jit, donate_argnums=0)
def _with_square(panel: Any, square: Any, start: Any) -> Any:
    here = jax.lax.dynamic_slice(panel, (start, 0), square.shape)
    return jax.lax.dynamic_update_slice(panel, here + square.astype(panel.dtype), (start, 0))
