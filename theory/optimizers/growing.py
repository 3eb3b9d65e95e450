"""Preconditioners whose damping or block size is a power of N: scaling laws of K-FAC and Shampoo in their own right."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from ...errors import InputError
from .base import Optimizer, show
from .filters import Damped
from .names import Name
from .preconditioners import BlockDiagonal


@dataclass(frozen=True)
class GrowingDamping(Optimizer):
    """P = (G + eps)^-1 with eps = N^-d in units of the largest eigenvalue.

    Args:
        d: d >= 0; None keeps it a symbol.

    Raises:
        InputError: d < 0, a damping that grows with N.

    >>> GrowingDamping(Fraction(1, 2)).at(10_000).name
    'damped:0.01'
    """

    d: Fraction | None
    keyword: ClassVar[str] = "damped:N^-d"
    summary: ClassVar[str] = "damped natural gradient whose damping falls as N^-d"

    def __post_init__(self) -> None:
        if self.d is not None and self.d < 0:
            raise InputError(f"The damping is N^{show(-self.d)}, but it must not grow with N; try damped:N^-1/2.")

    @classmethod
    def named(cls, name: Name) -> Optimizer | None:
        """damped:N^-d."""
        exponent = name.after("N^-") if name.word == cls.word() else None
        return None if exponent is None else cls(name.number_or_symbol("d", exponent))

    @property
    def name(self) -> str:
        """damped:N^-d."""
        return self.keyword if self.d is None else f"damped:N^-{show(self.d)}"

    def at(self, size: int) -> Optimizer:
        """damped:eps with eps = N^-d. Raises InputError where d is a symbol."""
        if self.d is None:
            raise InputError(f"{self.name} has no number for d; try damped:N^-1/2.")
        return Damped(float(size) ** -float(self.d))


@dataclass(frozen=True)
class GrowingBlocks(Optimizer):
    """Diagonal blocks of B = N^b features, inverted each.

    Args:
        b: 0 <= b <= 1; None keeps it a symbol.

    Raises:
        InputError: b lies outside.

    >>> GrowingBlocks(Fraction(1, 2)).at(10_000).name
    'block:100'
    """

    b: Fraction | None
    keyword: ClassVar[str] = "block:N^b"
    summary: ClassVar[str] = "inverse of diagonal blocks of N^b features, 0 <= b <= 1"

    def __post_init__(self) -> None:
        if self.b is not None and not 0 <= self.b <= 1:
            raise InputError(f"b is {show(self.b)}, but blocks of N^b features need 0 <= b <= 1; try block:N^1/2.")

    @classmethod
    def named(cls, name: Name) -> Optimizer | None:
        """block:N^b."""
        exponent = name.after("N^") if name.word == cls.word() else None
        return None if exponent is None else cls(name.number_or_symbol("b", exponent))

    @property
    def name(self) -> str:
        """block:N^b."""
        return self.keyword if self.b is None else f"block:N^{show(self.b)}"

    def at(self, size: int) -> Optimizer:
        """block:B with B the whole number nearest to N^b. Raises InputError where b is a symbol."""
        if self.b is None:
            raise InputError(f"{self.name} has no number for b; try block:N^1/2.")
        return BlockDiagonal(max(1, round(float(size) ** float(self.b))))
