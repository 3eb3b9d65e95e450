"""Numbers as people type them, read exactly and within stated limits.

A text of ten characters can stand for a number of a billion digits (`1e999999999`), so that limits hold before
anything is built: on the characters of the text, on the digits of numerator and denominator, and on the exponent.
"""

from __future__ import annotations

import re
from fractions import Fraction

MOST_DIGITS = 30  # of numerator and denominator: exact arithmetic answers in seconds, and no field needs more
LIMITS = f"at most {MOST_DIGITS} digits before and after the decimal point, or in either part of a fraction"

_MOST_CHARACTERS = 2 * MOST_DIGITS + 4
_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_RATIO = re.compile(r"[+-]?\d+/\d+", re.ASCII)
_SCALES = {"": 1, "k": 10**3, "K": 10**3, "M": 10**6, "G": 10**9, "B": 10**9}
_COUNT = re.compile(r"((?:\d+\.?\d*|\.\d+)(?:[eE]\+?\d{1,2})?)([kKMGB]?)", re.ASCII)


def within_limits(value: Fraction) -> bool:
    """Whether numerator and denominator have at most `MOST_DIGITS` digits.

    Args:
        value: Any fraction.

    Returns:
        True where exact arithmetic with it stays quick. 10^30 itself is the largest power of ten that passes.
    """
    largest = 10**MOST_DIGITS
    return abs(value.numerator) <= largest and value.denominator <= largest


def read_fraction(text: str) -> Fraction | None:
    """The rational that a decimal (`0.5`, `1e-3`) or a fraction (`1/2`) stands for.

    Args:
        text: As typed; spaces around it do not matter.

    Returns:
        The exact rational; None where the text is no number, or one beyond the limits.

    >>> read_fraction("0.1"), read_fraction("1/3"), read_fraction("1e-999999999"), read_fraction("nan")
    (Fraction(1, 10), Fraction(1, 3), None, None)
    """
    text = text.strip()
    if len(text) > _MOST_CHARACTERS or not (_DECIMAL.fullmatch(text) or _RATIO.fullmatch(text)):
        return None
    try:
        value = Fraction(text)
    except ZeroDivisionError:
        return None
    return value if within_limits(value) else None


def read_count(text: str) -> int | None:
    """The whole number that `2000`, `2e3`, `2k` or `1.5M` stands for.

    Args:
        text: As typed: digits, a decimal or an exponent, and k, M, G or B (10^3, 10^6, 10^9) behind it.

    Returns:
        The number; None where the text is none, or stands for no whole number of at least 0.

    >>> read_count("2e3"), read_count("1.5k"), read_count("1.2345k"), read_count("-1")
    (2000, 1500, None, None)
    """
    found = _COUNT.fullmatch(text.strip()) if len(text) <= _MOST_CHARACTERS else None
    if found is None:
        return None
    value = Fraction(found[1]) * _SCALES[found[2]]
    return int(value) if value.denominator == 1 else None
