"""Density of eigenvalues and of target energy of the N-feature Gram matrix on the real axis.

    rho(x) = (1/pi) |Im 1/kappa|,   e(x) = (1/(pi x)) |Im kappa sum_k E_k/(lambda_k + kappa)|,   zeta(kappa) = -x

with rho the share of the N eigenvalues per unit x. The scale kappa is followed along the axis by its modulus, for which
its angle is the root of a monotone equation (`density`), and then polished at each x by Newton's method. Outliers:
an eigenvalue lambda_k whose band is its own holds one eigenvalue of each draw, at

    psi(lambda_k) = lambda_k (1 + (1/N) sum_{j != k} lambda_j/(lambda_k - lambda_j)),
    standard deviation lambda_k sqrt(2 psi'/N),   psi' = 1 - (1/N) sum_{j != k} lambda_j^2/(lambda_k - lambda_j)^2,

to leading order in 1/N (Bai and Yao 2008, for spiked covariances). The band around it, which is what the resolvent
sees, has half that variance: a sum over outliers is better taken at these places.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...errors import CheckError, InputError
from ..problems import Modes
from .axis_scale import contents, on_axis
from .effective_ridge import resolved_scale, unresolved_share, zeta_of
from .mode_groups import regrouped
from .support import Support, positive_part, support

_GROUP = 0.01  # width in log lambda of the groups in which starts for Newton's method are computed
_PER_FOLD = 24  # points of that table in an e-fold of |kappa|
_LEAST = 17  # and in a band
_NEWTON = 60
_ACCURATE = 1e-9  # relative error of zeta at which a point counts as solved


@dataclass(frozen=True)
class Outliers:
    """Separated leading eigenvalues, largest first; each array has shape (k,).

    position: in the limit of large N. deviation: standard deviation of one draw's. energy: the mean target energy.
    """

    position: np.ndarray
    deviation: np.ndarray
    energy: np.ndarray


@dataclass(frozen=True)
class SpectralDensity:
    """Densities at points x, in the units of the eigenvalues as given.

    Attributes:
        x: shape (m,).
        density: share of the N eigenvalues per unit x, shape (m,).
        energy: target energy per unit x, as given, shape (m,); its integral and energy_at_zero add up to `total`.
        error: relative error of both, shape (m,), of the equation's solution only; a finite draw differs by its
            fluctuations and by terms of order 1/N.
        bands: support edges, shape (bands, 2), rows (low, high), largest first; gaps lie between.
        outliers: the leading eigenvalues in bands of their own.
        zero: share of the N eigenvalues that are 0.
        energy_at_zero: the floor.
        total: the target's variance.
        size: N.
    """

    x: np.ndarray
    density: np.ndarray
    energy: np.ndarray
    error: np.ndarray
    bands: np.ndarray
    outliers: Outliers
    zero: float
    energy_at_zero: float
    total: float
    size: int

    @property
    def gaps(self) -> np.ndarray:
        """Gaps between bands, shape (bands - 1, 2), rows (low, high), largest first."""
        return np.stack([self.bands[1:, 1], self.bands[:-1, 0]], axis=1)


def spectral_density(modes: Modes, size: int, x: np.ndarray | int = 500) -> SpectralDensity:
    """Densities for N = size features.

    Points spread crowd at the bands' edges, where densities rise as square roots. Cost: some ten sums over modes a
    point; 0.2 s for 500 points at N = 256, dim = 1000.

    Args:
        modes: with weights that count eigenvalues; those of power laws are grouped where they do not.
        size: N.
        x: points > 0, shape (m,), or how many points are spread over the bands.

    Returns:
        The densities, the bands and the outliers.

    Raises:
        InputError: for size < 1, modes without a positive eigenvalue, and points that are not positive.
        CheckError: where an equation is not solved.
    """
    if size < 1:
        raise InputError(f"N is {size}, but a model has at least one feature; try N = 64.")
    if not np.any(modes.eigenvalues > 0):
        raise InputError("Every eigenvalue is zero, but at least one must be positive.")
    fine = regrouped(modes, _GROUP) if np.any(modes.weights <= 0) else positive_part(modes)
    bands = support(fine, size)
    points = _spread(bands, x) if isinstance(x, int) else np.asarray(x, dtype=float)
    if points.ndim != 1 or not np.all(points > 0):
        raise InputError("x must be a one-dimensional array of positive numbers; the atom at 0 is in `zero`.")
    kappa, error = _scales(points, fine, bands, size)
    resolvent = (1 / (fine.eigenvalues + kappa[:, None])) @ (fine.weights * fine.energies)
    kappa_0 = resolved_scale(fine, size)
    floor = float(np.sum((modes.weights * modes.energies)[modes.eigenvalues <= 0]))
    floor += float(np.sum(fine.weights * fine.energies * (kappa_0 / (fine.eigenvalues + kappa_0))))
    return SpectralDensity(
        points,
        np.abs(np.imag(1 / kappa)) / np.pi,
        np.abs(np.imag(kappa * resolvent)) / (np.pi * points),
        error,
        np.stack([bands.x_low, bands.x_high], axis=1),
        outliers(fine, size, bands),
        max(0.0, 1 - fine.rank / size),
        floor,
        modes.total,
        size,
    )


def outliers(modes: Modes, size: int, bands: Support | None = None) -> Outliers:
    """The leading eigenvalues that bands of their own hold, one after the other from the top; see the module."""
    bands = bands or support(modes, size)
    alone = (bands.members == 1) & (np.arange(len(bands.members)) < len(bands.members) - 1)
    count = len(alone) if alone.all() else int(np.argmin(alone))
    values = modes.eigenvalues[:count]
    apart = values[:, None] - modes.eigenvalues
    apart[np.arange(count), np.arange(count)] = np.inf
    pull = (modes.eigenvalues / apart) @ modes.weights / size
    slope = 1 - (modes.eigenvalues / apart) ** 2 @ modes.weights / size
    ends = np.log(-np.stack([bands.high[:count], bands.low[:count]], axis=1).ravel()) - 1j * np.pi
    energies = contents(ends, modes, size)[0][::2] if count else np.zeros(0)
    return Outliers(values * (1 + pull), values * np.sqrt(2 * slope / size), energies)


def _spread(bands: Support, count: int) -> np.ndarray:
    """`count` points or a few more inside the bands, falling, each band's by its share of log x and of number."""
    if count < 2:
        raise InputError(f"{count} points do not show a density; ask for at least 2.")
    low = np.where(bands.x_low > 0, bands.x_low, bands.x_high * 1e-8)
    wide = np.log(bands.x_high / low)
    share = np.maximum(2, np.round(count * (wide / wide.sum()))).astype(int)
    grids = []
    for top, width, points in zip(bands.x_high, wide, share, strict=True):
        angle = np.pi * (np.arange(points) + 0.5) / points
        grids.append(top * np.exp(-width * (1 - np.cos(angle)) / 2))
    return np.concatenate(grids)


def _scales(x: np.ndarray, modes: Modes, bands: Support, size: int) -> tuple[np.ndarray, np.ndarray]:
    """kappa at zeta = -x, and the relative error of 1/kappa, each of shape (m,); kappa is real in gaps."""
    kappa = np.ones(len(x), dtype=complex)
    error = np.zeros(len(x))
    for high, low, top, bottom in zip(bands.high, bands.low, bands.x_high, bands.x_low, strict=True):
        inside = np.flatnonzero((x < top) & (x > bottom))
        if not len(inside):
            continue
        least = abs(low) or -high * min(1.0, float(x[inside].min()) / top) ** 0.5 / (100 + 10 * modes.rank)
        start, stop = np.log(-high), np.log(least)
        count = max(_LEAST, int((start - stop) * _PER_FOLD))
        points = start + (stop - start) * (1 - np.cos(np.pi * np.arange(1, count) / count)) / 2
        table = np.exp(on_axis(np.exp(points), modes, size))
        at = -np.real(zeta_of(table, modes, size))
        log_table = np.log(-table)
        # log(-kappa) against log x, rising
        order = np.argsort(at)
        where = np.log(x[inside])
        begin = np.interp(where, np.log(at[order]), log_table.real[order])
        turn = np.interp(where, np.log(at[order]), log_table.imag[order])
        kappa[inside], error[inside] = _polished(-np.exp(begin + 1j * turn), x[inside], modes, size)
    return kappa, error


def _polished(kappa: np.ndarray, x: np.ndarray, modes: Modes, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Newton's method for zeta(kappa) = -x from starts on the right side of the cut."""
    log_kappa = np.log(kappa)
    step = np.zeros(len(x), dtype=complex)
    for _ in range(_NEWTON):
        one, two = unresolved_share(np.exp(log_kappa), modes, size)
        step = (one + x / np.exp(log_kappa)) / two
        step = step * np.minimum(1.0, 0.3 / np.maximum(np.abs(step), 1e-300))
        log_kappa = log_kappa - step
        if np.max(np.abs(step)) < 1e-13:
            break
    one, two = unresolved_share(np.exp(log_kappa), modes, size)
    missed = np.abs(one * np.exp(log_kappa) + x) / x
    if not np.all(missed < _ACCURATE):
        raise CheckError(f"The density at x = {x[np.argmax(missed)]:g} was not found; please report the problem and N.")
    return np.exp(log_kappa), missed + np.abs(step)
