"""Numbers read exactly: 0.5, "1/2" and Fraction(1, 2) are the same rational."""

from __future__ import annotations

import math
import numbers
from fractions import Fraction

import sympy

from ..._numerals import LIMITS, read_fraction, within_limits
from ...errors import InputError

Number = int | float | Fraction | str

_SMALL = 1000  # a float that rounds from a fraction with a denominator up to this is taken to be that fraction


def exact(value: Number, name: str) -> sympy.Rational:
    """`value` as a rational; `name` is what the error calls it.

    Args:
        value: A number, or a decimal or fraction as text.
        name: What it is, such as s.

    Returns:
        The rational. A float that is the nearest one to a fraction with a denominator up to 1000 is that fraction.

    Raises:
        InputError: It is not a finite number, or has more digits than exact arithmetic should be given (30).

    >>> exact("1/2", "s"), exact(0.1, "s"), exact(1 / 3, "s")
    (1/2, 1/10, 1/3)
    """
    fraction = _fraction(value)
    if fraction is None or not within_limits(fraction):
        shown = f"'{value[:40]}'" if isinstance(value, str) else str(value)[:40]
        raise InputError(
            f"{name} is {shown}, but a finite number is expected ({LIMITS}); try {name} = 1 or {name} = 1/2."
        )
    return sympy.Rational(fraction.numerator, fraction.denominator)


def _fraction(value: object) -> Fraction | None:
    if isinstance(value, str):
        return read_fraction(value)
    if isinstance(value, bool):
        return None
    if isinstance(value, numbers.Rational):
        return Fraction(int(value.numerator), int(value.denominator))
    if isinstance(value, numbers.Real | sympy.Float) and math.isfinite(float(value)):
        near = Fraction(float(value)).limit_denominator(_SMALL)
        return near if float(near) == float(value) else Fraction(repr(float(value)))
    return None
