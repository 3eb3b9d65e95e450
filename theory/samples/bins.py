"""Risk on n samples with N random features of any residual known on the real axis: bins of the sample spectrum.

    bias = least_norm + sum_i l_i h_i + sum_i a_i (h^2)_i + sum_ij K_ij h_i h_j,   variance = sum_i v_i ((1 - h)^2)_i

The two-point function C of `sample_risk` is a divided difference of functions of one point each. With the scale of the
features alone, omega = kappa (1 - df_1(kappa)/N), and g = kappa sum E/(lambda + kappa), at zeta = -x,

    P/(1 - D/n) = (omega_2 g_1 - omega_1 g_2)/(x_1 - x_2),   (D/n)/(1 - D/n) = -(omega_1 - omega_2)/(x_1 - x_2) - 1.

So the double contour integral shrinks onto the axis in closed form. The pole leaves a part on the diagonal and the rest
is smooth; with omega and g at x + i0, g_0 and omega_0 at x = 0,

    a(x) = Im(omega* g)/(pi x^2),   v(x) = -Im omega/(pi x^2),   l(x) = -2 Im(omega_0 g - omega g_0)/(pi x^2),
    K(x, y) = (Im omega(y) Im g(x) - Im omega(x) Im g(y))/(pi^2 x y (x - y)).

With infinite n, omega = -x is real: only the energies a(x) are left. Label noise has no smooth part.

A bin is the piece of a band around a node of `sample_nodes`. Its h and h^2 are means over the piece, so that it may be
wide against the oscillation of h.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...errors import InputError
from ..gram import degrees_of_freedom, resolved_scale
from ..problems import Modes
from .band_nodes import BandNodes, band_nodes
from .nested_ridge import NestedScale

_AVERAGED = 1e-5  # of a risk: what means of fast oscillations over bins may miss (measured: 1e-6 at width 0.06)

Residual = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class SampleBins:
    """The spectrum of F'F/n in bins: energies as given (not divided by `total`), all sums as in the module's formulas.

    Attributes:
        x: nodes over the largest eigenvalue, shape (m,), 1 on the outlier, where a gap separates it.
        points: where h is sampled in each bin, shape (m, q).
        shares: with what weight, shape (m, q).
        spans: the width in log x of the piece around each point, shape (m, q).
        outlier: whether x is 1 because a gap separates it, shape (m,).
        least_norm: bias of the least-norm solution.
        linear: l, shape (m,).
        diagonal: a, shape (m,).
        pairs: K, shape (m, m).
        noise: v, shape (m,).
        total: the target's variance.
        largest: eigenvalue of F'F/n.
        halves: every second node of each band, indices of shape (k,).
        blend: weights of the mean of a bin's left neighbour, of its own and of its right neighbour's in a twice wider
            bin, shape (3, k).
        defects: relative errors of the rule in bias and variance: how far it is from the bias of h = 1 and the variance
            of h = 0, and how much of an eigenvalue it misses, as one may hold all the risk.
    """

    x: np.ndarray
    points: np.ndarray
    shares: np.ndarray
    spans: np.ndarray
    outlier: np.ndarray
    least_norm: float
    linear: np.ndarray
    diagonal: np.ndarray
    pairs: np.ndarray
    noise: np.ndarray
    total: float
    largest: float
    halves: np.ndarray
    blend: np.ndarray
    defects: tuple[float, float]

    def means(self, residual: Residual) -> tuple[np.ndarray, np.ndarray]:
        """Means of h and h^2 over each bin, shape (t, m) each; residual: x of shape (k,) to h of shape (t, k)."""
        h = residual(self.points.ravel()).reshape(-1, *self.points.shape)
        return np.einsum("tmq,mq->tm", h, self.shares), np.einsum("tmq,mq->tm", h * h, self.shares)

    def risk(self, h: np.ndarray, square: np.ndarray) -> SampleParts:
        """Bias over the target's variance and variance per unit of label noise, with errors, shape (t,) each.

        h, square: means of h and h^2 over each bin, shape (t, m). The error is what twice wider bins change, and by
        how much the rule misses what is known exactly, and 1e-5 for fast oscillations. Cost: O(m^2 t).
        """
        bias, variance = self._sums(h, square, 1)
        wide_bias, wide_variance = self._sums(self._wider(h), self._wider(square), 2)
        return SampleParts(
            bias,
            variance,
            np.abs(wide_bias - bias) + (self.defects[0] + _AVERAGED) * np.abs(bias),
            np.abs(wide_variance - variance) + (self.defects[1] + _AVERAGED) * np.abs(variance),
        )

    def _sums(self, h: np.ndarray, square: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        kept = slice(None) if k == 1 else self.halves
        pairs = self.pairs if k == 1 else self.pairs[np.ix_(self.halves, self.halves)]
        bias = self.least_norm + k * (h @ self.linear[kept] + square @ self.diagonal[kept])
        bias += k * k * np.einsum("ti,ti->t", h @ pairs, h)
        return bias / self.total, k * ((1 - 2 * h + square) @ self.noise[kept])

    def _wider(self, mean: np.ndarray) -> np.ndarray:
        """Means over twice wider bins: a bin and half of each of its neighbours, shape (t, m/2 or so)."""
        left, right = mean[:, self.halves - 1], mean[:, self.halves + 1]
        return left * self.blend[0] + mean[:, self.halves] * self.blend[1] + right * self.blend[2]


@dataclass(frozen=True)
class SampleParts:
    """Bias and variance of a risk on n samples, with estimates of their errors.

    Attributes:
        bias: over the target's variance, shape (t,).
        variance: per unit of label noise, shape (t,).
        bias_error: absolute error of the bias, shape (t,).
        variance_error: absolute error of the variance, shape (t,).
    """

    bias: np.ndarray
    variance: np.ndarray
    bias_error: np.ndarray
    variance_error: np.ndarray


def sample_bins(modes: Modes, features: float, samples: float, width: float = 0.03, points: int = 4) -> SampleBins:
    """Bins for N features of variance 1/N and n samples. Cost: 30 sums over modes a node, m = 500 to 2000 nodes.

    Args:
        modes: accurate for sizes up to min(N, n).
        features: N, infinite or not n.
        samples: n; only one of the two is infinite.
        width: largest distance of nodes in log x.
        points: of h in a bin; 1 takes h at the nodes, which converges fastest where h does not oscillate.

    Returns:
        The bins.

    Raises:
        InputError: where `sample_measure` does and for a width or points out of range.
    """
    fewer, more = min(features, samples), max(features, samples)
    if not (features >= 1 and samples >= 1) or fewer in (more, modes.rank):
        raise InputError(
            f"N is {features:g}, n is {samples:g} and the rank is {modes.rank:g}, but bins need N and n from 1 on, and "
            "a gap above 0: the two smallest of the three must differ; take one feature or sample more."
        )
    if not (0 < width <= 1 and points >= 1):
        raise InputError(f"width is {width} and points is {points}, but 0 < width <= 1 and a point are needed.")
    nested = NestedScale(modes, features, samples)
    nodes = band_nodes(nested, width)
    least_norm, solved, linear, diagonal, noise, pairs = _densities(nested, nodes)
    right, largest, separated = nested.top()
    outlier = (nodes.x > right) & separated
    where, shares, spans = _pieces(nodes, largest, outlier, points)
    content = np.sin(nodes.theta) ** 2
    even = nodes.even
    blend = np.stack([content[even - 1] / 2, content[even], content[even + 1] / 2])
    return SampleBins(
        x=np.where(outlier, 1.0, nodes.x / largest),
        points=where,
        shares=shares,
        spans=spans,
        outlier=outlier,
        least_norm=least_norm,
        linear=linear,
        diagonal=diagonal,
        pairs=pairs,
        noise=noise,
        total=modes.total,
        largest=largest,
        halves=even,
        blend=blend / blend.sum(axis=0),
        defects=(
            nodes.miscount + abs((least_norm + np.sum(linear + diagonal) + np.sum(pairs)) / modes.total - 1),
            nodes.miscount + (abs(np.sum(noise) / solved - 1) if solved > 0 else 0.0),
        ),
    )


def _densities(
    nested: NestedScale, nodes: BandNodes
) -> tuple[float, float, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Bias of h = 1, variance of h = 0, and l, a, v, K of the module at the nodes, times the nodes' weights."""
    modes, features = nested.modes, nested.features
    x, kappa, weight = nodes.x, nodes.kappa, nodes.log_weights
    one, two = degrees_of_freedom(kappa, modes)
    mass = modes.weights * modes.energies
    inverse = 1 / (modes.eigenvalues + kappa[:, None])
    omega, g = kappa * (1 - one / features), kappa * (inverse @ mass)
    toward = -1 / nested.zeta(kappa)[1]  # d kappa/dx
    slopes = np.imag((1 - two / features) * toward), np.imag((inverse * inverse) @ (mass * modes.eigenvalues) * toward)
    kappa_0 = resolved_scale(modes, min(features, nested.samples))
    origin = _at_origin(modes, features, kappa_0)
    least_norm, solved = (float(np.real(part[0, 0])) for part in nested.pairs(*[np.array([kappa_0])] * 2))
    pairs = _kernel(x, np.imag(omega), np.imag(g), slopes) * np.outer(weight, weight)
    each = weight / (np.pi * x)
    linear = -2 * each * np.imag(origin[0] * g - omega * origin[1])
    diagonal, noise = each * np.imag(np.conj(omega) * g), -each * np.imag(omega)
    return least_norm, solved, linear, diagonal, noise, pairs


def _pieces(
    nodes: BandNodes, largest: float, outlier: np.ndarray, points: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where h is sampled in each bin, with what weight, and over what width in log x, shape (m, points) each."""
    steps = (np.arange(points) + 0.5) / points - 0.5
    rise = np.sin(nodes.theta[:, None] + nodes.step[:, None] * steps)
    where = nodes.shifted(steps) / largest
    where[outlier] = 1.0
    # within a bin, as much as a square root at each end of the band holds
    shares = rise**2 / np.sum(rise**2, axis=1, keepdims=True)
    return where, shares, np.where(outlier[:, None], 0.0, (nodes.half * nodes.step / points)[:, None] * rise)


def _at_origin(modes: Modes, features: float, kappa_0: float) -> tuple[float, float]:
    """omega and g at x = 0, where only modes without an eigenvalue are left if kappa_0 is 0."""
    mass = modes.weights * modes.energies
    if kappa_0 == 0:
        return 0.0, float(np.sum(mass[modes.eigenvalues == 0]))
    resolved = float(degrees_of_freedom(np.array([kappa_0]), modes)[0][0])
    return kappa_0 * (1 - resolved / features), float(np.sum(mass * (kappa_0 / (modes.eigenvalues + kappa_0))))


def _kernel(x: np.ndarray, omega: np.ndarray, g: np.ndarray, slopes: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """(omega_2 g_1 - omega_1 g_2)/(pi^2 (x_1 - x_2)) of real omega and g, with d/dx in `slopes`, shape (m, m)."""
    distance = x[:, None] - x
    np.fill_diagonal(distance, 1.0)
    found = (np.outer(g, omega) - np.outer(omega, g)) / distance
    np.fill_diagonal(found, omega * slopes[1] - g * slopes[0])
    return found / np.pi**2
