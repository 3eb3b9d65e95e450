"""Models of Equinox, which are written for one row."""

from __future__ import annotations

from typing import Any

from ..measurement import NetworkSpectrum, measure


def measure_equinox(
    model: Any, X: Any, y: Any, loss: str = "mse", *, after: Any = None, **options: Any
) -> NetworkSpectrum:
    """`measure` of an Equinox model, mapped over rows, in its inference mode.

    Args:
        model: An eqx.Module called with one row of X. Its arrays of floating point are the parameters.
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
    import equinox as eqx
    import jax

    params, static = eqx.partition(eqx.nn.inference_mode(model), eqx.is_inexact_array)

    def apply(params: Any, rows: Any) -> Any:
        return jax.vmap(eqx.combine(params, static))(rows)

    later = None if after is None else eqx.partition(eqx.nn.inference_mode(after), eqx.is_inexact_array)[0]
    return measure(apply, params, X, y, loss, after=later, **options)
