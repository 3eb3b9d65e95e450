"""One-pass stochastic methods: a fresh batch at each step, so that gradient noise feeds back into the risk."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from ...errors import InputError
from .base import Optimizer, show
from .names import Name


@dataclass(frozen=True)
class OnePass(Optimizer):
    """A method that sees each sample once; the step size is the largest stable one.

    Args:
        batch: B, samples at a step; None where it grows as N^growth.
        growth: b in B = N^b, >= 0; used where the batch is None.

    Raises:
        InputError: The batch has no sample, or shrinks with N.
    """

    batch: int | None = 1
    growth: Fraction = Fraction(0)

    def __post_init__(self) -> None:
        if self.batch is not None and self.batch < 1:
            raise InputError(f"The batch is {self.batch}, but a step takes at least one sample; try {self.keyword}.")
        if self.growth < 0:
            raise InputError(f"The batch is N^{show(self.growth)}, but it must not shrink with N; try sgd:N^1/2.")

    @classmethod
    def named(cls, name: Name) -> Optimizer | None:
        """The keyword alone, or with the batch: sgd:B or sgd:N^b."""
        if name.word != cls.keyword:
            return None
        if name.parameter is None:
            return cls()
        growth = name.after("N^")
        return cls(name.whole("batch")) if growth is None else cls(None, name.number(growth))

    @property
    def _batch(self) -> str:
        if self.batch is None:
            return f":N^{show(self.growth)}"
        return "" if self.batch == 1 else f":{self.batch}"

    @property
    def name(self) -> str:
        """The keyword, and the batch where it is not 1."""
        return self.keyword + self._batch


@dataclass(frozen=True)
class StochasticGradientDescent(OnePass):
    """a <- a - eta (mean gradient of B fresh samples). Source: Paquette et al. (2024)."""

    keyword: ClassVar[str] = "sgd"
    summary: ClassVar[str] = "one-pass stochastic gradient descent (sgd:B or sgd:N^b sets the batch)"

    @classmethod
    def named(cls, name: Name) -> Optimizer | None:
        """sgd, in small letters: in capitals it is also what people call full-batch gradient descent."""
        if name.word == cls.keyword and not name.text.startswith(cls.keyword):
            raise InputError(
                f"'{name.text[:40]}' can mean two methods: sgd takes fresh samples at every step (one pass), gd the "
                "gradient of all samples; write sgd or gd."
            )
        return super().named(name)


@dataclass(frozen=True)
class StochasticMomentum(OnePass):
    """SGD with constant momentum: SGD with step eta/(1-beta)."""

    keyword: ClassVar[str] = "sgd-momentum"
    summary: ClassVar[str] = "one-pass SGD with constant momentum"


@dataclass(frozen=True)
class DanaConstant(OnePass):
    """Momentum 1 - delta/t whose step is 1/N of the gradient's. Source: Ferbach et al. (2025)."""

    keyword: ClassVar[str] = "dana-constant"
    summary: ClassVar[str] = "dimension-adapted acceleration, momentum step 1/N"


@dataclass(frozen=True)
class DanaDecaying(OnePass):
    """Momentum 1 - delta/t whose step falls as t^(-1/(1+s)), for s > 0. Source: Ferbach et al. (2025)."""

    keyword: ClassVar[str] = "dana-decaying"
    summary: ClassVar[str] = "dimension-adapted acceleration, momentum step t^(-1/(1+s)), s > 0"


@dataclass(frozen=True)
class _Preconditioned(OnePass):
    """What preconditioned one-pass methods share.

    Args:
        p: Power of the preconditioner, 0 <= p < 1.

    Raises:
        InputError: p lies outside.
    """

    p: Fraction = Fraction(1, 2)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.p < 1:
            raise InputError(f"p is {show(self.p)}, but {self.keyword} needs 0 <= p < 1; try p = 1/2.")

    @classmethod
    def named(cls, name: Name) -> Optimizer | None:
        """The word, a colon and p."""
        return cls(p=name.number()) if name.word == cls.word() and name.parameter is not None else None

    @property
    def name(self) -> str:
        """The keyword with p filled in."""
        return self.keyword.removesuffix("p") + show(self.p)


@dataclass(frozen=True)
class FeaturePowerSGD(_Preconditioned):
    """One-pass SGD with the preconditioner G^-p on the N weights: the capacity stays, the clocks change."""

    keyword: ClassVar[str] = "sgd-power:p"
    summary: ClassVar[str] = "one-pass SGD preconditioned in feature space by G^-p, 0 <= p < 1"


@dataclass(frozen=True)
class DataPowerSGD(_Preconditioned):
    """One-pass SGD on features of whitened inputs Sigma^(-p/2) x: s becomes (1+s)(1-p) - 1, capacity included."""

    keyword: ClassVar[str] = "sgd-data-power:p"
    summary: ClassVar[str] = "one-pass SGD after whitening the inputs by Sigma^(-p/2), 0 <= p < 1"
