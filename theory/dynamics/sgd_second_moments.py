"""One-pass SGD at every T at once: the second moments of all modes are a diagonal matrix plus one of rank one.

With d = theta - theta*, S_j = x_j <d_j d_j> summed over the counts_j eigenvalues at x_j, a batch of B Gaussian samples
and label noise sigma^2, one step is, exactly in expectation,

    S_j(t+1) = (1 - delta_j) S_j(t) + b_j (L(t) + sigma^2),   L = floor + sum_j S_j,
    delta_j = eta x_j (2 - (1 + 1/B) eta x_j),   b_j = counts_j (eta x_j)^2/B.

diag(delta) - b 1' is a symmetric matrix in disguise. Its eigenvalues nu_i, one below each delta_i, are the roots of
sum_j b_j/(delta_j - nu) = 1, and

    L(t) = floor + sum_i [ (1 - nu_i)^t A_i + (floor + sigma^2) (1 - (1 - nu_i)^t)/nu_i ] / n_i,
    A_i = sum_j S_j(0)/(delta_j - nu_i),   n_i = sum_j b_j/(delta_j - nu_i)^2.

So no step is taken: T = 10 and T = 1e30 cost the same. The limit of small steps, the Volterra equation of Paquette et
al. (2024, arXiv:2405.15074) with kernel (eta^2/B) sum_j counts_j x_j^2 exp(-2 eta x_j t), has the same solution with
delta_j = 2 eta x_j and exp(-nu t) for (1 - nu)^t. Sources: that paper for the equations, Bunch, Nielsen and Sorensen
(1978) for the roots.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...errors import CheckError

_ROUNDS = 60  # of the root finder; it needs about eight, twenty where rates span fifty decades
_BLOCK = 1 << 18  # numbers in a block of rows, which then stay in the cache
_SAME = 1e-13  # decay rates closer than this, relative, are one
_NEAR = 1e-3  # of a pole's weight: no root has been seen nearer to it
_EPS = float(np.finfo(float).eps)


@dataclass(frozen=True)
class SecondMoments:
    """L(t) of SGD as a sum of exponentials.

    rates: nu, shape (m,), rising; all positive where the memory kernel's norm is below 1. amplitudes: A/n, sources:
    (floor + sigma^2)/n, each shape (m,). start: L(0). continuous: exp(-nu t) in place of (1 - nu)^t.
    """

    floor: float
    rates: np.ndarray
    amplitudes: np.ndarray
    sources: np.ndarray
    start: float
    continuous: bool

    def risk(self, steps: np.ndarray) -> np.ndarray:
        """L at `steps`, shape (t,), energies as given. Infinite where it overflows. Cost O(m t)."""
        count = np.asarray(steps, dtype=float)
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            log_kept = -self.rates if self.continuous else np.log1p(-np.minimum(self.rates, 1.0))
            exponent = np.where(count[:, None] > 0, count[:, None] * log_kept, 0.0)
            gone = -np.expm1(exponent)
            held = np.where(self.rates == 0, -exponent, gone / np.where(self.rates == 0, 1.0, self.rates))
            return self.floor + np.exp(exponent) @ self.amplitudes + held @ self.sources

    @property
    def missed(self) -> float:
        """What rounding costs, relative: the sum at t = 0 against the risk it must give."""
        found = self.floor + float(np.sum(self.amplitudes))
        return abs(found / self.start - 1) + _EPS * max(1, len(self.rates)) ** 0.5


def sgd_moments(
    rates: np.ndarray,
    counts: np.ndarray,
    energies: np.ndarray,
    floor: float,
    batch: float = 1.0,
    noise: float = 0.0,
    *,
    continuous: bool = False,
) -> SecondMoments:
    """The solution for every T at once.

    rates: eta x_j > 0, shape (m,). counts, energies: shape (m,). floor, noise (label-noise variance): in the units of
    energies. batch: B, which may be infinite. continuous: the limit of small steps instead of steps.
    Cost: about ten times 6 m^2 operations, 0.1 s at m = 1000; memory stays below 30 MB. Raises CheckError where the
    roots are not found, which has not been seen.
    """
    delta = 2 * rates if continuous else rates * (2 - (1 + 1 / batch) * rates)
    shock = counts * rates**2 / batch
    delta, shock, energies = _merged(delta, shock, np.asarray(energies, dtype=float))
    start = floor + float(np.sum(energies))
    if not np.any(shock > 0):
        return SecondMoments(floor, delta, energies, np.zeros_like(delta), start, continuous)
    nu, amplitudes, inverse = np.empty_like(delta), np.empty_like(delta), np.empty_like(delta)
    rows = max(1, _BLOCK // len(delta))
    for first in range(0, len(delta), rows):
        block = slice(first, min(first + rows, len(delta)))
        nu[block], gap = _roots(delta, shock, block)
        inverse[block] = 1 / ((shock / gap / gap).sum(axis=1))
        amplitudes[block] = (energies / gap).sum(axis=1) * inverse[block]
    return SecondMoments(floor, nu, amplitudes, (floor + noise) * inverse, start, continuous)


def _merged(delta: np.ndarray, shock: np.ndarray, energies: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sorted by delta; modes that decay alike are one (delta rises and falls with x beyond eta x = B/(B + 1))."""
    order = np.argsort(delta, kind="stable")
    delta, shock, energies = delta[order], shock[order], energies[order]
    new = np.append(True, np.diff(delta) > _SAME * np.abs(delta[1:]))
    if new.all():
        return delta, shock, energies
    first = np.flatnonzero(new)
    return delta[first], np.add.reduceat(shock, first), np.add.reduceat(energies, first)


def _roots(delta: np.ndarray, shock: np.ndarray, block: slice) -> tuple[np.ndarray, np.ndarray]:
    """nu_i below each delta_i of the block, and delta_j - nu_i without cancellation, shape (rows, m).

    A root is kept as its distance from the nearer pole. The sums over the poles on either side are each replaced by
    one pole, at the nearest, with the sum's value and slope; the root of that is the next guess.
    """
    index = np.arange(len(delta))[block]
    sides = np.arange(len(delta)) < index[:, None]  # poles on the left
    start = _Brackets.of(delta, shock, index)
    far, width, from_left, low, high = start.far, start.width, start.from_left, start.low, start.high
    guess = np.where(from_left, width / 2, -width / 2)
    active = np.arange(len(index))
    for turn in range(_ROUNDS):
        at = guess[active]
        gap = far[active] - at[:, None]
        term = shock / gap
        slope = term / gap
        before = np.where(sides[active], term, 0.0).sum(axis=1)
        before_slope = np.where(sides[active], slope, 0.0).sum(axis=1)
        whole = term.sum(axis=1)
        off = whole - 1
        low[active] = np.where(off < 0, at, low[active])
        high[active] = np.where(off > 0, at, high[active])
        d_left = np.where(from_left[active], 0.0, -width[active]) - at
        d_right = np.where(from_left[active], width[active], 0.0) - at
        step = _step_of_two_poles(off, before_slope, slope.sum(axis=1) - before_slope, d_left, d_right)
        fresh = at + step
        outside = ~((fresh > low[active]) & (fresh < high[active]))
        if turn % 4 == 3 or np.any(outside):
            small = (turn % 4 == 3) & (np.abs(step) > 0.1 * np.abs(at))
            fresh = _halved(fresh, outside, small, low[active], high[active], start.pole[active])
        size = 1 + whole - 2 * before  # sum of |terms|, what rounding is relative to
        done = (np.abs(off) <= 8 * _EPS * size) | (np.abs(fresh - at) <= 4 * _EPS * np.abs(at))
        guess[active] = np.where(np.abs(off) <= 8 * _EPS * size, at, fresh)
        active = active[~done]
        if not len(active):
            return start.origin + guess, far - guess[:, None]
    raise CheckError(f"{len(active)} decay rates were not found in {_ROUNDS} rounds; please report the spectrum.")


@dataclass(frozen=True)
class _Brackets:
    """Where each root lies, as its distance from the nearer pole.

    origin: that pole, shape (rows,). far: delta_j - origin, shape (rows, m). width: to the other pole. from_left:
    whether the nearer pole is on the left. pole: its weight. low, high: the bracket, which rounds narrow.
    """

    origin: np.ndarray
    far: np.ndarray
    width: np.ndarray
    from_left: np.ndarray
    pole: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @classmethod
    def of(cls, delta: np.ndarray, shock: np.ndarray, index: np.ndarray) -> _Brackets:
        """By which half between two poles holds the root."""
        right = delta[index]
        left = np.where(index > 0, delta[index - 1], delta[0] - np.sum(shock))  # the first root lies above this
        width = right - left
        middle = (shock / (delta - (left + width / 2)[:, None])).sum(axis=1) - 1
        from_left = (middle > 0) & (index > 0)
        origin = np.where(from_left, left, right)
        low, high = np.where(from_left, 0.0, -width), np.where(from_left, width, 0.0)
        half = np.where(from_left, width / 2, -width / 2)
        low = np.where(middle > 0, low, np.maximum(low, half))
        high = np.where(middle > 0, np.minimum(high, half), high)
        pole = np.where(from_left, shock[index - 1], shock[index])
        return cls(origin, delta - origin[:, None], width, from_left, pole, low, high)


def _step_of_two_poles(
    off: np.ndarray, before_slope: np.ndarray, after_slope: np.ndarray, d_left: np.ndarray, d_right: np.ndarray
) -> np.ndarray:
    """The step to the root of the two poles that stand for both sides, each with its side's value and slope."""
    pull, push = before_slope * d_left**2, after_slope * d_right**2
    rest = off - before_slope * d_left - after_slope * d_right
    linear = rest * (d_left + d_right) + pull + push
    constant = d_left * d_right * off
    root = np.sqrt(np.maximum(linear**2 - 4 * rest * constant, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(linear > 0, 2 * constant / (linear + root), (linear - root) / (2 * rest))


def _halved(
    fresh: np.ndarray, outside: np.ndarray, small: np.ndarray, low: np.ndarray, high: np.ndarray, pole: np.ndarray
) -> np.ndarray:
    """Guesses that left their bracket, or are slow in a wide one, at its middle: in decades where it spans many."""
    near, away = np.sort(np.abs([low, high]), axis=0)
    near = np.maximum(near, np.minimum(away, _NEAR * pole))
    decades = np.sign(low + high) * np.sqrt(near * away)
    wide = away > 16 * near
    return np.where(outside | (small & wide), np.where(wide, decades, (low + high) / 2), fresh)
