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
    """seconds: on the clock. cpu_seconds: of all cores. peak: bytes the process held at most, NaN where not known."""

    seconds: float = math.nan
    cpu_seconds: float = math.nan
    peak: float = math.nan


@contextlib.contextmanager
def measured_usage() -> Iterator[Usage]:
    """What the block takes, filled in at its end. One block a process at a time; peaks are known on Linux only."""
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
    """Processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
