"""Support of a spectrum: the bands of the feature Gram matrix's eigenvalues, their gaps, and its largest eigenvalue.

In a gap the scale kappa is real, kappa = -xi, and x = psi(xi) = xi (1 + (1/N) sum_k lambda_k/(xi - lambda_k)) rises:

    gap  <=>  psi'(xi) = 1 - g(xi)/N > 0,   g(xi) = sum_k lambda_k^2/(xi - lambda_k)^2,

and g is convex between neighbouring eigenvalues, so each pair holds one gap or none, whose edges are two bracketed
roots. Source: Silverstein and Choi (1995).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...errors import InputError
from ..problems import Modes
from .effective_ridge import degrees_of_freedom, outlier_push, resolved_scale, unresolved_share

_HALVINGS = 55


@dataclass(frozen=True)
class Support:
    """Bands of the nonzero spectrum, largest first; every array has shape (bands,).

    low, high: ends as real scales kappa (negative in gaps; the lowest is positive for N below the rank, and 0 for
    N = rank). x_low, x_high: ends as eigenvalues. members: number of eigenvalues of the Gram matrix in a band, those
    lambda_k that lie in it; the lowest band holds the rest of min(N, rank).
    """

    low: np.ndarray
    high: np.ndarray
    x_low: np.ndarray
    x_high: np.ndarray
    members: np.ndarray


def positive_part(modes: Modes) -> Modes:
    """The modes with positive eigenvalues, largest first. Raises InputError where a weight is not positive."""
    kept = modes.eigenvalues > 0
    if np.any(modes.weights[kept] <= 0):
        raise InputError(
            "A mode has a weight that is not positive, as in Euler and Maclaurin's sums, but a density needs weights "
            "that count eigenvalues; group the modes first (density.regrouped)."
        )
    order = np.argsort(-modes.eigenvalues[kept], kind="stable")
    return Modes(modes.eigenvalues[kept][order], modes.energies[kept][order], modes.weights[kept][order])


def support(modes: Modes, size: float) -> Support:
    """Bands for N = size features; modes positive, largest first, with positive weights (`positive_part`).

    Cost: about 150 sums over modes for each pair of neighbours that may hold a gap, a dozen to sqrt(N) of them.
    """
    values, weights = modes.eigenvalues, modes.weights
    square = weights * values**2
    spacing = values[:-1] - values[1:]
    # the two neighbours alone give g >= (a^(1/3) + b^(1/3))^3/spacing^2 between them
    cubes = np.cbrt(square)
    with np.errstate(divide="ignore"):
        pairs = np.flatnonzero((cubes[:-1] + cubes[1:]) ** 3 < size * spacing**2)

    def g(offset: np.ndarray, above: np.ndarray, power: int) -> np.ndarray:
        """sum w lambda^2/(xi - lambda)^power at xi = values[above] + offset."""
        return ((values[above, None] - values) + offset[:, None]) ** -float(power) @ square

    def halved(
        low: np.ndarray, high: np.ndarray, above: np.ndarray, level: float, power: int, sign: float
    ) -> np.ndarray:
        """The offset in (low, high) where sign (g - level) turns from positive to negative."""
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            left = sign * (g(middle, above, power) - level) > 0
            low, high = np.where(left, middle, low), np.where(left, high, middle)
        return (low + high) / 2

    # offsets are from the lower neighbour, so that narrow bands keep their digits
    least = halved(np.zeros(len(pairs)), spacing[pairs], pairs + 1, 0.0, 3, 1.0)
    open_ = g(least, pairs + 1, 2) < size
    pairs, least = pairs[open_], least[open_]
    start = halved(np.zeros(len(pairs)), least, pairs + 1, size, 2, 1.0)
    # and from the upper neighbour for the end of the gap
    end = halved(least - spacing[pairs], np.zeros(len(pairs)), pairs, size, 2, -1.0)
    rank = float(np.sum(weights))
    reach = np.array([np.sqrt(float(np.sum(square)) / size) * (1 + 1e-9)])
    top = halved(np.zeros(1), reach, np.array([0]), size, 2, 1.0)
    bottom, x_bottom = _bottom(modes, size, rank)
    tops = np.concatenate([[0], pairs + 1])
    ends = np.append(pairs, len(values) - 1)
    members = np.add.reduceat(weights, tops)
    high = -(values[tops] + np.concatenate([top, start]))
    low = np.append(-(values[pairs] + end), bottom)
    x_high = _location(tops, np.concatenate([top, start]), modes, size)
    x_low = np.append(_location(ends[:-1], end, modes, size), x_bottom)
    if size < rank:
        members[-1] -= rank - size
    return Support(low, high, x_low, x_high, members)


def _location(near: np.ndarray, offset: np.ndarray, modes: Modes, size: float) -> np.ndarray:
    """psi at xi = eigenvalues[near] + offset."""
    values = modes.eigenvalues
    pull = (values / ((values[near, None] - values) + offset[:, None])) @ modes.weights
    return (values[near] + offset) * (1 + pull / size)


def _bottom(modes: Modes, size: float, rank: float) -> tuple[float, float]:
    """The lowest end of the nonzero spectrum, as kappa and as x."""
    if size == rank:
        return 0.0, 0.0
    if size > rank:  # g rises from the rank at xi = 0 to infinity at the smallest eigenvalue
        low, high = 0.0, float(modes.eigenvalues[-1])
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            g = np.sum(modes.weights * (modes.eigenvalues / (modes.eigenvalues - middle)) ** 2)
            low, high = (middle, high) if g < size else (low, middle)
        kappa = -(low + high) / 2
    else:
        upper = np.log(resolved_scale(modes, size))
        lower = upper - 1.0
        while degrees_of_freedom(np.exp(np.array([lower])), modes)[1][0] < size:
            lower -= 1.0
        for _ in range(_HALVINGS):
            middle = (lower + upper) / 2
            inside = degrees_of_freedom(np.exp(np.array([middle])), modes)[1][0] < size
            lower, upper = (lower, middle) if inside else (middle, upper)
        kappa = float(np.exp((lower + upper) / 2))
    one = unresolved_share(np.array([kappa]), modes, size)[0]  # type: ignore[arg-type]
    return kappa, -kappa * float(one[0])


def largest_eigenvalue(modes: Modes, bands: Support, size: float) -> tuple[float, bool]:
    """The unit of x: the largest eigenvalue of G in the limit, and whether a gap separates it as an outlier.

    Each draw divides by its own: an outlier is at x = 1 exactly, a band's edge up to fluctuations of order N^(-2/3).
    bands: the modes' support, or that of the same modes in groups with the first ones alone.
    """
    alone = len(bands.members) > 1 and bands.members[0] == modes.weights[0] == 1
    if not alone and modes.rank != 1:
        return float(bands.x_high[0]), False
    return float(modes.eigenvalues[0]) * (1 + outlier_push(modes) / size), True
