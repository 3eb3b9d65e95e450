"""Monomials N^-a T^-b n^-c B^-d eta^-e, the pieces that every term of level 1 is made of."""

from __future__ import annotations

from dataclasses import dataclass

import sympy
from sympy import Expr

from .symbols import BATCH, ETA, SAMPLES, N, T

_ZERO = sympy.S.Zero


@dataclass(frozen=True)
class Monomial:
    """N^-size T^-steps n^-samples B^-batch eta^-rate, with exponents in s, r and an optimizer's parameters.

    eta is the step size in units of the largest stable one that does not shrink with N.

    Args:
        size: Exponent of 1/N.
        steps: Exponent of 1/T.
        samples: Exponent of 1/n.
        batch: Exponent of 1/B.
        rate: Exponent of 1/eta.

    >>> print(Monomial(size=sympy.Integer(1), steps=sympy.Rational(1, 2)))
    N^(-1) T^(-1/2)
    """

    size: Expr = _ZERO
    steps: Expr = _ZERO
    samples: Expr = _ZERO
    batch: Expr = _ZERO
    rate: Expr = _ZERO

    @property
    def exponents(self) -> tuple[Expr, Expr, Expr, Expr, Expr]:
        """In the order N, T, n, B, eta."""
        return self.size, self.steps, self.samples, self.batch, self.rate

    def __mul__(self, other: Monomial) -> Monomial:
        return Monomial(*(a + b for a, b in zip(self.exponents, other.exponents, strict=True)))

    def __pow__(self, power: Expr | int) -> Monomial:
        return Monomial(*(sympy.expand_mul(a * power) if a.is_Add else a * power for a in self.exponents))

    def at_rate(self, decay: Expr) -> Monomial:
        """With eta = N^-decay put in."""
        return Monomial(self.size - self.rate * decay, self.steps, self.samples, self.batch)

    def put(self, values: dict[Expr, Expr]) -> Monomial:
        """With `values` in place of symbols."""
        return Monomial(*(each.xreplace(values) for each in self.exponents))

    def along(self, path: Path) -> Expr:
        """The exponent of 1/N on a path."""
        return sum((a * b for a, b in zip(self.exponents, path.exponents, strict=True)), _ZERO)

    def __str__(self) -> str:
        powers = zip((N, T, SAMPLES, BATCH, ETA), self.exponents, strict=True)
        return " ".join(f"{base}^{_power(-power)}" for base, power in powers if power != 0) or "1"


def _power(exponent: Expr) -> str:
    text = str(exponent).replace("**", "^")
    return text if exponent.is_Symbol or (exponent.is_Integer and exponent >= 0) else f"({text})"


@dataclass(frozen=True)
class Path:
    """N grows, and T, n, B and eta with it, as powers of N.

    Args:
        steps: tau in T = N^tau.
        samples: nu in n = N^nu.
        batch: Exponent of N in B.
        rate: Exponent of 1/N in eta.
    """

    steps: Expr
    samples: Expr = _ZERO
    batch: Expr = _ZERO
    rate: Expr = _ZERO

    @property
    def exponents(self) -> tuple[Expr, Expr, Expr, Expr, Expr]:
        """The powers of N in N, T, n, B, eta; as eta falls, its sign is minus."""
        return sympy.S.One, self.steps, self.samples, self.batch, -self.rate
