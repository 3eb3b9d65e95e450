"""What a cell was measured on: processor and BLAS, or the accelerator."""

from __future__ import annotations

import platform
from functools import cache
from pathlib import Path

from .threads import blas_name

_MODEL = Path("/proc/cpuinfo")


@cache
def processor(device: str) -> str:
    """The kind of processor and the library that heavy arithmetic ran on, for the record of a cell.

    Args:
        device: the name of the Device, host or jax.

    Returns:
        Such as "Intel Xeon, openblas 0.3.30 Haswell". Cells of one text have the same bits where they had as many
        threads; between texts results agree within rounding.
    """
    if device == "host":
        return f"{_model()}, {blas_name()}"
    import jax

    kinds = sorted({each.device_kind for each in jax.local_devices()})
    return f"{', '.join(kinds)}, jax {jax.__version__}"


def _model() -> str:
    try:
        lines = _MODEL.read_text().splitlines()
    except OSError:
        lines = []
    named = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return named or platform.processor() or platform.machine()
