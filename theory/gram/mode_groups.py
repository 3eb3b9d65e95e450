"""Modes of a power law in groups that are wide in log k, with exact sums over each group."""

from __future__ import annotations

import math

import numpy as np

from ...errors import InputError
from ..problems import Modes

_ALONE = 8  # leading modes that are never grouped with others
_COUNTED = 1e12  # modes that are still told one by one
_HEAD = 24  # modes that keep a bin of their own
_BEYOND = 1e4  # infinite tails are grouped as one beyond this multiple of the largest size
FAR = 1e24  # the last mode told apart where N and dim are infinite


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
    """Power laws k^-(1+s), k^-(1+r) in groups of consecutive k.

    A group keeps its number of modes, its sum of eigenvalues and its sum of energies exactly. The first groups hold one
    mode. An infinite tail ends in a group that keeps the two sums.

    Args:
        s: spectral exponent.
        r: source exponent.
        dim: number of modes; None is infinitely many.
        largest_size: N up to which the groups serve.
        width: of groups in log k, beyond the first.

    Returns:
        The modes, and the groups' edges in k, shape (m + 1,).
    """
    stop = float(dim) if dim is not None else min(max(largest_size, 1e4) * _BEYOND, FAR)
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
