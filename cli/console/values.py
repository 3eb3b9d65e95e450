"""Numbers as typed where one or several are taken: `1` or `1,2`."""

from __future__ import annotations

from ...errors import InputError

_MOST = 100


def listed(text: str | None, name: str) -> list[str | None]:
    """The entries of `1,2`.

    Args:
        text: What was typed; None where nothing was.
        name: The option, for the sentence of a refusal.

    Returns:
        The entries as text; one None where nothing was given.

    Raises:
        InputError: An entry is empty, or there are more than the command takes.

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
