"""The level of every interval and the quantiles that go with it, so that 1.96 is written nowhere."""

from __future__ import annotations

from statistics import NormalDist

LEVEL = 0.95
"""The probability that an interval holds the truth."""

TAIL = (1 - LEVEL) / 2
"""The probability on either side of an interval."""

NORMAL = NormalDist().inv_cdf(1 - TAIL)
"""Half the width of a normal interval, in standard errors: 1.96."""


def student_quantile(degrees: float) -> float:
    """Half the width of a t interval, in standard errors.

    Args:
        degrees: degrees of freedom, positive; they need not be whole.

    Returns:
        The quantile at `1 - TAIL`; NORMAL is its limit for many degrees.

    Example:
        >>> round(student_quantile(3), 4), round(student_quantile(1e9) / NORMAL, 6)
        (3.1824, 1.0)
    """
    from scipy.special import stdtrit

    return float(stdtrit(degrees, 1 - TAIL))
