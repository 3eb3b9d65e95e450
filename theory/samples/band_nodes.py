"""Nodes on the bands of a sample spectrum, and the scale kappa at them.

In log x = middle - half cos(theta) every band has a square root at both ends, and the trapezoid rule in theta converges
geometrically, at a rate that falls where another gap is about to open. So bands get more nodes until the rule finds
the number of eigenvalues that each is known to hold: df_1 = sum x_i/(x_i + zeta) has the density Im df_1/(pi x).

On a band kappa is complex. It is followed down from the upper half plane of x, where it is analytic, so no other root
is met; the nodes in between start from a spline.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicSpline

from ...errors import CheckError
from ..gram import degrees_of_freedom
from .bands import spectral_bands
from .nested_ridge import NestedScale

_LEAST_NODES = 24  # on a band, which may be narrow and yet hold a whole eigenvalue
_DOUBLINGS = 5  # of the nodes on a band
_MISCOUNT = 2e-3  # of an eigenvalue: what a band may miss by all its nodes,
_HALF_MISCOUNT = 5e-2  # and by half of them, as all may be right by accident
_EVERY = 4  # every so many nodes of a band are followed from the half plane
_NEARER = 4.0  # factor by which the axis is approached
_LEAST_HEIGHT = 1e-14  # above the axis, in units of x, from which the axis itself is the next step
_ITERATIONS = 50  # of Newton's method
_BLOCK = 512  # points followed together, so that memory stays below 100 MB


@dataclass(frozen=True)
class BandNodes:
    """Nodes of the trapezoid rule on all bands: band number, theta, kappa at x + i0, and the band's step in theta.

    middle, half: of the band in log x. All of shape (m,), bands falling, x rising in each. miscount: eigenvalues that
    the rule misses or makes up, summed over bands.
    """

    band: np.ndarray
    theta: np.ndarray
    kappa: np.ndarray
    step: np.ndarray
    middle: np.ndarray
    half: np.ndarray
    miscount: float

    def shifted(self, steps: np.ndarray) -> np.ndarray:
        """x at theta + steps (times the step in theta), shape (m, q) for steps of shape (q,)."""
        theta = self.theta[:, None] + self.step[:, None] * steps
        return np.exp(self.middle[:, None] - self.half[:, None] * np.cos(theta))

    @property
    def x(self) -> np.ndarray:
        """The nodes themselves."""
        return self.shifted(np.zeros(1))[:, 0]

    @property
    def log_weights(self) -> np.ndarray:
        """Weights of the rule for integrals over log x."""
        return self.step * self.half * np.sin(self.theta)

    @property
    def even(self) -> np.ndarray:
        """Indices of every second node of each band: the rule of twice the step."""
        return np.flatnonzero(np.round(self.theta / self.step).astype(int) % 2 == 0)


def band_nodes(nested: NestedScale, width: float) -> BandNodes:
    """Nodes at most `width` apart in log x. Cost: 30 sums over modes a node.

    Raises CheckError where the scale is not found, or the eigenvalues do not add up.
    """
    bands = spectral_bands(nested)
    log_edges = np.log(bands.edges)
    middle, half = log_edges.mean(axis=1), np.diff(log_edges, axis=1)[:, 0] / 2
    size = 2 * np.ceil(np.maximum(np.pi * half / width, _LEAST_NODES) / 2).astype(int)
    theta = [_angles(m) for m in size]

    def position(band: int) -> np.ndarray:
        return np.exp(middle[band] - half[band] * np.cos(theta[band]))

    sparse = [np.unique(np.append(np.arange(0, m - 1, _EVERY), m - 2)) for m in size]
    known = _followed(nested, [position(b)[some] for b, some in enumerate(sparse)])
    log_kappa = [CubicSpline(theta[b][some], known[b])(theta[b]) for b, some in enumerate(sparse)]
    coarse, miscount = np.arange(len(size)), np.zeros(len(size))
    for doubling in range(_DOUBLINGS + 1):
        found = _polished(nested, [log_kappa[b] for b in coarse], [position(int(b)) for b in coarse])
        for b, values in zip(coarse, found, strict=True):
            log_kappa[b] = values
        missed = np.array([_miscount(nested, log_kappa[b], theta[b], half[b], bands.counts[b]) for b in coarse])
        miscount[coarse] = missed[:, 0]
        coarse = coarse[(missed[:, 0] > _MISCOUNT) | (missed[:, 1] > _HALF_MISCOUNT)]
        if not coarse.size:
            break
        if doubling == _DOUBLINGS:
            raise CheckError(
                f"A band of the spectrum misses {np.max(missed[:, 0]):.2g} of an eigenvalue; try half the width."
            )
        for b in coarse:
            size[b] *= 2
            log_kappa[b] = CubicSpline(theta[b], log_kappa[b])(_angles(size[b]))
            theta[b] = _angles(size[b])
    band = np.repeat(np.arange(len(size)), size - 1)
    kappa = np.exp(np.concatenate(log_kappa))
    step = np.pi / size[band]
    return BandNodes(band, np.concatenate(theta), kappa, step, middle[band], half[band], float(np.sum(miscount)))


def _angles(size: int) -> np.ndarray:
    return np.pi * np.arange(1, size) / size


def _miscount(
    nested: NestedScale, log_kappa: np.ndarray, theta: np.ndarray, half: float, count: float
) -> tuple[float, float]:
    """How many eigenvalues of a band the rule misses, and how many the rule of twice the step."""
    density = np.imag(degrees_of_freedom(np.exp(log_kappa), nested.modes)[0]) * np.sin(theta) * half / (len(theta) + 1)
    return abs(float(np.sum(density)) - count), abs(2 * float(np.sum(density[1::2])) - count)


def _followed(nested: NestedScale, x: list[np.ndarray]) -> list[np.ndarray]:
    """log kappa at zeta = -x - i0, from a height of x above the axis down to it."""
    log_kappa = [np.log(nested.at(part * (1 + 1j))) for part in x]
    height = 1.0
    while height > 0:
        height = height / _NEARER if height > _LEAST_HEIGHT else 0.0
        log_kappa = _polished(nested, log_kappa, [part * (1 + 1j * height) for part in x], 1e-4)
    return log_kappa


def _polished(
    nested: NestedScale, log_kappa: list[np.ndarray], x: list[np.ndarray], tolerance: float = 1e-10
) -> list[np.ndarray]:
    """The roots at zeta = -x next to log_kappa, band by band, by Newton's method at the points not there yet."""
    cuts = np.cumsum([len(part) for part in x])[:-1]
    root, target = np.concatenate(log_kappa), -np.concatenate(x)
    left = np.arange(len(root))
    for _ in range(_ITERATIONS):
        done = np.empty(len(left), dtype=bool)
        for first in range(0, len(left), _BLOCK):
            some = left[first : first + _BLOCK]
            value, slope = nested.equation(root[some], target[some])
            step = value / slope
            root[some] -= step
            done[first : first + _BLOCK] = np.abs(step) < tolerance
        left = left[~done]
        if not left.size:
            break
    else:
        raise CheckError("The scale kappa did not converge on the spectrum; please report the problem and the size.")
    if np.any(root.imag >= 0) or np.any(root.imag <= -np.pi):
        raise CheckError("The scale kappa left its half plane on the spectrum; please report the problem and the size.")
    return np.split(root, cuts)
