"""Names: the schedule that a name of the command line stands for."""

from __future__ import annotations

import math
from collections.abc import Callable
from difflib import get_close_matches
from fractions import Fraction
from pathlib import Path

from ...errors import InputError
from .schedule import Constant, Cosine, Decay, Listed, Schedule, StepDown, WarmUp, WarmupStableDecay

_LARGEST_FILE = 10_000_000  # bytes

# word -> (parameters at least and at most, what makes it of them)
_KINDS: dict[str, tuple[int, int, Callable[..., Schedule]]] = {
    "constant": (0, 0, Constant),
    "linear": (0, 1, lambda floor=Fraction(0): Decay(Fraction(1), floor)),
    "cosine": (0, 1, Cosine),
    "wsd": (0, 2, WarmupStableDecay),
    "power": (1, 2, Decay),
    "step": (0, 2, StepDown),
}
_FORMS = (
    "constant, linear, cosine, wsd:SHARE, wsd:SHARE,DELTA, power:DELTA, step:SHARE, rates:A,B,... or a file of rates"
)

# those that tables compare
STANDARD: tuple[str, ...] = ("constant", "step:1/5,1/10", "power:1/2", "linear", "wsd:1/5", "cosine", "power:4")


def parse_schedule(text: str | Schedule, warmup: str | None = None) -> Schedule:
    """The schedule a name stands for, with a warm-up "OMEGA" or "OMEGA,SHARE" (a tenth of the run) in front.

    A text that is no name but a file's is read as rates: numbers, one a line or parted by commas or spaces.

    Args:
        text: A name such as wsd:1/5, a file's name, or a schedule, which is taken as it is.
        warmup: OMEGA or OMEGA,SHARE; None is none.

    Returns:
        The schedule.

    Raises:
        InputError: The text is no name and no file, or a number in it is out of range.

    >>> parse_schedule("wsd:1/5").end
    Fraction(1, 1)
    >>> parse_schedule("power:4", "1,1/10").name
    'power:4 after warm-up 1,1/10'
    """
    found = text if isinstance(text, Schedule) else _named(text.strip())
    if warmup is None:
        return found
    omega, *rest = _numbers(warmup, warmup, 1, 2, "a warm-up OMEGA,SHARE such as 1,1/10")
    share = rest[0] if rest else Fraction(1, 10)
    return WarmUp(omega, share, found)


def _named(text: str) -> Schedule:
    word, colon, rest = text.partition(":")
    if word in _KINDS:
        least, most, make = _KINDS[word]
        if not colon and least == 0:
            return make()
        return make(*_numbers(rest, text, max(least, 1), most, f"a schedule such as {_example(word)}"))
    if word == "rates":
        return Listed(tuple(float(value) for value in _numbers(rest, text, 2, 100_000, "rates such as rates:1,1,0")))
    path = Path(text)
    if path.is_file():
        return _from_file(path)
    close = get_close_matches(word[:40], [*_KINDS, "rates"], n=2, cutoff=0.5)
    told = f"did you mean {' or '.join(close)}?" if close else f"expected {_FORMS}."
    raise InputError(f"'{text[:40]}' is not a schedule, nor a file that can be read; {told}")


def _example(word: str) -> str:
    return {"wsd": "wsd:1/5", "power": "power:2", "step": "step:1/5", "constant": "constant"}.get(word, f"{word}:1/10")


def _numbers(text: str, whole: str, least: int, most: int, expected: str) -> list[Fraction]:
    parts = [part.strip() for part in text.split(",")]
    try:
        if not least <= len(parts) <= most or any(len(part) > 40 for part in parts):
            raise ValueError(text)
        if not all("/" in part or math.isfinite(float(part)) for part in parts):
            raise ValueError(text)
        return [Fraction(part) for part in parts]
    except (ValueError, ZeroDivisionError):
        raise InputError(f"'{whole[:40]}' was given, but {expected} is expected, with numbers or fractions.") from None


def _from_file(path: Path) -> Listed:
    if path.stat().st_size > _LARGEST_FILE:
        raise InputError(f"{path} is larger than 10 MB, but a file of rates has up to 100,000 numbers.")
    try:
        words = path.read_text("utf-8").replace(",", " ").split()
        values = tuple(float(word) for word in words)
    except (UnicodeDecodeError, ValueError):
        raise InputError(
            f"{path} has something that is not a number, but a file of rates has numbers only, one a line."
        ) from None
    return Listed(values)
