"""Residuals of momentum against multiprecision steps and closed forms, and predicted risks against drawn matrices."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest
from scipy.special import eval_chebyu, gamma, jv

from optscaling.errors import InputError
from optscaling.theory.dynamics.momentum_on_population import bins_risk, momentum_risk
from optscaling.theory.dynamics.momentum_residual import recursion, residual
from optscaling.theory.dynamics.momentum_schedules import Momentum, step_limit
from optscaling.theory.gram.bins import Bins, bins_of
from optscaling.theory.gram.measure import spectral_measure
from optscaling.theory.optimizers.filters import GradientDescent
from optscaling.theory.optimizers.momentum import HeavyBall, Nesterov, ScheduledHeavyBall
from optscaling.theory.problems.modes import Modes
from optscaling.theory.problems.spectral_problem import SpectralProblem
from optscaling.theory.problems.spectrum import PowerLaw
from optscaling.theory.problems.target import PowerLawTarget

SCHEDULED = [
    ScheduledHeavyBall(Fraction(1, 2)),
    ScheduledHeavyBall(Fraction(3)),
    ScheduledHeavyBall(Fraction(13, 2)),
    Nesterov(Fraction(1)),
    Nesterov(Fraction(3)),
    Nesterov(Fraction(8)),
]


def in_many_digits(method: Momentum, rate: float, steps: list[int]) -> list[float]:
    """The definition, in 40 digits."""
    with mpmath.workdps(40):
        x, found = mpmath.mpf(rate), []
        now = before = mpmath.mpf(1)
        for t in range(max(steps) + 1):
            if t in steps:
                found.append(float(now))
            if isinstance(method, HeavyBall):
                momentum = mpmath.mpf(method.beta.numerator) / method.beta.denominator
            else:
                assert method.delta is not None
                share = mpmath.mpf(method.delta.numerator) / method.delta.denominator / (t + 1)
                momentum = max(mpmath.mpf(0), 1 - share)
            move = momentum * (now - before)
            ahead = now + move if isinstance(method, Nesterov) else now
            now, before = now + move - x * ahead, now
    return found


@pytest.mark.parametrize("method", [*SCHEDULED, HeavyBall(Fraction(9, 10))], ids=lambda m: m.name)
def test_residual_equals_steps_in_many_digits(method: Momentum) -> None:
    rates = np.array([1e-13, 1e-9, 3e-7, 2e-5, 1e-3, 0.03, 0.5, 0.999, 1.0, 1.2])
    steps = [1, 63, 64, 65, 66, 200, 1500]
    exact = np.array([in_many_digits(method, float(rate), steps) for rate in rates]).T
    # 1e-12 of the integrals, times the loss of a factor 64 where two steps next to each other fix two constants
    np.testing.assert_allclose(residual(method, rates, np.array(steps)), exact, rtol=0, atol=1e-10)


@pytest.mark.slow
@pytest.mark.parametrize("method", SCHEDULED[1::3], ids=lambda m: m.name)
def test_residual_late(method: Momentum) -> None:
    rates, steps = np.array([1e-10, 1e-6, 0.3]), [30_000, 100_000]
    exact = np.array([in_many_digits(method, float(rate), steps) for rate in rates]).T
    np.testing.assert_allclose(residual(method, rates, np.array(steps)), exact, rtol=0, atol=1e-10)


@pytest.mark.parametrize("delta", [2, 3, 5])
def test_bessel_limit(delta: int) -> None:
    nu, w = (delta - 1) / 2, np.array([0.1, 1.0, 3.5, 4.5, 20.0])
    limit = gamma(nu + 1) * (2 / w) ** nu * jv(nu, w)

    def gap(method: Momentum, steps: float) -> float:
        return float(np.max(np.abs(residual(method, (w / steps) ** 2, np.array([steps]))[0] - limit)))

    for method in (ScheduledHeavyBall(Fraction(delta)), Nesterov(Fraction(delta))):
        # first order in 1/T: Nesterov's own decay exp(-w^2/(2 T)), the shift of time by the first steps
        assert gap(method, 1e8) < 1e-5
        assert gap(method, 1e8) == pytest.approx(gap(method, 1e6) / 100, rel=0.1)


def test_momentum_without_a_schedule_is_a_chebyshev_polynomial() -> None:
    beta, rate, steps = 0.81, np.array([0.01, 0.5, 2.0, 3.5]), np.array([5, 40])
    at = (1 + beta - rate) / (2 * np.sqrt(beta))
    u = [np.array([eval_chebyu(t + shift, at) for t in steps]) for shift in (0, -1)]
    root = np.sqrt(beta)
    closed = root ** steps[:, None] * (u[0] - root * u[1])
    np.testing.assert_allclose(residual(HeavyBall(Fraction(81, 100)), rate, steps), closed, atol=1e-12)


@pytest.mark.parametrize("method", [*SCHEDULED, HeavyBall(Fraction(9, 10))], ids=lambda m: m.name)
def test_step_limits(method: Momentum) -> None:
    limit = step_limit(method)
    # within, the residual falls in the end; beyond, it grows; schedules approach their limit as 1/T
    within = recursion(method, np.array([limit * 0.98]), np.array([1000, 4000]))[:, 0]
    beyond = recursion(method, np.array([limit * 1.02]), np.array([400, 1600]))[:, 0]
    assert abs(within[1]) < abs(within[0]) or abs(within[1]) < 1e-12
    assert abs(beyond[1]) > 1e6 * abs(beyond[0])
    modes = SpectralProblem(PowerLaw(1.0, 50)).modes(10)
    for eta in (limit, 0.0):
        with pytest.raises(InputError, match="stable for"):
            momentum_risk(method, modes, 10, np.array([5]), eta)


def test_what_is_refused() -> None:
    modes = SpectralProblem(PowerLaw(1.0, 50)).modes(10)
    for method in (ScheduledHeavyBall(None), Nesterov(Fraction(1, 100)), Nesterov(Fraction(200))):
        with pytest.raises(InputError, match="delta"):
            momentum_risk(method, modes, 10, np.array([5]), 1.0)
    with pytest.raises(InputError, match="whole numbers"):
        momentum_risk(Nesterov(Fraction(3)), modes, 10, np.array([0.5]), 1.0)
    with pytest.raises(InputError, match="grows"):
        momentum_risk(ScheduledHeavyBall(Fraction(8)), modes, 10, np.array([100]), 3.95)


def test_mean_over_a_bin() -> None:
    method, span, rate = ScheduledHeavyBall(Fraction(3)), 0.1, np.array([0.5])
    bins = Bins(rate, np.ones(1), np.ones(1), 0.0, 1.0, span, 1.0, False, np.array([span]))
    node, weight = np.polynomial.legendre.leggauss(400)
    for steps in (20, 200, 2000):
        at = np.array([steps])
        within = residual(method, rate * np.exp(node * span / 2), at)[0]
        # the envelope, x^(-delta/2), and the phase's own curvature change by span^2/24 of themselves
        size = float(np.max(within**2))
        off = bins_risk(method, at.astype(float), bins, 1.0)[0] - weight @ within**2 / 2
        assert abs(off) < max(10 * span**2 * size, 1e-3 * size), steps


def test_no_momentum_is_gradient_descent() -> None:
    modes = SpectralProblem(PowerLaw(0.5, 400)).modes(64)
    steps = np.array([1.0, 10, 1000, 1e6])
    curve = momentum_risk(HeavyBall(Fraction(0)), modes, 64, steps, 1.0)
    contour = spectral_measure(modes, 64).risk(GradientDescent(), steps, 1.0)
    assert np.all(np.abs(curve.risk / contour - 1) < curve.error)


def test_late_steps_reach_the_floor() -> None:
    modes = SpectralProblem(PowerLaw(1.0, 400)).modes(64)
    bins = bins_of(modes, 64)
    for method in SCHEDULED[1:]:
        curve = momentum_risk(method, modes, 64, np.array([1e6, 1e8, 1e15]), 1.0)
        assert np.all(np.isfinite(curve.risk))
        assert curve.risk[-1] == pytest.approx(bins.floor / bins.total, rel=1e-3)


def drawn(s: float, r: float, size: int, dim: int, draws: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Eigenvalues over the largest and energies of each draw, shape (draws, N), and the target's variance."""
    rng = np.random.default_rng(3)
    k = np.arange(1, dim + 1.0)
    x, energies = np.empty((draws, size)), np.empty((draws, size))
    for row in range(draws):
        features = k[:, None] ** (-(1 + s) / 2) * rng.standard_normal((dim, size)) / np.sqrt(size)
        target = k ** (-(1 + r) / 2) * rng.choice([-1.0, 1.0], dim)
        values, vectors = np.linalg.eigh(features.T @ features)
        x[row], energies[row] = values / values[-1], (vectors.T @ (features.T @ target)) ** 2 / values
    return x, energies, float(np.sum(k ** -(1 + r)))


@pytest.mark.slow
@pytest.mark.parametrize("s", [-0.25, 0.25, 0.5, 1.0, 1.5, 2.0])
def test_risk_of_drawn_matrices(s: float) -> None:
    size, dim, draws = 256, 1000, 100
    r = max(s, 0.25)
    x, energies, total = drawn(s, r, size, dim, draws)
    modes = SpectralProblem(PowerLaw(s, dim), PowerLawTarget(r)).modes(size)
    steps = np.array([1, 3, 10, 30, 100, 1000, 1e4, 1e5, 1e6])
    for method in (HeavyBall(Fraction(9, 10)), ScheduledHeavyBall(Fraction(3)), Nesterov(Fraction(3))):
        left = residual(method, x.ravel(), steps).reshape(len(steps), draws, size)
        risks = (total - energies.sum(axis=1) + (left**2 * energies).sum(axis=2)) / total
        mean, error = risks.mean(axis=1), risks.std(axis=1, ddof=1) / np.sqrt(draws)
        curve = momentum_risk(method, modes, size, steps, 1.0)
        # three standard errors of the draws: the nine steps of a method see the same draws, 18 sets in all
        assert np.all(np.abs(curve.risk / mean - 1) < curve.error + 3 * error / mean), method.name
        assert np.max(curve.error) < 0.01


def test_few_modes_of_any_shape() -> None:
    """Five measured modes and N above their number: the floor is 0, and risks are those of drawn matrices."""
    modes = Modes.of(np.array([1.0, 0.7, 0.7, 0.2, 0.01]), np.array([1.0, 0.1, 0.2, 0.5, 0.3]))
    rng = np.random.default_rng(0)
    size, steps = 400, np.array([2, 10, 30, 100, 300])
    risks = []
    for _ in range(400):
        features = np.sqrt(modes.eigenvalues)[:, None] * rng.standard_normal((5, size)) / np.sqrt(size)
        values, vectors = np.linalg.eigh(features @ features.T)
        target = np.sqrt(modes.energies) * rng.choice([-1.0, 1.0], 5)
        left = residual(Nesterov(Fraction(3)), values / values[-1], steps)
        risks.append(left**2 @ (vectors.T @ target) ** 2 / modes.total)
    mean, error = np.mean(risks, axis=0), np.std(risks, axis=0, ddof=1) / 20
    curve = momentum_risk(Nesterov(Fraction(3)), modes, size, steps, 1.0)
    # few eigenvalues oscillate here: terms of order 1/N are as large as their curvature, so early steps only are close
    assert np.all(np.abs(curve.risk - mean)[:2] < (curve.error * curve.risk + 3 * error)[:2])
