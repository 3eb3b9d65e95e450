"""Risk of full-batch momentum trained on n samples with N random features, with and without label noise.

The residuals of `momentum_residual` at the rates eta x, x in units of the largest eigenvalue of the draw's own F'F/n,
on the bins of `sample_bins`: on the real axis, as they grow exponentially off it. Oscillations faster than a bin are
averaged within it. An outlier at the top of the spectrum is the unit: every draw sees it at x = 1, so its oscillation
is not averaged, and all others move against it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..samples import SampleBins, SampleParts
from .momentum_on_population import checked_steps
from .momentum_residual import oscillation
from .momentum_schedules import Momentum, check_step


def momentum_on_samples(
    method: Momentum, bins: SampleBins, steps: np.ndarray, eta: float, size: int, samples: int
) -> SampleParts:
    """Bias over the target's variance, and variance per unit of label noise, in the mean over draws.

    An outlier's logarithm has variance 2/N + 2/n to leading order; the mean over it is a rule of three points. Cost:
    three times `momentum_parts`.

    Args:
        method: the momentum method.
        bins: `sample_bins` at these sizes.
        steps: T, whole numbers from 0 to 1e15, shape (t,).
        eta: in units of 1/(largest eigenvalue of F'F/n).
        size: N.
        samples: n.

    Returns:
        Bias, variance and their errors.

    Raises:
        InputError: also for eta at or beyond `step_limit`.
    """
    parts = momentum_parts(method, bins, steps, eta)
    if not np.any(bins.outlier):
        return parts
    reach = np.sqrt(3 * (2 / size + 2 / samples))  # +-sqrt(3) standard deviations, each of weight 1/6
    sides = [momentum_parts(method, bins, steps, eta, way * reach) for way in (1, -1)]
    bias, variance = np.sum([[side.bias, side.variance] for side in sides], axis=0)
    return replace(parts, bias=(4 * parts.bias + bias) / 6, variance=(4 * parts.variance + variance) / 6)


def momentum_parts(
    method: Momentum, bins: SampleBins, steps: np.ndarray, eta: float, shift: float = 0.0
) -> SampleParts:
    """Bias and variance of momentum on given bins at each of `steps`, and their errors, shape (t,) each.

    steps: whole numbers from 0 to 1e15. eta: in units of 1/(largest eigenvalue of F'F/n). shift: in log x, of all bins
    but the outlier's, up to x = 1. Cost: for 1000 nodes, 0.2 s a step of scheduled momentum, 5 ms of constant one.
    Raises InputError, also for eta at or beyond `step_limit`.
    """
    wanted = checked_steps(steps)
    check_step(method, eta)
    moved = np.where(bins.outlier[:, None], 1.0, np.minimum(bins.points * np.exp(shift), 1.0))
    each, which = np.unique(moved, return_inverse=True)  # the outlier's points are all one
    h = np.empty((len(wanted), len(bins.x)))
    square = np.empty_like(h)
    for t, count in enumerate(wanted):  # one at a time: points of all bins are many
        swing = oscillation(method, eta * each, np.array([count]))
        amplitude, turning = (part[0][which].reshape(moved.shape) for part in swing)
        # means over a piece of a bin around each point, on which the phase of h is linear in log x
        phased, turned = amplitude**2, turning * bins.spans / (2 * np.pi)
        mean = amplitude.real * np.sinc(turned / 2)
        even = np.where(turning > 0, (np.abs(phased) + phased.real * np.sinc(turned)) / 2, amplitude.real**2)
        h[t], square[t] = (np.sum(part * bins.shares, axis=1) for part in (mean, even))
    return bins.risk(h, square)
