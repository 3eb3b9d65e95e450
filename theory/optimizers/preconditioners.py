"""Preconditioners that are no function of G: blocks, the diagonal, and whitened inputs."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

from ...errors import InputError
from .base import Optimizer, show
from .names import Name


def whitened_exponent(s: Any, p: Any) -> Any:
    """The spectral exponent of whitened inputs Sigma^(-p/2) x: their eigenvalues are k^-((1+s)(1-p)).

    Args:
        s: Spectral exponent of the inputs, a number or a symbol.
        p: Power of the whitening, 0 <= p < 1.

    Returns:
        (1+s)(1-p) - 1, of the type that the arguments give.
    """
    return (1 + s) * (1 - p) - 1


@dataclass(frozen=True)
class DataPower(Optimizer):
    """Gradient descent on features of whitened inputs Sigma^(-p/2) x, 0 <= p < 1.

    It changes what N features can resolve, not only how fast: s becomes (1+s)(1-p) - 1.

    Args:
        p: Power of the whitening, 0 <= p < 1.

    Raises:
        InputError: p lies outside.
    """

    p: Fraction
    keyword: ClassVar[str] = "data-power:p"
    summary: ClassVar[str] = "gradient descent after whitening the inputs by Sigma^(-p/2), 0 <= p < 1"

    def __post_init__(self) -> None:
        if not 0 <= self.p < 1:
            raise InputError(f"p is {show(self.p)}, but {self.keyword} needs 0 <= p < 1; try data-power:1/2.")

    @classmethod
    def named(cls, name: Name) -> Optimizer | None:
        """data-power:p."""
        return cls(name.number()) if name.word == cls.word() and name.parameter is not None else None

    @property
    def name(self) -> str:
        """data-power:p."""
        return f"data-power:{show(self.p)}"


@dataclass(frozen=True)
class BlockDiagonal(Optimizer):
    """P = the inverse of the diagonal blocks of G, B features each (as in K-FAC and Shampoo).

    Not a function of G, so not a filter; it acts much as damping with eps = kappa(B), see `surrogates`.
    B = N is the natural gradient in steps.

    Args:
        size: B, features in a block, >= 1.

    Raises:
        InputError: A block has no feature.
    """

    size: int
    keyword: ClassVar[str] = "block:B"
    summary: ClassVar[str] = "inverse of diagonal blocks of B features (K-FAC- and Shampoo-like)"

    def __post_init__(self) -> None:
        if self.size < 1:
            raise InputError(f"The block size is {self.size}, but a block has at least one feature; try block:64.")

    @classmethod
    def named(cls, name: Name) -> Optimizer | None:
        """block:B, where B is a number and no power of N."""
        given = name.word == cls.word() and name.parameter is not None and name.after("N^") is None
        return cls(name.whole("block size")) if given else None

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
