"""Models of PyTorch."""

from __future__ import annotations

from typing import Any

from ..kernels import TorchModel
from ..measurement import NetworkSpectrum, Wanted, measure_linearised


def measure_torch(
    module: Any,
    X: Any,
    y: Any,
    loss: str = "mse",
    *,
    after: Any = None,
    held_out: tuple[Any, Any] | None = None,
    exact: bool = True,
    **options: Any,
) -> NetworkSpectrum:
    """`measure` of a torch.nn.Module, in its evaluation mode; the module itself is not changed.

    Args:
        module: Called with X; its parameters that require a gradient are the parameters.
        X: Inputs, a tensor or an array with n rows.
        y: Targets, see `measure`; a tensor or an array.
        loss: "mse" or "cross-entropy".
        after: The same module later in training.
        held_out: (X, y) of other rows.
        exact: Compute in float64.
        **options: As `measure` takes them, without `memory`.

    Returns:
        See `measure`.

    Raises:
        InputError: For all that `measure` refuses.
    """
    model = TorchModel(module, X, exact=exact)
    later = None if after is None else TorchModel(after, X, exact=exact)
    other = None if held_out is None else (TorchModel(module, held_out[0], exact=exact), held_out[1])
    return measure_linearised(model, y, loss, Wanted.of(options), later, other)
