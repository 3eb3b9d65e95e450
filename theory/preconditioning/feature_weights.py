"""Random overall weights of features, and their law where a feature is divided by the square root of its norm.

Features sqrt(a_j) x_j, with weights a_j of mean 1 beside Gaussian x_j, enter the deterministic equivalents through

    p = E[a tau/(1 + a tau)] = df_1/N,   g = E[a/(1 + a tau)]

alone: g(p) takes the place of 1 - p, which it is for a = 1 (`scattered_scale`; up to a factor 1 - p it is the inverse
of the S-transform of a). With y = 1/(1 + tau) and w = 1/(y + a (1 - y)) nothing is singular where p = 1, and y = 1 - p
for a = 1:

    1 - p = y E[w],   g = y E[a w],   d(1 - p)/dy = E[a w^2],   dg/dy = E[a^2 w^2].
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ...errors import CheckError
from ..problems import Modes

_POINTS = 32  # of log q: the density is smooth, and decays fast on both sides
_RARE = 30.0  # exponents at which the density of q is cut off: e^-30
_CONTOUR, _CONTOUR_STEP = 36, 0.4  # nodes on half the contour, in widths of its saddle
_CONTOUR_ERROR = 1e-8
_NODES = 12  # of the Gauss rule for a
_LEAST = 1e-8  # share of a weight that no draw of features holds: left out
_STEPS = 60
_TURNS = 16  # steps in which 1 - p is taken off the real axis, where Newton's method needs them
_NEAR = 1e-7  # relative
_ALIKE = 1e-6  # relative variance below which weights are one: their poles are lost in rounding


@dataclass(frozen=True)
class FeatureWeights:
    """Weights that norms give to features, as a discrete law.

    Attributes:
        values: a, shape (i,), positive, of mean 1.
        shares: their probabilities, shape (i,).
        error: of E[a^2].
    """

    values: np.ndarray
    shares: np.ndarray
    error: float = 0.0

    @cached_property
    def second_moment(self) -> float:
        """E[a^2]: 1 + the relative variance of the weights."""
        return float(self.shares @ self.values**2)

    def shared(self, spare: np.ndarray) -> np.ndarray:
        """y = 1/(1 + tau) where y E[w] = 1 - p = `spare`, real or complex, shape of `spare`.

        The branch that is 1 at p = 0 and real on the real axis, continued straight off it. Newton's method, kept in a
        bracket on the axis. Cost: some 5 evaluations of i terms. Raises CheckError where it does not converge.
        """
        if len(self.values) == 1:
            return np.array(spare)
        if not np.iscomplexobj(spare):
            return self._on_axis(np.asarray(spare, dtype=float))
        start = np.interp(spare.real, *self._table)
        slope = self._ratio(start) ** 2 @ (self.shares * self.values)
        y, step = self._newton(spare, start + 1j * spare.imag / slope, 12)
        lost = ~(step < _NEAR)
        if np.any(lost):
            aim = spare[lost]
            path = self._on_axis(aim.real).astype(complex)
            for turn in range(1, _TURNS + 1):
                path, step = self._newton(aim.real + 1j * aim.imag * turn / _TURNS, path, 30)
            if not np.all(step < _NEAR):
                raise CheckError("The weights of the features have no branch there; please report problem and sizes.")
            y[lost] = path
        return y

    def factor(self, spare: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """g and its derivative in 1 - p at 1 - p = `spare`, each of its shape."""
        y = self.shared(spare)
        w = self._ratio(y)
        once, twice = w @ (self.shares * self.values), w * w
        return y * once, (twice @ (self.shares * self.values**2)) / (twice @ (self.shares * self.values))

    def pair_factor(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """E[a^2 w_1 w_2]/E[a w_1 w_2] at every pair of 1 - p, shape (m, m): the divided difference of g in 1 - p."""
        one, two = self._ratio(self.shared(first)), self._ratio(self.shared(second)).T
        weighted = one * (self.shares * self.values)
        return ((weighted * self.values) @ two) / (weighted @ two)

    def _ratio(self, y: np.ndarray) -> np.ndarray:
        """w, shape (..., i)."""
        y = np.asarray(y)[..., None]
        return 1 / (y + self.values * (1 - y))

    def _newton(self, spare: np.ndarray, start: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray]:
        """y and the size of its last step."""
        y, step = np.array(start, dtype=complex), np.full(len(start), np.inf)
        with np.errstate(all="ignore"):  # what diverges is refused by the caller
            for _ in range(most):
                w = self._ratio(y)
                move = (y * (w @ self.shares) - spare) / ((w * w) @ (self.shares * self.values))
                y, step = y - move, np.abs(move)
                if np.max(step, initial=0.0) < _NEAR:  # Newton's step squares what is left
                    break
        return y, step

    @cached_property
    def _table(self) -> tuple[np.ndarray, np.ndarray]:
        """1 - p, rising, at y between the poles -a/(1 - a) of the smallest a and a/(a - 1) of the largest."""
        low, high = -self.values.min() / (1 - self.values.min()), self.values.max() / (self.values.max() - 1)
        share = 1 / (1 + np.exp(-np.linspace(-30, 30, 601)))
        y = np.where(share < 0.5, low + (high - low) * share, high - (high - low) * share[::-1])
        # near the poles, where 1 - p runs to infinity, and in between, where it is looked for as a rule
        y = np.unique(np.concatenate([y, np.linspace(max(low, -2.0), min(high, 3.0), 402)[1:-1]]))
        y = y[(y > low) & (y < high)]
        return np.asarray(y * (self._ratio(y) @ self.shares)), y

    def _on_axis(self, spare: np.ndarray) -> np.ndarray:
        """The real root, in the cell of the table that holds it."""
        known, y = self._table
        spare = np.clip(spare, known[0], known[-1])  # further out it is at the pole, within rounding
        cell = np.clip(np.searchsorted(known, spare), 1, len(y) - 1)
        low, high = y[cell - 1], y[cell]
        root = low + (high - low) * (spare - known[cell - 1]) / (known[cell] - known[cell - 1])
        for _ in range(_STEPS):
            w = self._ratio(root)
            value = root * (w @ self.shares) - spare
            low, high = np.where(value < 0, root, low), np.where(value < 0, high, root)
            moved = root - value / ((w * w) @ (self.shares * self.values))
            moved = np.where((moved >= low) & (moved <= high), moved, (low + high) / 2)
            step, root = np.max(np.abs(moved - root) / (np.abs(root) + 1e-3), initial=0.0), moved
            if step < _NEAR:  # Newton's step squares what is left
                break
        return np.asarray(root)


EQUAL = FeatureWeights(np.ones(1), np.ones(1))


def norm_weights(modes: Modes, second_moment: Callable[[np.ndarray], np.ndarray] | None = None) -> FeatureWeights:
    """Weights q^(-1/2) over their mean, q = sum_k lambda_k z_k^2 the norm^2 of a Gaussian feature.

    The density of log q from E exp(-tq) = prod_k (1 + 2 t lambda_k)^(-1/2), inverted on a parabola through the saddle
    point and around the singularities, which all lie on the negative axis; the trapezoid rule on it, and the Gauss rule
    for that by Lanczos' recursion. Cost: 1200 sums over modes, 5 to 15 ms.

    Args:
        modes: eigenvalues lambda_k of the features; energies are not used.
        second_moment: g where the norm^2 is g(q), as for features f(w.x) with w ~ N(0, I/d) and `modes` those of
            x/sqrt(d); None is g(q) = q.

    Returns:
        The weights with their probabilities.
    """
    trace = float(np.sum(modes.weights * modes.eigenvalues))
    share = modes.eigenvalues / trace
    beyond, at = _saddles(share, modes.weights)
    log_q, step = np.linspace(math.log(at[-1]), math.log(at[0]), _POINTS, retstep=True)
    q = np.exp(log_q)
    distance = np.exp(np.interp(-log_q, -np.log(at), np.log(beyond)))
    density = np.maximum(_density(q, distance, share, modes.weights), 0.0) * q * step
    density /= density.sum()
    a = (q if second_moment is None else second_moment(trace * q)) ** -0.5
    coarse = density[::2] / density[::2].sum()
    half = (coarse @ a[::2] ** 2) / (coarse @ a[::2]) ** 2
    full = (density @ a**2) / (density @ a) ** 2
    if full - 1 < _ALIKE:
        return FeatureWeights(np.ones(1), np.ones(1), float(full - 1) + _CONTOUR_ERROR)
    values, shares = _gauss(a / (density @ a), density)
    values = values / (shares @ values)
    # half the points miss the root of what all of them do; what the Gauss rule leaves out is seen at once
    error = float((half - full) ** 2 + abs(shares @ values**2 - full)) + _CONTOUR_ERROR
    return FeatureWeights(values, shares, error)


def _saddles(share: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Saddle points t of exp(tq) prod (1 + 2ts)^(-w/2), as D = t + 1/(2 max s), rising, and their q, falling.

    At the saddle q = sum w s/(1 + 2ts). Kept where that exponent is above -30: the law of q reaches no further.
    """
    first = 1 / (2 * float(share.max()))
    beyond = first * np.geomspace(1e-3, 1e12, 400)
    scaled = 2 * np.multiply.outer(beyond, share) + (1 - share / share.max())
    q = (share / scaled) @ weights
    kept = (beyond - first) * q - 0.5 * np.log(scaled) @ weights > -_RARE
    return beyond[kept], q[kept]


def _density(q: np.ndarray, distance: np.ndarray, share: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The density of q at each of `q`, shape (points,): Re integral of exp(tq) prod (1 + 2ts)^(-w/2) dt/(2 pi i).

    t = D (1 + ix)^2 - 1/(2 max s), with x in units of the width at the saddle.
    """
    rest = 1 - share / share.max()
    curvature = 2 * np.square(share / (2 * np.multiply.outer(distance, share) + rest)) @ weights
    x = np.arange(_CONTOUR) * _CONTOUR_STEP / (2 * distance * np.sqrt(curvature))[:, None]
    shift = distance[:, None] * (1 + 1j * x) ** 2
    exponent = (shift - 1 / (2 * float(share.max()))) * q[:, None]
    size, angle = np.zeros(x.shape), np.zeros(x.shape)
    positive = share > 0
    for value, left, weight in zip(share[positive], rest[positive], weights[positive], strict=True):
        # the real and the imaginary part of a complex logarithm, which takes ten times as long
        real, imaginary = 2 * value * shift.real + left, 2 * value * shift.imag
        size += 0.25 * weight * np.log(real * real + imaginary * imaginary)
        angle += 0.5 * weight * np.arctan2(imaginary, real)
    terms = np.real(np.exp(exponent - size - 1j * angle) * (1 + 1j * x)) * 2 * distance[:, None] * x[:, 1:2] / math.pi
    return np.asarray(terms.sum(axis=1) - terms[:, 0] / 2)


def _gauss(values: np.ndarray, shares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and shares of the Gauss rule for a discrete law, fewer points with the same moments up to 2 NODES - 1."""
    basis = [np.sqrt(shares)]
    diagonal, beside = [], []
    for _ in range(_NODES):
        v = basis[-1]
        diagonal.append(float(v @ (values * v)))
        left = values * v
        for _ in range(2):
            for other in basis:
                left = left - (other @ left) * other
        size = float(np.linalg.norm(left))
        if size < 1e-9:
            break
        beside.append(size)
        basis.append(left / size)
    count = len(diagonal)
    matrix = np.diag(diagonal) + np.diag(beside[: count - 1], 1) + np.diag(beside[: count - 1], -1)
    nodes, vectors = np.linalg.eigh(matrix)
    share = vectors[0] ** 2
    kept = share > _LEAST
    return nodes[kept], share[kept] / share[kept].sum()
