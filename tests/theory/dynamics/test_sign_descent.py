"""Sign descent: closed form and mean field against plain steps, and the exponents of both against their laws."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import zeta

from optscaling.errors import InputError
from optscaling.theory.dynamics.sign_descent import axis_aligned_sign_risk, rotated_sign_risk
from optscaling.theory.gram.measure import SpectralMeasure, spectral_measure
from optscaling.theory.optimizers.filters import GradientDescent
from optscaling.theory.problems.spectral_problem import SpectralProblem
from optscaling.theory.problems.spectrum import PowerLaw
from optscaling.theory.problems.target import PowerLawTarget


def gd_law(s: float, r: float, tau: float, mixes: bool) -> float:
    """Gradient descent's exponent; `mixes`: random features, which have distortion and less capacity."""
    if not mixes:
        return min(r, r * tau / (1 + s))
    distortion = 1 + s * tau / (1 + s) if r > 1 + s and s > 0 else np.inf
    return min(r, 1 + s, r * tau / (1 + s), distortion)


def aligned_law(s: float, r: float, tau: float) -> float:
    return min(r, 2 * tau * r / s) if r < s else max(0.0, min(r, 2 * tau + min(0.0, s)))


def aligned_steps(weights: np.ndarray, eta: float, steps: int) -> np.ndarray:
    """w - a after `steps` plain steps from a = 0."""
    a = np.zeros_like(weights)
    for _ in range(steps):
        a -= eta * np.sign(a - weights)
    return weights - a


@settings(max_examples=30, deadline=None)
@given(s=st.floats(-0.9, 2.0), r=st.floats(0.1, 3.0), steps=st.integers(1, 60), reach=st.floats(0.1, 5.0))
def test_axis_aligned_risk_is_that_of_plain_steps(s: float, r: float, steps: int, reach: float) -> None:
    size = 25
    k = np.arange(1, size + 1.0)
    weights = k ** ((s - r) / 2)
    eta = reach * 1.0000123 / steps  # no weight a whole number of steps away, where rounding would decide
    now, after = (aligned_steps(weights, eta, t) ** 2 for t in (steps, steps + 1))
    expected = (k ** -(1 + s) @ ((now + after) / 2) + zeta(1 + r, size + 1)) / zeta(1 + r)
    found = axis_aligned_sign_risk(s, r, size, np.array([steps]), eta)[0]
    assert found == pytest.approx(expected, rel=1e-9)
    assert axis_aligned_sign_risk(s, r, size, np.array([steps]))[0] <= 1.02 * expected + 1e-12 or reach > 4


ALIGNED = [  # s, r, tau
    (1, 1, 0.3),
    (1, 2, 0.4),
    (1, 2, 1.5),  # capacity N^-r, where random features have N^-min(r, 1+s)
    (0.5, 3, 1.0),
    (1, 0.5, 0.3),  # weights that grow with k
    (1, 0.5, 0.7),
    (2, 0.5, 0.8),
    (-0.25, 2, 0.5),  # a divergent trace
    (-0.5, 1.5, 0.6),
]


@pytest.mark.parametrize(("s", "r", "tau"), ALIGNED)
def test_axis_aligned_exponents(s: float, r: float, tau: float) -> None:
    small, large = 300, 300_000
    first, second = (axis_aligned_sign_risk(s, r, n, np.array([float(n) ** tau]))[0] for n in (small, large))
    # an oscillation's mean square lies between eta^2/4 and eta^2/2; the next term is a share 3 N^-0.3 of the risk
    allowed = (np.log(2) + 3 * small**-0.3) / np.log(large / small)
    slope = np.log(first / second) / np.log(large / small)
    expected, rival = aligned_law(s, r, tau), gd_law(s, r, tau, mixes=False)
    assert slope == pytest.approx(expected, abs=allowed)
    if expected < r or rival < r:
        assert abs(rival - expected) > 1.2 * allowed or expected == rival


def test_even_step_counts_leave_small_weights_at_rest() -> None:
    # s < 0: at even T a weight below eta is at 0 again and keeps its energy E, below the eta^2 lambda of others;
    # what is learned there is sum over w > eta of lambda eta^2/3, and eta ~ 1/T gives T^(-2r/(r-s))
    s, r = -0.5, 1.0
    k = np.arange(1, 200_001.0)
    weights, eigenvalues = k ** ((s - r) / 2), k ** -(1 + s)
    even, both = [], []
    for steps in (40, 1280):
        etas = np.geomspace(1, 3, 12) / steps
        near = [np.floor(weights / e) for e in etas]
        off = [weights - e * (n + (n + steps) % 2) for e, n in zip(etas, near, strict=True)]
        even.append(min(float(eigenvalues @ d**2) for d in off))
        both.append(axis_aligned_sign_risk(s, r, len(k), np.array([steps]))[0])
    slope = np.log(even[0] / even[1]) / np.log(32)
    # w > eta holds for k < T^(4/3), 1.4e4 of 2e5 at most; the grid of steps leaves a factor of 1.3
    assert slope == pytest.approx(2 * r / (r - s), abs=np.log(1.3) / np.log(32))
    assert both[0] > 10 * even[0] / zeta(1 + r), "an odd T has all of them at eta"


def test_the_bigram_model_is_a_flat_spectrum() -> None:
    """Kunstner and Bach (2025): d x d weights, error sum_i pi_i sum_j (..)^2; every input learns alike."""
    d, a, eta, steps = 30, 1.0, 0.0317, 41
    rng = np.random.default_rng(0)
    frequency = np.arange(1, d + 1.0) ** -a / np.sum(np.arange(1, d + 1.0) ** -a)
    wanted = np.stack([rng.permutation(np.arange(1, d + 1.0) ** -a) for _ in range(d)])
    now, after = (aligned_steps(wanted, eta, t) ** 2 for t in (steps, steps + 1))
    error = frequency @ ((now + after) / 2).sum(axis=1)
    total, left = zeta(2 * a), zeta(2 * a, d + 1)  # modes beyond d, which the bigram model does not have
    found = axis_aligned_sign_risk(-1.0, 2 * a - 1, d, np.array([steps]), eta)[0]
    assert found * total - left == pytest.approx(error, rel=1e-9)


def test_zipf_needs_the_root_of_the_dimension() -> None:
    def needed(d: int) -> float:
        """T at which the relative error of the d x d weights is 1/10 at a = 1."""
        steps = np.geomspace(4, 4000, 120)
        risk = axis_aligned_sign_risk(-1.0, 1.0, d, steps) * zeta(2) - zeta(2, d + 1)
        relative = risk / (zeta(2) - zeta(2, d + 1))
        return float(np.exp(np.interp(-np.log(0.1), -np.log(relative), np.log(steps))))

    slope = np.log(needed(30_000) / needed(300)) / np.log(100)
    # the oscillation's mean square lies between eta^2/4 and eta^2/2 and for most weights, below eta, near the latter;
    # the learned ones, a share T/d = 1/30 of all at d = 300, have 2/3 of that or more
    assert slope == pytest.approx(0.5, abs=0.05)


def measure_of(s: float, r: float, size: int, dim: int) -> SpectralMeasure:
    return spectral_measure(SpectralProblem(PowerLaw(s, dim), PowerLawTarget(r)).modes(size), size)


ROTATED = [  # s, r, tau
    (1, 1, 0.5),
    (0.5, 1, 0.4),
    (2, 2, 0.6),
    (1, 7, 0.4),  # r > 2(1+s): it decides, T^-2
    (2, 12, 0.4),
    (1, 7, 1.0),  # distortion
    (-0.5, 1.5, 0.8),  # capacity
]


@pytest.mark.parametrize(("s", "r", "tau"), ROTATED)
def test_rotated_exponents(s: float, r: float, tau: float) -> None:
    sizes = (10**5, 10**7, 10**9)
    risks = [rotated_sign_risk(measure_of(s, r, n, 2 * n + 2), n, np.array([n**tau]))[0] for n in sizes]
    slopes = [np.log(a / b) / np.log(100) for a, b in pairwise(risks)]
    expected = min(gd_law(s, r, tau, mixes=True), 2 * tau)
    # the next term is a share N^-g of the risk, g = 0.15 or more: from slope to slope it halves, so that what is left
    # is below twice the last change; the steps tried differ by 2^(1/4), which moves a slope by 0.02 at most
    allowed = 2 * abs(slopes[1] - slopes[0]) + 0.02
    assert slopes[1] == pytest.approx(expected, abs=allowed)
    assert allowed < 0.1
    if 2 * tau < gd_law(s, r, tau, mixes=True):
        assert gd_law(s, r, tau, mixes=True) - expected > 3 * allowed


def test_the_oscillation_stays_below_a_signal_slower_than_its_own() -> None:
    # 1 < z < 2: at the edge of stability theta = 2T, so the risk is 2^-z times that of gradient descent at eta = 1. The
    # approach and the oscillation, c/(uT) T^-z + u^2, add a share T^-(2-z)/3, too slow for a slope to tell: a bounded
    # ratio over six decades does, where T^-2 or T^-(2z/(1+z)), stopping at the edge, would move it by 1e3 or 1e2
    s, r, size = 1.0, 3.0, 10**13
    measure, steps = measure_of(s, r, size, 2 * size + 2), 10.0 ** np.arange(3, 10)
    ratio = rotated_sign_risk(measure, size, steps) / measure.risk(GradientDescent(), steps, 1.0)
    assert np.all(np.diff(ratio) < 0)
    assert np.all((ratio > 2**-1.5) & (ratio < 1 + steps ** -((2 - r / (1 + s)) / 3) * 2))


COUNTS = np.array([16, 50, 160])


def draw_risks(s: float, r: float, size: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Best-step risk of sign descent (mean of T and T + 1), and gradient descent's at eta = 1, at COUNTS."""
    rng = np.random.default_rng(seed)
    dim = 4 * size
    k = np.arange(1, dim + 1.0)
    target = np.sqrt(k ** -(1 + r) / np.sum(k ** -(1 + r)))
    features = rng.standard_normal((dim, size)) * np.sqrt(k ** -(1 + s) / size)[:, None]
    gram, moment = features.T @ features, (features.T @ target)[:, None]
    etas = np.geomspace(0.003, 0.6, 18) / np.sqrt(size)
    weights, found = np.zeros((size, len(etas))), []
    for t in range(1, COUNTS[-1] + 2):
        weights = weights - etas * np.sign(gram @ weights - moment)
        if t in COUNTS or t - 1 in COUNTS:
            found.append(((target[:, None] - features @ weights) ** 2).sum(axis=0))
    sign = (np.array(found[::2]) + np.array(found[1::2])).min(axis=1) / 2
    left, singular, _ = np.linalg.svd(features, full_matrices=False)
    seen = (left.T @ target) ** 2
    kept = (1 - (singular / singular[0])[:, None] ** 2) ** (2 * COUNTS)
    return sign, 1 - seen.sum() + seen @ kept


@pytest.mark.parametrize(("s", "r", "error"), [(1, 0.8, 0.08), (1, 3, 0.27), (1, 6, 0.27)])
def test_rotated_risk_is_that_of_plain_steps(s: float, r: float, error: float) -> None:
    size, seeds = 128, 10
    sign, gd = (np.array(runs) for runs in zip(*(draw_risks(s, r, size, seed) for seed in range(seeds)), strict=True))
    spread = sign.std(axis=0, ddof=1) / np.sqrt(seeds) / sign.mean(axis=0)
    predicted = rotated_sign_risk(measure_of(s, r, size, 4 * size), size, COUNTS)
    # the mean field's own error (its docstring) and three standard errors of the mean over draws
    assert np.all(np.abs(predicted / sign.mean(axis=0) - 1) < error + 3 * spread)
    if r < 1 + s:  # the same exponent as gradient descent's on the same draws, at every T within the draws' error
        slopes = [-np.diff(np.log(each[:, [0, -1]]), axis=1)[:, 0] / np.log(10) for each in (sign, gd)]
        difference = slopes[0] - slopes[1]
        noise = 3 * difference.std(ddof=1) / np.sqrt(seeds)
        # the mean field, whose ratio to gradient descent is bounded, holds at both ends to `error`
        assert abs(difference.mean()) < noise + 2 * error / np.log(10)
        assert noise + 2 * error / np.log(10) < r / (1 + s) / 2


def test_a_larger_step_is_worse_than_the_best() -> None:
    measure, steps = measure_of(1.0, 1.0, 64, 128), np.array([10.0, 100.0])
    best = rotated_sign_risk(measure, 64, steps)
    for eta in (1e-4, 1e-2, 1.0):
        assert np.all(rotated_sign_risk(measure, 64, steps, eta) >= 0.99 * best)


def test_unusable_input_is_refused() -> None:
    measure = measure_of(1.0, 1.0, 16, 64)
    with pytest.raises(InputError, match="T > 0"):
        rotated_sign_risk(measure, 16, np.array([0]))
    with pytest.raises(InputError, match="eta is -1"):
        rotated_sign_risk(measure, 16, np.array([5]), eta=-1.0)
    with pytest.raises(InputError, match="N is 0"):
        axis_aligned_sign_risk(1.0, 1.0, 0, np.array([5]))
    with pytest.raises(InputError, match="r is 0"):
        axis_aligned_sign_risk(1.0, 0.0, 5, np.array([5]))
