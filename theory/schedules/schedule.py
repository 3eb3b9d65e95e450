"""The shapes a step size takes over a run, eta(t) = eta phi(x) with x = t/T in [0, 1] and max phi = 1.

Exponents see two numbers of a shape: how it ends, phi ~ (1 - x)^delta, and how it begins, phi ~ x^omega. Everything
else (shares, kinks, the level in between) is a constant factor.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from ...errors import InputError

if TYPE_CHECKING:
    import numpy as np

_ZERO = Fraction(0)
_MOST_RATES = 100_000


@dataclass(frozen=True)
class Schedule:
    """What all schedules share.

    end: delta where phi ~ (1 - x)^delta at the end, 0 where the last rates are a fixed share of the largest.
    start: omega where phi ~ x^omega at the start, 0 without warm-up. breaks: the x in (0, 1) where phi has a kink or
    jumps, so that numeric rules do not step across them.
    """

    keyword: ClassVar[str]
    summary: ClassVar[str]

    @property
    def name(self) -> str:
        """The name on the command line."""
        return self.keyword

    @property
    def end(self) -> Fraction:
        """delta, the power with which the rate falls to zero at the end."""
        return _ZERO

    @property
    def start(self) -> Fraction:
        """omega, the power with which the rate rises at the start."""
        return _ZERO

    @property
    def breaks(self) -> tuple[float, ...]:
        """Where phi is not smooth, x in (0, 1)."""
        return ()

    def shape(self, x: np.ndarray) -> np.ndarray:
        """phi(x) for x in [0, 1], of x's shape."""
        raise NotImplementedError

    def rates(self, steps: int) -> np.ndarray:
        """phi at the middle of each of T = `steps` steps, x = (t + 1/2)/T, shape (T,).

        Middles, so that neither a decay nor a warm-up has a step of rate zero.

        Args:
            steps: T.

        Returns:
            phi, shape (T,).

        Raises:
            InputError: steps is below 1.
        """
        import numpy as np

        if steps < 1:
            raise InputError(f"A schedule over {steps} steps was asked for, but it needs at least one; try 1000.")
        return self.shape((np.arange(steps) + 0.5) / steps)


@dataclass(frozen=True)
class Constant(Schedule):
    """phi = 1."""

    keyword: ClassVar[str] = "constant"
    summary: ClassVar[str] = "one rate throughout"

    def shape(self, x: np.ndarray) -> np.ndarray:
        """Ones."""
        import numpy as np

        return np.ones_like(x, dtype=float)


@dataclass(frozen=True)
class Decay(Schedule):
    """phi = floor + (1 - floor) (1 - x)^delta; `linear` is delta = 1.

    Args:
        delta: The power, 0 to 100.
        floor: What is left at the end as a share of the first rate, 0 <= floor < 1; above 0 the end counts as constant.

    Raises:
        InputError: delta or floor is out of range.
    """

    delta: Fraction
    floor: Fraction = _ZERO
    keyword: ClassVar[str] = "power:DELTA"
    summary: ClassVar[str] = "(1 - x)^DELTA down to zero; linear is power:1"

    def __post_init__(self) -> None:
        if not 0 <= self.delta <= 100:
            raise InputError(f"DELTA is {self.delta}, but a decay (1 - x)^DELTA needs 0 <= DELTA <= 100; try power:1.")
        _check_floor(self.floor, "linear:1/10")

    @property
    def name(self) -> str:
        """power:DELTA or linear, with the floor where there is one."""
        shown = "linear" if self.delta == 1 else f"power:{self.delta}"
        return shown if self.floor == 0 else f"{shown}{':' if self.delta == 1 else ','}{self.floor}"

    @property
    def end(self) -> Fraction:
        """delta, or 0 above a floor."""
        return self.delta if self.floor == 0 else _ZERO

    def shape(self, x: np.ndarray) -> np.ndarray:
        """floor + (1 - floor) (1 - x)^delta."""
        left = (1 - x) ** float(self.delta)
        return float(self.floor) + (1 - float(self.floor)) * left


@dataclass(frozen=True)
class Cosine(Schedule):
    """phi = floor + (1 - floor) (1 + cos(pi x))/2, which ends as (1 - x)^2 where floor = 0.

    Args:
        floor: What is left at the end as a share of the first rate, 0 <= floor < 1.

    Raises:
        InputError: floor is out of range.
    """

    floor: Fraction = _ZERO
    keyword: ClassVar[str] = "cosine"
    summary: ClassVar[str] = "half a cosine down to zero; cosine:1/10 stops at a tenth, which counts as constant"

    def __post_init__(self) -> None:
        _check_floor(self.floor, "cosine:1/10")

    @property
    def name(self) -> str:
        """cosine, with the floor where there is one."""
        return "cosine" if self.floor == 0 else f"cosine:{self.floor}"

    @property
    def end(self) -> Fraction:
        """2, or 0 above a floor."""
        return Fraction(2) if self.floor == 0 else _ZERO

    def shape(self, x: np.ndarray) -> np.ndarray:
        """Half a cosine."""
        import numpy as np

        # cos^2(pi x/2) keeps its digits near x = 1
        return float(self.floor) + (1 - float(self.floor)) * np.cos(math.pi * x / 2) ** 2


@dataclass(frozen=True)
class WarmupStableDecay(Schedule):
    """phi = 1 up to the last `share` of the run, then (1 - y)^delta in y, the part of that share that is over.

    A warm-up is put in front by `WarmUp`. Source: Hu et al. (2024), arXiv:2404.06395, for the schedule.

    Args:
        share: Of the run that the decay takes, 0 < share <= 1.
        delta: The power of the decay, 0 to 100.

    Raises:
        InputError: share or delta is out of range.
    """

    share: Fraction = Fraction(1, 5)
    delta: Fraction = Fraction(1)
    keyword: ClassVar[str] = "wsd:SHARE"
    summary: ClassVar[str] = "one rate, then a decay to zero over the last SHARE; wsd:SHARE,DELTA as (1 - y)^DELTA"

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise InputError(f"SHARE is {self.share}, but the decay takes 0 < SHARE <= 1 of a run; try wsd:1/5.")
        if not 0 <= self.delta <= 100:
            raise InputError(
                f"DELTA is {self.delta}, but a decay (1 - y)^DELTA needs 0 <= DELTA <= 100; try wsd:1/5,1."
            )

    @property
    def name(self) -> str:
        """wsd:SHARE, with DELTA where it is not 1."""
        return f"wsd:{self.share}" + ("" if self.delta == 1 else f",{self.delta}")

    @property
    def end(self) -> Fraction:
        """delta."""
        return self.delta

    @property
    def breaks(self) -> tuple[float, ...]:
        """Where the decay begins."""
        return () if self.share == 1 else (1 - float(self.share),)

    def shape(self, x: np.ndarray) -> np.ndarray:
        """1, then the decay."""
        import numpy as np

        left = np.clip((1 - x) / float(self.share), 0.0, 1.0)
        return np.asarray(left ** float(self.delta))


@dataclass(frozen=True)
class StepDown(Schedule):
    """phi = 1 up to the last `share` of the run, then `factor`; a factor of 0 stops learning there.

    Args:
        share: Of the run after the step, 0 < share < 1.
        factor: The last rate as a share of the first, 0 <= factor < 1.

    Raises:
        InputError: share or factor is out of range.
    """

    share: Fraction = Fraction(1, 5)
    factor: Fraction = _ZERO
    keyword: ClassVar[str] = "step:SHARE"
    summary: ClassVar[str] = "one rate, then zero over the last SHARE; step:SHARE,FACTOR falls to that factor of it"

    def __post_init__(self) -> None:
        if not 0 < self.share < 1:
            raise InputError(f"SHARE is {self.share}, but a step takes 0 < SHARE < 1 of a run; try step:1/5.")
        _check_floor(self.factor, "step:1/5,1/10")

    @property
    def name(self) -> str:
        """step:SHARE, with FACTOR where it is not 0."""
        return f"step:{self.share}" + ("" if self.factor == 0 else f",{self.factor}")

    @property
    def breaks(self) -> tuple[float, ...]:
        """Where it falls."""
        return (1 - float(self.share),)

    def shape(self, x: np.ndarray) -> np.ndarray:
        """1, then the factor."""
        import numpy as np

        return np.where(x < 1 - float(self.share), 1.0, float(self.factor))


@dataclass(frozen=True)
class Listed(Schedule):
    """phi by straight lines through rates at equal distances from x = 0 to x = 1, scaled so that the largest is 1.

    A last value of zero is a linear end (delta = 1), any other a constant one: a list is one run, and how it would end
    at other lengths is not in it.

    Args:
        values: 2 to 100,000 numbers, finite, not negative, one of them positive.

    Raises:
        InputError: There are too few or too many values, or one of them is no rate.
    """

    values: tuple[float, ...]
    keyword: ClassVar[str] = "rates:A,B,..."
    summary: ClassVar[str] = "straight lines through rates at equal distances; a file's name reads them from it"

    def __post_init__(self) -> None:
        if not 2 <= len(self.values) <= _MOST_RATES:
            raise InputError(
                f"There are {len(self.values)} rates, but 2 to {_MOST_RATES} are expected; try rates:1,1,0."
            )
        if not all(math.isfinite(v) and v >= 0 for v in self.values) or max(self.values) <= 0:
            raise InputError(
                "Rates must be finite and not negative, and one of them positive; try rates:1,1,0 or a file of numbers."
            )

    @property
    def name(self) -> str:
        """rates: and the values, the middle of a long list left out."""
        shown = [f"{value:g}" for value in self.values]
        return "rates:" + ",".join(shown if len(shown) <= 12 else [*shown[:5], "...", *shown[-5:]])

    @property
    def end(self) -> Fraction:
        """1 where the last rate is zero, else 0."""
        return Fraction(1) if self.values[-1] == 0 else _ZERO

    @property
    def start(self) -> Fraction:
        """1 where the first rate is zero, else 0."""
        return Fraction(1) if self.values[0] == 0 else _ZERO

    @property
    def breaks(self) -> tuple[float, ...]:
        """Where the slope changes; none where there are too many to step to each of them."""
        inner = [
            (i / (len(self.values) - 1), self.values[i + 1] - 2 * self.values[i] + self.values[i - 1])
            for i in range(1, len(self.values) - 1)
        ]
        bent = [x for x, bend in inner if abs(bend) > 1e-12 * max(self.values)]
        return tuple(bent) if len(bent) <= 64 else ()

    def shape(self, x: np.ndarray) -> np.ndarray:
        """Interpolated, over the largest."""
        import numpy as np

        knots = np.linspace(0, 1, len(self.values))
        return np.interp(x, knots, np.array(self.values) / max(self.values))


@dataclass(frozen=True)
class WarmUp(Schedule):
    """phi = (x/share)^omega over the first `share` of the run, then `after` over the rest of it.

    Args:
        omega: The power, above 0 up to 100; 1 is linear.
        share: Of the run that the rise takes, 0 < share < 1.
        after: A schedule without warm-up.

    Raises:
        InputError: omega or share is out of range, or `after` rises from zero by itself.
    """

    omega: Fraction
    share: Fraction
    after: Schedule
    keyword: ClassVar[str] = "warm-up"
    summary: ClassVar[str] = "a rise as x^OMEGA over the first SHARE, in front of another schedule"

    def __post_init__(self) -> None:
        if not 0 < self.omega <= 100:
            raise InputError(f"OMEGA is {self.omega}, but a warm-up x^OMEGA needs 0 < OMEGA <= 100; try 1.")
        if not 0 < self.share < 1:
            raise InputError(f"SHARE is {self.share}, but a warm-up takes 0 < SHARE < 1 of a run; try 1/10.")
        if self.after.start != 0:
            raise InputError(f"{self.after.name} rises from zero by itself; leave out the warm-up in front of it.")

    @property
    def name(self) -> str:
        """The schedule that follows, and the warm-up."""
        return f"{self.after.name} after warm-up {self.omega},{self.share}"

    @property
    def end(self) -> Fraction:
        """That of the schedule that follows."""
        return self.after.end

    @property
    def start(self) -> Fraction:
        """omega."""
        return self.omega

    @property
    def breaks(self) -> tuple[float, ...]:
        """The end of the warm-up, and those of the schedule that follows."""
        share = float(self.share)
        return (share, *(share + (1 - share) * x for x in self.after.breaks))

    def shape(self, x: np.ndarray) -> np.ndarray:
        """The rise, then the schedule that follows."""
        import numpy as np

        share = float(self.share)
        later = self.after.shape(np.clip((x - share) / (1 - share), 0.0, 1.0))
        rise = np.clip(x / share, 0.0, 1.0) ** float(self.omega)
        return np.where(x < share, rise * self.after.shape(np.zeros(1))[0], later)


def _check_floor(floor: Fraction, example: str) -> None:
    if not 0 <= floor < 1:
        raise InputError(f"The last rate is {floor} of the first, but 0 up to 1 is expected; try {example}.")
