"""How much memory there is, and refusals of what cannot fit it before it is begun."""

from __future__ import annotations

import os
from pathlib import Path

from ...errors import InputError

_UNKNOWN = 4 * 2**30  # bytes, where the system does not say
_LIMITS = (  # of a container: what it may use, what it uses
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
    ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
)


def available_bytes() -> int:
    """Memory that can be taken now: the least that the system, a container and ulimit say.

    Returns:
        Bytes, 0 or more.
    """
    least = [_of_system()]
    for limit, used in _LIMITS:
        most, now = _number(limit), _number(used)
        if most is not None and now is not None:
            least.append(most - now)
    try:
        import resource

        soft, _ = resource.getrlimit(resource.RLIMIT_AS)
        if soft != resource.RLIM_INFINITY:
            least.append(soft)
    except ImportError:  # no such limit on this system
        pass
    return max(min(least), 0)


def check_fits(needed: float, what: str, cure: str = "give fewer rows") -> None:
    """Refuse what would take more memory than there is.

    Args:
        needed: Bytes that the work will hold at its most.
        what: The subject of the sentence, such as "x.npz".
        cure: What to try.

    Raises:
        InputError: Where `needed` is above `available_bytes()`.
    """
    free = available_bytes()
    if needed > free:
        raise InputError(
            f"{what} needs {needed / 1e9:,.1f} GB of memory, but {free / 1e9:,.1f} GB can be taken here; {cure}."
        )


def _of_system() -> int:
    try:
        for line in Path("/proc/meminfo").read_text("ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (AttributeError, ValueError, OSError):
        return _UNKNOWN


def _number(path: str) -> int | None:
    try:
        return int(Path(path).read_text("ascii"))
    except (OSError, ValueError):  # no container, or no limit ("max")
        return None
