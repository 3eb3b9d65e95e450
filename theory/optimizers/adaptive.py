"""One-pass methods that divide each coordinate of the gradient by its size: Adam, Adagrad, sign descent, Lion.

Coordinates are the eigenvectors (axis-aligned features); on rotated features `diagonal` and `sign` have their laws.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from ...errors import InputError
from .base import Optimizer, show
from .names import Name
from .one_pass import OnePass


@dataclass(frozen=True)
class Adaptive(OnePass):
    """a_k <- a_k - eta g_k/sqrt(V_k) on fresh batches, V_k an estimate of the mean of g_k^2; a family.

    Its eta is in the units of the weights, not of 1/lambda_max: a step moves a coordinate by at most about eta.
    """

    @classmethod
    def words(cls) -> tuple[str, ...]:
        """The keyword, and other words for the same method."""
        return (cls.keyword,)

    @classmethod
    def named(cls, name: Name) -> Optimizer | None:
        """One of the words, or with the batch: adam:B."""
        if name.word not in cls.words():
            return None
        return cls() if name.parameter is None else cls(name.whole("batch"))


@dataclass(frozen=True)
class Adam(Adaptive):
    """V <- b2 V + (1 - b2) g^2, divided by 1 - b2^t. Source: Kingma and Ba (2015).

    The memory of the first moment does not enter: at lags above 1/(1 - beta_1) it changes nothing.

    Args:
        memory: b2, 0 <= b2 < 1.

    Raises:
        InputError: b2 lies outside, or the batch is not one.
    """

    memory: Fraction = Fraction(999, 1000)
    keyword: ClassVar[str] = "adam"
    summary: ClassVar[str] = "Adam in one pass where coordinates are eigenvectors (adamw without weight decay)"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.memory < 1:
            raise InputError(f"The memory is {show(self.memory)}, but Adam needs 0 <= b2 < 1; try 999/1000.")

    @classmethod
    def words(cls) -> tuple[str, ...]:
        """adam, adamw."""
        return ("adam", "adamw", "adam-w")


@dataclass(frozen=True)
class Adagrad(Adaptive):
    """V <- V + g^2, the sum of all squares. Source: Duchi, Hazan and Singer (2011)."""

    keyword: ClassVar[str] = "adagrad"
    summary: ClassVar[str] = "Adagrad in one pass where coordinates are eigenvectors"


@dataclass(frozen=True)
class StochasticSign(Adaptive):
    """a <- a - eta sign(gradient of a fresh batch)."""

    keyword: ClassVar[str] = "sign"
    summary: ClassVar[str] = "sign descent in one pass where coordinates are eigenvectors"


@dataclass(frozen=True)
class Lion(Adaptive):
    """a <- a - eta sign(average of gradients). Source: Chen et al. (2023)."""

    keyword: ClassVar[str] = "lion"
    summary: ClassVar[str] = "Lion in one pass where coordinates are eigenvectors, without weight decay"
