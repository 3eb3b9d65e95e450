"""The critical batch as an exponent: B ~ D^b is the largest batch at which fewer steps cost no samples.

D samples ask for S = eta T ~ D^min(1, 1/(zeta + v)) (see `data_exponent.py`), and T = D/B steps can take at most
S ~ T. So B_crit ~ D/S. Without label noise the largest stable step is min(1/lambda_max, B/trace), and S = D/trace
for every B up to trace/lambda_max: the critical batch does not grow with D.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sympy import Expr

from ...errors import InputError
from ..optimizers import Optimizer
from ..schedules import Schedule
from ..symbolic import Number, block, formula, json_number, number, plain
from .data_exponent import DataExponent, DataPoint, alpha_per_data

DEFINITION = (
    "the largest B whose risk after the same D samples, with the best step for each B, is within a constant factor "
    "(1.3 where a number is given) of the smallest"
)


@dataclass(frozen=True)
class CriticalBatch:
    """B_crit ~ D^exponent, and ~ (1/risk)^per_loss as the risk falls along with D.

    Args:
        at: The exponent of the risk that it follows from.
        exponent: Of D.
        per_loss: Of 1/risk.
    """

    at: DataExponent
    exponent: Expr
    per_loss: Expr

    @property
    def status(self) -> str:
        """What the exponent means."""
        if self.exponent != 0:
            return self.at.status
        if self.at.noise:
            return (
                "Derived: the critical batch does not grow with D, as the task takes the largest stable step at any D."
            )
        return "Derived: the critical batch is about trace/lambda_max at any D, as there is no label noise."

    def __str__(self) -> str:
        def rational(value: Expr) -> tuple[str, ...]:
            return number(value, value if value.is_Rational else None)

        rows = [
            ("optimizer", (self.at.optimizer,)),
            ("s, r", (f"{plain(self.at.s)}, {plain(self.at.r)}",)),
            ("schedule", (self.at.schedule.name,)),
            ("B_crit ~ D^b, b", rational(self.exponent)),
            ("~ risk^-c, c", rational(self.per_loss)),
            ("definition", (DEFINITION,)),
            ("assuming", self.at.assumptions),
            ("status", (self.status,)),
        ]
        return block(rows)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""

        def both(value: Expr) -> dict[str, Any]:
            return {"symbolic": formula(value), "value": float(value) if value.is_number else None}

        return {
            "optimizer": self.at.optimizer,
            "s": json_number(self.at.s),
            "r": json_number(self.at.r),
            "schedule": self.at.schedule.name,
            "noise": self.at.noise,
            "critical_batch": both(self.exponent),
            "per_loss": both(self.per_loss),
            "definition": DEFINITION,
            "assumptions": list(self.at.assumptions),
            "status": self.status,
        }


def critical_batch_exponent(
    optimizer: Optimizer | str,
    s: Number | None = None,
    r: Number | None = None,
    schedule: Schedule | str = "constant",
    *,
    noise: bool = True,
) -> CriticalBatch:
    """How the critical batch grows with D: B_crit ~ D^(1 - 1/(zeta + v)), and not at all on hard tasks.

    Args:
        optimizer: An object or its command-line name.
        s: Spectral exponent, > 0; None keeps the symbol.
        r: Source exponent; None is isotropic, r = s, and "r" keeps the symbol.
        schedule: An object or its name.
        noise: Labels carry noise of a fixed variance.

    Returns:
        The exponent in D and in the loss.

    Raises:
        InputError: The optimizer has more than one pass or no derived law, or s or r is out of range.

    >>> critical_batch_exponent("sgd", 1, 2, "power:4").exponent
    1/3
    """
    point = DataPoint.of(optimizer, s, r, noise)
    if point.pace.adaptive:
        raise InputError(
            f"The critical batch of {point.name} is not derived: at a large batch the modes whose share of the risk "
            "exceeds 1/B move like sign descent; try sgd-power:1/2, which has its pace at small batches."
        )
    found = alpha_per_data(optimizer, s, r, schedule, noise=noise)
    return CriticalBatch(found, found.batch, found.batch / found.symbolic)
