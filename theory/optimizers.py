"""Optimizers as spectral filters: h_T(x) is what is left, after T steps, of a residual on eigenvalue x.

x is in units of the largest eigenvalue of the feature Gram matrix G. Each filter is one expression in x, so the
same definition serves sympy symbols, mpmath numbers, and numpy arrays, real or complex.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

from .errors import InputError


def show(value: Fraction | float) -> str:
    """A parameter as names write it."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _like(value: Fraction | float, x: Any) -> Any:
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
        from .decay import decay  # numpy, which symbolic work does not need

        return decay(learned, steps)


@dataclass(frozen=True)
class GradientDescent(Filter):
    """P = 1, h_T(x) = (1 - eta x)^T."""

    keyword: ClassVar[str] = "gd"
    summary: ClassVar[str] = "gradient descent, (1 - eta x)^T"

    def rate(self, x: Any) -> Any:
        """x."""
        return x


@dataclass(frozen=True)
class Power(Filter):
    """P = G^-p, h_T(x) = (1 - eta x^(1-p))^T, for 0 <= p <= 1.

    p = 0 is gradient descent, p = 1/2 the Matrix-Sign proxy of Muon (Ramani and Jain 2026), p = 1 the natural
    gradient taken in steps. Raises InputError.
    """

    p: Fraction | float
    keyword: ClassVar[str] = "power:p"
    summary: ClassVar[str] = "preconditioner G^-p, (1 - eta x^(1-p))^T, 0 <= p <= 1"

    def __post_init__(self) -> None:
        if not 0 <= self.p <= 1:
            raise InputError(f"p is {show(self.p)}, but power:p needs 0 <= p <= 1; try power:1/2.")

    @property
    def name(self) -> str:
        """power:p, or matrix-sign for p = 1/2."""
        return "matrix-sign" if self.p == Fraction(1, 2) else f"power:{show(self.p)}"

    def rate(self, x: Any) -> Any:
        """x^(1-p)."""
        return x ** _like(1 - self.p, x)


@dataclass(frozen=True)
class NaturalGradient(Filter):
    """The ridge solution, h(x) = delta/(x + delta) at every T.

    ridge: added to the un-normalised F'F; None is 1e-6 where samples are finite (as in Ramani and Jain 2026) and
    0 for population problems, where h = 0 and the risk is the floor. In `residual`, delta is in the units of x.
    Raises InputError.
    """

    ridge: float | None = None
    keyword: ClassVar[str] = "natural-gradient"
    summary: ClassVar[str] = "ridge solution, delta/(x + delta) at every T (natural-gradient:RIDGE sets it)"

    def __post_init__(self) -> None:
        if self.ridge is not None and not 0 <= self.ridge < math.inf:
            raise InputError(f"The ridge is {self.ridge}, but it must be finite and not negative; try 1e-6.")

    @property
    def name(self) -> str:
        """natural-gradient, with the ridge where it was given."""
        return self.keyword if self.ridge is None else f"{self.keyword}:{self.ridge:g}"

    def delta(self, samples: float, largest: float) -> float:
        """The ridge in units of the largest eigenvalue of G = F'F/n: ridge / (n largest); 0 at n = infinity."""
        ridge = 1e-6 if self.ridge is None else self.ridge
        return 0.0 if math.isinf(samples) else ridge / (samples * largest)

    def residual(self, x: Any, steps: Any, eta: Any, delta: Any = 0) -> Any:
        """delta/(x + delta)."""
        return delta / (x + delta)


@dataclass(frozen=True)
class Damped(Filter):
    """P = (G + eps)^-1 (Levenberg-Marquardt), rate (1 + eps) x / (x + eps).

    eps > 0 in units of the largest eigenvalue of G; infinity is gradient descent. Raises InputError.
    """

    eps: float
    keyword: ClassVar[str] = "damped:eps"
    summary: ClassVar[str] = "damped natural gradient (G + eps)^-1, (1 - eta (1+eps) x/(x+eps))^T"

    def __post_init__(self) -> None:
        if not 0 < self.eps < math.inf:
            raise InputError(f"eps is {self.eps}, but damped:eps needs a finite eps > 0; try damped:1e-3.")

    @property
    def name(self) -> str:
        """damped:eps."""
        return f"damped:{self.eps:g}"

    def rate(self, x: Any) -> Any:
        """(1 + eps) x / (x + eps)."""
        return (1 + self.eps) * x / (x + self.eps)


@dataclass(frozen=True)
class BlockDiagonal(Optimizer):
    """P = the inverse of the diagonal blocks of G, B features each (as in K-FAC and Shampoo).

    Not a function of G, so not a filter; it acts much as damping with eps = kappa(B), see `surrogates`.
    B = N is the natural gradient in steps. Raises InputError.
    """

    size: int
    keyword: ClassVar[str] = "block:B"
    summary: ClassVar[str] = "inverse of diagonal blocks of B features (K-FAC- and Shampoo-like)"

    def __post_init__(self) -> None:
        if self.size < 1:
            raise InputError(f"The block size is {self.size}, but a block has at least one feature; try block:64.")

    @property
    def name(self) -> str:
        """block:B."""
        return f"block:{self.size}"


@dataclass(frozen=True)
class Diagonal(Optimizer):
    """P = diag(F'F)^(-1/2), the AdamW proxy of Ramani and Jain (2026).

    It is gradient descent on features divided by the square root of their norm, see `surrogates`.
    """

    keyword: ClassVar[str] = "diagonal"
    summary: ClassVar[str] = "preconditioner diag(F'F)^(-1/2) (AdamW proxy)"


@dataclass(frozen=True)
class Sign(Optimizer):
    """a <- a - eta sign(gradient), the step chosen among `steps_tried` by the lowest final training residual.

    Not a filter: its prediction is an approximation. Source: Ramani and Jain (2026), section 3.
    """

    keyword: ClassVar[str] = "sign"
    summary: ClassVar[str] = "sign descent, step from {1e-4, 1e-3, 1e-2} by lowest residual (predicted roughly)"
    steps_tried: ClassVar[tuple[float, ...]] = (1e-4, 1e-3, 1e-2)
