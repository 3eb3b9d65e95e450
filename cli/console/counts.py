"""Sizes and steps as typed: `A:B` is a range, `A,B,C` a list, `A` a single one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import click

from ..._numerals import read_count
from ...errors import InputError

_LARGEST = 10**9


@dataclass(frozen=True)
class Counts:
    """Whole numbers, ascending.

    The values of a range are its ends and the powers of two between them.

    Attributes:
        values: The numbers, at least one.
        bounds: First and last of a range; None for a list.
    """

    values: tuple[int, ...]
    bounds: tuple[int, int] | None = None

    def among(self, known: Sequence[int]) -> tuple[int, ...]:
        """Those of `known` inside the range where there are any, else the values."""
        if self.bounds is None:
            return self.values
        low, high = self.bounds
        return tuple(n for n in known if low <= n <= high) or self.values


def parse_counts(text: str, name: str = "sizes") -> Counts:
    """Read `A:B` or `A,B,C`; `name` is what the error calls them. Raises InputError.

    >>> parse_counts("100:1000").values
    (100, 128, 256, 512, 1000)
    >>> parse_counts("500,100").values
    (100, 500)
    """
    if ":" in text:
        ends = [_count(part, text, name) for part in text.split(":")]
        if len(ends) != 2 or ends[0] > ends[1]:
            raise InputError(f"{name} is '{text}', but a range is A:B with A <= B; try 64:1024.")
        low, high = ends
        powers = (2**k for k in range(low.bit_length(), high.bit_length()))
        return Counts(tuple(sorted({low, *powers, high})), (low, high))
    return Counts(tuple(sorted({_count(part, text, name) for part in text.split(",")})))


def _count(part: str, text: str, name: str) -> int:
    count = _whole(part)
    if count is None:
        raise InputError(
            f"{name} is '{text[:40]}', but whole numbers from 1 to 10^9 are expected, such as 2000, 2e3 or 2k; try "
            "64:1024 or 64,256,1024."
        )
    return count


def _whole(text: str) -> int | None:
    """A whole number from 1 to 10^9; None where the text is none."""
    count = read_count(text)
    return count if count is not None and 1 <= count <= _LARGEST else None


class CountsType(click.ParamType):
    """`parse_counts` as the type of an option. Raises InputError."""

    name = "A:B|A,B,C"

    def __init__(self, counted: str) -> None:
        self.counted = counted

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Counts:
        """Read what was typed."""
        return value if isinstance(value, Counts) else parse_counts(str(value), self.counted)


class CountType(click.ParamType):
    """One whole number of at least 1, as 2000, 2e3 or 2k. Raises InputError."""

    name = "T"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read what was typed."""
        count = value if isinstance(value, int) else _whole(str(value))
        if count is None:
            called = param.name if param is not None else "the count"
            raise InputError(
                f"{called} is '{str(value)[:40]}', but a whole number of at least 1 (and at most 10^9) is expected; "
                "try 2000, 2e3 or 2k."
            )
        return count


COUNT = CountType()
SIZES = CountsType("sizes")
STEPS = CountsType("steps")
