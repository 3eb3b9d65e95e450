"""Risk of full-batch momentum on any problem: heavy ball, scheduled heavy ball, Nesterov.

    risk(T) = floor + sum_j energies_j mean of h_T(x)^2 over bin j

Their residuals grow exponentially off the real axis, so the measure is needed on it (`density`). Bins are wide against
late oscillations, which are averaged within them exactly where the energy is even over a bin's log x. An outlier
at the top of the spectrum is a single eigenvalue that every draw sees at x = 1, so its oscillation never dies out.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...errors import InputError
from ..gram import Bins, bins_of
from ..problems import Modes
from .momentum_residual import oscillation, recursion
from .momentum_schedules import Momentum, check_step
from .risk_curve import Curve

_EARLY = 64  # steps up to here are taken at NODES points of each bin
_NODES = 3
_APART = 0.05  # change of log x with which the clock is measured where the unit does not fluctuate


def momentum_risk(
    method: Momentum, modes: Modes, size: int, steps: np.ndarray, eta: float, width: float = 0.1
) -> Curve:
    """Risk over the target's variance in the mean over draws.

    Where an outlier separates from the bulk, it is the unit of the step and fluctuates by sqrt(2/N): the mean over it
    is a rule of three points. The error, one standard deviation, adds what twice wider bins change and terms of order
    1/N in the positions of eigenvalues and in the risk, which the theory leaves out. A single draw scatters more where
    few modes oscillate and hold the risk. Cost: 0.2 s at N = 256, dim = 1000 and 20 steps.

    Args:
        method: the momentum method.
        modes: of the inputs.
        size: N.
        steps: T, whole numbers to 1e15, shape (t,).
        eta: step in units of 1/lambda_max of each draw's Gram matrix.
        width: of the bins in log x.

    Returns:
        Risk and relative error at each of `steps`.

    Raises:
        InputError: also for eta at or beyond `step_limit`.
    """
    wanted = checked_steps(steps)
    check_step(method, eta)
    bins, coarse_bins = bins_of(modes, size, width), bins_of(modes, size, 2 * width)
    fine = bins_risk(method, wanted, bins, eta / bins.largest)
    coarse = bins_risk(method, wanted, coarse_bins, eta / coarse_bins.largest)
    risk, error = _over_units(method, wanted, bins, size, eta / bins.largest, fine)
    return Curve(wanted, risk, np.abs(coarse / fine - 1) + error)


def checked_steps(steps: np.ndarray) -> np.ndarray:
    """Steps as numbers.

    Args:
        steps: T, shape (t,).

    Returns:
        The same as float64, shape (t,).

    Raises:
        InputError: unless they are whole and from 0 to 1e15.
    """
    wanted = np.asarray(steps, dtype=float)
    if not (wanted.size and np.all(wanted >= 0) and np.max(wanted) <= 1e15 and np.all(wanted == np.round(wanted))):
        raise InputError("steps must be whole numbers from 0 to 1e15; try numpy.geomspace(1, 1e6, 7).round().")
    return wanted


def _over_units(
    method: Momentum, steps: np.ndarray, bins: Bins, size: int, eta: float, risk: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Risk in the mean over the unit's fluctuation, and its relative error of order 1/N, each of shape (t,).

    An outlier's logarithm has variance 2/N to leading order, so all others move against it; nodes at 0 and +-sqrt(3)
    standard deviations. eta: in units of 1/x. risk: where the unit does not fluctuate.
    """
    shift = np.sqrt(6 / size) if bins.single else _APART
    top = float(eta * bins.x[0])
    sides = []
    for way in (1, -1):
        x = np.minimum(bins.x * np.exp(way * shift), top / eta)
        x[0] = bins.x[0] if bins.single else x[0]
        sides.append(bins_risk(method, steps, replace(bins, x=x), eta))
    clock = np.abs(sides[0] - sides[1]) / (2 * shift * risk)
    mean = (4 * risk + sides[0] + sides[1]) / 6 if bins.single else risk
    return mean, (1 + clock) / size


def bins_risk(method: Momentum, steps: np.ndarray, bins: Bins, eta: float) -> np.ndarray:
    """Risk over variance on given bins.

    Bins without widths are point masses while steps are few, and reach from neighbour to neighbour later on.

    Args:
        method: the momentum method.
        steps: T, shape (t,).
        bins: of the spectrum.
        eta: the step, in units of 1/x.

    Returns:
        The risk, shape (t,).
    """
    rate = eta * bins.x
    square = np.empty((len(steps), len(rate)))
    early = steps <= _EARLY
    if np.any(early):
        node, weight = np.polynomial.legendre.leggauss(_NODES)
        shift = node[:, None] * (np.zeros(len(rate)) if bins.spans is None else bins.spans) / 2
        # within a bin, but not past the largest: there steps may not be stable
        spread = np.minimum(rate * np.exp(shift), rate[0])
        stepped = recursion(method, spread.ravel(), steps[early]).reshape(-1, _NODES, len(rate))
        square[early] = np.einsum("k,tkj->tj", weight / 2, stepped**2)
    if not np.all(early):
        amplitude, turning = oscillation(method, rate, steps[~early])
        spans = bins.spans
        if spans is None:
            spans = -np.gradient(np.log(bins.x)) if len(rate) > 1 else np.zeros(len(rate))
        phased = amplitude**2
        dephased = np.sinc(turning * spans / (2 * np.pi))
        square[~early] = np.where(turning > 0, (np.abs(phased) + phased.real * dephased) / 2, amplitude.real**2)
    return (bins.floor + square @ bins.energies) / bins.total
