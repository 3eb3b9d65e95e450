"""What a cell took: time, processor time, peak memory."""

from __future__ import annotations

import contextlib
import math
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_STATUS, _RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")
_FORGET_PEAK = "5"  # what clear_refs takes for it, see proc(5)


@dataclass
class Usage:
    """What a block of code took; NaN until it has ended.

    Attributes:
        seconds: On the clock.
        cpu_seconds: Of all cores.
        peak: Bytes of memory that the process held at most, NaN where not known.
    """

    seconds: float = math.nan
    cpu_seconds: float = math.nan
    peak: float = math.nan


@contextlib.contextmanager
def measured_usage() -> Iterator[Usage]:
    """Measure what a block takes. One block a process at a time; peaks are known on Linux only.

    Yields:
        The usage, filled in at the end of the block unless it raises.
    """
    found = Usage()
    forgotten = _forget_peak()
    started, started_cpu = time.perf_counter(), time.process_time()
    yield found
    found.seconds = time.perf_counter() - started
    found.cpu_seconds = time.process_time() - started_cpu
    if forgotten:
        found.peak = _peak()


def _forget_peak() -> bool:
    try:
        _RESET.write_text(_FORGET_PEAK)
    except OSError:
        return False
    return True


def _peak() -> float:
    for line in _STATUS.read_text().splitlines():
        if line.startswith("VmHWM:"):
            return float(line.split()[1]) * 1024
    return math.nan


def cores() -> int:
    """Count the processor cores this process may use.

    Returns:
        Those of its affinity mask where the system has one, otherwise all; at least 1.
    """
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
