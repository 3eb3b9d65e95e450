"""Muon on a matrix of weights with m outputs: the polar factor of the gradient in place of the gradient."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from ...errors import InputError
from .base import Optimizer, show
from .names import Name

_OUTPUTS = re.compile(r"m\s*=\s*(.+)")
_POWER = re.compile(r"N(?:\^\(?([^()]+)\)?)?")


@dataclass(frozen=True)
class Muon(Optimizer):
    """W <- W - eta U V' for the gradient G = U diag(sigma) V', W of m outputs by N coordinates; no momentum.

    Coordinates are the eigenvectors of the inputs' covariance, outputs are alike (isotropic rows). What decides its
    exponent is the smaller dimension of W: it acts on modes beyond the m-th as gradient descent does.
    Source: Jordan et al. (2024) for Muon; the exponents are this project's own.

    Args:
        outputs: m >= 1; None where it grows as N^growth.
        growth: mu in m = N^mu, 0 <= mu; used where outputs is None.

    Raises:
        InputError: m < 1, or mu < 0.

    >>> Muon(None, Fraction(1, 2)).outputs_at(1024)
    32
    """

    outputs: int | None
    growth: Fraction = Fraction(0)
    keyword: ClassVar[str] = "muon:m=M"
    summary: ClassVar[str] = "Muon on a matrix of M outputs, muon:m=4 or muon:m=N^1/2 (needs --schedule)"

    def __post_init__(self) -> None:
        if self.outputs is not None and self.outputs < 1:
            raise InputError(f"m is {self.outputs}, but a matrix has at least one output; try muon:m=4.")
        if self.growth < 0:
            raise InputError(f"m is N^{show(self.growth)}, but it must not shrink with N; try muon:m=N^1/2.")

    @classmethod
    def named(cls, name: Name) -> Optimizer | None:
        """muon:m=M or muon:m=N^mu; muon alone is another name for a stand-in."""
        given = _OUTPUTS.fullmatch(name.parameter or "") if name.word == cls.word() else None
        if given is None:
            return None
        power = _POWER.fullmatch(given[1].strip())
        if power is not None:
            return cls(None, Fraction(1) if power[1] is None else name.number(power[1]))
        return cls(Name(name.text, name.word, given[1]).whole("number of outputs"))

    @property
    def name(self) -> str:
        """muon:m=M or muon:m=N^mu."""
        return f"muon:m={self.outputs}" if self.outputs is not None else f"muon:m=N^{show(self.growth)}"

    def outputs_at(self, size: int) -> int:
        """m at N = size, N^mu rounded.

        Args:
            size: N.

        Returns:
            m >= 1.
        """
        return self.outputs if self.outputs is not None else max(1, round(float(size) ** float(self.growth)))
