"""Quadratic forms in a filter on the spectrum of samples: double contour integrals as matrices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


def form_at_one(noise: Form) -> float:
    """The form at f = 1 on the whole spectrum.

    Args:
        noise: a form.

    Returns:
        Its value.
    """
    everything = noise.across.sum() - noise.same.sum() + noise.cross.sum()
    return noise.top + float(everything.real)


def scaled_form(factor: float, form: Form) -> Form:
    """A multiple of a form.

    Args:
        factor: a number.
        form: a form.

    Returns:
        factor times the form.
    """
    return Form(factor * form.same, factor * form.across, factor * form.cross, factor * form.top)


def sum_of_forms(one: Form, two: Form) -> Form:
    """The form whose values are the sums of two forms' values.

    Args:
        one: a form.
        two: a form on the same nodes.

    Returns:
        Their sum.
    """
    return Form(one.same + two.same, one.across + two.across, one.cross + two.cross, one.top + two.top)


@dataclass(frozen=True)
class Form:
    """A quadratic form in a function f on the spectrum, f(1) being its value on the outlier.

    f -> f(1)^2 top + f(1) Re(f . cross) + Re(f across f* - f same f), f at the nodes, shape (m,).

    Attributes:
        same: complex, shape (m, m).
        across: complex, shape (m, m).
        cross: complex, shape (m,).
        top: the outlier's own.
    """

    same: np.ndarray
    across: np.ndarray
    cross: np.ndarray
    top: float

    def __call__(self, bulk: np.ndarray, top: np.ndarray, k: int) -> np.ndarray:
        """The form at f = `bulk`, shape (t, m), `top`, shape (t,), by every k-th node."""
        f = bulk[:, ::k]
        pairs = np.einsum("ti,ti->t", f @ self.across[::k, ::k], f.conj())
        pairs -= np.einsum("ti,ti->t", f @ self.same[::k, ::k], f)
        return top**2 * self.top + k * top * np.real(f @ self.cross[::k]) + k * k * np.real(pairs)

    def moduli(self, bulk: np.ndarray, top: np.ndarray) -> np.ndarray:
        """The sum of the moduli of all terms, shape (t,)."""
        f, top = np.abs(bulk), np.abs(top)
        pairs = np.einsum("ti,ti->t", f @ (np.abs(self.across) + np.abs(self.same)), f)
        return top**2 * abs(self.top) + top * (f @ np.abs(self.cross)) + pairs


def form_of_function(same: np.ndarray, across: np.ndarray, size: int) -> Form:
    """The form whose first `size` nodes are the bulk's, the others the outlier's, on which f is constant."""
    same, across = same / (2 * np.pi**2), across / (2 * np.pi**2)
    top = float(np.real(np.sum((across - same)[size:, size:])))
    cross = 2 * np.sum((across - same)[:size, size:], axis=1)
    return Form(same[:size, :size], across[:size, :size], cross, top)
