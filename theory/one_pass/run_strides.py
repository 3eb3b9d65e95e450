"""A run of T steps cut into strides: single steps where anything changes fast, longer ones in between.

A stride of m steps is at most 1/resolution of the way from the nearest point at which the schedule is not smooth: the
start, the end, and its breaks. What m steps do depends on the mean rate and the mean squared rate to second order in
the stride, so that errors fall as resolution^-2; with resolution infinite every step is taken.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ...errors import InputError
from ..schedules import Schedule

_SUMMED = 64  # steps of a stride that are summed one by one; longer ones are integrals by Gauss and Legendre's rule
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(6)


@dataclass(frozen=True)
class Strides:
    """A run in m strides; arrays of shape (m,).

    Args:
        lengths: Steps in each stride.
        mean: Of phi over its steps.
        square: Mean of phi^2 over its steps.
    """

    lengths: np.ndarray
    mean: np.ndarray
    square: np.ndarray

    @property
    def times(self) -> np.ndarray:
        """The step at which each stride ends, shape (m,)."""
        return np.cumsum(self.lengths)


def strides(schedule: Schedule, steps: int, resolution: float = 64) -> Strides:
    """Strides over T = `steps` steps.

    Args:
        schedule: phi over the run.
        steps: T.
        resolution: A stride is at most 1/resolution of the way to a point that is not smooth; infinite is single steps.

    Returns:
        The strides.

    Raises:
        InputError: steps or resolution is below 1.
    """
    if steps < 1 or not resolution >= 1:
        raise InputError(
            f"steps is {steps} and resolution {resolution:g}, but both must be 1 or more; try 1000 and 64."
        )
    points = sorted({0, steps, *(min(steps - 1, max(1, round(x * steps))) for x in schedule.breaks if steps > 1)})
    ends = np.concatenate([_cut(a, b, resolution) for a, b in pairwise(points)])
    starts = np.concatenate([[0], ends[:-1]])
    lengths = ends - starts
    mean, square = np.empty(len(lengths)), np.empty(len(lengths))
    long = lengths > _SUMMED
    x = (starts[long, None] + lengths[long, None] * (_NODES + 1) / 2) / steps
    shape = schedule.shape(x)
    mean[long], square[long] = shape @ _WEIGHTS / 2, shape**2 @ _WEIGHTS / 2
    for m in np.unique(lengths[~long]):
        of = lengths == m
        shape = schedule.shape((starts[of, None] + np.arange(m) + 0.5) / steps)
        mean[of], square[of] = shape.mean(axis=1), (shape**2).mean(axis=1)
    return Strides(lengths, mean, square)


def _cut(first: int, last: int, resolution: float) -> np.ndarray:
    """The ends of strides from `first` to `last`, each within 1/resolution of the way to either."""
    if math.isinf(resolution):
        return np.arange(first + 1, last + 1)
    ends, at = [], first
    while at < last:
        ahead = (last - at) / (1 + 1 / resolution)  # so that the stride is short against what is left after it
        length = max(1, int(min(at - first, ahead) / resolution))
        at = min(last, at + length)
        ends.append(at)
    return np.array(ends)
