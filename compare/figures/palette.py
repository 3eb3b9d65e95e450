"""One colour and marker per optimizer in every figure, safe for colour-blind readers (Okabe and Ito 2008)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

INK = "#1b1f24"
FAINT = "#8a929b"


@dataclass(frozen=True)
class Style:
    """How an optimizer is drawn.

    Attributes:
        colour: hexadecimal.
        marker: of matplotlib.
    """

    colour: str
    marker: str


_KNOWN = {
    "gd": Style("#D55E00", "o"),
    "diagonal": Style("#E69F00", "s"),
    "matrix-sign": Style("#009E73", "^"),
    "natural-gradient": Style("#0072B2", "D"),
    "sign": Style("#CC79A7", "v"),
}
_REST = (
    Style("#56B4E9", "P"),
    Style("#7F6A00", "X"),
    Style("#5B4B9A", "<"),
    Style("#8A3B12", ">"),
    Style("#3F8F8B", "p"),
    Style("#B0A000", "h"),
    Style("#777777", "*"),
)


def styles(optimizers: Iterable[str]) -> dict[str, Style]:
    """A style for each optimizer: fixed for the usual five, the others in the order given.

    Args:
        optimizers: command-line names.

    Returns:
        Styles by name.

    Example:
        >>> styles(["block:8", "gd"])["gd"].colour
        '#D55E00'
    """
    made, rest = {}, 0
    for name in optimizers:
        if name in _KNOWN:
            made[name] = _KNOWN[name]
        else:
            made[name] = _REST[rest % len(_REST)]
            rest += 1
    return made
