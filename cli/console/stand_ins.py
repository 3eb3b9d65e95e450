"""Names in use elsewhere: which optimizer was taken for them, said first, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .output import say

if TYPE_CHECKING:
    from ...theory.optimizers import Optimizer, StandIn


def stand_ins_of(optimizers: Iterable[Optimizer | str], *, one_pass: bool = False) -> list[StandIn]:
    """What was asked for by a name that theory does not know itself, each once.

    Args:
        optimizers: Objects or names.
        one_pass: Whether it is about one pass over data, where more names are known themselves.

    Returns:
        What was taken for them.

    Raises:
        InputError: A name is not known.
    """
    if one_pass:
        from ...theory.optimizers import one_pass_optimizer as named
    else:
        from ...theory.optimizers import optimizer as named

    known = [
        each if not isinstance(each, str) else named(each)
        for each in optimizers
        if not (isinstance(each, str) and each.strip() == "power:p")  # p stays a symbol: no object has it
    ]
    return list(dict.fromkeys(each.stands_for for each in known if each.stands_for is not None))


def stand_ins_json(found: list[StandIn]) -> dict[str, Any]:
    """The key `stands_for` of a command's JSON.

    Args:
        found: As `stand_ins_of` gives them.

    Returns:
        The key, with a list that is empty where every name was theory's own.
    """
    return {"stands_for": [each.to_json() for each in found]}


def say_stand_ins(found: list[StandIn]) -> None:
    """Print what was taken for names that theory does not know itself: the first lines of a command's text.

    Args:
        found: As `stand_ins_of` gives them.
    """
    for each in found:
        say(f"{each}.\n")
