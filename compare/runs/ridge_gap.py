"""How far gradient descent's risk is above the ridge solution's, measured and published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .measurement import Measurement
from .published import PublishedTable


@dataclass(frozen=True)
class LossGap:
    """(gd risk - natural-gradient risk) / natural-gradient risk at one s and size.

    Attributes:
        s: spectral exponent.
        size: N.
        steps: T.
        measured: of the run.
        published: of the paper.
    """

    s: float
    size: int
    steps: int
    measured: float
    published: float

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "s": self.s,
            "N": self.size,
            "steps": self.steps,
            "measured": self.measured,
            "published": self.published,
        }


def loss_gaps(made: Measurement, table: PublishedTable | None, steps: int) -> tuple[LossGap, ...]:
    """Every published gap whose s and size are in the run.

    Args:
        made: the run.
        table: the published values of its set-up; None where there are none.
        steps: T; there is no gap at another than the published one.

    Returns:
        The gaps, in the table's order.
    """
    names = ("gd", "natural-gradient")
    if table is None or steps != table.steps or not set(names) <= set(made.optimizers):
        return ()
    found = []
    for gap in table.gaps:
        if gap.s in made.s and gap.size in made.sizes:
            at = made.sizes.index(gap.size)
            slow, ridge = (float(made.mean(name, gap.s, steps)[at]) for name in names)
            if ridge > 0 and np.isfinite(slow):
                found.append(LossGap(gap.s, gap.size, steps, slow / ridge - 1, gap.value))
    return tuple(found)
