"""Risk of steps taken on n samples with N random features, each draw's step size set by its own largest eigenvalue.

The two-point formula of `sample_risk`, for filters of x over the largest eigenvalue of the sample Gram matrix F'F/n:

    e_h = e_0 + (1/2 pi i) closed-integral of (h(x)/x) e_{zeta=-x} dx,   risk = E|e_h|^2, a double integral.

The contour is a lens around the nonzero spectrum, on which stable steps stay bounded at any T; what the null space
holds is in e_0, the error of the least-norm solution. Where a gap separates the largest eigenvalue the lens ends in it,
and a second one carries the outlier, on which h = h(1), as each draw has it. The weights are found once for a problem,
N and n; a risk is then a product with them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...errors import InputError
from ..gram import STEP, bound, lens, resolved_scale
from ..optimizers import Filter
from ..problems import Modes
from .nested_ridge import NestedScale
from .quadratic_form import Form, form_of_function
from .sizes import check_sizes

_TOLERANCE = 1e-4  # of bias and variance
_COARSE_TOLERANCE = 1e-3  # of bias and variance, where the caller asked for a wider step
_REFINEMENTS = 2
_REFUSED = 0.01  # of bias or variance: an error that no prediction is made with


@dataclass(frozen=True)
class SampleMeasure:
    """A problem at given N and n, ready for any filter: excess risk = bias + variance * (label-noise variance).

    Energies are as given (not divided by `total`).

    Attributes:
        largest: eigenvalue of F'F/n.
        total: the target's variance.
        nodes: x over `largest`, complex, shape (m,).
        least_norm: bias of the least-norm solution.
        edge: weights of h in the bias, shape (m,), and at x = 1.
        signal: the bias's form in h.
        noise: the variance's form in 1 - h.
        step: of the trapezoid rule.
        finer: makes the same with twice the nodes.
    """

    largest: float
    total: float
    nodes: np.ndarray
    least_norm: float
    edge: tuple[np.ndarray, float]
    signal: Form
    noise: Form
    step: float = STEP
    finer: Callable[[], SampleMeasure] | None = None

    def risk(
        self, optimizer: Filter, steps: np.ndarray, eta: float, delta: float = 0.0
    ) -> tuple[np.ndarray, np.ndarray]:
        """Bias over the target's variance, and variance per unit of label noise, at each of `steps`, shape (t,) each.

        See `risk_and_error`.
        """
        return self.risk_and_error(optimizer, steps, eta, delta)[:2]

    def risk_and_error(
        self, optimizer: Filter, steps: np.ndarray, eta: float, delta: float = 0.0
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Bias, variance, and the numerical errors of the two, at each of `steps`, shape (t,) each.

        delta: the ridge of the natural gradient in units of the largest eigenvalue. Cost O(m^2 t), m nodes, which are
        doubled, up to twice, where a value would be off by more than 1e-4 of itself. Raises InputError where the
        residual grows on the contour.
        """
        optimizer.check_rate()
        measure = self
        tolerance = _TOLERANCE if self.step <= STEP else _COARSE_TOLERANCE
        for attempt in range(_REFINEMENTS + 1):
            found = measure._at(optimizer, steps, eta, delta)
            off = max(np.max(found[i + 2] / (np.abs(found[i]) + 1e-12), initial=0.0) for i in (0, 1))
            if off < tolerance or measure.finer is None or attempt == _REFINEMENTS:
                break
            measure = measure.finer()
        if not off < _REFUSED:
            raise InputError(
                f"The residual of {optimizer.name} grows on the contour, so its risk cannot be predicted; steps are "
                "stable for 0 < eta < 2, and a rate must not rise faster than x^2 at small x."
            )
        return found

    def _at(
        self, optimizer: Filter, steps: np.ndarray, eta: float, delta: float
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Bias, variance and their errors by these nodes."""
        count = np.asarray(steps, dtype=float)[:, None]
        points = np.append(self.nodes, 1.0)
        with np.errstate(over="ignore", invalid="ignore"):  # an unstable filter overflows, and is refused
            h = optimizer.ridged_residual(points, count, eta, delta)
            h = np.broadcast_to(h, (len(count), len(points))).astype(complex)
            bulk, top = h[:, :-1], np.real(h[:, -1])
            (bias, variance), (half_bias, half_variance) = (self._by(bulk, top, k) for k in (1, 2))
            edges = np.abs(bulk) @ np.abs(self.edge[0]) + np.abs(top * self.edge[1])
            size = (self.least_norm + edges + self.signal.moduli(bulk, top)) / self.total
            return (
                np.maximum(bias, 0.0),
                np.maximum(variance, 0.0),
                bound(bias, half_bias, size, self.step),
                bound(variance, half_variance, self.noise.moduli(1 - bulk, 1 - top), self.step),
            )

    def _by(self, bulk: np.ndarray, top: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Bias and variance by every k-th node; h at the nodes, shape (t, m), and at 1."""
        linear = k * np.imag(bulk[:, ::k] @ self.edge[0][::k]) + top * self.edge[1]
        bias = (self.least_norm + linear + self.signal(bulk, top, k)) / self.total
        return bias, self.noise(1 - bulk, 1 - top, k)


def sample_measure(modes: Modes, features: float, samples: float, step: float = STEP) -> SampleMeasure:
    """Prepare N features of variance 1/N and n samples, both finite or one infinite.

    Cost: about 12 sums over modes at m nodes and some m^2, m = 300 to 600.

    Args:
        modes: accurate for sizes up to min(N, n).
        features: N.
        samples: n.
        step: of the trapezoid rule.

    Returns:
        The measure.

    Raises:
        InputError: for sizes below 1, for N = n and for min(N, n) equal to the rank (the spectrum reaches 0).
    """
    check_sizes(modes, features, samples)
    return measure_on(NestedScale(modes, features, samples), step)


def measure_on(nested: NestedScale, step: float = STEP) -> SampleMeasure:
    """The measure of `sample_measure` by any scale of N features nested in that of n samples.

    Args:
        nested: N not n, and neither the rank.
        step: of the trapezoid rule.

    Returns:
        The measure.
    """
    modes = nested.modes
    fewer, more = min(nested.features, nested.samples), max(nested.features, nested.samples)
    kappa_0 = resolved_scale(modes, fewer)
    right, largest, separated = nested.top()
    x, dx = lens(nested.gap(kappa_0, more) / 2, right, step)
    size = len(x)
    if separated:
        outlier, around = lens(right, nested.beyond(), step)
        x, dx = np.append(x, outlier), np.append(dx, around)
    kappa, measure = np.append(kappa_0, nested.at(x)), dx / x
    signal, noise = nested.pairs(kappa, kappa)
    edge = -2 / np.pi * signal[0, 1:] * measure
    weights = np.outer(measure, measure)
    same = signal[1:, 1:] * weights, noise[1:, 1:] * weights
    least_norm = float(np.real(signal[0, 0]))
    signal, noise = nested.pairs(kappa[1:], np.conj(kappa[1:]))
    weights = np.outer(measure, np.conj(measure))
    forms = [form_of_function(s, a, size) for s, a in zip(same, (signal * weights, noise * weights), strict=True)]
    top = float(np.imag(np.sum(edge[size:])))
    return SampleMeasure(
        largest,
        modes.total,
        x[:size] / largest,
        least_norm,
        (edge[:size], top),
        forms[0],
        forms[1],
        step,
        lambda: measure_on(nested, step / 2),
    )
