"""Risk of sign descent, a <- a - eta sign(gradient), at finite size: rotated features and axis-aligned ones.

Rotated: the features are no eigen-coordinates. A coordinate of the gradient g is then Gaussian with variance
|g|^2/N, so that sign(g) = sqrt(2N/pi) g/|g| plus noise spread over all directions: gradient descent with a
normalised gradient. Once its step times curvature exceeds 2, the top mode oscillates, holds |g| up, and so keeps the
step at the edge of stability: no mode is learned faster than by gradient descent at its largest step.

Axis-aligned: each eigen-coordinate moves at speed eta, whatever its eigenvalue, and then oscillates within eta.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import zeta

from ...errors import InputError
from ..gram import STEP, SpectralMeasure

_PER_DECADE = 30  # clock readings a decade; the trapezoid rule in log theta errs by about 1e-3
_SHORTEST = 1e-2  # lag of the clock, in units of 1/lambda_max
_LAGS = 120
_COARSENESS = 3  # factor by which readings are fewer where a percent will do; the cost falls as its square
_RATIO = 2 ** (1 / 4)  # of neighbouring steps where the best is sought: risks come out at most 7 % above the best
_REFINED = 17  # steps tried between the two neighbours of the best one: 2^(1/32) apart


@dataclass(frozen=True)
class SignDescent:
    """Gradient flow on a measure, at each clock reading theta, all arrays of shape (m,): what every step size shares.

    left: risk above the floor. gradient: |g|^2. trace: sum_i x_i exp(-2 x_i theta). x and G in units of lambda_max.
    size: N. Risks over the target's variance.
    """

    clock: np.ndarray
    left: np.ndarray
    gradient: np.ndarray
    trace: np.ndarray
    size: int
    coarseness: int = 1

    @classmethod
    def of(cls, measure: SpectralMeasure, size: int, last: float) -> SignDescent:
        """The flow up to T = last, where theta is 2 T at most. Cost: a few hundred exponentials a clock reading.

        On a measure with a wider step than usual, for which a percent will do, readings are fewer too.
        """
        coarseness = 1 if measure.step <= STEP else _COARSENESS
        clock = flow_times(last, coarseness)
        fall, fall_top = np.exp(-2 * clock[:, None] * measure.nodes), np.exp(-2 * clock)
        slow = fall * measure.nodes
        top = measure.top_mass * fall_top
        left = (np.imag(fall @ measure.weights) + top) / measure.total
        gradient = np.maximum((np.imag(slow @ measure.weights) + top) / measure.total, np.finfo(float).tiny)
        trace = np.imag(slow @ measure.counts) + (fall_top if measure.top_mass > 0 else 0.0)
        return cls(clock, left, gradient, trace, size, coarseness)

    def times(self, u: float) -> np.ndarray:
        """T at each clock reading, for the step u = eta sqrt(2 N lambda_max/pi), shape (m,)."""
        pace = np.sqrt(np.maximum(self.gradient, u**2 / 4)) / u
        return np.append(0.0, np.cumsum((pace[1:] + pace[:-1]) / 2 * np.diff(self.clock)))

    def above_floor(self, u: float, count: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Risk above the floor at each of `count`, and the noise's part of it, each of shape (t,). 20 ms a T."""
        time = self.times(u)
        found = [self._at(u, float(np.interp(t, time, self.clock)), time) for t in count]
        noise = np.array([each[1] for each in found])
        return np.array([each[0] for each in found]) + noise, noise

    def _at(self, u: float, theta: float, time: np.ndarray) -> tuple[float, float]:
        """Signal and oscillation, and noise, at the clock reading theta."""
        clock = self.clock
        # modes forget over lags from 1, which the clock's own readings do not resolve late in time
        lags = np.geomspace(_SHORTEST, max(theta, 2 * _SHORTEST), _LAGS // self.coarseness)
        readings = np.unique(np.concatenate([clock[clock < theta], theta - lags[lags < theta], [theta]]))
        moments = np.interp(readings, clock, time)
        span = np.diff(moments, prepend=moments[0], append=moments[-1])
        share = (span[1:] + span[:-1]) / 2
        logs = np.log(self.gradient)
        gradient = np.exp(np.interp(readings, clock, logs))
        norm2 = np.maximum(gradient, u**2 / 4)
        # pairs of readings, each once: what two of them share is symmetric
        first, second = np.tril_indices(len(readings))
        length, aside = np.sqrt(norm2), np.sqrt(norm2 - gradient)
        lengths = length[first] * length[second]
        means = (readings[first] + readings[second]) / 2
        smooth = np.exp(np.interp(means, clock, logs)) / lengths
        swing = aside[first] * aside[second] / lengths
        angles = np.arcsin(np.clip(smooth + swing, -1, 1)) + np.arcsin(np.clip(smooth - swing, -1, 1))
        kept = 2 / np.pi * (angles / 2 - smooth) * np.interp(theta - means, clock, self.trace)
        both = np.where(first == second, 1.0, 2.0) * share[first] * share[second]
        noise = u**2 * np.pi / (2 * self.size) * float(both @ kept)
        return float(np.interp(theta, clock, self.left) + norm2[-1] - gradient[-1]), max(noise, 0.0)


def flow_times(last: float, coarseness: int = 1) -> np.ndarray:
    """Clock readings theta from 0 to 2 T, T = last, in units of 1/lambda_max, shape (m,)."""
    return np.append(0.0, np.geomspace(1e-3, 2 * last, 2 + int(_PER_DECADE / coarseness * np.log10(2e3 * last))))


def rotated_sign_risk(measure: SpectralMeasure, size: int, steps: np.ndarray, eta: float | None = None) -> np.ndarray:
    """Mean-field risk of sign descent on rotated Gaussian features, divided by the target's variance.

        risk(T) = floor + integral exp(-2 x theta) dmu(x) + A^2 + noise,   A^2 = max(0, u^2/4 - |g|^2),
        d theta/dT = min(2, u/|g|),  |g|^2 = integral x exp(-2 x theta) dmu(x),  u = eta sqrt(2 N lambda_max/pi),

    x in units of lambda_max = measure.largest; mu, floor over the target's variance. A is the top mode's oscillation at
    the edge of stability, where d theta/dT = 2. noise is what the sign adds to the drift, as long as signs last:

        noise = eta^2 lambda_max sum_i x_i integral integral exp(-x_i (2 theta(T) - theta - theta')) C dt dt',
        C = (2/pi) (mean of arcsin(rho + a) and arcsin(rho - a) - rho),

    rho and +-a = +-A A' the correlation of the gradients at t and t', by the smooth part and by the oscillation.

    Let z = r/(1+s). Steps down to u ~ T^(-(1+z)/2) for z < 1, and to u ~ 1/T for z > 1, reach the edge in time, so that
    theta ~ T; the oscillation u^2 is then below the signal T^-z for z < 2, and no smaller than T^-2. The noise is
    below signal and distortion while T < N^(1+s). So sign descent has the exponent of gradient descent, but for a
    signal that would fall faster than T^-2:

        alpha = min(r tau/(1+s), 2 tau, min(r, 1+s), and 1 + s tau/(1+s) where r > 1+s and s > 0).

    Against simulation with the best step (N = 256, s from -1/4 to 2, 3 or 5 draws) it errs by at most 8 % for r <= 1+s
    and 27 % beyond, for T from 32 to 3200; by at most 45 % at T = 3 and 10. Steps far above the best err by up to 2.6.
    |g|^2 is known to about 1e-12 of the variance: smaller risks are not predicted. Source: derived here, with the
    arcsine law for the signs of two Gaussians.

    Args:
        measure: `spectral_measure(modes, size)`.
        size: N.
        steps: T, shape (t,), positive; the mean over an even and an odd T.
        eta: the step, for a target of variance 1; None is the best constant step for each T.

    Returns:
        The risk, shape (t,).

    Raises:
        InputError: for T and steps that are not positive.
    """
    count = _checked(size, steps)
    descent = SignDescent.of(measure, size, float(count.max()))
    start = np.sqrt(descent.gradient[0])
    if eta is not None:
        tried = np.array([_positive(eta) * np.sqrt(2 * size * measure.largest / np.pi)])
    else:  # u T below sum |g| d theta, about |g| at 0, never arrives
        low, high = 0.1 * start / count.max(), 4 * start
        tried = np.geomspace(low, high, 2 + int(np.log(high / low) / np.log(_RATIO)))
    best = np.array([descent.above_floor(u, count)[0] for u in tried]).min(axis=0)
    return measure.floor / measure.total + best


def axis_aligned_sign_risk(s: float, r: float, size: int, steps: np.ndarray, eta: float | None = None) -> np.ndarray:
    """Risk of sign descent where the features are the first N eigen-coordinates, divided by the target's variance.

        risk(T) = (sum_{k<=N} lambda_k d_k^2 + sum_{k>N} E_k) / sum_k E_k,
        d_k^2 = ((w_k - n eta)^2 + (w_k - (n+1) eta)^2)/2,  n = min(T, ceil(w_k/eta) - 1),  w_k = k^((s-r)/2),

    the mean over T and T + 1: a weight moves at speed eta until it passes w_k = sqrt(E_k/lambda_k), then alternates
    between the two sides, d_k^2 between eta^2/4 and eta^2/2. Exact, O(N) a step.

    With the best constant step and T = N^tau:

        r >= s: eta ~ 1/T; alpha = max(0, min(r, 2 tau + min(0, s)));
        r < s: K = min(N, T^(2/s)) modes are learned, eta T ~ K^((s-r)/2); alpha = min(r, 2 tau r/s).

    At even T alone, modes with w_k < eta stand at 0 again, so that for s < 0 alpha = min(r, 2 tau r/(r-s)) there.
    The capacity is N^-r for every r, since no feature mixes modes.

    The bigram model of Kunstner and Bach (2025) has for each of d inputs, of frequency pi_i, d weights j^-a, its
    conditional probabilities up to order, and the error sum_i pi_i sum_j d_ij^2 over d x d of them. All inputs then
    learn alike, whatever pi is: its relative error is the share of the first N = d modes here at s = -1 (a flat
    spectrum, not one that falls as pi) and r = 2a - 1. For a > 1/2, so at Zipf's a = 1, it is d/T^2: T ~ d^(1/2).
    Source: derived here.

    Args:
        s: spectral exponent, >= -1.
        r: source exponent, > 0.
        size: N.
        steps: T, shape (t,), positive.
        eta: the step; None is the best constant step for each T.

    Returns:
        The risk, shape (t,).

    Raises:
        InputError: for exponents out of range, and T and steps that are not positive.
    """
    count = _checked(size, steps)
    if not s >= -1 or not r > 0:
        raise InputError(f"s is {s:g} and r is {r:g}, but s >= -1 and r > 0 are needed; try s = 1, r = 1.")
    k = np.arange(1, size + 1, dtype=float)
    eigenvalues, weights = k ** -(1 + s), k ** ((s - r) / 2)

    def left(reach: float, t: float) -> float:
        return float(eigenvalues @ _squared_error(weights, reach / t, t))

    if eta is not None:
        learned = [left(_positive(eta) * t, t) for t in count]
    else:
        high = 4 * max(1.0, weights[-1])
        coarse = np.geomspace(1e-2, high, 2 + int(np.log(high / 1e-2) / np.log(_RATIO)))
        learned = []
        for t in count:
            best = int(np.argmin([left(reach, t) for reach in coarse]))
            ends = coarse[max(best - 1, 0)], coarse[min(best + 1, len(coarse) - 1)]
            learned.append(min(left(reach, t) for reach in np.geomspace(*ends, _REFINED)))
    return (np.array(learned) + zeta(1 + r, size + 1)) / zeta(1 + r)


def _squared_error(weights: np.ndarray, eta: float, steps: float) -> np.ndarray:
    """d_k^2, shape (N,)."""
    behind = weights - eta * np.minimum(steps, np.ceil(weights / eta) - 1)
    return (behind**2 + (behind - eta) ** 2) / 2


def _checked(size: int, steps: np.ndarray) -> np.ndarray:
    count = np.asarray(steps, dtype=float)
    if size < 1:
        raise InputError(f"N is {size}, but a model has at least one feature; try N = 64.")
    if not np.all(count > 0):
        raise InputError(f"The smallest T is {np.min(count):g}, but sign descent is predicted for T > 0; try T = 1.")
    return count


def _positive(eta: float) -> float:
    if not eta > 0:
        raise InputError(f"eta is {eta:g}, but a step is positive; try 1e-3, or leave it out for the best one.")
    return eta
