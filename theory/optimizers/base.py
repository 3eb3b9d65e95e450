"""Optimizers as spectral filters: h_T(x) is what is left, after T steps, of a residual on eigenvalue x.

x is in units of the largest eigenvalue of the feature Gram matrix G. Each filter is one expression in x, so the
same definition serves sympy symbols, mpmath numbers, and numpy arrays, real or complex.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    import numpy as np


def show(value: Fraction | float) -> str:
    """A parameter as names write it."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def as_number_like(value: Fraction | float, x: Any) -> Any:
    """`value` exact beside exact numbers, a float beside numpy and Python ones (which know no fractions)."""
    inexact = isinstance(x, (float, complex)) or type(x).__module__.partition(".")[0] == "numpy"
    return float(value) if inexact else value


@dataclass(frozen=True)
class Optimizer:
    """What all optimizers share: a name, and what is known of them."""

    keyword: ClassVar[str]
    summary: ClassVar[str]

    @property
    def name(self) -> str:
        """The name on the command line."""
        return self.keyword

    def at(self, size: int) -> Optimizer:
        """The optimizer at N = size: another one where its parameters grow with N."""
        return self


@dataclass(frozen=True)
class Filter(Optimizer):
    """A linear optimizer a <- a - eta P grad, with P a function of G.

    A subclass gives `rate`; h_T(x) = (1 - eta rate(x))^T, rate(1) = 1, so eta is a multiple of the inverse of
    the largest eigenvalue of P G, and the method is stable for eta < 2.
    """

    def rate(self, x: Any) -> Any:
        """Eigenvalue of P G over its largest, as a function of the eigenvalue x of G over its largest."""
        raise TypeError(f"{type(self).__name__} is not stepped by a rate")

    def residual(self, x: Any, steps: Any, eta: Any) -> Any:
        """h_T(x) = (1 - eta rate(x))^T."""
        learned = eta * self.rate(x)
        if type(learned).__module__.partition(".")[0] != "numpy":
            return (1 - learned) ** steps
        from .decay import decay

        return decay(learned, steps)

    def delta(self, samples: float, largest: float) -> float:
        """The ridge over the largest eigenvalue of G on n = samples: 0 for what is stepped."""
        return 0.0

    def ridged_residual(self, x: Any, steps: Any, eta: Any, delta: float) -> Any:
        """h_T(x) where a solution has the ridge `delta`, which does not touch what is stepped."""
        return self.residual(x, steps, eta)

    def flow(self, x: np.ndarray, time: float) -> np.ndarray:
        """h(x) in the limit of small steps, exp(-time rate(x)) with time = eta T."""
        import numpy as np

        return np.asarray(np.exp(-time * self.rate(x)))

    def stable(self, eta: float) -> bool:
        """Whether steps of this eta stay bounded: eta < 2."""
        return eta < 2
