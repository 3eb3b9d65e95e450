"""Which device does the heavy arithmetic."""

from __future__ import annotations

from functools import cache

from .precision import Precision
from .protocol import Device, MemoryBudget


@cache
def device(precision: Precision = "float64", room: MemoryBudget | None = None) -> Device:
    """The host where jax finds nothing but CPUs, otherwise all the accelerators there are."""
    import jax

    from .accelerator import Accelerator
    from .host import Host

    made = Host if jax.default_backend() == "cpu" else Accelerator
    return made(precision, room or MemoryBudget())
