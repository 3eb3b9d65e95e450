"""The two scales of features in blocks that are whitened one by one, on n samples or on the population.

K = N/B blocks of B features; the Gram matrix of each is inverted. On the samples a block then spans a random subspace
of dimension B, and P G has the nonzero spectrum of R = Pi_1 + ... + Pi_K, a sum of projections. One projection among
others has E (Omega + Pi)^-1 = 1/(Omega + d), d = C/(C + kappa), C the samples' kernel matrix, and the free sum of K of
them adds up the d. So with zeta = -x

    E (zeta + R)^-1 = 1/(zeta + K d),   zeta + K d = (zeta + K) (C + gamma)/(C + kappa),
    gamma = kappa zeta/(zeta + K),      N = (K - 1) tr C/(C + kappa) + tr C/(C + gamma).

A ridge a on the samples' kernel is a scale k of the population's, a = k (1 - df_1(k)/n), under which the trace of
C/(C + a) is df_1(k). That leaves two scales, k of gamma and q of kappa, with

    N = (K - 1) df_1(q) + df_1(k),   zeta = K gamma(k)/(kappa(q) - gamma(k)).

Derived here (docs/theory.md); the equivalent is exact as B grows at fixed K and n/B.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.optimize import brentq, minimize_scalar

from ...errors import CheckError
from ..gram import degrees_of_freedom, resolved_scale
from ..problems import Modes

_TURNS = (16, 64, 256)  # steps in which the argument of zeta is turned from 0; more where Newton's method needs them
_EVERY = 8  # nodes; those between start from a spline
_NEAR = 0.5  # in log k: what a spline may err by
_FAR = 1e200  # stands for an infinite scale, at which nothing is learned


@dataclass(frozen=True)
class BlockScale:
    """N = features in blocks of `block`, on n = samples (infinite: the population).

    modes: accurate for sizes up to min(N, n). Needs block < N, block < n and block < rank; need not be whole.
    """

    modes: Modes
    features: int
    block: float
    samples: float

    @property
    def blocks(self) -> float:
        """K = N/B."""
        return self.features / self.block

    @cached_property
    def least_norm(self) -> tuple[float, float]:
        """(k, q) at zeta = 0: df_1(k) = min(N, n), and either kappa is infinite (N <= n) or gamma is 0."""
        fewer = min(self.features, self.samples, self.modes.rank)
        k = resolved_scale(self.modes, fewer)
        rest = (self.features - fewer) / (self.blocks - 1)
        return k, (resolved_scale(self.modes, rest) if rest > 0 else _FAR)

    def at(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """k and q at zeta = -x for nodes x of a lens in the upper half plane, shape (m,) each.

        Every 8th node is reached from zeta = |x|; those between start from a spline through these, or are reached in
        the same way if that does not serve. Cost: some 20 sums over modes at all nodes. Raises CheckError where
        Newton's method does not converge.
        """
        if len(x) < 4 * _EVERY:
            with np.errstate(all="ignore"):
                k, q = np.exp(self._turned(x))
            return k, q
        index = np.arange(len(x))
        known = np.unique(np.append(index[::_EVERY], index[-1]))
        with np.errstate(all="ignore"):  # what diverges is refused
            coarse = self._turned(x[known])
            guess = CubicSpline(known, coarse, axis=1)(index)
            logs, step = self._newton(guess, -x, 30, 1e-10)
            if not (step < 1e-8 and np.max(np.abs(logs - guess)) < _NEAR and _on_branch(logs)):
                logs = self._turned(x)
        k, q = np.exp(logs)
        return k, q

    def _turned(self, x: np.ndarray) -> np.ndarray:
        """log k and log q at zeta = -x, shape (2, m).

        Both scales are real and positive for zeta = |x|; from there the argument of zeta is turned in small steps, each
        solved by Newton's method. The roots are analytic in the half plane, so no branch is crossed.
        """
        modulus, angle = np.abs(x), np.angle(x)
        start, step = self._newton(self._on_axis(modulus), modulus, 60, 1e-10)
        for turns in _TURNS if step < 1e-6 else ():
            before = logs = start.astype(complex)
            for turn in range(1, turns + 1):
                zeta = modulus * np.exp(-1j * (np.pi - angle) * turn / turns)
                guess = 2 * logs - before if turn > 1 else logs
                before = logs
                logs, step = self._newton(guess, zeta, 30, 1e-12 if turn == turns else 1e-5)
                if not step < 1e-4:
                    break
            if step < 1e-8 and _on_branch(logs):
                return logs
        raise CheckError("The scales of the blocks did not converge on the contour; please report problem and sizes.")

    def _newton(self, logs: np.ndarray, zeta: np.ndarray, steps: int, until: float) -> tuple[np.ndarray, float]:
        """log k and log q, shape (2, m), after Newton steps of at most 1, and the largest last step."""
        size = np.inf
        for _ in range(steps):
            (k, q), outer = np.exp(logs), self.blocks - 1
            (one_k, two_k), (one_q, two_q) = degrees_of_freedom(k, self.modes), degrees_of_freedom(q, self.modes)
            gamma, kappa = k * (1 - one_k * self._per_sample), q * (1 - one_q * self._per_sample)
            count = (outer * one_q + self._beyond(k, one_k)) / self.features
            count_k, count_q = (two_k - one_k) / self.features, outer * (two_q - one_q) / self.features
            ratio = gamma / kappa * (zeta + self.blocks) / zeta
            ratio_k = ratio * k * (1 - two_k * self._per_sample) / gamma
            ratio_q = -ratio * q * (1 - two_q * self._per_sample) / kappa
            step = np.array([count * ratio_q - count_q * (ratio - 1), count_k * (ratio - 1) - ratio_k * count])
            step /= count_k * ratio_q - count_q * ratio_k
            length = np.abs(step)
            logs = logs - step / np.maximum(length, 1)
            size = float(np.max(length))
            if size < until or not np.isfinite(size):
                break
        return logs, size

    @property
    def _per_sample(self) -> float:
        return 1 / self.samples

    def _beyond(self, k: np.ndarray, one: np.ndarray) -> np.ndarray:
        """df_1(k) - N, term by term where N reaches the rank, as it nearly cancels at small k."""
        if self.features < self.modes.rank:
            return one - self.features
        positive = self.modes.eigenvalues > 0
        left = k[:, None] / (self.modes.eigenvalues[positive] + k[:, None])
        return self.modes.rank - self.features - left @ self.modes.weights[positive]

    def _on_axis(self, zeta: np.ndarray) -> np.ndarray:
        """log k and log q at zeta > 0, shape (2, m), to the few digits from which Newton's method converges.

        log a is tabulated against log k; then log kappa is bisected, and gamma follows from it.
        """
        values = self.modes.eigenvalues
        top = 1e3 * (float(values[0]) + float(np.sum(self.modes.weights * values)))
        low = resolved_scale(self.modes, self.samples) if math.isfinite(self.samples) else 0.0
        if low > 0:
            scale = low * (1 + np.geomspace(1e-14, top / low, 3000))
        else:
            scale = np.geomspace(1e-30 * float(values[values > 0].min()), top, 4000)
        # beyond all modes the ridge is nearly the scale, and a table needs few points
        scale = np.append(scale, np.geomspace(1.1 * scale[-1], 1e60 * top, 200))
        learned = degrees_of_freedom(scale, self.modes)[0]
        ridge = np.maximum.accumulate(np.maximum(scale * (1 - learned * self._per_sample), 1e-300))
        log_ridge, log_scale = np.log(ridge), np.log(scale)
        bottom, ceiling = np.full(len(zeta), log_ridge[0]), np.full(len(zeta), log_ridge[-1])
        shift = np.log(zeta / (zeta + self.blocks))
        for _ in range(60):
            middle = (bottom + ceiling) / 2
            count = (self.blocks - 1) * np.interp(middle, log_ridge, learned)
            above = count + np.interp(middle + shift, log_ridge, learned) > self.features
            bottom, ceiling = np.where(above, middle, bottom), np.where(above, ceiling, middle)
        return np.array([np.interp(middle + shift, log_ridge, log_scale), np.interp(middle, log_ridge, log_scale)])

    def lower_edge(self) -> float:
        """The smallest nonzero eigenvalue of R in the limit, 0 where N is the rank.

        The largest x(k) as k falls from its value at zeta = 0: there x = 0, and again where df_1(k) reaches the larger
        of N and n (or, above the rank, the smaller one); the edge is the turning point between them.
        """
        start, more = self.least_norm[0], max(self.features, self.samples)
        if start > 0:
            low = resolved_scale(self.modes, more) if more < self.modes.rank else 0.0
            return _highest(lambda u: self._position(start - (start - low) / (1 + math.exp(u))))
        fewer = min(self.features, self.samples)
        if fewer == self.modes.rank:
            return 0.0
        smallest = float(self.modes.eigenvalues[self.modes.eigenvalues > 0].min())
        end = brentq(lambda xi: self._degrees(-xi) - fewer, 0.0, smallest * (1 - 1e-12))
        return _highest(lambda u: self._position(-end / (1 + math.exp(u))))

    def upper_edge(self) -> float:
        """The largest eigenvalue of R in the limit: K where all blocks share directions, less where none is in all.

        The smallest x(k) as k falls from minus infinity, where x = K, towards -lambda_1.
        """
        first, room = float(self.modes.eigenvalues[0]), min(self.samples, self.modes.rank)
        most = (self.blocks - 1) * room - self.features  # -df_1(k) at which q has used up all of `room`
        if most <= 0:
            return self.blocks
        low = self._outside(-most) if most < math.inf else -700.0

        def inverse(u: float) -> float:
            return 1 / self._position(-first * (1 + math.exp(u)))

        return 1 / _highest(inverse, max(low, -30.0), max(low, 0.0) + 40.0)

    def _position(self, k: float) -> float:
        """x = -zeta on the real axis, K gamma/(gamma - kappa), q being positive or below -lambda_1."""
        count = (self.features - self._degrees(k)) / (self.blocks - 1)
        gamma, kappa = (a * (1 - self._degrees(a) * self._per_sample) for a in (k, self._scale(count)))
        return self.blocks * gamma / (gamma - kappa)

    def _degrees(self, scale: float) -> float:
        return float(degrees_of_freedom(np.array([scale]), self.modes)[0][0])

    def _scale(self, count: float) -> float:
        """The scale q, positive or below -lambda_1, at which df_1(q) = count."""
        if count > 0:
            return resolved_scale(self.modes, count)
        if -count < 1e-12:  # all modes lie far below q, and df_1 is trace/q
            return float(np.sum(self.modes.weights * self.modes.eigenvalues)) / min(count, -1e-280)
        return -float(self.modes.eigenvalues[0]) * (1 + math.exp(self._outside(count)))

    def _outside(self, count: float) -> float:
        """u such that df_1 = count < 0 at the scale -lambda_1 (1 + e^u)."""
        gaps = 1 - self.modes.eigenvalues / self.modes.eigenvalues[0]

        def excess(u: float) -> float:
            return float(np.sum(self.modes.weights * (1 - gaps) / (math.exp(u) + gaps))) + count

        # one mode alone has 1/e^u, all of them less than trace/(lambda_1 e^u)
        size = float(np.sum(self.modes.weights * (1 - gaps)))
        return float(brentq(excess, -math.log(-count) - 1e-3, math.log(size / -count) + 1e-3))


def levelled(features: int, block: int) -> float:
    """B of as many equal blocks as there are blocks of `block`, the last of which may be smaller.

    The leading modes are learned in every block, small ones too: N/B blocks, counted as a fraction, would give a
    wrong largest eigenvalue. Only a few features beside one block of nearly all are counted as such a fraction.

    Args:
        features: N.
        block: B.

    Returns:
        The size of equal blocks, not a whole number where B does not divide N.
    """
    if features - block < block / 8:
        return block
    return features / math.ceil(features / block)


def _on_branch(logs: np.ndarray) -> bool:
    """Whether k is in the lower half plane everywhere: near an edge a step too long ends on a branch that is not."""
    k = np.exp(logs[0])
    return bool(np.all(k.imag <= 1e-9 * np.abs(k)))


def _highest(position: Callable[[float], float], low: float = -30.0, high: float = 30.0) -> float:
    """The largest value of a positive function with one peak, in u from `low` to `high`."""

    def depth(u: float) -> float:
        return -math.log(max(position(u), 1e-300))

    grid = np.linspace(low, high, 81)
    best = int(np.argmin([depth(u) for u in grid]))
    bounds = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    return math.exp(-float(minimize_scalar(depth, bounds=bounds, method="bounded", options={"xatol": 1e-9}).fun))
