"""A network written in PyTorch, as a module: `torch.func` gives J u and J'v, in batches of rows.

Every product linearises a batch again (2 gradients, where a held linearisation has 4/3): what torch.func.linearize
holds cannot be transposed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from typing import Any

import numpy as np

from ...errors import InputError

ROWS = 256  # in a batch


@contextmanager
def evaluating(module: Any) -> Iterator[None]:
    """A module in evaluation mode, and as it was afterwards."""
    training = module.training
    module.eval()
    try:
        yield
    finally:
        module.train(training)


class TorchModel:
    """See Linearised. The module is taken in evaluation mode and left as it is."""

    def __init__(self, module: Any, inputs: Any, *, exact: bool = True, rows: int = ROWS) -> None:
        """Linearise a module at its parameters.

        Args:
            module: a torch.nn.Module; module(X) has one row for each row of X.
            inputs: X, a tensor or array with n rows.
            exact: compute in float64.
            rows: rows that go through at once.

        Raises:
            InputError: Where the module does not give one row for each row of X, or gives what is not finite.
        """
        import torch

        self._torch = torch
        kind = torch.float64 if exact else next(module.parameters()).dtype
        widened = {name: value.detach().to(kind) for name, value in module.named_parameters() if value.requires_grad}
        fixed = {name: value.detach() for name, value in module.named_parameters() if not value.requires_grad}
        fixed |= dict(module.named_buffers())
        self._fixed = {k: v.to(kind) if v.is_floating_point() else v for k, v in fixed.items()}
        self._params, self._module, self._rows = widened, module, rows
        given = torch.as_tensor(inputs)
        self._inputs = given.to(kind) if given.is_floating_point() else given
        self.layers: Mapping[str, slice] = _places(widened)
        self.parameters = sum(value.numel() for value in widened.values())
        self.rounding = float(torch.finfo(kind).eps)
        self.outputs = self._outputs_of(widened)
        if len(self.outputs) != len(self._inputs) or not np.isfinite(self.outputs).all():
            raise InputError(
                f"The module gave shape {self.outputs.shape} for {len(self._inputs)} rows, or numbers that are not "
                "finite; expected a finite row of outputs for each row of X."
            )

    def _f(self, params: Any, piece: Any) -> Any:
        made = self._torch.func.functional_call(self._module, {**self._fixed, **params}, (piece,))
        return made.reshape(len(made), -1)

    def forward(self, direction: np.ndarray) -> np.ndarray:
        """See Linearised."""
        tangent = self._unflattened(direction)
        made = []
        with evaluating(self._module):
            for piece in self._inputs.split(self._rows):
                made.append(
                    self._torch.func.jvp(lambda p, piece=piece: self._f(p, piece), (self._params,), (tangent,))[1]
                )
        return self._torch.cat(made).detach().to(self._torch.float64).numpy()

    def adjoint(self, weights: np.ndarray) -> np.ndarray:
        """See Linearised."""
        torch, total = self._torch, np.zeros(self.parameters)
        against = torch.as_tensor(weights.reshape(self.outputs.shape))
        with evaluating(self._module):
            for piece, part in zip(self._inputs.split(self._rows), against.split(self._rows), strict=True):
                made, back = torch.func.vjp(lambda p, piece=piece: self._f(p, piece), self._params)
                found = back(part.to(made.dtype))[0]
                total += torch.cat([value.reshape(-1) for value in found.values()]).to(torch.float64).numpy()
        return total

    def outputs_at(self, direction: np.ndarray) -> np.ndarray:
        """See Linearised."""
        moved = {name: value + self._unflattened(direction)[name] for name, value in self._params.items()}
        return self._outputs_of(moved)

    def descended(self, targets: np.ndarray, loss: str, rate: float, steps: int) -> TorchModel:
        """See Linearised."""
        torch, now = self._torch, {name: value.clone() for name, value in self._params.items()}
        against = torch.as_tensor(targets)
        for _ in range(steps):
            slope = {name: torch.zeros_like(value) for name, value in now.items()}
            with evaluating(self._module):
                for piece, part in zip(self._inputs.split(self._rows), against.split(self._rows), strict=True):
                    made, back = torch.func.vjp(lambda p, piece=piece: self._f(p, piece), now)
                    pull = made - part if loss == "mse" else torch.softmax(made, dim=1) - part
                    for name, value in back((pull / len(self._inputs)).to(made.dtype))[0].items():
                        slope[name] += value
            now = {name: value - rate * slope[name] for name, value in now.items()}
        moved = copy(self)
        moved._params = now
        moved.outputs = moved._outputs_of(now)
        if not np.isfinite(moved.outputs).all():
            raise InputError(f"The outputs are not finite after {steps} steps at a rate of {rate:g}.")
        return moved

    def _outputs_of(self, params: dict[str, Any]) -> np.ndarray:
        with evaluating(self._module), self._torch.no_grad():
            made = [self._f(params, piece) for piece in self._inputs.split(self._rows)]
        return self._torch.cat(made).to(self._torch.float64).numpy()

    def _unflattened(self, direction: np.ndarray) -> dict[str, Any]:
        torch = self._torch
        return {
            name: torch.as_tensor(direction[self.layers[name]]).reshape(value.shape).to(value.dtype)
            for name, value in self._params.items()
        }


def _places(params: Mapping[str, Any]) -> Mapping[str, slice]:
    made, start = {}, 0
    for name, value in params.items():
        made[name] = slice(start, start + value.numel())
        start += value.numel()
    return made
