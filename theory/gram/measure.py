"""The spectral measure of a target on N random features, as a quadrature that serves every filter and every T.

    risk(T) = floor + integral h_T(x)^2 dmu(x),
    mu = target energy on the nonzero spectrum of the Gram matrix G,
    floor = sum_k E_k kappa_0/(lambda_k + kappa_0) with df_1(kappa_0) = N.

The integral is taken around the spectrum, not on it: with m(zeta) = (kappa/zeta) sum_k E_k/(lambda_k + kappa),

    integral h^2 dmu = (1/2 pi i) closed-integral h(-zeta)^2 m(zeta) dzeta
                     = (1/pi) Im integral over the upper arc of h(x)^2 m(-x) dx.

The arc is a lens (`contour`) from the gap below the spectrum to a point above it. A few hundred complex nodes and
weights are found once for a problem and a size; a risk is then one dot product.

The largest eigenvalue is an outlier that each draw normalises to 1 exactly: where a gap separates it, the lens
ends in that gap and the outlier is a point mass at x = 1 (smeared over a band it would bias early times).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq, minimize_scalar

from ...errors import InputError
from ..optimizers import Filter
from ..problems import Modes
from .contour import STEP, lens, summed
from .effective_ridge import SUMS, outlier_push, resolved_scale, scale_on, unresolved_share, zeta_of

_TOLERANCE = 1e-6  # of a risk
_COARSE_TOLERANCE = 1e-3  # of a risk, where the caller asked for a wider step
_REFINEMENTS = 3
_LEAST = 1e-30  # of the target's variance: smaller risks are not resolved


@dataclass(frozen=True)
class SpectralMeasure:
    """Floor, point mass at the largest eigenvalue, and quadrature nodes for the rest.

    The integral of f over the bulk is Im sum_j weights_j f(nodes_j), the sum of f over its eigenvalues the same with
    `counts`, from sum_i 1/(x_i + zeta) = N/kappa (the nonzero spectrum, N below the rank). All energies are as given
    (not divided by `total`).

    Attributes:
        floor: energy on no eigenvalue.
        largest: the largest eigenvalue.
        top_mass: energy of the point mass there.
        total: the target's variance.
        nodes: x over the largest eigenvalue, complex, shape (m,).
        weights: complex, shape (m,).
        counts: complex, shape (m,); the largest eigenvalue is left out where it is a point mass.
        step: of the trapezoid rule.
        top_error: of the point mass, which is what the rest leaves.
        finer: makes the same measure with twice the nodes, where that is possible.
    """

    floor: float
    largest: float
    top_mass: float
    total: float
    nodes: np.ndarray
    weights: np.ndarray
    counts: np.ndarray
    step: float = STEP
    top_error: float = 0.0
    finer: Callable[[], SpectralMeasure] | None = None

    def risk(self, optimizer: Filter, steps: np.ndarray, eta: float, delta: float = 0.0) -> np.ndarray:
        """Risk at each of `steps`, shape (t,), divided by the target's variance; see `risk_and_error`."""
        return self.risk_and_error(optimizer, steps, eta, delta)[0]

    def risk_and_error(
        self, optimizer: Filter, steps: np.ndarray, eta: float, delta: float = 0.0
    ) -> tuple[np.ndarray, np.ndarray]:
        """Risk at each of `steps`, divided by the target's variance, and its numerical error, shape (t,) each.

        delta: the ridge of the natural gradient in units of the largest eigenvalue. Cost O(m t), m nodes; nodes are
        doubled, up to three times, where a risk would be off by more than 1e-6 of itself. Raises InputError where the
        residual grows on the contour, so that they do not suffice.
        """
        optimizer.check_rate()
        measure = self
        tolerance = _TOLERANCE if self.step <= STEP else _COARSE_TOLERANCE
        for _ in range(_REFINEMENTS):
            risk, error = measure._at(optimizer, steps, eta, delta)
            if measure.finer is None or np.all(error <= tolerance * risk + 1e-15):
                break
            measure = measure.finer()
        else:
            risk, error = measure._at(optimizer, steps, eta, delta)
        if not np.all(error <= 1e3 * _TOLERANCE * risk + 1e-12):
            raise InputError(
                f"The residual of {optimizer.name} grows on the contour, so its risk cannot be predicted; steps are "
                "stable for 0 < eta < 2, and a rate must not rise faster than x^2 at small x."
            )
        return risk, error

    def _at(self, optimizer: Filter, steps: np.ndarray, eta: float, delta: float) -> tuple[np.ndarray, np.ndarray]:
        """Risk and its error by these nodes."""
        with np.errstate(over="ignore", invalid="ignore"):  # an unstable filter overflows, and is refused
            squared = self._residual(optimizer, steps, eta, delta) ** 2
            bulk, missed = summed(squared[:, :-1], self.weights, self.step)
            risk = (self.floor + bulk + self.top_mass * np.real(squared[:, -1])) / self.total
            missed += self.top_error * np.abs(squared[:, -1])
        return np.maximum(risk, 0.0), missed / self.total + SUMS * np.abs(risk) + _LEAST

    def learned(self, optimizer: Filter, steps: np.ndarray, eta: float, delta: float = 0.0) -> np.ndarray:
        """Degrees of freedom used, sum_i (1 - h_T(x_i))^2 over the eigenvalues, at each of `steps`, shape (t,)."""
        squared = (1 - self._residual(optimizer, steps, eta, delta)) ** 2
        top = np.real(squared[:, -1]) if self.top_mass > 0 else 0.0
        return np.imag(squared[:, :-1] @ self.counts) + top

    def _residual(self, optimizer: Filter, steps: np.ndarray, eta: float, delta: float) -> np.ndarray:
        """h_T at the nodes and at 1, shape (t, m + 1)."""
        count = np.asarray(steps, dtype=float)[:, None]
        points = np.append(self.nodes, 1.0)
        return np.broadcast_to(optimizer.ridged_residual(points, count, eta, delta), (len(count), len(points)))


def spectral_measure(modes: Modes, size: int, step: float = STEP) -> SpectralMeasure:
    """The measure for N = size features. Cost: about 10 sums over modes at 200 to 300 nodes.

    Args:
        modes: of the inputs.
        size: N.
        step: of the trapezoid rule on the contour.

    Returns:
        The measure, in the modes' units.

    Raises:
        InputError: for size < 1.
    """
    if size < 1:
        raise InputError(f"N is {size}, but a model has at least one feature; try N = 64.")
    return measure_by(FeatureScale(modes, size), step)


@dataclass(frozen=True)
class FeatureScale:
    """The scale of N = size features, as `measure_by` needs it.

    Attributes:
        modes: of the inputs.
        size: N.
    """

    modes: Modes
    size: int

    def at(self, x: np.ndarray) -> np.ndarray:
        """kappa at zeta = -x, shape (m,)."""
        return scale_on(x, self.modes, self.size)

    def count(self, kappa: np.ndarray) -> np.ndarray:
        """sum_i 1/(x_i + zeta) over the nonzero spectrum, shape (m,)."""
        return self.size / kappa

    def lower_edge(self, kappa_0: float) -> float:
        """The smallest nonzero eigenvalue of G in the limit, 0 where the spectrum reaches 0."""
        return lower_edge(self.modes, self.size, kappa_0)

    def upper_end(self) -> tuple[float, float, bool]:
        """Right end of the lens, largest eigenvalue, and whether a gap lies between it and the rest."""
        return _upper_end(self.modes, self.size)


def measure_by(scale: FeatureScale, step: float = STEP) -> SpectralMeasure:
    """The measure of `spectral_measure` by any scale of N features.

    Args:
        scale: with the methods of `FeatureScale`.
        step: of the trapezoid rule on the contour.

    Returns:
        The measure, in the units of the scale's modes.
    """
    modes, size = scale.modes, scale.size
    total, modes = modes.total, modes.seen
    kappa_0 = resolved_scale(modes, size)
    floor = float(np.sum(modes.weights * modes.energies * (kappa_0 / (modes.eigenvalues + kappa_0))))
    left = scale.lower_edge(kappa_0) / 2
    right, largest, separated = scale.upper_end()
    x, dx = lens(left, right, step)
    kappa = scale.at(x)
    energy = (1 / (modes.eigenvalues + kappa[:, None])) @ (modes.weights * modes.energies)
    weights = kappa / (-x) * energy * dx / np.pi
    bulk, missed = summed(np.ones((1, len(x))), weights, step)
    top = max(modes.total - floor - float(bulk[0]), 0.0) if separated else 0.0
    unseen = total - modes.total  # on modes whose eigenvalue is 0
    counts = scale.count(kappa) * dx / np.pi
    return SpectralMeasure(
        floor + unseen,
        largest,
        top,
        total,
        x / largest,
        weights,
        counts,
        step,
        float(missed[0]) if separated else 0.0,
        lambda: measure_by(scale, step / 2),
    )


def _psi(xi: float, modes: Modes, size: int) -> float:
    """x = psi(xi) = xi (1 + (1/N) sum lambda/(xi - lambda)), the inverse of the scale at kappa = -xi."""
    return -float(zeta_of(np.array([-xi]), modes, size)[0])


def _slope(xi: float, modes: Modes, size: int) -> float:
    """psi'(xi) = 1 - df_2(-xi)/N: positive exactly in the gaps of the spectrum."""
    return float(unresolved_share(np.array([-xi]), modes, size)[1][0])


def lower_edge(modes: Modes, size: int, kappa_0: float) -> float:
    """The smallest nonzero eigenvalue of G in the limit: psi at the root of psi' = 0 nearest below the spectrum."""
    if kappa_0 > 0:  # N < rank: df_2 falls from the rank to below N on (0, kappa_0)
        low = kappa_0
        while _slope(-low, modes, size) > 0:
            low /= 4
        root = brentq(lambda log_k: _slope(-np.exp(log_k), modes, size), np.log(low), np.log(kappa_0), xtol=1e-12)
        return _psi(-float(np.exp(root)), modes, size)
    if size <= modes.rank:  # N = rank: the spectrum reaches 0
        return 0.0
    smallest = float(modes.eigenvalues[modes.eigenvalues > 0].min())
    edge = brentq(lambda xi: _slope(xi, modes, size), 0.0, smallest * (1 - 1e-12))
    return _psi(float(edge), modes, size)


def _upper_end(modes: Modes, size: int) -> tuple[float, float, bool]:
    """Right end of the lens, largest eigenvalue, and whether a gap lies between it and the rest."""
    first = float(modes.eigenvalues[0])
    second = float(modes.eigenvalues[1]) if len(modes.eigenvalues) > 1 else 0.0
    if second < first * (1 - 1e-9) and modes.weights[0] == 1:
        span = first - second
        best = minimize_scalar(
            lambda xi: -_slope(xi, modes, size),
            bounds=(second + 1e-6 * span, first - 1e-6 * span),
            method="bounded",
            options={"xatol": 1e-6 * span},
        )
        if best.fun < 0:
            return _psi(float(best.x), modes, size), first * (1 + outlier_push(modes) / size), True
    high = 2 * first
    while _slope(high, modes, size) < 0:
        high *= 2
    edge = brentq(lambda xi: _slope(xi, modes, size), first * (1 + 1e-12), high)
    largest = _psi(float(edge), modes, size)
    return 1.01 * largest, largest, False
