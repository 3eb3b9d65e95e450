"""Optimizers that are functions of G alone: gradient descent, powers, damping and ridge solutions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

from ...errors import InputError
from .base import Filter, Optimizer, as_number_like, show
from .names import Name


@dataclass(frozen=True)
class Ridge(Optimizer):
    """The ridge solution with a ridge n^-l against eigenvalues of order one (n^-(l-1) on the un-normalised Gram).

    h(x) = n^-l/(x + n^-l). Source: Defilippis, Loureiro and Misiakiewicz (2024).

    Args:
        decay: l >= 0; None keeps it a symbol.

    Raises:
        InputError: l < 0, a ridge that grows with n.
    """

    decay: Fraction | None
    keyword: ClassVar[str] = "ridge:n^-l"
    summary: ClassVar[str] = "ridge solution whose ridge falls with the samples as n^-l"

    def __post_init__(self) -> None:
        if self.decay is not None and self.decay < 0:
            raise InputError(f"The ridge is n^{show(-self.decay)}, but it must not grow with n; try ridge:n^-1.")

    @classmethod
    def named(cls, name: Name) -> Optimizer | None:
        """ridge:n^-l."""
        exponent = name.after("n^-") if name.word == cls.word() else None
        return None if exponent is None else cls(name.number_or_symbol("l", exponent))

    @property
    def name(self) -> str:
        """ridge:n^-l."""
        return self.keyword if self.decay is None else f"ridge:n^-{show(self.decay)}"


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
    gradient taken in steps.

    Args:
        p: The power, 0 <= p <= 1.

    Raises:
        InputError: p lies outside.

    >>> Power(Fraction(1, 2)).residual(Fraction(1, 4) ** 2, 1, 1)
    0.75
    """

    p: Fraction | float
    keyword: ClassVar[str] = "power:p"
    summary: ClassVar[str] = "preconditioner G^-p, (1 - eta x^(1-p))^T, 0 <= p <= 1"
    also: ClassVar[Mapping[str, str]] = {"matrix-sign": "the same as power:1/2 (Muon proxy)"}

    def __post_init__(self) -> None:
        if not 0 <= self.p <= 1:
            raise InputError(f"p is {show(self.p)}, but power:p needs 0 <= p <= 1; try power:1/2.")

    @classmethod
    def named(cls, name: Name) -> Optimizer | None:
        """power:p, or matrix-sign."""
        if name.word == "matrix-sign" and name.parameter is None:
            return cls(Fraction(1, 2))
        return cls(name.number()) if name.word == cls.word() and name.parameter is not None else None

    @property
    def name(self) -> str:
        """power:p, or matrix-sign for p = 1/2."""
        return "matrix-sign" if self.p == Fraction(1, 2) else f"power:{show(self.p)}"

    def rate(self, x: Any) -> Any:
        """x^(1-p)."""
        return x ** as_number_like(1 - self.p, x)


@dataclass(frozen=True)
class NaturalGradient(Filter):
    """The ridge solution, h(x) = delta/(x + delta) at every T.

    In `residual`, delta is in the units of x.

    Args:
        ridge: Added to the un-normalised F'F; None is 1e-6 where samples are finite (as in Ramani and Jain 2026) and
            0 for population problems, where h = 0 and the risk is the floor.

    Raises:
        InputError: The ridge is negative or infinite.
    """

    ridge: float | None = None
    keyword: ClassVar[str] = "natural-gradient"
    summary: ClassVar[str] = "ridge solution, delta/(x + delta) at every T (natural-gradient:RIDGE sets it)"

    def __post_init__(self) -> None:
        if self.ridge is not None and not 0 <= self.ridge < math.inf:
            raise InputError(f"The ridge is {self.ridge}, but it must be finite and not negative; try 1e-6.")

    @classmethod
    def named(cls, name: Name) -> Optimizer | None:
        """natural-gradient, or natural-gradient:RIDGE."""
        if name.word != cls.keyword:
            return None
        return cls() if name.parameter is None else cls(float(name.number()))

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

    def ridged_residual(self, x: Any, steps: Any, eta: Any, delta: float) -> Any:
        """delta/(x + delta), and 0 at x = 0 too where there is no ridge."""
        return 0 * x if delta == 0 else self.residual(x, steps, eta, delta)


@dataclass(frozen=True)
class Damped(Filter):
    """P = (G + eps)^-1 (Levenberg-Marquardt), rate (1 + eps) x / (x + eps).

    h_T(x) = (1 - eta (1 + eps) x/(x + eps))^T; as eps grows it becomes gradient descent.

    Args:
        eps: The damping, > 0, in units of the largest eigenvalue of G.

    Raises:
        InputError: eps is not positive, or infinite.
    """

    eps: float
    keyword: ClassVar[str] = "damped:eps"
    summary: ClassVar[str] = "damped natural gradient (G + eps)^-1, (1 - eta (1+eps) x/(x+eps))^T"

    def __post_init__(self) -> None:
        if not 0 < self.eps < math.inf:
            raise InputError(f"eps is {self.eps}, but damped:eps needs a finite eps > 0; try damped:1e-3.")

    @classmethod
    def named(cls, name: Name) -> Optimizer | None:
        """damped:eps, where eps is a number and no power of N."""
        given = name.word == cls.word() and name.parameter is not None and name.after("N^") is None
        return cls(float(name.number())) if given else None

    @property
    def name(self) -> str:
        """damped:eps."""
        return f"damped:{self.eps:g}"

    def rate(self, x: Any) -> Any:
        """(1 + eps) x / (x + eps)."""
        return (1 + self.eps) * x / (x + self.eps)
