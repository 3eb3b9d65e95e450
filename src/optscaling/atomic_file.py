"""Files that are whole or not there: written beside their place, then moved into it.

What is written beside has a name that nobody can foresee, and is opened only where there is nothing of that name, so
that no link laid out beforehand is followed, and two writers never share a draft.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from .errors import InputError

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_DRAFT = ".draft"


def is_draft(name: str) -> bool:
    """Whether a file of this name is what `replace_file` leaves where its process is killed.

    >>> is_draft(".risk.nc.0123456789abcdef.draft"), is_draft("risk.nc")
    (True, False)
    """
    return name.startswith(".") and name.endswith(_DRAFT)


def replace_file(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Write `content` to `path`, whole or not at all.

    Args:
        path: where; a file that is there is replaced.
        content: all of it.
        durable: whether it is to outlive a loss of power at once, which costs milliseconds; without, a file may be
            found empty then.

    Raises:
        OSError: the disk refuses; nothing is left behind, and what was at `path` still is.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}{_DRAFT}")
    handle = os.open(draft, _NEW | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            if durable:
                stream.flush()
                os.fsync(stream.fileno())
        os.replace(draft, path)
    except BaseException:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise


def write_atomically(path: Path, content: bytes) -> Path:
    """Write `content` to `path`, making its folder.

    Args:
        path: where.
        content: all of it.

    Returns:
        The path.

    Raises:
        InputError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, content, durable=False)
    except OSError as error:
        raise InputError(
            f"'{path}' cannot be written ({error.strerror}); give a path in a folder you may write to."
        ) from None
    return path
