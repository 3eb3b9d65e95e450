"""A network written in JAX, as f = apply(params, X): Flax, Equinox and Haiku models all come down to that.

Where what backpropagation keeps fits the memory allowed, the network is linearised once: a product with J is then one
pass of tangents, one with J' one pass back, together 4 products of matrices a layer where a gradient has 3. Where it
does not fit, rows go through in batches that do, each linearised again at every product: 6 for 3.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

from ...errors import InputError

MEMORY = 2.0  # gigabytes that activations may take


class JaxModel:
    """See Linearised. Computes in the format of the parameters, or in float64 where `exact`."""

    def __init__(
        self,
        apply: Callable[[Any, Any], Any],
        params: Any,
        inputs: Any,
        *,
        exact: bool = True,
        memory: float = MEMORY,
    ) -> None:
        """Linearise a network at its parameters.

        Args:
            apply: (params, X) -> f, of shape (n, m) or (n,); row i of f depends on row i of X alone (no batch norm
                in training mode, no dropout).
            params: any tree of arrays.
            inputs: X, an array with n rows, or a tree of such.
            exact: take parameters and inputs of floating point as float64.
            memory: gigabytes that activations may take; rows go through in batches where they would take more.

        Raises:
            InputError: Where `apply` fails, does not give one row for each row of X, or gives what is not finite.
        """
        with jax.enable_x64(True):
            wide = _widened if exact else _as_arrays
            self._params, self._inputs = wide(params), wide(inputs)
            flat, self._unravel = ravel_pytree(self._params)
            self.parameters, self.layers = len(flat), _layers(self._params)
            self.rounding = float(jnp.finfo(flat.dtype).eps)
            self._apply, self._memory, self._exact = apply, memory, exact
            self._rows = _row_count(self._inputs)
            self._shape = self._checked_shape()
            held = _held_bytes(self._f, self._params, self._inputs)
            self._batches = min(self._rows, max(1, -(-held // max(1, int(memory * 1e9)))))
            self.outputs = self._linearise()

    def _f(self, params: Any, inputs: Any) -> Any:
        made = self._apply(params, inputs)
        return made.reshape(len(made), -1)

    def _checked_shape(self) -> tuple[int, int]:
        try:
            made = jax.eval_shape(self._f, self._params, self._inputs)
        except Exception as error:  # whatever the user's own function raises
            raise InputError(
                f"apply(params, X) failed with {type(error).__name__}: {error}; it is called with the parameters and "
                "all rows of X, and its result has one row for each."
            ) from error
        if made.ndim != 2 or len(made) != self._rows:
            raise InputError(
                f"apply(params, X) gave shape {made.shape} for {self._rows} rows of X; expected one row of outputs for "
                "each row of X."
            )
        return made.shape

    def _linearise(self) -> np.ndarray:
        if self._batches == 1:
            outputs, self._line = jax.jit(lambda p, x: jax.linearize(lambda q: self._f(q, x), p))(
                self._params, self._inputs
            )
        else:
            self._size = -(-self._rows // self._batches)
            self._pieces = jax.tree.map(lambda x: _in_pieces(x, self._batches, self._size), self._inputs)
            outputs = jax.jit(lambda p, x: jax.lax.map(lambda piece: self._f(p, piece), x))(self._params, self._pieces)
        made = np.array(outputs, dtype=float).reshape(-1, self._shape[1])[: self._rows]
        if not np.isfinite(made).all():
            raise InputError("The network's outputs are not all finite numbers at these parameters.")
        self._forward, self._adjoint = jax.jit(self._forward_of), jax.jit(self._adjoint_of)
        self._outputs = jax.jit(lambda p, x, u: self._whole(jax.tree.map(jnp.add, p, self._tangent(u)), x))
        return made

    def forward(self, direction: np.ndarray) -> np.ndarray:
        """See Linearised."""
        with jax.enable_x64(True):
            made = np.array(self._forward(self._line_or_none(), jnp.asarray(direction)), dtype=float)
        return made.reshape(-1, self._shape[1])[: self._rows]

    def adjoint(self, weights: np.ndarray) -> np.ndarray:
        """See Linearised."""
        weights = weights.reshape(self._shape)
        if self._batches > 1:
            weights = _in_pieces(weights, self._batches, self._size, zero=True)
        with jax.enable_x64(True):
            return np.array(self._adjoint(self._line_or_none(), jnp.asarray(weights)), dtype=float)

    def outputs_at(self, direction: np.ndarray) -> np.ndarray:
        """See Linearised."""
        with jax.enable_x64(True):
            made = np.array(self._outputs(self._params, self._given, jnp.asarray(direction)), dtype=float)
        return made.reshape(-1, self._shape[1])[: self._rows]

    def descended(self, targets: np.ndarray, loss: str, rate: float, steps: int) -> JaxModel:
        """See Linearised; every step takes all rows, in batches that fit."""
        with jax.enable_x64(True):
            inputs, against = self._given, jnp.asarray(targets)

            def pull(outputs: Any) -> Any:
                return outputs - against if loss == "mse" else jax.nn.softmax(outputs) - against

            def step(_: int, now: Any) -> Any:
                outputs, back = jax.vjp(lambda p: self._whole(p, inputs), now)
                slope = back((pull(outputs) / self._rows).astype(outputs.dtype))[0]
                return jax.tree.map(lambda p, g: p - rate * g, now, slope)

            moved = jax.jit(lambda p: jax.lax.fori_loop(0, steps, step, p))(self._params)
        return JaxModel(self._apply, moved, self._inputs, exact=self._exact, memory=self._memory)

    @property
    def _given(self) -> Any:
        """All rows, in batches where there are several."""
        return self._inputs if self._batches == 1 else self._pieces

    def _whole(self, params: Any, inputs: Any) -> Any:
        """f on all rows; activations of one batch are held at a time, and computed again on the way back."""
        if self._batches == 1:
            return self._f(params, inputs)
        made = jax.lax.map(jax.checkpoint(lambda piece: self._f(params, piece)), inputs)
        return made.reshape(-1, self._shape[1])[: self._rows]

    def _line_or_none(self) -> Any:
        return self._line if self._batches == 1 else None

    def _forward_of(self, line: Any, direction: Any) -> Any:
        tangent = self._tangent(direction)
        if line is not None:
            return line(tangent)

        def of_piece(piece: Any) -> Any:
            return jax.jvp(lambda p: self._f(p, piece), (self._params,), (tangent,))[1]

        return jax.lax.map(of_piece, self._pieces)

    def _tangent(self, direction: Any) -> Any:
        return jax.tree.map(lambda t, p: t.astype(p.dtype), self._unravel(direction), self._params)

    def _adjoint_of(self, line: Any, weights: Any) -> Any:
        if line is not None:
            made = jax.linear_transpose(line, self._params)(weights.astype(self._output_type()))[0]
            return ravel_pytree(made)[0]

        def add(total: Any, piece: Any) -> tuple[Any, None]:
            inputs, against = piece
            outputs, back = jax.vjp(lambda p: self._f(p, inputs), self._params)
            return jax.tree.map(jnp.add, total, back(against.astype(outputs.dtype))[0]), None

        zero = jax.tree.map(jnp.zeros_like, self._params)
        return ravel_pytree(jax.lax.scan(add, zero, (self._pieces, weights))[0])[0]

    def _output_type(self) -> Any:
        return jax.eval_shape(self._f, self._params, self._inputs).dtype


def _as_arrays(tree: Any) -> Any:
    return jax.tree.map(jnp.asarray, tree)


def _widened(tree: Any) -> Any:
    def wide(leaf: Any) -> Any:
        made = jnp.asarray(leaf)
        return made.astype(jnp.float64) if jnp.issubdtype(made.dtype, jnp.floating) else made

    return jax.tree.map(wide, tree)


def _row_count(inputs: Any) -> int:
    counts = {len(leaf) if leaf.ndim else 0 for leaf in jax.tree.leaves(inputs)}
    if len(counts) != 1 or 0 in counts:
        raise InputError(f"X has arrays with {sorted(counts)} rows; expected the same number, above 0, in all of them.")
    return counts.pop()


def _layers(params: Any) -> Mapping[str, slice]:
    made, start = {}, 0
    for path, leaf in jax.tree_util.tree_leaves_with_path(params):
        if not jnp.issubdtype(leaf.dtype, jnp.floating):
            raise InputError(
                f"Parameter {jax.tree_util.keystr(path)} has type {leaf.dtype}; expected floating point. Keep counters "
                "and keys out of `params`: close `apply` over them."
            )
        made[jax.tree_util.keystr(path)] = slice(start, start + leaf.size)
        start += leaf.size
    return made


def _held_bytes(f: Callable[[Any, Any], Any], params: Any, inputs: Any) -> int:
    """Bytes that a linearisation keeps."""
    line = jax.eval_shape(lambda p, x: jax.linearize(lambda q: f(q, x), p)[1], params, inputs)
    return sum(leaf.size * leaf.dtype.itemsize for leaf in jax.tree.leaves(line))


def _in_pieces(rows: Any, count: int, size: int, zero: bool = False) -> Any:
    """Rows in `count` pieces of `size`; the last is filled up with its last row, or with zeros."""
    missing = count * size - len(rows)
    if missing:
        like = np if isinstance(rows, np.ndarray) else jnp
        last = like.zeros((missing, *rows.shape[1:]), rows.dtype) if zero else like.repeat(rows[-1:], missing, axis=0)
        rows = like.concatenate([rows, last])
    return rows.reshape(count, size, *rows.shape[1:])
