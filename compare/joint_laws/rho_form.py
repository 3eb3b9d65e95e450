"""A joint law in terms of log rho itself, for the profile of a rho."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..loss_laws import SumOfPowers
from .joint_fit import JointFit
from .terms import EXPONENT_OF, RHO_N, columns


@dataclass(frozen=True, eq=False)
class RhoForm:
    """The law with r = log rho in place of the change of log amplitude, a = -(alpha + d_alpha) r; likewise for D.

    inner: the law in amplitudes. parts: for each rho, the indices of (r, exponent, change of exponent or -1).
    """

    inner: SumOfPowers
    parts: tuple[tuple[int, int, int], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Of theta."""
        return self.inner.names

    @property
    def logarithmic(self) -> tuple[bool, ...]:
        """Whether theta holds the parameter's logarithm."""
        return self.inner.logarithmic

    @property
    def main(self) -> int:
        """Index of alpha."""
        return self.inner.main

    @property
    def low(self) -> np.ndarray:
        """Lower bounds."""
        return self.inner.low

    @property
    def high(self) -> np.ndarray:
        """Upper bounds."""
        return self.inner.high

    def to_inner(self, theta: np.ndarray) -> np.ndarray:
        """Theta with amplitudes, shape (B, p), from theta with log rho."""
        made = theta.copy()
        for own, base, change in self.parts:
            made[:, own] = -self._exponent(theta, base, change) * theta[:, own]
        return made

    def from_inner(self, theta: np.ndarray) -> np.ndarray:
        """The other way."""
        made = theta.copy()
        for own, base, change in self.parts:
            made[:, own] = -theta[:, own] / self._exponent(theta, base, change)
        return made

    def evaluate(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """As in LawForm."""
        level, inner = self.inner.evaluate(self.to_inner(theta))
        slope = inner.copy()
        for own, base, change in self.parts:
            slope[..., own] = -inner[..., own] * self._exponent(theta, base, change)[:, None]
            for index in (base, change)[: 1 + (change >= 0)]:
                slope[..., index] -= inner[..., own] * theta[:, own, None]
        return level, slope

    def curvature(self, theta: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """As in LawForm: the inner curvature carried over, and what the products r (alpha + d_alpha) add."""
        at = self.to_inner(theta)
        inner = self.inner.curvature(at, weights)
        pull = np.einsum("bn,bnk->bk", weights, self.inner.evaluate(at)[1])
        carry = np.broadcast_to(np.eye(theta.shape[1]), inner.shape).copy()
        extra = np.zeros_like(inner)
        for own, base, change in self.parts:
            carry[:, own, own] = -self._exponent(theta, base, change)
            for index in (base, change)[: 1 + (change >= 0)]:
                carry[:, own, index] -= theta[:, own]
                extra[:, own, index] -= pull[:, own]
                extra[:, index, own] -= pull[:, own]
        return np.asarray(np.swapaxes(carry, 1, 2) @ inner @ carry + extra)

    def starts(self, y: np.ndarray) -> np.ndarray:
        """As in LawForm."""
        return self.from_inner(self.inner.starts(y))

    def _exponent(self, theta: np.ndarray, base: int, change: int) -> np.ndarray:
        return np.asarray(theta[:, base] + (theta[:, change] if change >= 0 else 0.0))


def rho_form(fit: JointFit) -> RhoForm:
    """The law of a fit with every rho as log rho."""
    parts = []
    for term, changed in EXPONENT_OF.items():
        if term not in fit.terms:
            continue
        own = columns(fit.data, fit.terms, term)
        for k in range(own.stop - own.start):
            change = columns(fit.data, fit.terms, changed).start + k if changed in fit.terms else -1
            parts.append((own.start + k, 2 if term == RHO_N else 4, change))
    return RhoForm(fit.form, tuple(parts))
