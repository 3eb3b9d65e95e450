"""A worker process: it ends when its parent does, leaves signals to it, and keeps to its own cores.

It imports nothing that is heavy, so that the guard stands before anything else is loaded.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import Any

_PR_SET_PDEATHSIG = 1  # prctl(2)


def guard(parent: int, lifeline: Connection | None) -> None:
    """End this process as soon as its parent ends, however that ends.

    Linux sends a signal then. Elsewhere, and where the parent had ended before that was asked for, the lifeline tells:
    the end of a pipe whose other end only the parent holds.

    Args:
        parent: its process number.
        lifeline: the end to read from, None where there is none.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
    if lifeline is not None:
        threading.Thread(target=_watch, args=(lifeline,), daemon=True, name="lifeline").start()


def begin(parent: int, lifeline: Connection, place: Sequence[int], loading: bytes) -> None:
    """What a worker does before its first task.

    Args:
        parent: the process number of its parent.
        lifeline: see `guard`.
        place: the cores it keeps to; none where it may use all.
        loading: a pickled function, called once the guard stands, so that the first task finds all that is heavy there.
    """
    guard(parent, lifeline)
    for number in ("SIGINT", "SIGTERM", "SIGHUP"):  # they reach a whole group, and the parent answers them
        if hasattr(signal, number):
            signal.signal(getattr(signal, number), signal.SIG_IGN)
    if place and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, place)
    load: Callable[[], Any] = pickle.loads(loading)
    load()


def _watch(lifeline: Connection) -> None:
    with contextlib.suppress(EOFError, OSError):
        lifeline.recv_bytes()
    os._exit(1)
