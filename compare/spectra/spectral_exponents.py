"""Exponents of a measured spectrum: s from eigenvalues, r from target energies, as slopes over a window of ranks.

    lambda_k ~ k^-(1+s),   E_k ~ k^-(1+r)

Ranks are gathered in bins of equal width in log k, so that every decade counts alike: the 900 modes of the last
decade would otherwise decide the slope alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.optimize import least_squares
from scipy.special import polygamma
from scipy.stats import t as student

from ..confidence import LEVEL
from .regimes import Regime, regimes

_RATIO = 1.35  # width of a bin: last rank over first
_NEIGHBOURS = 5  # bins of a local exponent: a factor of 4.5 in rank
_UNEVEN = 0.5  # difference of local exponents beyond which there is no single one
_FEW = 30  # modes in a window below which an exponent is called a rough summary


@dataclass(frozen=True)
class SlopeFit:
    """An exponent e in y_k ~ k^-(1+e), from ranks `window` (both included).

    Attributes:
        value: e.
        interval: At 95 %, None where too few bins are left for one.
        window: First and last rank.
        bins: How many points the line was fitted to.
        pieces: Regimes of different exponents, empty where one power law serves; then `value` is their average.
        log_level: log y at k = 1 on the fitted line.
        status: A sentence on the fit.
        edge: log y on the fitted law at the window's end.
        local: The smallest and the largest local exponent where they are far apart, so that there is no single one.
    """

    value: float
    interval: tuple[float, float] | None
    window: tuple[int, int]
    bins: int
    pieces: tuple[Regime, ...]
    log_level: float
    status: str
    edge: float
    local: tuple[Regime, ...] = ()

    @property
    def reported(self) -> tuple[float, float] | None:
        """The interval, as wide as the local exponents where there is no single one."""
        if self.interval is None or not self.local:
            return self.interval
        values = [each.value for each in self.local]
        return min(self.interval[0], *values), max(self.interval[1], *values)

    @property
    def modes(self) -> int:
        """Modes in the window."""
        return self.window[1] - self.window[0] + 1

    @property
    def bends(self) -> bool:
        """Whether there are several regimes."""
        return len(self.pieces) > 1

    @property
    def last(self) -> float:
        """The exponent of the last regime, with which the law goes on."""
        return self.pieces[-1].value if self.pieces else self.value

    def beyond(self, ranks: np.ndarray) -> np.ndarray:
        """The law of the last regime at ranks beyond the window."""
        return np.asarray(np.exp(self.edge - (1 + self.last) * np.log(ranks / self.window[1])))

    def line(self, ranks: np.ndarray) -> np.ndarray:
        """The fitted power law at these ranks."""
        return np.asarray(np.exp(self.log_level - (1 + self.value) * np.log(ranks)))

    def to_json(self) -> dict[str, Any]:
        """Plain values; None where something is not available."""
        return {
            "value": self.value,
            "interval": None if self.interval is None else list(self.interval),
            "window": list(self.window),
            "regimes": [each.to_json() for each in self.pieces],
            "status": self.status,
        }


def rank_bins(low: int, high: int, fewest: int = 1) -> list[slice]:
    """Ranks low..high (from 1) as slices of arrays, of equal width in log k and at least `fewest` modes each.

    >>> [(b.start + 1, b.stop) for b in rank_bins(3, 12)]
    [(3, 4), (5, 6), (7, 9), (10, 12)]
    """
    bins: list[slice] = []
    start = low - 1
    while start < high:
        stop = max(start + fewest, math.floor((start + 1) * _RATIO))
        bins.append(slice(start, min(stop, high)))
        start = stop
    if len(bins) > 1 and bins[-1].stop - bins[-1].start < max(fewest, (bins[-2].stop - bins[-2].start) // 2):
        bins[-2:] = [slice(bins[-2].start, bins[-1].stop)]
    return bins


def fit_spectral(
    eigenvalues: np.ndarray, window: tuple[int, int], resampled: np.ndarray | None = None, shift: float = 0.0
) -> SlopeFit:
    """s over a window: least squares of log lambda on log k, one point for each bin.

    The residuals of neighbouring bins are alike where the spectrum is smooth but bent, so their correlation rho
    lowers the number of independent bins to K (1 - rho)/(1 + rho). The interval is the wider of the one from this
    scatter and the one from rows.

    Args:
        eigenvalues: Shape (m,), positive, largest first.
        window: First and last rank, both included.
        resampled: Eigenvalues on resampled rows, shape (draws, m); None where there are no rows.
        shift: How far s moved when the bias of first order in 1/n was taken out; what is left is of second order, and
            the interval is wider by half of the shift on both sides.

    Returns:
        The fit, with its status and, where local exponents differ, the smallest and the largest.
    """
    bins = rank_bins(*window)
    x = _centres(bins)
    weights = np.ones(len(bins))
    y = _mean_over(np.log(eigenvalues), bins)
    spread = None
    if resampled is not None:
        spread = float(np.std(_slope(x, _mean_over(np.log(resampled), bins), weights), ddof=1))
    fit = _fitted(bins, x, y, weights, window, spread, shift)
    if fit.modes < _FEW:
        return fit
    uneven = replace(fit, local=_local_extremes(bins, x, y, weights))
    return replace(uneven, status=_status(uneven))


def fit_source(energies: np.ndarray, window: tuple[int, int], resampled: np.ndarray) -> tuple[SlopeFit | None, float]:
    """r over a window that ends where noise takes over, and the share of the target's energy seen there.

    Energies of single modes scatter (a smooth law times a squared normal number), so they are averaged over bins
    of several modes, and a bin of m modes counts by the inverse of var log(chi^2_m/m) = psi'(m/2). The window ends
    before the first bin whose mean is below three of its standard errors.

    Args:
        energies: Shape (m,), de-biased, so some can be negative.
        window: First and last rank, both included.
        resampled: Energies on resampled rows, shape (draws, m).

    Returns:
        The fit, None where fewer than two bins are usable, and the share of the energy in the bins used, 0 to 1.
    """
    low, high = window
    bins = rank_bins(low, high, fewest=4 if high - low >= 24 else 2 if high - low >= 5 else 1)
    mean, again = _mean_over(energies, bins), _mean_over(resampled, bins)
    error = np.std(again, axis=0, ddof=1)
    clear = mean > 3 * error
    usable = len(bins) if clear.all() else int(np.argmin(clear))
    if usable < 2:
        return None, 0.0
    bins, mean, again = bins[:usable], mean[:usable], again[:, :usable]
    count = np.array([b.stop - b.start for b in bins], dtype=float)
    weights = 1 / (polygamma(1, count / 2) + (error[:usable] / mean) ** 2)
    x = _centres(bins)
    for _ in range(3):  # a bin of a steep law has its mean nearer its first rank
        x = _centres(bins, float(_slope(x, np.log(mean), weights)))
    lowest = 0.05 * mean
    spread = float(np.std(_slope(x, np.log(np.maximum(again, lowest)), weights), ddof=1))
    seen = float(np.sum(energies[: bins[-1].stop])) / float(np.sum(energies))
    return _fitted(bins, x, np.log(mean), weights, (low, bins[-1].stop), spread, 0.0), seen


def noise_floor(energies: np.ndarray, low: int) -> float:
    """The constant b in E_k ~ A k^-(1+r) + b, by least squares of logs over bins; 0 where none can be seen.

    Independent label noise of variance sigma^2 puts b = sigma^2/n on each of n modes. A floor is accepted where it
    improves the fit clearly and is most of what the last bin holds.

    energies: shape (m,), as measured. low: the first rank used.
    """
    bins = rank_bins(low, len(energies), fewest=4)
    if len(bins) < 6:
        return 0.0
    count = np.array([b.stop - b.start for b in bins], dtype=float)
    root = 1 / np.sqrt(polygamma(1, count / 2))
    mean = np.maximum(_mean_over(energies, bins), 1e-300)
    x, y = _centres(bins), np.log(mean)
    slope = _slope(x, y, root**2)
    level = float(np.average(y - slope * x, weights=root**2))
    line = float(np.sum((root * (y - slope * x - level)) ** 2))

    def left(p: np.ndarray) -> np.ndarray:
        return np.asarray(root * (y - np.logaddexp(p[0] - p[1] * x, p[2])))

    best = min(
        (least_squares(left, [y[0] + steep * x[0], steep, y[-1] - 0.1], max_nfev=400) for steep in (1.0, 2.0, 3.0)),
        key=lambda found: found.cost,
    )
    bent, floor = 2 * best.cost, float(np.exp(best.x[2]))
    clear = line - bent > 10 * bent / max(len(bins) - 3, 1)
    return floor if clear and floor > 0.5 * mean[-1] else 0.0


def tail_shift(shifts: np.ndarray, window: tuple[int, int]) -> float:
    """How far the exponent moves when log lambda_k moves.

    Args:
        shifts: Of log lambda_k, shape (m,), for ranks 1 to m.
        window: First and last rank, both included.

    Returns:
        The change of e in lambda_k ~ k^-(1+e).
    """
    bins = rank_bins(*window)
    return -float(_slope(_centres(bins), _mean_over(shifts, bins), np.ones(len(bins))))


def trusted_ranks(shifts: np.ndarray, tolerance: float = 0.1) -> int:
    """The last rank up to which halving the rows hardly moves the spectrum.

    Args:
        shifts: Of log lambda_k when rows are halved, shape (m,).
        tolerance: By how much the mean of a bin may move.

    Returns:
        The rank before the first bin that moves by more, at most m.
    """
    for each in rank_bins(1, len(shifts)):
        if abs(float(np.mean(shifts[each]))) > tolerance:
            return each.start
    return len(shifts)


def _centres(bins: Sequence[slice], slope: float = 0.0) -> np.ndarray:
    """log k of each bin: where k^slope equals its mean over the bin (slope 0: the mean of log k)."""
    ranks = [np.arange(b.start + 1, b.stop + 1, dtype=float) for b in bins]
    if abs(slope) < 1e-3:
        return np.array([np.mean(np.log(k)) for k in ranks])
    return np.array([np.log(np.mean(k**slope)) / slope for k in ranks])


def _mean_over(values: np.ndarray, bins: Sequence[slice]) -> np.ndarray:
    return np.stack([values[..., b].mean(axis=-1) for b in bins], axis=-1)


def _slope(x: np.ndarray, y: np.ndarray, weights: np.ndarray) -> Any:
    """Weighted least-squares slope of y, shape (..., K), on x, shape (K,)."""
    centred = x - np.average(x, weights=weights)
    return y @ (weights * centred) / np.sum(weights * centred**2)


def _fitted(
    bins: Sequence[slice],
    x: np.ndarray,
    y: np.ndarray,
    weights: np.ndarray,
    window: tuple[int, int],
    spread: float | None,
    shift: float,
) -> SlopeFit:
    slope = float(_slope(x, y, weights))
    value = -slope - 1
    level = float(np.average(y - slope * x, weights=weights))
    reach: list[float] = [] if spread is None else [1.96 * spread]
    count = len(x)
    if count > 2:
        residual = np.sqrt(weights) * (y - level - slope * x)
        squares = float(residual @ residual)
        rho = float(np.clip(residual[1:] @ residual[:-1] / squares, 0.0, 0.8)) if squares > 0 else 0.0
        free = max(count * (1 - rho) / (1 + rho) - 2, min(3.0, count - 2.0))
        centred = x - np.average(x, weights=weights)
        variance = squares / (count - 2) / float(np.sum(weights * centred**2)) * (1 + rho) / (1 - rho)
        reach.append(math.sqrt(variance) * float(student.ppf((1 + LEVEL) / 2, free)))
    interval = None
    if reach:
        half = max(reach)
        half += abs(shift) / 2
        interval = (value - half, value + half)
    pieces = regimes(x, y, weights, np.array([bins[0].start, *(b.stop for b in bins)]))
    edge = level + slope * math.log(window[1])
    if pieces:
        edge = float(np.average(y[-3:] + (1 + pieces[-1].value) * (x[-3:] - math.log(window[1]))))
    made = SlopeFit(value, interval, window, count, pieces, level, "", edge)
    return replace(made, status=_status(made))


def _local_extremes(bins: Sequence[slice], x: np.ndarray, y: np.ndarray, weights: np.ndarray) -> tuple[Regime, ...]:
    """The smallest and the largest exponent over `_NEIGHBOURS` bins, none where they differ by less than `_UNEVEN`.

    Groups of equal eigenvalues, as of kernels on a sphere, make steps that no straight line and no few pieces describe.
    """
    found = []
    for first in range(len(x) - _NEIGHBOURS + 1):
        part = slice(first, first + _NEIGHBOURS)
        slope = float(_slope(x[part], y[part], weights[part]))
        found.append((-slope - 1, (bins[first].start + 1, bins[first + _NEIGHBOURS - 1].stop)))
    if not found:
        return ()
    low, high = min(found), max(found)
    if high[0] - low[0] < _UNEVEN:
        return ()
    return tuple(
        Regime(value, (value, value), window) for value, window in sorted((low, high), key=lambda each: each[1])
    )


def _status(fit: SlopeFit) -> str:
    where = f"ranks {fit.window[0]} to {fit.window[1]}"
    if fit.modes < _FEW:
        return f"Only {fit.modes} modes ({where}): the exponent is a rough summary, not an asymptotic law."
    if fit.bends:
        told = ", ".join(f"{p.value:.2f} at ranks {p.window[0]} to {p.window[1]}" for p in fit.pieces)
        return f"Not one power law: the exponent is {told}, so one number is an average."
    if fit.local:
        told = " and ".join(f"{p.value:.2f} at ranks {p.window[0]} to {p.window[1]}" for p in fit.local)
        return f"No single exponent: local slopes go to {told}, so one number is an average over {where}."
    return f"A straight line over {where}."
