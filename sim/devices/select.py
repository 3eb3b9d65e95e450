"""Which device does the heavy arithmetic."""

from __future__ import annotations

from functools import cache

from .precision import Precision
from .protocol import Device, MemoryBudget


@cache
def device(precision: Precision = "float64", room: MemoryBudget | None = None) -> Device:
    """The device for heavy arithmetic: the host where jax finds nothing but CPUs, otherwise all accelerators there are.

    Args:
        precision: That of sums over rows.
        room: What memory allows, None for the defaults of `MemoryBudget`.

    Returns:
        The device, the same object for equal arguments.
    """
    import jax

    from .accelerator import Accelerator
    from .host import Host

    made = Host if jax.default_backend() == "cpu" else Accelerator
    return made(precision, room or MemoryBudget())
