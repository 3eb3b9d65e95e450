"""Momentum and conjugate gradients on power laws: exponents, limits and exact small cases."""

import math
from fractions import Fraction

import numpy as np
import pytest
from support.conjugate_gradients import conjugate_gradient_risk

from optscaling.errors import InputError
from optscaling.theory.dynamics.momentum_schedules import Momentum
from optscaling.theory.dynamics.one_pass_rules import sgd_momentum
from optscaling.theory.dynamics.risk_curve import Curve
from optscaling.theory.dynamics.second_moment_march import march
from optscaling.theory.gram.bins import spectral_bins
from optscaling.theory.optimizers.momentum import HeavyBall, Nesterov, ScheduledHeavyBall
from optscaling.theory.witness.accelerated import accelerated_bins_risk


def accelerated_risk(method: Momentum, steps: np.ndarray, *, eta: float = 0.5, width: float = 0.05, **problem) -> Curve:
    """Momentum's risk on a power law; its error is what twice wider bins change."""
    fine, coarse = (
        accelerated_bins_risk(method, steps, spectral_bins(**problem, width=each), eta) for each in (width, 2 * width)
    )
    return Curve(np.asarray(steps, dtype=float), fine, np.abs(coarse / fine - 1))


def test_full_batch_limit_of_the_stochastic_rule() -> None:
    bins = spectral_bins(1.0, 1.0, 100, None, 0.05)
    times, risks = march(sgd_momentum(0.5, 0.8), bins, 1000, 1e18, 0.0, 0.0, 1000)
    curve = accelerated_risk(HeavyBall(Fraction(8, 10)), times, s=1, r=1, size=100, eta=0.5)
    np.testing.assert_allclose(risks / bins.total, curve.risk, rtol=1e-9)


# exponents in T over the last two decades at N = infinity, zeta = r/(1+s)
SLOPES = [
    ("constant", HeavyBall(Fraction(9, 10)), 1.0, 1.5, 0.75),
    ("heavy ball, 2 zeta", ScheduledHeavyBall(Fraction(4)), 1.0, 1.0, 1.0),
    ("heavy ball, 2 zeta, slow spectrum", ScheduledHeavyBall(Fraction(4)), 0.25, 0.5, 0.8),
    ("heavy ball, delta", ScheduledHeavyBall(Fraction(2)), 1.0, 3.0, 2.0),
    ("Nesterov, 2 zeta", Nesterov(Fraction(3)), 1.0, 1.0, 1.0),
    ("Nesterov, zeta + delta/2", Nesterov(Fraction(2)), 1.0, 3.0, 2.5),
]


@pytest.mark.parametrize(("method", "s", "r", "exponent"), [row[1:] for row in SLOPES], ids=[row[0] for row in SLOPES])
def test_exponents_in_steps(method: Momentum, s: float, r: float, exponent: float) -> None:
    steps = np.array([1e9, 1e10, 1e11, 1e12])
    curve = accelerated_risk(method, steps, s=s, r=r, width=0.1)
    # bins are self-similar, so their error is a factor that changes by less than itself in a decade
    assert np.max(curve.error) < 0.1
    np.testing.assert_allclose(-curve.slopes(), exponent, atol=5e-3)


@pytest.mark.parametrize(
    ("method", "exponent"),
    [(ScheduledHeavyBall(Fraction(8)), 1.0), (Nesterov(Fraction(8)), 1.0), (Nesterov(Fraction(1, 2)), 0.75)],
)
def test_distortion(method: Momentum, exponent: float) -> None:
    curve = accelerated_risk(method, np.array([1e9, 1e10]), s=1, r=4, size=1e12, width=0.1)
    # N^-1 T^-min(2y, delta or y + delta/2), y = s/(1+s) = 1/2; it ends at T = N, so what is left in its tail is the
    # share (T/N)^exponent < 0.01^0.75 = 0.03 at the later step
    assert -curve.slopes()[0] == pytest.approx(exponent, abs=0.03)


@pytest.mark.parametrize(
    ("method", "eta"),
    [(Nesterov(Fraction(3)), 0.0), (Nesterov(Fraction(3)), 2.0), (ScheduledHeavyBall(None), 0.5)],
)
def test_what_is_refused(method: Momentum, eta: float) -> None:
    with pytest.raises(InputError):
        accelerated_risk(method, np.array([10.0]), s=1, r=1, eta=eta)


def test_conjugate_gradients_end_and_begin_exactly() -> None:
    bins = spectral_bins(1.0, 1.0, 2, 12, 0.3)
    curve = conjugate_gradient_risk(np.array([0, 1, len(bins.x)]), s=1, r=1, size=2, dim=12, width=0.3)
    x, energies = bins.x, bins.energies
    best = np.sum(x * energies) / np.sum(x * x * energies)
    # 1e-6: the bins' total
    assert curve.risk[0] == pytest.approx(1.0, rel=1e-6)
    assert curve.risk[1] == pytest.approx((bins.floor + np.sum(energies * (1 - best * x) ** 2)) / bins.total, rel=1e-12)
    assert curve.risk[2] == pytest.approx(bins.floor / bins.total, rel=1e-12)


def test_conjugate_gradients_are_the_best_polynomial() -> None:
    steps = np.array([5, 20, 40])
    best = conjugate_gradient_risk(steps, s=1, r=1, size=200, width=0.1).risk
    for method in (ScheduledHeavyBall(Fraction(3)), Nesterov(Fraction(3)), HeavyBall(Fraction(6, 10))):
        assert np.all(accelerated_risk(method, steps, s=1, r=1, size=200, eta=0.9, width=0.1).risk > best)


@pytest.mark.parametrize(("s", "r"), [(1.0, 0.5), (0.5, 0.5)])
def test_exponent_of_conjugate_gradients(s: float, r: float) -> None:
    steps = np.array([10, 14, 20, 28])
    curve = conjugate_gradient_risk(steps, s=s, r=r, width=0.06, digits=150)
    assert np.max(curve.error) < 5e-3
    # slopes approach their limit as 1/T: eliminate that between the first and the last window
    middle = np.sqrt(steps[:-1] * steps[1:])
    slope = -curve.slopes()
    limit = (slope[2] * middle[2] - slope[0] * middle[0]) / (middle[2] - middle[0])
    # left over: 1/T^2 with a coefficient of order ten, over 12 times 24; and the error over log 1.4
    assert limit == pytest.approx((3 + s) * r / (1 + s), abs=10 / (12 * 24) + 2 * np.max(curve.error) / math.log(1.4))
