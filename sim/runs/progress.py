"""Progress: how far a sweep is, weighed by what its cells cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """How far a sweep is.

    Attributes:
        fraction: Of the estimated cost, from 0 to 1.
        done: Cells that are there.
        total: Cells of the sweep.
        elapsed: Seconds since the start.
        remaining: Seconds, None before anything was computed.
        label: The cell just done.
    """

    fraction: float
    done: int
    total: int
    elapsed: float
    remaining: float | None
    label: str


Report = Callable[[Progress], None]
