"""What a refit of the last layer would win: least squares over the readout alone, on rows it was not fitted to.

A trained network's loss is that of its features where a refit hardly lowers it; then an optimizer that lowered the loss
did so by other features, and a diagnosis of these features alone cannot show it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse.linalg import LinearOperator, lsmr

from ...errors import InputError
from ..kernels import Linearised, NetworkKernel

_ACCURACY = 1e-9  # of least squares, relative
_PER_PARAMETER = 5  # numbers to fit to, for each parameter of the readout, below which a refit says nothing
_LINEAR = 1e-6  # how far, relative, outputs may be from linear in the readout


@dataclass(frozen=True)
class Readout:
    """A refit of the readout.

    Attributes:
        layers: The arrays of parameters refitted.
        loss: The mean squared error on the held-out rows as the network is.
        floor: The same with the readout refitted on the other half of these rows, and half by half.
    """

    layers: tuple[str, ...]
    loss: float
    floor: float

    @property
    def share(self) -> float:
        """(loss - floor)/loss."""
        return (self.loss - self.floor) / self.loss

    @property
    def status(self) -> str:
        """What the share means, in a sentence."""
        if self.share < 0.1:
            return (
                f"Refitting the readout changes the held-out loss by {-self.share:+.0%}: the loss is that of the "
                "features. What an optimizer did, it did to the features, and a diagnosis of these features cannot "
                "see it."
            )
        return (
            f"Refitting the readout lowers the held-out loss by {self.share:.0%}: that share is the readout's, where "
            "a preconditioner may still pay."
        )


def linear_layers(model: Linearised, seed: int = 0) -> tuple[str, ...]:
    """The arrays of parameters in which the outputs are jointly linear: the readout; () where none is, or not jointly.

    Outputs at theta + u are those of the linearisation for u in these arrays alone, whatever u is.
    """
    random = np.random.default_rng([seed, 4])
    whole = random.standard_normal(model.parameters)
    names = tuple(name for name in model.layers if _is_linear(model, whole, (name,)))
    return names if names and _is_linear(model, whole, names) else ()


def _is_linear(model: Linearised, whole: np.ndarray, names: Sequence[str]) -> bool:
    direction = np.zeros_like(whole)
    for name in names:
        direction[model.layers[name]] = whole[model.layers[name]]
    moved = model.forward(direction)
    if not np.any(moved):
        return False
    missed = model.outputs_at(direction) - model.outputs - moved
    return float(np.abs(missed).max()) <= max(_LINEAR, 1e3 * model.rounding) * float(np.abs(moved).max())


def refit(kernel: NetworkKernel, layers: Sequence[str]) -> Readout | None:
    """Refit some layers on held-out rows by cross-fitting; None where there are too few rows for it.

    Args:
        kernel: Of the held-out rows, under the squared error.
        layers: Arrays of parameters in which the outputs are linear.

    Raises:
        InputError: For another loss, or unknown layers.
    """
    if kernel.loss.name != "mse":
        raise InputError("A readout is refitted by least squares; expected loss='mse'.")
    part = kernel.of_layers(layers)
    places = np.flatnonzero(part.preconditioner) if part.preconditioner is not None else np.arange(0)
    rows = len(kernel.model.outputs)
    if rows * kernel.model.outputs.shape[1] / 2 < _PER_PARAMETER * len(places):
        return None
    half = np.arange(rows) % 2 == 0
    total = 0.0
    for chosen in (half, ~half):
        step = _least_squares(kernel, places, chosen)
        left = kernel.loss.residual + kernel.model.forward(step)
        total += float(np.sum(left[~chosen] ** 2))
    return Readout(tuple(layers), float(np.mean(np.sum(kernel.loss.residual**2, axis=1))), total / rows)


def _least_squares(kernel: NetworkKernel, places: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """The displacement u, shape (p,), of the parameters at `places` that minimises |z + J u| on the chosen rows."""
    model = kernel.model

    def forward(inner: np.ndarray) -> np.ndarray:
        direction = np.zeros(model.parameters)
        direction[places] = inner
        return model.forward(direction)[chosen].ravel()

    def adjoint(weights: np.ndarray) -> np.ndarray:
        whole = np.zeros_like(model.outputs)
        whole[chosen] = weights.reshape(-1, model.outputs.shape[1])
        return model.adjoint(whole)[places]

    shape = (int(chosen.sum()) * model.outputs.shape[1], len(places))
    operator = LinearOperator(shape, matvec=forward, rmatvec=adjoint, dtype=float)
    found = lsmr(
        operator, -kernel.loss.residual[chosen].ravel(), atol=_ACCURACY, btol=_ACCURACY, maxiter=4 * len(places)
    )
    made = np.zeros(model.parameters)
    made[places] = found[0]
    return made
