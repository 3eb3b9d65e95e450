"""Which schedule is best at (s, r): the exponent of each, its gain on a constant step, and the decay that is enough.

With label noise alpha rises with delta, how a schedule ends, up to a limit. From alpha = r/max(1 + s_q, 1 + r, r +
(1 + s_q)/(1 + delta)) the smallest delta that has it is s_q where r >= s_q, and r/(1 + s_q - r) below.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sympy
from sympy import Expr

from ..optimizers import Optimizer
from ..schedules import STANDARD, Schedule, parse_schedule
from ..symbolic import Number, json_number, plain
from .data_exponent import DataExponent, DataPoint, alpha_per_data


@dataclass(frozen=True)
class ScheduleChoice:
    """Exponents of several schedules at one (s, r), in the order given.

    Args:
        optimizer: Its name.
        s: Spectral exponent.
        r: Source exponent.
        order: q of the rates lambda^q.
        exponents: One for each schedule.
        constant: That of a constant step.
        enough: The smallest end exponent delta that has the largest alpha.
        best: That alpha.
    """

    optimizer: str
    s: Expr
    r: Expr
    order: Expr
    exponents: tuple[DataExponent, ...]
    constant: DataExponent
    enough: Expr
    best: Expr

    @property
    def gains(self) -> tuple[Expr, ...]:
        """alpha minus the constant step's."""
        return tuple(each.symbolic - self.constant.symbolic for each in self.exponents)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "optimizer": self.optimizer,
            "s": json_number(self.s),
            "r": json_number(self.r),
            "schedules": [
                {
                    "schedule": each.schedule.name,
                    "ends": float(each.schedule.end),
                    "alpha": json_number(each.symbolic),
                    "gain": json_number(gain),
                    "enough": bool(each.symbolic == self.best),
                }
                for each, gain in zip(self.exponents, self.gains, strict=True)
            ],
            "enough": json_number(self.enough),
            "best": json_number(self.best),
            "sentence": self.sentence,
        }

    @property
    def sentence(self) -> str:
        """What to take from it."""
        if self.best == self.constant.symbolic:
            return "No decay changes the exponent here; it can still lower the risk by a factor."
        return (
            f"A decay that ends as (1 - x)^{plain(self.enough)} or faster has the largest exponent, "
            f"{plain(self.best)}; a constant step has {plain(self.constant.symbolic)}."
        )


def compare_schedules(
    optimizer: Optimizer | str,
    s: Number,
    r: Number | None = None,
    schedules: Sequence[Schedule | str] = STANDARD,
) -> ScheduleChoice:
    """Exponents in the data of several schedules at (s, r), with label noise at the best step.

    Source: Li et al. (2026) have 1 + 2 s as the best end in constants where r >= s.

    Args:
        optimizer: An object or its command-line name.
        s: Spectral exponent, > 0.
        r: Source exponent; None is isotropic, r = s.
        schedules: Objects or names.

    Returns:
        The exponents, and the decay that is enough.

    Raises:
        InputError: The optimizer has no law in the data, or s or r is out of range.

    >>> compare_schedules("sgd", "1/2", 1).enough
    1/2
    """
    shapes = [parse_schedule(each) if isinstance(each, str) else each for each in schedules]
    found = tuple(alpha_per_data(optimizer, s, r, each, noise=True) for each in shapes)
    constant = alpha_per_data(optimizer, s, r, "constant", noise=True)
    point = DataPoint.of(optimizer, s, r, True)
    best = point.r / sympy.Max(point.decay, 1 + point.r)
    enough = enough_decay(optimizer, s, r)
    return ScheduleChoice(point.name, point.s, point.r, point.pace.order, found, constant, enough, best)


def enough_decay(optimizer: Optimizer | str, s: Number, r: Number | None = None) -> Expr:
    """The smallest delta >= 0 whose (1 - x)^delta has the largest exponent in the data; s_q, or r/(1 + s_q - r).

    At delta = s_q the noise still carries a factor log D.

    Args:
        optimizer: An object or its command-line name.
        s: Spectral exponent, > 0.
        r: Source exponent; None is isotropic, r = s.

    Returns:
        delta, exact.

    Raises:
        InputError: The optimizer has no law in the data, or s or r is out of range.

    >>> enough_decay("sgd", 2, 1), enough_decay("sgd", 1, 2)
    (1/2, 1)
    """
    point = DataPoint.of(optimizer, s, r, True)
    inner = point.decay - 1
    if point.r >= inner:
        return sympy.Max(inner, 0)
    return point.r / (1 + inner - point.r)
