"""Functions of a kernel on the residual, from a Krylov space that grows until a bound says that it is enough.

Gradient descent leaves h_T(K) z of the residual z, with h_T(x) = (1 - eta x)^T; other linear optimizers have other h_T.
m products with K give Ritz values x_i with weights w_i (Gauss quadrature of the target's spectral measure), and

    risk(T) = sum_i w_i h_T(x_i)^2

with an error from what the space leaves out (`sim/factorisation/remainder.py`), which the last step bounds. Where the
derivatives of h_T^2 have alternating signs, as for gradient descent with eta lambda_max <= 1, the sum is below the
risk, and the same sum with a node set at 0 (Gauss-Radau) above it: two sides that are closer by far.
Source: Golub and Meurant, Matrices, Moments and Quadrature, chapter 6.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...errors import InputError
from ...sim.factorisation import BETWEEN, Lanczos, Remainder, largest_eigenvalue, rounding
from ..kernels import NetworkKernel
from .settings import SETTINGS

_FIRST, _GROWTH = 12, 1.25  # vectors at the first look at a bound, and from look to look

Left = Callable[[np.ndarray], np.ndarray]  # eigenvalues, shape (k,) -> h_T of each, shape (k, T)


@dataclass(frozen=True, eq=False)
class Curve:
    """A training risk, |h_T(K) z|^2 / n.

    Attributes:
        risk: Shape (T,).
        bound: How far each can be off, by what the Krylov space leaves out, shape (T,).
        coefficients: c of the parameters' displacement -P J'S c/n, shape (n m, T).
    """

    risk: np.ndarray
    bound: np.ndarray
    coefficients: np.ndarray


class TargetSpace:
    """The Krylov space of a kernel and its residual."""

    def __init__(self, kernel: NetworkKernel, most: int) -> None:
        """kernel: K. most: products there may ever be, beside some 20 for the largest eigenvalue."""
        self._kernel, self._rows = kernel, len(kernel.model.outputs)
        self._most = min(most, kernel.size)
        if not np.linalg.norm(kernel.start) > 0:
            raise InputError("The network fits its targets exactly: there is no residual, and nothing left to learn.")
        found = largest_eigenvalue(kernel.times, kernel.start, min(kernel.size, 200), max(SETTINGS.top, _noise(kernel)))
        if found is None or not found > 0:
            raise InputError("The kernel is zero at these parameters: no output moves with any of them.")
        self.top = found
        self._space = Lanczos(kernel.times, kernel.start, self._most)
        self._space.grow(min(_FIRST, self._most))

    @property
    def products(self) -> int:
        """Products with K so far, without those for the largest eigenvalue."""
        return self._space.count

    def measure(self) -> tuple[np.ndarray, np.ndarray]:
        """Ritz values, rising, and their shares of |z|^2/n, both of shape (m,)."""
        values, vectors = self._space.ritz()
        return np.clip(values, 0.0, self.top), (self._space.length * vectors[0]) ** 2 / self._rows

    def curve(self, left: Left, tolerance: float = SETTINGS.tolerance, alternating: bool = False) -> Curve:
        """The training risk of a linear optimizer.

        Args:
            left: h_T on eigenvalues, which are positive and at most `top`; h_T(0) = 1 is taken for granted.
            tolerance: relative, at which the space stops growing.
            alternating: whether every derivative of h_T^2 has one sign on all of (0, top), each the other one's.

        Returns:
            The curve; its bound is above the tolerance where `most` products, or rounding, do not allow it.
        """
        while True:
            values, vectors = self._space.ritz()
            bound, risk, seen = self._look(left, values, vectors)
            enough = np.all(bound <= (max(tolerance, SETTINGS.loose) if alternating else tolerance) * risk)
            if alternating and enough and not self._space.exhausted:
                bound = np.minimum(bound, self._above(left) - risk)
                enough = np.all(bound <= tolerance * risk)
            if enough or self._space.exhausted or self._space.count >= self._most:
                break
            self._space.grow(min(self._most, math.ceil(_GROWTH * self._space.count)))
        return Curve(risk, bound, self._space.combine(vectors @ seen))

    def _above(self, left: Left) -> np.ndarray:
        """The sum with a node at 0, shape (T,), for functions h_T with h_T(0) = 1."""
        values, vectors = self._space.radau()
        kept = values > rounding(self._kernel.size) * self.top
        on_values = np.where(kept[:, None], left(np.clip(values, np.finfo(float).tiny, self.top)), 1.0)
        return np.maximum((self._space.length * vectors[0]) ** 2 @ on_values**2, 0.0) / self._rows

    def _look(self, left: Left, values: np.ndarray, vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Bound and risk, shape (T,), and g(x_i) u_1i |z| with g = (1 - h)/x, shape (m, T)."""
        least = max(rounding(self._kernel.size), _noise(self._kernel)) * self.top
        inside = np.clip(values, least / 2, self.top)
        on_values = np.where((values > least)[:, None], left(inside), 1.0)
        start = self._space.length * vectors[0]
        risk = (start**2) @ on_values**2 / self._rows
        learned = np.where((values > least)[:, None], (1 - on_values) / inside[:, None], 0.0)
        if self._space.exhausted:
            bound = np.zeros_like(risk)
        else:
            remainder = Remainder(values, vectors, np.append(inside, self.top), least)
            on_grid = np.where((remainder.grid > least)[:, None], left(np.minimum(remainder.grid, self.top)), 1.0)
            missed = (
                BETWEEN * self._space.beta * self._space.length * np.abs(remainder.of(on_values, on_grid)).max(axis=0)
            )
            error = missed / math.sqrt(self._rows)
            bound = 2 * np.sqrt(risk) * error + error**2
        return bound, risk, start[:, None] * learned


def _noise(kernel: NetworkKernel) -> float:
    """The share of the largest eigenvalue below which products in the network's own format say nothing."""
    return 4 * kernel.model.rounding
