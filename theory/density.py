"""Spectral densities on the real axis: energies and counts in bins, for model sizes from tens to 1e12.

    risk of a filter = floor + sum_j energies_j h(x_j)^2 + O(width^2)

Bins lie between the eigenvalues of the input covariance, grouped where they are many. A bin's content is an
integral of the resolvent of the feature Gram matrix between two points of the spectrum. In the scale kappa, with

    zeta = kappa (1 - df_1(kappa)/N),   m dzeta = S (1 + (df_1 - df_2)/(N - df_1)) dkappa,
    S = sum_k E_k/(lambda_k + kappa),   sum_i dzeta/(x_i + zeta) = (N - df_2) dkappa/kappa,

everything is analytic off the negative real axis, so no equation is solved but for the bins' edges: the points
where zeta is real, N = sum_k lambda_k^2/|lambda_k + kappa|^2 (Silverstein and Choi 1995). The parts of order one have
primitives; only the part of order 1/N is a quadrature. So small energies keep their digits at any N.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from .errors import InputError
from .modes import Modes
from .scale import degrees, resolved_scale, zeta_of
from .support import Support, largest_eigenvalue, support

_ALONE = 8  # leading modes that are never grouped with others
_LEFT = 1e-7  # eigenvalues below the last bin's end where the spectrum reaches 0
_REST = 25.0  # e-folds of kappa that the rest down to 0 takes
_DROWNED = 1e-9  # of the trace
_COUNTED = 1e12  # modes that are still told one by one
_REFINEMENTS = 20
_HEAD = 24  # modes that keep a bin of their own
_BEYOND = 1e4  # infinite tails are grouped as one beyond this multiple of the largest size
_FAR = 1e24  # the last mode told apart where N and dim are infinite
_LARGEST = 1e13  # of N: the top bin is half a per cent off at 1e14 and a fifth at 1e16 (s = -1/2)
_NODES = 20  # Gauss-Legendre nodes on the path across a bin
_FLAT = 1e-30  # squared half angles off the axis below this are not told from a gap
_NEWTON = 60
_BLOCK = 512  # paths evaluated together, so that memory stays below 100 MB


@dataclass(frozen=True)
class Bins:
    """Point masses that stand for a spectrum: positions x, target energies, and numbers of eigenvalues.

    x, energies, counts: shape (m,), x falling; energies as given (they and `floor` sum to `total`).
    width: largest width of a bin (in log k beyond the head for power laws, in log x otherwise); errors of smooth
    integrals fall as its square.
    largest, single: the unit in which a draw sees its eigenvalues, and whether it is an outlier, the first bin alone
    (`largest_eigenvalue`); for power-law bins 1, lambda_1 of the inputs. spans: width of each bin in log x, shape (m,).
    """

    x: np.ndarray
    energies: np.ndarray
    counts: np.ndarray
    floor: float
    total: float
    width: float
    largest: float = 1.0
    single: bool = False
    spans: np.ndarray | None = None


@dataclass(frozen=True)
class Curve:
    """Risk over the target's variance at `steps`, shape (t,), and an estimate of its relative error, shape (t,)."""

    steps: np.ndarray
    risk: np.ndarray
    error: np.ndarray

    def slopes(self) -> np.ndarray:
        """d log(risk)/d log(T) between successive steps, shape (t - 1,)."""
        return np.diff(np.log(self.risk)) / np.diff(np.log(self.steps))


def power_sum(first: np.ndarray, last: np.ndarray, power: float) -> np.ndarray:
    """sum of k^-power over first < k < last, both half-integers (last may be infinite), shape (m,).

    The midpoint form of Euler and Maclaurin: the integral, a slope and a third derivative at the ends. The next term,
    31/967680 times the fifth derivative, is below 1e-8 of the sum for first >= 24 and powers up to 4.
    """
    if not np.any(np.isfinite(last)):
        integral = first ** (1 - power) / (power - 1)
    else:
        ratio = np.log(last / first)
        exponent = (1 - power) * ratio
        growth = np.where(exponent == 0, 1.0, np.expm1(exponent) / np.where(exponent == 0, 1.0, exponent))
        integral = first ** (1 - power) * ratio * growth

    def ends(k: np.ndarray) -> np.ndarray:
        slope = -power * k ** (-power - 1)
        third = slope * (power + 1) * (power + 2) / (k * k)
        return -slope / 24 + 7 * third / 5760

    return integral + ends(last) - ends(first)


def grouped_modes(s: float, r: float, dim: int | None, largest_size: float, width: float) -> tuple[Modes, np.ndarray]:
    """Power laws k^-(1+s), k^-(1+r) in groups of consecutive k, and the groups' edges in k, shape (m + 1,).

    A group keeps its number of modes, its sum of eigenvalues and its sum of energies exactly. The first groups hold
    one mode; beyond, groups are `width` wide in log k. An infinite tail ends in a group that keeps the two sums.
    """
    stop = float(dim) if dim is not None else min(max(largest_size, 1e4) * _BEYOND, _FAR)
    head = np.arange(0, min(_HEAD, int(stop)) + 1) + 0.5
    count = max(1, math.ceil(math.log((stop + 0.5) / head[-1]) / width))
    tail = np.floor(np.geomspace(head[-1], stop + 0.5, count + 1)[1:]) + 0.5
    tail[-1] = stop + 0.5
    edges = np.unique(np.concatenate([head, tail[tail <= stop + 0.5]]))
    counts = np.diff(edges)
    single = np.arange(1, len(head), dtype=float)
    low, high = edges[len(head) - 1 : -1], edges[len(head) :]
    eigenvalues = np.concatenate([single ** -(1 + s), power_sum(low, high, 1 + s) / (high - low)])
    energies = np.concatenate([single ** -(1 + r), power_sum(low, high, 1 + r) / (high - low)])
    if dim is None:
        last = edges[-1:]
        smallest = float(last[0]) ** -(1 + s)
        rest = float(power_sum(last, np.array([np.inf]), 1 + s)[0]) / smallest
        eigenvalues = np.append(eigenvalues, smallest * (1 - 1e-9))
        energies = np.append(energies, power_sum(last, np.array([np.inf]), 1 + r) / rest)
        counts = np.append(counts, rest)
        edges = np.append(edges, np.inf)
    return Modes(eigenvalues, energies, counts), edges


def spectral_bins(s: float, r: float, size: float | None = None, dim: int | None = None, width: float = 0.05) -> Bins:
    """Bins of the spectrum of N = size random features of variance 1/N; size None or infinite is N = dim = infinity.

    s > 0 for infinite dim; r > 0. Error of smooth integrals: about (r width)^2/20, so halve the width to see it.
    Raises InputError. Cost: about (bins)^2 times 40 operations; a second at size 1e12, width 0.05.
    """
    infinite = size is None or math.isinf(size)
    if s <= -1 or r <= 0 or (dim is None and s <= 0):
        raise InputError(
            f"s is {s:g} and r is {r:g} with dim {dim}, but s > -1 and r > 0 are needed, and s > 0 where dim is "
            "infinite; try s = 1, r = 1, or a finite dim."
        )
    if infinite and dim is not None:
        raise InputError(f"N is infinite with dim {dim}, but N below dim is needed; give a finite N or no dim.")
    if not infinite and not 2 <= size < (dim or math.inf):  # type: ignore[operator]
        raise InputError(f"N is {size} with dim {dim}, but bins need 2 <= N < dim; try dim = 2 N.")
    if not infinite and float(size) > _LARGEST:  # type: ignore[arg-type]
        raise InputError(f"N is {size:g}, but the largest eigenvalue is resolved up to N = {_LARGEST:g}; try 1e12.")
    if not 0 < width <= 1:
        raise InputError(f"width is {width}, but bins are between 0 and 1 wide in log k; try 0.05.")
    modes, edges = grouped_modes(s, r, dim, _FAR if infinite else float(size), width)  # type: ignore[arg-type]
    if infinite:
        return Bins(modes.eigenvalues, modes.weights * modes.energies, modes.weights, 0.0, modes.total, width)
    return _resolved(modes, edges[:-1] if dim is None else edges, s, float(size), width)  # type: ignore[arg-type]


def regrouped(modes: Modes, width: float) -> Modes:
    """Neighbouring modes within `width` in log lambda as one: its weight, sum of eigenvalues and sum of energies kept.

    The first ones stay alone. Sums of smooth functions change by width^2/24 of their curvature. Where weights are
    negative (Euler and Maclaurin's ends) groups take them in. Raises InputError where a group is left with none.
    """
    order = np.argsort(-modes.eigenvalues, kind="stable")
    order = order[modes.eigenvalues[order] > 0]
    values, energies, weights = modes.eigenvalues[order], modes.energies[order], modes.weights[order]
    cell = np.floor(-np.log(values / values[0]) / width + 1e-9)
    new = np.concatenate([[True], np.diff(cell) > 0])
    new[1:_ALONE] = values[1:_ALONE] < values[: len(values[1:_ALONE])]
    first = np.flatnonzero(new)
    count = np.add.reduceat(weights, first)
    while np.any(count[1:] <= 0):
        new[first[1:][count[1:] <= 0]] = False
        first = np.flatnonzero(new)
        count = np.add.reduceat(weights, first)
    if count[0] <= 0:
        raise InputError("The modes' weights are not positive, but they must count eigenvalues; give positive weights.")
    sums = np.add.reduceat(weights * values, first), np.add.reduceat(weights * energies, first)
    # N = rank is told from N < rank by equality, so a whole number of modes stays one to the last digit
    whole = float(np.round(modes.rank)) if modes.rank < _COUNTED else math.inf
    for _ in range(4):
        if not 0 < abs(whole - float(np.sum(count))) < 1e-9 * modes.rank:
            break
        count[-1] += whole - float(np.sum(count))
    return Modes(sums[0] / count, sums[1] / count, count)


def bins_of(modes: Modes, size: float, width: float = 0.05) -> Bins:
    """Bins of the spectrum of N = size random features for any modes: measured, of a kernel, or power laws.

    Bins are at most about `width` wide in log x and end where bands of the spectrum end (`support`). An outlier that a
    gap separates from all others is one bin at x = largest: each draw divides by its own, and sees it at exactly 1.
    Errors of smooth integrals: about width^2/24 of their curvature in log x. Raises InputError.
    Cost: bins times modes (in groups half a width wide) times 40 operations; 0.1 s at N = 256, dim = 1000.
    """
    if not (math.isfinite(size) and size >= 1):
        raise InputError(f"N is {size}, but a model has at least one feature; try N = 64.")
    if not 0 < width <= 1:
        raise InputError(f"width is {width}, but bins are between 0 and 1 wide in log x; try 0.05.")
    if not np.any(modes.eigenvalues > 0):
        raise InputError("Every eigenvalue is zero, but at least one must be positive.")
    near = regrouped(modes, width / 2)
    floor = float(np.sum((modes.weights * modes.energies)[modes.eigenvalues <= 0]))
    kappa_0 = resolved_scale(near, size)
    floor += float(np.sum(near.weights * near.energies * (kappa_0 / (near.eigenvalues + kappa_0))))
    bands = support(near, size)
    largest, separated = largest_eigenvalue(modes, bands, size)
    log_kappa, log_x, inside = _cut(near, bands, size, width, separated)
    energies, counts, moments = contents(log_kappa, near, size)
    keep = inside & (counts > 0)
    x, spans = moments[keep] / counts[keep], -np.diff(log_x)[keep]
    # where the spectrum reaches 0, sums of eigenvalues drown in rounding, and the middle of the bin serves
    drowned = moments[keep] < _DROWNED * float(np.sum(near.weights * near.eigenvalues))
    x = np.where(drowned, np.exp((log_x[1:] + log_x[:-1])[keep] / 2), x)
    if separated:
        x[0], spans[0] = largest, 0.0
    return Bins(x, energies[keep], counts[keep], floor, modes.total, width, largest, separated, spans)


def _cut(
    modes: Modes, bands: Support, size: float, width: float, whole: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """log kappa and log x at the bins' edges, from above, shape (m,), and whether a bin lies between, shape (m - 1,).

    whole: the first band is one bin.
    """
    least = _LEFT / float(np.sum(modes.weights / modes.eigenvalues))  # where N = rank, the spectrum reaches 0
    start, stop = np.log(-bands.high), np.log(np.where(bands.low == 0, least, np.abs(bands.low)))
    points = np.stack([start, stop], axis=1).ravel()
    at = points - 1j * np.pi
    at[1::2] += 1j * np.pi * (bands.low > 0)
    if bands.low[-1] == 0:
        at[-1] = on_axis(np.array([least]), modes, size)[0]
    kept = np.arange(len(points) - 1) % 2 == 0
    for _ in range(_REFINEMENTS):  # the last one finds nothing left to split
        log_x = np.log(np.maximum(-np.real(zeta_of(np.exp(at), modes, size)), np.finfo(float).tiny))  # type: ignore[arg-type]
        pieces = np.where(kept, np.ceil(-np.diff(log_x) / width - 0.2), 1).astype(int)
        if whole:
            pieces[0] = 1
        split = np.flatnonzero(pieces > 1)
        if not len(split):
            break
        fresh = [np.linspace(points[i], points[i + 1], pieces[i] + 1)[1:-1] for i in split]
        where = np.repeat(split + 1, [len(f) for f in fresh])
        added = np.concatenate(fresh)
        points = np.insert(points, where, added)
        at = np.insert(at, where, on_axis(np.exp(added), modes, size))
        kept = np.insert(kept, where, True)
    if bands.low[-1] == 0:  # what is left below, down to where it is nothing
        at, log_x = np.append(at, at[-1] - _REST), np.append(log_x, log_x[-1] - 2 * _REST)
        kept = np.append(kept, True)
    return at, log_x, kept


def _resolved(modes: Modes, edges: np.ndarray, s: float, size: float, width: float) -> Bins:
    """Bins between the points of the spectrum whose |kappa| are the edges in k, at the power -(1+s)."""
    kappa_0 = resolved_scale(modes, size)
    floor = float(np.sum(modes.weights * modes.energies * (kappa_0 / (modes.eigenvalues + kappa_0))))
    low = _lowest_scale(modes, size, kappa_0)
    moduli = edges ** -(1 + s)
    # beyond the support: sum w lambda^2/(xi - lambda)^2 < N where xi - lambda_1 exceeds this root
    beyond = math.sqrt(float(np.sum(modes.weights * modes.eigenvalues**2)) / size)
    moduli[0] = max(1.3 * modes.eigenvalues[0], modes.eigenvalues[0] + 1.001 * beyond)
    inside = moduli[moduli > 1.02 * low]
    log_kappa = np.append(on_axis(inside, modes, size), np.log(low) + 0j)
    energies, counts, moments = contents(log_kappa, modes, size)
    keep = counts > 1e-9
    return Bins(moments[keep] / counts[keep], energies[keep], counts[keep], floor, modes.total, width)


def _lowest_scale(modes: Modes, size: float, kappa_0: float) -> float:
    """kappa at the lower edge of the spectrum: df_2(kappa) = N, below kappa_0."""

    def excess(log_kappa: float) -> float:
        return float(degrees(np.array([np.exp(log_kappa)]), modes)[1][0]) / size - 1

    high = np.log(kappa_0)
    start = high - 1.0
    while excess(start) < 0:
        start -= 1.0
    return float(np.exp(brentq(excess, start, high, xtol=1e-14)))


def on_axis(moduli: np.ndarray, modes: Modes, size: float) -> np.ndarray:
    """log kappa with the given moduli where zeta is real, on the lower side of the cut, shape (m,), complex.

    With kappa = -|kappa| e^(ia) and c = sin^2(a/2), the terms of N = sum w lambda^2/|lambda + kappa|^2 are the inverses
    of linear functions of c, so 1/sum is concave and rises: Newton's method on it approaches the root from below. In a
    gap of the spectrum the sum stays below N, and a is 0.
    """
    values, weights = modes.eigenvalues, modes.weights
    apart = (1 - moduli[:, None] / values) ** 2
    rise = (1 + moduli[:, None] / values) ** 2 - apart
    share = np.full(len(moduli), _FLAT)
    open_ = np.arange(len(moduli))
    for _ in range(_NEWTON):
        term = 1 / (apart[open_] + share[open_, None] * rise[open_])
        total, slope = term @ weights, ((term * term) * rise[open_]) @ weights
        step = (total / size - 1) * total / slope
        share[open_] = np.clip(share[open_] + step, _FLAT, 1.0)
        open_ = open_[np.abs(step) > 1e-13 * share[open_]]
        if not len(open_):
            break
    away = np.where(share <= _FLAT, 0.0, 2 * np.arcsin(np.sqrt(share)))
    return np.log(moduli) - 1j * (np.pi - away)


def contents(log_kappa: np.ndarray, modes: Modes, size: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Energy, number and sum of the eigenvalues between successive points, each of shape (m - 1,)."""
    node, weight = np.polynomial.legendre.leggauss(_NODES)
    angle = np.pi / 2 * (node + 1)
    start, stop = log_kappa[:-1, None], log_kappa[1:, None]
    rank = float(np.sum(modes.weights))
    half = (stop - start) / 2
    # paths near the cut bulge away from it, to pass the eigenvalues at a distance
    distance = np.pi + np.imag(start + stop) / 2
    bulge = np.clip(1 - distance / (4 * np.abs(half)), 0, 1) * np.abs(half)
    path = (start + stop) / 2 - half * np.cos(angle) + 1j * bulge * np.sin(angle)
    kappa = np.exp(path)
    dkappa = kappa * (half * np.sin(angle) + 1j * bulge * np.cos(angle)) * (np.pi / 2 * weight)
    mixed_energy = np.empty(len(path))
    mixed_moment = np.empty(len(path))
    mass = modes.weights * modes.energies
    for first in range(0, len(path), max(1, _BLOCK // _NODES)):
        block = slice(first, first + max(1, _BLOCK // _NODES))
        left = 1 / (modes.eigenvalues + kappa[block, :, None])
        share = modes.eigenvalues * left
        one, two = share @ modes.weights, (share * share) @ modes.weights
        apart = 1 - share if size < rank else kappa[block, :, None] * left
        spread = (share * apart) @ modes.weights
        unused = size - one if size < rank else size - rank + apart @ modes.weights
        mixed_energy[block] = np.imag(np.sum((left @ mass) * spread / unused * dkappa[block], axis=1))
        mixed_moment[block] = np.imag(np.sum(one * two / size * dkappa[block], axis=1))
    end = np.exp(log_kappa)
    gap = np.imag(log_kappa) == -np.pi
    end.imag[gap] = 0.0
    shifted = modes.eigenvalues + end[:, None]
    # arguments on the lower side of the cut: of lambda + kappa, and of 1 + lambda/kappa, small where lambda is
    below = shifted.real < 0
    turn = np.where(gap[:, None], np.where(below, -np.pi, 0.0), np.angle(shifted))
    excess = np.where(gap[:, None], np.where(below, 0.0, np.pi), np.angle(1 + modes.eigenvalues / end[:, None]))
    share = np.imag(modes.eigenvalues / shifted)
    energy = turn @ mass
    number = size * np.imag(log_kappa) + (excess - share) @ modes.weights
    moment = size * end.imag + (modes.eigenvalues * (share - turn)) @ modes.weights
    return (
        (np.diff(energy) + mixed_energy) / np.pi,
        np.diff(number) / np.pi,
        -(np.diff(moment) + mixed_moment) / np.pi,
    )
