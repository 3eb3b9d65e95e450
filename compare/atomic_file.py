"""Files that are whole or not there: written beside their place, then moved into it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from ..errors import InputError


def write_atomically(path: Path, content: bytes) -> Path:
    """Write a file, whole or not at all, making its folder.

    Args:
        path: of the file; one that is there is replaced.
        content: what it will hold.

    Returns:
        The path.

    Raises:
        InputError: where that cannot be done.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise InputError(
            f"'{path}' cannot be written ({error.strerror}); give a path in a folder you may write to."
        ) from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(draft, 0o666 & ~mask)
        os.replace(draft, path)
    except OSError as error:
        Path(draft).unlink(missing_ok=True)
        raise InputError(
            f"'{path}' cannot be written ({error.strerror}); give a path in a folder you may write to."
        ) from None
    return path
