"""Optimizers as spectral filters: h_T(x) is what is left, after T steps, of a residual on eigenvalue x.

x is in units of the largest eigenvalue of the feature Gram matrix G. Each filter is one expression in x, so the
same definition serves sympy symbols, mpmath numbers, and numpy arrays, real or complex.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar

from ...errors import InputError

if TYPE_CHECKING:
    import numpy as np

    from .names import Name


def show(value: Fraction | float) -> str:
    """A parameter as names write it."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def as_number_like(value: Fraction | float, x: Any) -> Any:
    """`value` exact beside exact numbers, a float beside numpy and Python ones (which know no fractions)."""
    inexact = isinstance(x, (float, complex)) or type(x).__module__.partition(".")[0] == "numpy"
    return float(value) if inexact else value


@dataclass(frozen=True)
class StandIn:
    """What was asked for by a name in use elsewhere, and when the optimizer that is taken for it behaves like it.

    Args:
        asked: The name that was asked for, such as muon.
        taken: The name of the optimizer that is taken, such as matrix-sign.
        when: When the two are alike, a clause after "taken for it".
    """

    asked: str
    taken: str
    when: str

    def __str__(self) -> str:
        return f"{self.asked} is not known itself; {self.taken} is taken for it: {self.when}"

    def to_json(self) -> dict[str, str]:
        """Plain JSON values."""
        return {"asked": self.asked, "taken": self.taken, "when": self.when}


@dataclass(frozen=True)
class Optimizer:
    """What all optimizers share: a name, how it is read, and what is known of them.

    A class states `keyword` (its name, parameters as symbols), `summary` (one line), `also` (other names of one of
    its members, each with a line) and, where it has parameters, `named`.

    Args:
        stands_for: What it was taken for; None where it was asked for by its own name. It does not count when
            optimizers are compared.
    """

    stands_for: StandIn | None = field(default=None, compare=False, repr=False, kw_only=True)
    keyword: ClassVar[str]
    summary: ClassVar[str]
    also: ClassVar[Mapping[str, str]] = {}

    @classmethod
    def word(cls) -> str:
        """The keyword without its parameter."""
        return cls.keyword.partition(":")[0]

    @classmethod
    def named(cls, name: Name) -> Optimizer | None:
        """The optimizer of this kind that a name stands for; None where it stands for another kind.

        Raises:
            InputError: The name is of this kind, but its parameter is out of range or no number.
        """
        return cls() if name.parameter is None and name.word == cls.keyword else None

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

    def check_rate(self) -> None:
        """Refuse a rate that is not 1 at x = 1: eta is in units of its largest value, so risks would be wrong.

        Raises:
            InputError: unless rate(1) = 1, or the filter has no rate.
        """
        try:
            top = self.rate(1.0)
        except TypeError:
            return
        if not abs(top - 1) <= 1e-9:
            raise InputError(
                f"The rate of {self.name} at x = 1 is {top:g}, but it must be 1, as eta is in units of the largest "
                "rate; divide the rate by its value at 1."
            )

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
