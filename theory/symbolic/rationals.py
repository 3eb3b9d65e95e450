"""Numbers read exactly: 0.5, "1/2" and Fraction(1, 2) are the same rational."""

from __future__ import annotations

import math
import numbers
import re
from fractions import Fraction

import sympy

from ...errors import InputError

Number = int | float | Fraction | str

_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
_RATIO = re.compile(r"[+-]?\d+/\d+")
_LARGEST = 10**100
_SMALL = 1000  # a float that rounds from a fraction with a denominator up to this is taken to be that fraction


def exact(value: Number, name: str) -> sympy.Rational:
    """`value` as a rational; `name` is what the error calls it.

    Raises InputError for what is not a finite number, or is beyond 1e100, where products overflow a float.

    >>> exact("1/2", "s"), exact(0.1, "s"), exact(1 / 3, "s")
    (1/2, 1/10, 1/3)
    """
    fraction = _fraction(value)
    if fraction is None or abs(fraction) > _LARGEST:
        shown = f"'{value[:40]}'" if isinstance(value, str) else str(value)[:40]
        raise InputError(
            f"{name} is {shown}, but a finite number is expected (up to 1e100); try {name} = 1 or {name} = 1/2."
        )
    return sympy.Rational(fraction.numerator, fraction.denominator)


def _fraction(value: object) -> Fraction | None:
    if isinstance(value, str):
        text = value.strip()
        readable = len(text) <= 40 and (_DECIMAL.fullmatch(text) or _RATIO.fullmatch(text))
        try:
            return Fraction(text) if readable else None
        except ZeroDivisionError:
            return None
    if isinstance(value, bool):
        return None
    if isinstance(value, numbers.Rational):
        return Fraction(int(value.numerator), int(value.denominator))
    if isinstance(value, numbers.Real | sympy.Float) and math.isfinite(float(value)):
        near = Fraction(float(value)).limit_denominator(_SMALL)
        return near if float(near) == float(value) else Fraction(repr(float(value)))
    return None
