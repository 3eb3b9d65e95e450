"""The border of a store: files that may be cut, changed, replaced or of another kind, read as JSON of known types.

All that is wrong with a file is one exception, `Unreadable`, with the reason in a few words.
"""

from __future__ import annotations

import json
import math
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_OPEN = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class Unreadable(Exception):
    """What is wrong with a file, such as "its risk is -5". missing: whether there is none."""

    def __init__(self, reason: str, missing: bool = False) -> None:
        super().__init__(reason)
        self.missing = missing


def read_bytes(path: Path, most: int) -> bytes:
    """The content of an ordinary file.

    Args:
        path: where.
        most: bytes it may have.

    Raises:
        Unreadable: there is none, it cannot be read, it is a pipe, a device or a folder, or it is longer.
    """
    try:
        handle = os.open(path, _OPEN)  # a pipe that nobody writes to is opened too, and does not block
    except (FileNotFoundError, NotADirectoryError):
        raise Unreadable("it is missing", missing=True) from None
    except OSError as error:
        raise Unreadable(f"it cannot be opened ({error.strerror})") from None
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise Unreadable("it is not an ordinary file")
        if found.st_size > most:
            raise Unreadable(f"it has {found.st_size} bytes, more than the {most} there can be")
        with os.fdopen(handle, "rb", closefd=False) as stream:
            return stream.read(most + 1)
    except OSError as error:
        raise Unreadable(f"it cannot be read ({error.strerror})") from None
    finally:
        os.close(handle)


def read_object(path: Path, most: int) -> dict[str, Any]:
    """A file that holds one JSON object.

    Args:
        path: where.
        most: bytes it may have.

    Raises:
        Unreadable: see `read_bytes`; or it is no JSON object.
    """
    try:
        content = json.loads(read_bytes(path, most))
    except (ValueError, RecursionError, MemoryError):
        raise Unreadable("it is not JSON, or cut off") from None
    if not isinstance(content, dict):
        raise Unreadable("it is not a JSON object")
    return content


def text(content: Mapping[str, Any], name: str, most: int = 100_000) -> str:
    """A string of an object. Raises Unreadable where it is none, or has more characters than `most`."""
    value = content.get(name)
    if not isinstance(value, str) or len(value) > most:
        raise Unreadable(f"its {name} is not text")
    return value


def number(content: Mapping[str, Any], name: str, least: float = 0.0, most: float = math.inf) -> float:
    """A number of an object, NaN where it is null.

    Args:
        content: the object.
        name: of the number in it; one that is left out is null.
        least: the smallest that makes sense.
        most: the largest.

    Raises:
        Unreadable: it is no number, not finite, or outside.
    """
    return _checked(content.get(name), name, least, most)


def table(content: Mapping[str, Any], name: str, shape: tuple[int, int]) -> list[list[float]]:
    """Rows of numbers that are not negative, NaN where they are null.

    Args:
        content: the object.
        name: of the table in it.
        shape: rows and columns.

    Raises:
        Unreadable: it is no such table.
    """
    rows = content.get(name)
    if not isinstance(rows, list) or len(rows) != shape[0]:
        raise Unreadable(f"its {name} does not have {shape[0]} rows")
    for row in rows:
        if not isinstance(row, list) or len(row) != shape[1]:
            raise Unreadable(f"its {name} does not have {shape[1]} columns")
    return [[_checked(value, name, 0.0, math.inf) for value in row] for row in rows]


def _checked(value: Any, name: str, least: float, most: float) -> float:
    if value is None:
        return math.nan
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unreadable(f"its {name} is not a number")
    try:
        found = float(value)
    except OverflowError:
        raise Unreadable(f"its {name} is beyond all numbers") from None
    if not (math.isfinite(found) and least <= found <= most):
        raise Unreadable(f"its {name} is {found:g}")
    return found
