"""Models of Flax: linen modules with their variables, and nnx modules that hold their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...errors import InputError
from ..measurement import NetworkSpectrum, measure


def measure_flax(
    module: Any, variables: Mapping[str, Any], X: Any, y: Any, loss: str = "mse", *, after: Any = None, **options: Any
) -> NetworkSpectrum:
    """`measure` of a linen module.

    Args:
        module: A flax.linen.Module; it is applied as it stands, so switch dropout and batch averages off in it.
        variables: What `module.init` gave or training left: "params", and others that are held fixed.
        X: Inputs, n rows.
        y: Targets, see `measure`.
        loss: "mse" or "cross-entropy".
        after: The variables of a later checkpoint.
        **options: As `measure` takes them.

    Returns:
        See `measure`.

    Raises:
        InputError: Where `variables` has no "params", and for all that `measure` refuses.
    """
    if "params" not in variables or (after is not None and "params" not in after):
        raise InputError(
            f"variables has {', '.join(map(str, variables))}; expected a mapping with 'params', as module.init gives."
        )
    fixed = {name: value for name, value in variables.items() if name != "params"}

    def apply(params: Any, rows: Any) -> Any:
        return module.apply({**fixed, "params": params}, rows)

    later = None if after is None else after["params"]
    return measure(apply, variables["params"], X, y, loss, after=later, **options)


def measure_nnx(model: Any, X: Any, y: Any, loss: str = "mse", *, after: Any = None, **options: Any) -> NetworkSpectrum:
    """`measure` of an nnx module.

    Args:
        model: A flax.nnx.Module; call its `eval()` before, so that dropout and batch averages are off.
        X: Inputs, n rows.
        y: Targets, see `measure`.
        loss: "mse" or "cross-entropy".
        after: The same model later in training.
        **options: As `measure` takes them.

    Returns:
        See `measure`.

    Raises:
        InputError: For all that `measure` refuses.
    """
    from flax import nnx

    graph, params, *fixed = nnx.split(model, nnx.Param, ...)

    def apply(params: Any, rows: Any) -> Any:
        return nnx.merge(graph, params, *fixed)(rows)

    later = None if after is None else nnx.split(after, nnx.Param, ...)[1]
    return measure(apply, params, X, y, loss, after=later, **options)
