"""Who may write to a run directory: one sweep, or shards of it each with a lock of its own.

Locks are the system's (flock), so what a dead process held is free at once. Where a system or a disk has none, writers
are not kept apart; they would write the same cells, each file whole.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ...errors import InputError

try:
    import fcntl
except ImportError:  # not a POSIX system
    fcntl = None  # type: ignore[assignment]

LOCK = ".lock"
_HELD = (errno.EAGAIN, errno.EACCES, errno.EWOULDBLOCK)


@dataclass(frozen=True)
class Claim:
    """What a writer asks for: the whole directory, or one part of several that may be written side by side.

    Attributes:
        part: its name, None for the whole.
    """

    part: str | None = None


@contextlib.contextmanager
def locked(path: Path, claim: Claim) -> Iterator[None]:
    """Hold the lock of the directory `path`.

    Raises:
        InputError: another process that lives holds it.
        OSError: the lock's file cannot be made.
    """
    if fcntl is None:
        yield
        return
    with contextlib.ExitStack() as held:
        held.enter_context(_one(path, LOCK, shared=claim.part is not None))
        if claim.part is not None:
            held.enter_context(_one(path, f"{LOCK}-{claim.part}", shared=False))
        yield


@contextlib.contextmanager
def _one(path: Path, name: str, shared: bool) -> Iterator[None]:
    handle = os.open(path / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666)
    try:
        try:
            fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in _HELD:
                raise InputError(
                    f"{path} is being written by another process{_holder(handle)}; wait until it is done, or give "
                    "another directory."
                ) from None
        else:
            with contextlib.suppress(OSError):
                os.ftruncate(handle, 0)
                os.pwrite(handle, f"{os.getpid()} on {socket.gethostname()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)


def _holder(handle: int) -> str:
    """Who wrote their number into the lock, as far as it is known."""
    with contextlib.suppress(OSError):
        number, _, host = os.pread(handle, 200, 0).decode("ascii", "replace").strip().partition(" on ")
        if number.isdigit() and host.isprintable() and host:
            return f" (number {number} on {host})"
    return ""
