"""Full-batch methods with a memory, and those of which exponents alone are derived."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from ...errors import InputError
from .base import Optimizer, show
from .names import Name


@dataclass(frozen=True)
class HeavyBall(Optimizer):
    """a_{t+1} = a_t - eta grad + beta (a_t - a_{t-1}) with constant beta.

    Args:
        beta: The momentum, 0 <= beta < 1.

    Raises:
        InputError: beta lies outside.
    """

    beta: Fraction = Fraction(9, 10)
    keyword: ClassVar[str] = "heavy-ball"
    summary: ClassVar[str] = "constant momentum (heavy-ball:BETA sets it, default 9/10)"

    def __post_init__(self) -> None:
        if not 0 <= self.beta < 1:
            raise InputError(f"The momentum is {show(self.beta)}, but it needs 0 <= beta < 1; try heavy-ball:9/10.")

    @classmethod
    def named(cls, name: Name) -> Optimizer | None:
        """heavy-ball, or heavy-ball:BETA."""
        if name.word != cls.keyword:
            return None
        return cls() if name.parameter is None else cls(name.number())

    @property
    def name(self) -> str:
        """heavy-ball, with beta where it is not 9/10."""
        return self.keyword if self.beta == Fraction(9, 10) else f"{self.keyword}:{show(self.beta)}"


@dataclass(frozen=True)
class _Scheduled(Optimizer):
    """Momentum 1 - delta/t at step t.

    Args:
        delta: delta > 0; None keeps it a symbol.

    Raises:
        InputError: delta is not positive.
    """

    delta: Fraction | None

    def __post_init__(self) -> None:
        if self.delta is not None and self.delta <= 0:
            raise InputError(
                f"delta is {show(self.delta)}, but momentum 1 - delta/t needs delta > 0; try {self.word()}:3."
            )

    @classmethod
    def named(cls, name: Name) -> Optimizer | None:
        """The word, a colon and delta."""
        given = name.word == cls.word() and name.parameter is not None
        return cls(name.number_or_symbol("delta")) if given else None

    @property
    def name(self) -> str:
        """The word, a colon and delta."""
        return self.keyword if self.delta is None else f"{self.word()}:{show(self.delta)}"


@dataclass(frozen=True)
class ScheduledHeavyBall(_Scheduled):
    """Heavy ball with momentum 1 - delta/t. Source: Velikanov and Yarotsky (2024)."""

    keyword: ClassVar[str] = "heavy-ball-schedule:delta"
    summary: ClassVar[str] = "heavy ball with momentum 1 - delta/t"


@dataclass(frozen=True)
class Nesterov(_Scheduled):
    """Nesterov's method: momentum 1 - delta/t and the gradient at the extrapolated point; delta = 3 is usual."""

    keyword: ClassVar[str] = "nesterov:delta"
    summary: ClassVar[str] = "Nesterov's acceleration with momentum 1 - delta/t (nesterov is nesterov:3)"

    @classmethod
    def named(cls, name: Name) -> Optimizer | None:
        """nesterov:delta, or nesterov, which is nesterov:3."""
        return cls(Fraction(3)) if name.word == cls.word() and name.parameter is None else super().named(name)


@dataclass(frozen=True)
class ConjugateGradients(Optimizer):
    """The Krylov method that is optimal at each step, in exact arithmetic."""

    keyword: ClassVar[str] = "cg"
    summary: ClassVar[str] = "conjugate gradients, in exact arithmetic"
