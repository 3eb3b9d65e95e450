"""Differences of exponents between two series of losses: paired at common sizes where the data allow.

At common sizes the shape of each model, its token count and the data are shared, and what they do to the loss
cancels in d_k = log L_a(N_k) - log L_b(N_k). The slope of d on log N is alpha_b - alpha_a, with its own t interval,
often many times narrower than those of the two exponents. Its residuals are the deviations that are not shared.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from .intervals import Interval, t_quantile
from .loss_table import Series

SAME = 1e-3  # sizes that differ by less, relatively, are the same (extra norms add a few parameters)
_FEWEST = 3


@dataclass(frozen=True)
class ExponentDifference:
    """alpha(a) - alpha(b).

    error: standard error. interval: 95 %, Student's t. paired: from ratios of losses at `sizes` common sizes,
    otherwise from the two exponents on their own. undecided: the interval holds zero, or there is none.
    dof: degrees of freedom of the t interval. agreed: the sign that every form tells at the 1 % level, 0 for none;
    None where one form was asked for.
    """

    a: str
    b: str
    stratum: tuple[str, ...]
    difference: float | None
    error: float | None
    interval: Interval | None
    paired: bool
    sizes: int
    dof: float | None
    status: str
    agreed: int | None = None

    @property
    def undecided(self) -> bool:
        """Whether the data cannot tell which exponent is larger."""
        if self.agreed is not None:
            return self.agreed == 0
        return self.interval is None or self.interval[0] <= 0 <= self.interval[1]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "a": self.a,
            "b": self.b,
            "stratum": list(self.stratum),
            "difference": self.difference,
            "error": self.error,
            "interval": None if self.interval is None else list(self.interval),
            "paired": self.paired,
            "common_sizes": self.sizes if self.paired else None,
            "undecided": self.undecided,
            "status": self.status,
        }


def common_sizes(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Indices into both of the sizes they share, to a relative SAME; both are in rising order, without repeats.

    >>> common_sizes(np.array([1.0, 2.0, 4.0]), np.array([2.0001, 3.0, 4.0]))
    (array([1, 2]), array([0, 2]))
    """
    gaps = np.abs(np.log(first)[:, None] - np.log(second)[None, :])
    nearest = np.argmin(gaps, axis=1)
    kept = np.flatnonzero(gaps[np.arange(len(first)), nearest] < SAME)
    return kept, nearest[kept]


def log_ratios(a: Series, b: Series) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """log N, log L_a - log L_b and log L_b at the sizes both have, in rising order."""
    (n_a, l_a, _), (n_b, l_b, _) = a.curve(), b.curve()
    i, j = common_sizes(n_a, n_b)
    return np.log(n_b[j]), np.log(l_a[i]) - np.log(l_b[j]), np.log(l_b[j])


def paired_difference(a: Series, b: Series) -> ExponentDifference | None:
    """alpha(a) - alpha(b) from the ratios at common sizes; None where they share fewer than three."""
    x, ratio, _ = log_ratios(a, b)
    count = len(x)
    if count < _FEWEST:
        return None
    centred = x - x.mean()
    spread = float(np.sum(centred**2))
    slope = float(centred @ ratio) / spread
    residual = ratio - ratio.mean() - slope * centred
    error = math.sqrt(float(residual @ residual) / (count - 2) / spread)
    reach = t_quantile(count - 2) * error
    return _told(a, b, -slope, error, (-slope - reach, -slope + reach), True, count, count - 2.0)


def separate_difference(
    a: Series, b: Series, first: tuple[float, float | None, int], second: tuple[float, float | None, int]
) -> ExponentDifference:
    """alpha(a) - alpha(b) from two fits (alpha, standard error, degrees of freedom); Welch's degrees of freedom."""
    value = first[0] - second[0]
    errors = [first[1], second[1]]
    freedom = [first[2], second[2]]
    if any(e is None for e in errors) or min(freedom) < 1:
        return _told(a, b, value, None, None, False, 0, None)
    squares = [e * e for e in errors if e is not None]
    error = math.sqrt(sum(squares))
    weight = sum(q * q / f for q, f in zip(squares, freedom, strict=True))
    dof = sum(squares) ** 2 / weight if weight > 0 else float(sum(freedom))
    reach = t_quantile(dof) * error
    return _told(a, b, value, error, (value - reach, value + reach), False, 0, dof)


def _told(
    a: Series,
    b: Series,
    value: float,
    error: float | None,
    interval: Interval | None,
    paired: bool,
    sizes: int,
    dof: float | None,
) -> ExponentDifference:
    how = f"paired at {sizes} common sizes" if paired else "from separate fits, not paired"
    if interval is None:
        status = f"Cannot tell: no error, {how}."
    elif interval[0] <= 0 <= interval[1]:
        status = f"Cannot tell: the interval holds zero, {how}."
    else:
        status = f"alpha of {a.optimizer} is {'larger' if value > 0 else 'smaller'}, {how}."
    return ExponentDifference(a.optimizer, b.optimizer, a.stratum, value, error, interval, paired, sizes, dof, status)
