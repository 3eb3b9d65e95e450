"""The kernel of a network under a loss and a preconditioner, as products: K = S' J P J' S/n on n m numbers.

Gradient descent with step eta on the mean loss moves the residual by z <- (1 - eta K) z as long as J stays what it is;
with a preconditioner P of the gradient the same holds with J P J'.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...errors import InputError
from .linearised import Linearised
from .losses import Loss


@dataclass(frozen=True)
class NetworkKernel:
    """A symmetric positive semidefinite matrix of n m rows.

    Attributes:
        model: The network near its parameters.
        loss: At the same outputs.
        preconditioner: P, positive, shape (p,); None is the identity. A 0 leaves a parameter out.
    """

    model: Linearised
    loss: Loss
    preconditioner: np.ndarray | None = None

    @property
    def size(self) -> int:
        """Rows of K, n m."""
        return self.model.outputs.size

    @property
    def start(self) -> np.ndarray:
        """z at these parameters, shape (n m,)."""
        return self.loss.residual.ravel()

    def times(self, vector: np.ndarray) -> np.ndarray:
        """K v, shape (n m,). Cost: one J'v and one J u, 4/3 of a gradient where activations are held."""
        moved = self.model.forward(self.direction(vector))
        return self.loss.root_adjoint(moved).ravel() / len(self.model.outputs)

    def direction(self, vector: np.ndarray) -> np.ndarray:
        """P J'S v, shape (p,): how parameters move against v."""
        found = self.model.adjoint(self.loss.root(vector.reshape(self.model.outputs.shape)))
        return found if self.preconditioner is None else self.preconditioner * found

    def of_layers(self, names: Sequence[str]) -> NetworkKernel:
        """The kernel of some arrays of parameters, the others held fixed; those of all arrays add up to K.

        Raises:
            InputError: For a name that is not among `model.layers`.
        """
        kept = np.zeros(self.model.parameters)
        for name in names:
            if name not in self.model.layers:
                raise InputError(f"No parameters are named {name!r}; expected one of {', '.join(self.model.layers)}.")
            kept[self.model.layers[name]] = 1.0
        if self.preconditioner is not None:
            kept *= self.preconditioner
        return NetworkKernel(self.model, self.loss, kept)

    def preconditioned(self, preconditioner: np.ndarray) -> NetworkKernel:
        """The same network's kernel under another P.

        Raises:
            InputError: For another shape than (p,), or values that are negative or not finite.
        """
        given = np.asarray(preconditioner, dtype=float).ravel()
        if given.shape != (self.model.parameters,) or not (np.isfinite(given).all() and (given >= 0).all()):
            raise InputError(
                f"A preconditioner of shape {given.shape} was given; expected {self.model.parameters} finite numbers "
                "from 0 up, one for each parameter."
            )
        return NetworkKernel(self.model, self.loss, given)
