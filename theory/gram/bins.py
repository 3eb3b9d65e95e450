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

from ...errors import InputError
from ..problems import Modes
from .axis_scale import contents, on_axis
from .effective_ridge import degrees_of_freedom, resolved_scale, zeta_of
from .mode_groups import FAR, grouped_modes, regrouped
from .support import Support, largest_eigenvalue, support

_LEFT = 1e-7  # eigenvalues below the last bin's end where the spectrum reaches 0
_REST = 25.0  # e-folds of kappa that the rest down to 0 takes
_DROWNED = 1e-9  # of the trace
_REFINEMENTS = 20
_LARGEST = 1e13  # of N: the top bin is half a per cent off at 1e14 and a fifth at 1e16 (s = -1/2)


@dataclass(frozen=True)
class Bins:
    """Point masses that stand for a spectrum: positions x, target energies, and numbers of eigenvalues.

    Attributes:
        x: positions, falling, shape (m,).
        energies: on them, as given, shape (m,); they and `floor` sum to `total`.
        counts: numbers of eigenvalues, shape (m,).
        floor: energy on no eigenvalue.
        total: the target's variance.
        width: largest width of a bin (in log k beyond the head for power laws, in log x otherwise); errors of smooth
            integrals fall as its square.
        largest: the unit in which a draw sees its eigenvalues (`largest_eigenvalue`); for power-law bins 1, lambda_1 of
            the inputs.
        single: whether that is an outlier, the first bin alone.
        spans: width of each bin in log x, shape (m,).
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


def spectral_bins(s: float, r: float, size: float | None = None, dim: int | None = None, width: float = 0.05) -> Bins:
    """Bins of the spectrum of N = size random features of variance 1/N.

    Error of smooth integrals: about (r width)^2/20, so halve the width to see it. Cost: about (bins)^2 times 40
    operations; a second at size 1e12, width 0.05.

    Args:
        s: spectral exponent, > 0 where dim is infinite.
        r: source exponent, > 0.
        size: N; None or infinite is N = dim = infinity.
        dim: number of modes; None is infinitely many.
        width: of a bin in log k, from 0 to 1.

    Returns:
        The bins, in units of lambda_1 of the inputs.

    Raises:
        InputError: for exponents, sizes and widths beyond these.
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
    modes, edges = grouped_modes(s, r, dim, FAR if infinite else float(size), width)  # type: ignore[arg-type]
    if infinite:
        return Bins(modes.eigenvalues, modes.weights * modes.energies, modes.weights, 0.0, modes.total, width)
    return _resolved(modes, edges[:-1] if dim is None else edges, s, float(size), width)  # type: ignore[arg-type]


def bins_of(modes: Modes, size: float, width: float = 0.05) -> Bins:
    """Bins of the spectrum of N = size random features for any modes: measured, of a kernel, or power laws.

    Bins end where bands of the spectrum end (`support`). An outlier that a gap separates from all others is one bin at
    x = largest: each draw divides by its own, and sees it at exactly 1. Errors of smooth integrals: about width^2/24 of
    their curvature in log x. Cost: bins times modes (in groups half a width wide) times 40 operations; 0.1 s at N =
    256, dim = 1000.

    Args:
        modes: of the inputs.
        size: N.
        width: largest width of a bin in log x, about, from 0 to 1.

    Returns:
        The bins, in the modes' units.

    Raises:
        InputError: for N below 1, a width out of range, and modes without a positive eigenvalue.
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
        return float(degrees_of_freedom(np.array([np.exp(log_kappa)]), modes)[1][0]) / size - 1

    high = np.log(kappa_0)
    start = high - 1.0
    while excess(start) < 0:
        start -= 1.0
    return float(np.exp(brentq(excess, start, high, xtol=1e-14)))
