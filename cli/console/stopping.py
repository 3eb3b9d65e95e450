"""Signals that ask the program to stop: the work ends in order, and after a second in any case.

Python runs a signal's handler between two of its own instructions, and a matrix can be under way for minutes. So a
thread is told at once, by the pipe that Python writes to from the signal itself, and ends the process where the work
has not ended by then: cells are kept as they are finished, so nothing is lost, and workers end with their parent.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket

PATIENCE = 0.9  # seconds
_ASKED = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class Stopped(KeyboardInterrupt):
    """A signal asked the program to stop. number: of the signal."""

    def __init__(self, number: int = signal.SIGINT) -> None:
        super().__init__()
        self.number = number


def sentence(number: int) -> str:
    """What is said where a signal has ended the work."""
    return f"stopped by {signal.Signals(number).name}; a run keeps its finished cells, so the same command goes on."


@contextmanager
def stoppable() -> Iterator[Callable[[], None]]:
    """Answer signals inside by `Stopped`, and by the end of the process a second later.

    Nothing is changed where it is nested, outside the main thread, and for signals that have a handler already or are
    ignored, as under nohup.

    Yields:
        A check that raises Stopped where it was raised before and got lost: Python drops exceptions that are raised
        inside callbacks of its garbage collector, and jax has one.

    Raises:
        Stopped: A signal came, inside or just before the end.
    """
    seen: list[int] = []

    def check() -> None:
        if seen:
            raise Stopped(seen[0])

    def note(number: int, frame: FrameType | None) -> None:
        seen.append(number)
        raise Stopped(number)

    usual = {signal.SIG_DFL, signal.default_int_handler}
    free = [number for number in _ASKED if signal.getsignal(number) in usual]
    if not free or threading.current_thread() is not threading.main_thread():
        yield check
        return
    import socket  # 2 ms that a symbolic answer does without

    told, telling = socket.socketpair()
    told.setblocking(True)
    telling.setblocking(False)
    over = threading.Event()
    threading.Thread(target=_watch, args=(told, over, {int(n) for n in free}), daemon=True, name="stopping").start()
    before = {number: signal.signal(number, note) for number in free}
    wakeup = signal.set_wakeup_fd(telling.fileno(), warn_on_full_buffer=False)
    try:
        yield check
        check()
    finally:
        over.set()
        signal.set_wakeup_fd(wakeup)
        for number, handler in before.items():
            signal.signal(number, handler)
        telling.close()


def _watch(told: socket.socket, over: threading.Event, numbers: set[int]) -> None:
    with told:
        while received := told.recv(1):
            number = received[0]
            if number in numbers and not over.wait(PATIENCE):
                os.write(sys.stderr.fileno(), f"optscaling: {sentence(number)}\n".encode())
                os._exit(128 + number)
