"""Numbers as typed where one or several are taken: `1` or `1,2`."""

from __future__ import annotations

from ...errors import InputError

_MOST = 100


def listed(text: str | None, name: str) -> list[str | None]:
    """The entries of `1,2`; one None where nothing was given. Raises InputError for an entry that is missing.

    >>> listed("1/2, 1", "s"), listed(None, "s")
    (['1/2', '1'], [None])
    """
    if text is None:
        return [None]
    entries: list[str | None] = [part.strip() for part in text.split(",")]
    if not all(entries) or len(entries) > _MOST:
        raise InputError(
            f"{name} is '{text[:40]}', but a number or a list of at most {_MOST} is expected; try {name} = 1 or 1,2."
        )
    return entries
