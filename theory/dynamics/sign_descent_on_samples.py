"""Sign descent on n samples: the mean field of `sign_descent`, driven by the training gradient, read by the test risk.

The training targets y and the Gram matrix K = F F'/n of the samples give the loss (1/n) y' exp(-2 K theta) y of
gradient flow, and with it the gradient's length, which sets the clock. Both are integrals over the measure nu of y in
the eigenvectors of K, whose transform is, with the scales kappa of N features nested in n samples,

    integral dnu(x)/(x + zeta) = sum_k E_k/(lambda_k + kappa) / (1 - df_1(kappa)/N) + noise/(kappa (1 - df_1(kappa)/N)),

zeta = kappa (1 - df_1/N) (1 - df_1/n). The test risk at the same flow time is the two-point formula's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..gram import STEP, degrees_of_freedom, lens, resolved_scale
from ..optimizers import GradientDescent
from ..problems import Modes
from ..samples import NestedScale, SampleMeasure
from .sign_descent import SignDescent, flow_times


@dataclass(frozen=True)
class _Flow(GradientDescent):
    """Gradient flow, h = exp(-eta T x), in the place of steps."""

    def residual(self, x: Any, steps: Any, eta: Any) -> Any:
        """exp(-eta T x)."""
        return np.exp(-eta * steps * x)


@dataclass(frozen=True)
class TrainingMeasure:
    """The training loss and the Gram matrix F'F/n on the contour around their common spectrum.

    nodes: x over the largest eigenvalue, shape (m,). loss: weights of the loss at the nodes, and on the outlier x = 1.
    counts: of eigenvalues at the nodes, and on the outlier. unfitted: the loss that no weights reach below.
    """

    nodes: np.ndarray
    loss: tuple[np.ndarray, float]
    counts: tuple[np.ndarray, float]
    unfitted: float


def training_measure(
    modes: Modes, features: float, samples: float, noise: float, step: float = STEP
) -> TrainingMeasure:
    """The measure of targets of energies `modes.energies` and label noise of variance `noise`, on N features.

    features, samples: N and n, apart as `sample_measure` needs them. Source: derived here, from the deterministic
    equivalents of one resolvent, first over the samples, then over the features.
    """
    nested = NestedScale(modes, features, samples)
    fewer, more = min(features, samples), max(features, samples)
    right, largest, separated = nested.top()
    x, dx = lens(nested.gap(resolved_scale(modes, fewer), more) / 2, right, step)
    size = len(x)
    if separated:
        outlier, around = lens(right, nested.beyond(), step)
        x, dx = np.append(x, outlier), np.append(dx, around)
    kappa = nested.at(x)
    one = degrees_of_freedom(kappa, modes)[0]
    held = (1 / (modes.eigenvalues + kappa[:, None])) @ (modes.weights * modes.energies) + noise / kappa
    # a transform in zeta = -x is that of a density at x: (1/pi) Im of it just above the axis
    loss = held / nested.through(one)[0] * dx / np.pi
    counts = one / x * dx / np.pi
    top = (float(np.imag(loss[size:].sum())), float(np.imag(counts[size:].sum())))
    unfitted = modes.total + noise - float(np.imag(loss[:size].sum())) - top[0]
    return TrainingMeasure(x[:size] / largest, (loss[:size], top[0]), (counts[:size], top[1]), max(unfitted, 0.0))


@dataclass(frozen=True)
class SignOnSamples:
    """Gradient flow on n samples, as sign descent goes along it.

    Losses and risks are over the variance that modes explain.

    Attributes:
        training: loss above `unfitted`, whose gradient is the clock.
        test: risk above `floor`.
        unfitted: the training loss that no weights reach below.
        floor: the lowest risk of N features.
        largest: eigenvalue of F'F/n.
        samples: n.
        label_noise: the part of the risk that label noise makes, at each clock reading, shape (m,).
    """

    training: SignDescent
    test: SignDescent
    unfitted: float
    floor: float
    largest: float
    samples: int
    label_noise: np.ndarray


def sign_on_samples(
    modes: Modes, measure: SampleMeasure, size: int, samples: int, noise: float, floor: float, last: float
) -> SignOnSamples:
    """The flow up to T = last, for N = size features and n = samples.

        training loss = unfitted + integral exp(-2 x theta) dnu(x),  |g|^2 = integral x exp(-2 x theta) dnu(x),
        risk = bias(h) + noise variance(h),  h = exp(-x theta),

    and noise of the sign itself decays by F'F/n, and costs by the population's G: tr(G h^2)/lambda_max, which is
    n variance form at f = h sqrt(x), and where n < N what the null space of F holds as well.

    Args:
        modes: of the features, accurate for sizes up to min(N, n).
        measure: `sample_measure(modes, size, samples)`.
        size: N.
        samples: n, not N.
        noise: label-noise variance over the variance that modes explain.
        floor: the risk that no weights reach below, over the same.
        last: the largest T.

    Returns:
        Training loss and risk along the flow.

    Raises:
        InputError: for sizes that `sample_measure` refuses.
    """
    clock = flow_times(last)
    total = modes.total
    trained = training_measure(modes, size, samples, noise * total)
    fall, fall_top = np.exp(-2 * clock[:, None] * trained.nodes), np.exp(-2 * clock)
    (weights, weight_top), (counts, count_top) = trained.loss, trained.counts
    loss = (np.imag(fall @ weights) + fall_top * weight_top) / total
    slow = fall * trained.nodes
    gradient = np.maximum((np.imag(slow @ weights) + fall_top * weight_top) / total, np.finfo(float).tiny)
    trace = np.imag(slow @ counts) + fall_top * count_top
    bias, variance = measure.risk(_Flow(), clock, 1.0)
    left = np.maximum(bias + noise * variance - floor, np.finfo(float).tiny)
    h, h_top = np.exp(-clock[:, None] * measure.nodes), np.exp(-clock)
    root = np.sqrt(measure.nodes)
    lost = samples * measure.noise(h * root, h_top, 1)
    if samples < size:
        lost = lost + max(float(modes.weights @ modes.eigenvalues) / measure.largest - lost[0], 0.0)
    training = SignDescent(clock, loss, gradient, trace, size)
    return SignOnSamples(
        training,
        SignDescent(clock, left, gradient, lost, size),
        trained.unfitted / total,
        floor,
        measure.largest,
        samples,
        noise * variance,
    )
