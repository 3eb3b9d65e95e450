"""Second moments of one-pass methods with momentum, marched through time in strides that double.

In the eigenbasis of the feature Gram matrix G each eigenvalue x has three second moments of d = theta - theta* and of
the memory y, S = (x <dd>, <dy>, <yy>/x), and they meet only in the risk L(t) = floor + sum_j S_j[0]:

    S(t+1) = K S(t) + b (L(t) + sigma^2),   K = Sym^2(M) + cc' S[0]/B,   b = cc' counts/B,
    M = [[1 - (gamma2 + gamma3) x, -gamma3 (1 - Delta) x], [1, 1 - Delta]],   c = (-(gamma2 + gamma3) x, 1),

since E g g' = (1 + 1/B) G d d' G + (L + sigma^2) G/B for batches of B Gaussian samples. This is exact in expectation.
The first steps are taken one by one; later, 2^j steps at once by repeated squaring, with coefficients frozen and L
linear in between, which costs one scalar equation. Nesterov's method records the risk of theta, not of the point v
its gradients are taken at: with d = v - theta* and theta = v + m y, x <dd> + 2 m x <dy> + m^2 x <yy>.

The limit of small steps is the flow d' = -gamma2 g - gamma3 y, y' = g - Delta y with noise of covariance L G/B.

Sources: Paquette et al. (2024, arXiv:2405.15074) for the Volterra equation this solves, Ferbach et al. (2025,
arXiv:2505.16098) for the methods.
"""

from __future__ import annotations

import numpy as np

from ...errors import InputError
from ..gram import Bins
from .one_pass_rules import Rule

_BLOW_UP = 1e8  # a risk that has grown by this factor is not coming back
_HALVINGS = 6  # of the flow's first stride before its exponential is a short series
_UNIT = 1 / 8  # the flow's first stride, in steps


def march(
    rule: Rule,
    bins: Bins,
    last: float,
    batch: float,
    noise: float,
    power: float,
    resolution: int,
    *,
    continuous: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """Times from 0 to at least `last` and the risks there.

    Errors fall as the inverse square of the resolution. Cost O(bins resolution log(T)), times log T for coefficients
    that change.

    Args:
        rule: the method's coefficients.
        bins: of the spectrum.
        last: T.
        batch: B.
        noise: label-noise variance in the units of energies.
        power: of the preconditioner G^-power on the weights.
        resolution: a stride is at most t/(2 resolution).
        continuous: the flow instead of the steps.

    Returns:
        Times and risks (energies as given), each of shape (m,).

    Raises:
        InputError: where the risk grows without bound.
    """
    x = bins.x ** (1 - power)
    moments = np.zeros((len(x), 3))
    moments[:, 0] = bins.energies
    unit = _UNIT if continuous else 1.0
    risk = bins.floor + float(np.sum(bins.energies))  # where the gradient is taken
    times, risks = [0.0], [risk]
    stride, doublings = unit, 0
    kernel = _flow_strides if continuous else _many_steps
    change, pulse, ramp = kernel(rule, 0.0, x, bins.counts, batch, doublings)
    while times[-1] < last:
        longer = times[-1] >= 2 * resolution * stride
        if longer:
            stride, doublings = 2 * stride, doublings + 1
        if longer or not rule.constant:
            middle = times[-1] + (stride - (0.0 if continuous else 1.0)) / 2
            change, pulse, ramp = kernel(rule, middle, x, bins.counts, batch, doublings)
        moved = moments + (change @ moments[:, :, None])[:, :, 0] + pulse * (risk + noise)
        # the risk at the end enters its own equation through the ramp
        feedback = float(np.sum(ramp[:, 0]))
        fresh = (bins.floor + float(np.sum(moved[:, 0])) - feedback * risk) / (1 - feedback)
        moments = moved + ramp * (fresh - risk)
        risk = fresh
        if not (feedback < 1 and 0 < risk < _BLOW_UP * (bins.total + noise)):
            raise _unbounded(times[-1])
        times.append(times[-1] + stride)
        risks.append(_of_theta(bins.floor, x, moments, lag) if (lag := rule.behind(times[-1])) else risk)
    return np.array(times), np.array(risks)


def _unbounded(time: float) -> InputError:
    return InputError(
        f"The risk grows without bound near step {time:g}, but the step size must keep the memory kernel's norm below "
        "1; try a smaller step or a larger batch."
    )


def _of_theta(floor: float, x: np.ndarray, moments: np.ndarray, lag: float) -> float:
    """The risk of theta = v + lag y, where gradients are taken at v."""
    return floor + float(np.sum(moments[:, 0] + lag * x * (2 * moments[:, 1] + lag * x * moments[:, 2])))


Strides = tuple[np.ndarray, np.ndarray, np.ndarray]


def one_step(rule: Rule, t: float, x: np.ndarray, counts: np.ndarray, batch: float) -> tuple[np.ndarray, np.ndarray]:
    """K - 1, shape (bins, 3, 3), and b, shape (bins, 3), at time t."""
    gamma2, gamma3, forget = rule.at(t)
    kick, keep = (gamma2 + gamma3) * x, 1 - forget
    pull, one = -gamma3 * keep * x, np.ones_like(x)
    change = np.array(
        [
            [kick * (kick - 2), 2 * (1 - kick) * pull, pull * pull],
            [1 - kick, pull - forget - kick * keep, pull * keep],
            [one, 2 * keep * one, forget * (forget - 2) * one],
        ]
    ).transpose(2, 0, 1)
    shock = np.array([kick * kick, -kick, one]).T / batch
    change[:, :, 0] += shock
    return change, shock * counts[:, None]


def _many_steps(rule: Rule, t: float, x: np.ndarray, counts: np.ndarray, batch: float, doublings: int) -> Strides:
    """m = 2^doublings steps at once: K^m - 1, sum_i K^(m-1-i) b, and sum_i (i/m) K^(m-1-i) b, i < m.

    Shapes (bins, 3, 3), (bins, 3), (bins, 3). K^m is kept without its 1, so that slow modes keep their digits.
    """
    change, pulse = one_step(rule, t, x, counts, batch)
    return _doubled(change, pulse, np.zeros_like(pulse), 1.0, doublings)


def _flow_strides(rule: Rule, t: float, x: np.ndarray, counts: np.ndarray, batch: float, doublings: int) -> Strides:
    """The same for the flow, with integrals over a stride of 2^doublings units in place of the sums."""
    gamma2, gamma3, forget = rule.at(t)
    zero, one = np.zeros_like(x), np.ones_like(x)
    rate = np.array(
        [
            [-2 * gamma2 * x, -2 * gamma3 * x, zero],
            [one, -gamma2 * x - forget, -gamma3 * x],
            [zero, 2 * one, -2 * forget * one],
        ]
    ).transpose(2, 0, 1)
    shock = np.array([(gamma2 * x) ** 2, -gamma2 * x, one]).T * (counts / batch)[:, None]
    short = _UNIT / 2**_HALVINGS
    rate = rate * short
    square = rate @ rate

    def times(matrix: np.ndarray) -> np.ndarray:
        return (matrix @ shock[:, :, None])[:, :, 0]

    change = rate + square / 2 + square @ rate / 6 + square @ square / 24
    pulse = short * (shock + times(rate) / 2 + times(square) / 6 + times(square @ rate) / 24)
    ramp = short**2 * (shock / 2 + times(rate) / 6 + times(square) / 24)
    return _doubled(change, pulse, ramp, short, doublings + _HALVINGS)


def _doubled(change: np.ndarray, pulse: np.ndarray, ramp: np.ndarray, span: float, doublings: int) -> Strides:
    """2^doublings strides of length `span` as one; the ramp comes in without its division by the length."""
    for _ in range(doublings):
        joined = change @ np.concatenate([change, pulse[:, :, None], ramp[:, :, None]], axis=2)
        ramp = 2 * ramp + joined[:, :, 4] + span * pulse
        pulse = 2 * pulse + joined[:, :, 3]
        change = 2 * change + joined[:, :, :3]
        span *= 2
    return change, pulse, ramp / span
