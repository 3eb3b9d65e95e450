"""One-pass methods: the closed form and the march against plain steps, and predictions against drawn features."""

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from optscaling.errors import InputError
from optscaling.theory.dynamics.one_pass_on_population import batch_of, largest_stable_eta, one_pass_risk
from optscaling.theory.dynamics.one_pass_rules import Rule, dana_constant, rule_of, sgd, sgd_momentum, sgd_nesterov
from optscaling.theory.dynamics.second_moment_risk import (
    diagonal_bins,
    kernel_norm,
    rule_norm,
    second_moment_risk,
    step_against_flow,
)
from optscaling.theory.dynamics.sgd_second_moments import sgd_moments
from optscaling.theory.gram.bins import Bins, bins_of, spectral_bins
from optscaling.theory.optimizers.one_pass import (
    DanaConstant,
    DanaDecaying,
    DataPowerSGD,
    FeaturePowerSGD,
    OnePass,
    StochasticGradientDescent,
    StochasticMomentum,
)
from optscaling.theory.optimizers.preconditioners import DataPower
from optscaling.theory.prediction.feature_modes import FeatureModes
from optscaling.theory.prediction.model_at_size import Setting
from optscaling.theory.prediction.risk_at_size import predict_at
from optscaling.theory.problems.modes import whitened
from optscaling.theory.problems.spectral_problem import SpectralProblem
from optscaling.theory.problems.spectrum import PowerLaw


def power_law(s: float, r: float, dim: int) -> Bins:
    k = np.arange(1, dim + 1.0)
    return diagonal_bins(k ** -(1 + s), k ** -(1 + r))


@pytest.mark.parametrize(
    ("s", "r", "eta", "batch", "noise"),
    [(0.5, 1, 0.3, 1, 0.1), (1, 3.5, 0.7, 8, 0), (1, 0.5, 1.2, 64, 0.1), (-0.25, 0.5, 0.03, 1, 0), (1, 1, 0.5, 1, 0.2)],
)
def test_closed_form_is_that_of_plain_steps(s: float, r: float, eta: float, batch: float, noise: float) -> None:
    bins = power_law(s, r, 120)
    # long doubles: plain steps in doubles lose 1e-16 a step in 1 - delta
    x, moments = bins.x.astype(np.longdouble), bins.energies.astype(np.longdouble)
    rate = np.longdouble(eta) * x
    keep, shock = (1 - rate) ** 2 + rate**2 / batch, rate**2 / batch
    total = np.sum(moments)
    exact = [total]
    for _ in range(3000):
        moments = keep * moments + shock * (np.sum(moments) + noise * total)
        exact.append(np.sum(moments))
    steps = np.unique(np.round(np.geomspace(1, 3000, 30))).astype(int)
    curve = second_moment_risk(sgd(eta), bins, np.append(0, steps), batch=batch, noise=noise)
    expected = np.array(exact)[np.append(0, steps)] / total
    assert np.all(np.abs(curve.risk / expected.astype(float) - 1) < curve.error)
    assert np.max(curve.error) < 1e-11


def test_unstable_steps_grow_as_they_do_in_plain_steps() -> None:
    bins = power_law(0.5, 1, 40)
    law = sgd_moments(1.3 * bins.x, bins.counts, bins.energies, 0.0, 1.0, 0.0)
    moments, rate = bins.energies.copy(), 1.3 * bins.x
    for _ in range(20):
        moments = ((1 - rate) ** 2 + rate**2) * moments + rate**2 * np.sum(moments)
    assert kernel_norm(bins, 1.3) > 1
    assert law.risk(np.array([20.0]))[0] == pytest.approx(np.sum(moments), rel=1e-12)
    with pytest.raises(InputError, match="norm"):
        second_moment_risk(sgd(1.3), bins, np.array([1e9]))


def test_roots_of_spectra_that_are_hard() -> None:
    rng = np.random.default_rng(3)
    for m in (1, 2, 7, 50):
        for spread in (0.0, 1e-9, 3.0, 40.0):
            rates = 0.9 * 10.0 ** -np.sort(rng.uniform(0, max(spread, 1e-12), m))
            counts = 10.0 ** rng.uniform(-3, 1, m)
            energies = rng.uniform(0, 1, m)
            law = sgd_moments(rates, counts, energies, 0.1, 30.0, 0.2)
            kept, shock = (1 - rates) ** 2 + rates**2 / 30, counts * rates**2 / 30
            moments = energies.copy()
            for _ in range(3):
                moments = kept * moments + shock * (0.3 + moments.sum())
            assert law.risk(np.array([0.0, 3.0])) == pytest.approx(
                [0.1 + energies.sum(), 0.1 + moments.sum()], rel=1e-12 + 10 * law.missed
            )
            assert law.missed < 1e-10


def nesterov_by_hand(bins: Bins, eta: float, delta: float, batch: float, noise: float, last: int) -> list[float]:
    """Covariance of (theta_t, theta_{t-1}) for every mode, stepped with momentum 1 - delta/(delta + t)."""
    x = bins.x
    cov = np.zeros((len(x), 2, 2))
    cov[:] = (bins.energies / x)[:, None, None]  # both start at the same place
    risks = [float(np.sum(x * cov[:, 0, 0]))]
    for t in range(last):
        m = t / (delta + t)
        look = np.array([1 + m, -m])
        at_v = np.einsum("i,kij,j->k", look, cov, look)
        loss = float(np.sum(x * at_v)) + noise * bins.total
        step = np.zeros((len(x), 2, 2))
        step[:, 0] = (1 - eta * x)[:, None] * look
        step[:, 1, 0] = 1.0
        cov = step @ cov @ step.transpose(0, 2, 1)
        cov[:, 0, 0] += eta**2 / batch * (x * loss + x**2 * at_v)
        risks.append(float(np.sum(x * cov[:, 0, 0])))
    return risks


def test_nesterov_takes_its_gradient_at_the_extrapolated_point() -> None:
    bins = power_law(1, 1, 60)
    by_hand = nesterov_by_hand(bins, 0.2, 4.0, 16.0, 0.1, 200)
    steps = np.array([1, 2, 5, 20, 60, 200])
    rule = sgd_nesterov(0.2, 4.0)
    single = second_moment_risk(rule, bins, steps, batch=16, noise=0.1, resolution=400)
    assert single.risk == pytest.approx(np.array(by_hand)[steps] / bins.total, rel=1e-10)
    strides = second_moment_risk(rule, bins, steps, batch=16, noise=0.1)
    assert np.all(np.abs(strides.risk / single.risk - 1) <= strides.error)


@pytest.mark.parametrize("rule", [sgd_momentum(0.05, 0.9), dana_constant(0.2, 50, 8.0), sgd_nesterov(0.02, 6.0)])
def test_stated_error_of_the_march_is_honest_and_falls(rule: Rule) -> None:
    bins = power_law(1, 1, 50)
    steps = np.array([30, 100, 300, 1000, 2000])
    exact = second_moment_risk(rule, bins, steps, batch=32, noise=0.1, resolution=4000).risk
    worst = []
    for resolution in (8, 16, 32):
        curve = second_moment_risk(rule, bins, steps, batch=32, noise=0.1, resolution=resolution)
        assert np.all(np.abs(curve.risk / exact - 1) <= curve.error)
        worst.append(np.max(curve.error))
    # as the square, but for coefficients that are frozen over the first strides
    assert worst[0] > 2.5 * worst[1] > 6 * worst[2]


def test_kernel_norm_of_any_rule() -> None:
    bins = power_law(1, 1, 50)
    plain = Rule(0.3, 1e-12, forget=0.5)
    assert rule_norm(plain, bins, 4.0) == pytest.approx(kernel_norm(bins, 0.3, 4.0), rel=1e-6)
    rule = sgd_momentum(0.05, 0.9)
    norm = rule_norm(rule, bins, 4.0)
    late = second_moment_risk(rule, bins, np.array([1e9]), batch=4, noise=0.3).risk[0]
    assert late == pytest.approx(norm * 0.3 / (1 - norm), rel=1e-6)
    assert rule_norm(sgd_momentum(50.0, 0.9), bins, 4.0) == np.inf


@pytest.mark.parametrize("share", [0.5, 0.05])
def test_flow_is_the_limit_of_small_steps(share: float) -> None:
    bins = power_law(0.5, 1, 300)
    eta = share * np.exp(np.interp(0.0, *np.log([[kernel_norm(bins, e), e] for e in np.geomspace(0.05, 0.99, 200)]).T))
    found = step_against_flow(sgd(eta), bins, np.array([1e3, 1e5]))
    # the norm's own difference, times what the norm does to the risk
    norm, flow_norm = kernel_norm(bins, eta), eta * np.sum(bins.x) / 2
    expected = (1 - norm) / (1 - flow_norm) - 1
    assert found.difference[0] < 0
    assert abs(found.difference[0]) < 3 * abs(expected)
    assert np.all(found.error < 1e-10)
    assert "flow/steps" in str(found)


def test_flow_of_momentum_is_the_limit_of_slow_momentum() -> None:
    bins = power_law(1, 1, 30)
    off = []
    for h in (1.0, 0.25):  # the same flow in time t h; huge batches, as noise scales otherwise
        rule = Rule(0.0, 0.05 * h * h, forget=0.2 * h)
        off.append(abs(step_against_flow(rule, bins, np.array([60.0 / h]), batch=1e9).difference[0]))
    assert 0.15 * off[0] < off[1] < 0.4 * off[0]
    plain = Rule(0.1, 1e-13, forget=1.0)  # marched, as it has momentum in name
    steps = np.array([10.0, 300.0])
    exact, marched = (second_moment_risk(each, bins, steps, batch=2, continuous=True) for each in (sgd(0.1), plain))
    assert np.all(np.abs(marched.risk / exact.risk - 1) <= marched.error)


CASES: list[tuple[OnePass, float, float, float]] = [
    (StochasticGradientDescent(batch=1), 1.0, 0.3, 0.1),
    (StochasticGradientDescent(batch=8), 0.5, 0.5, 0.0),
    (StochasticGradientDescent(batch=None, growth=Fraction(1, 2)), -0.25, 0.1, 0.1),
    (StochasticMomentum(batch=8), 1.0, 0.5, 0.1),
    (DanaConstant(batch=8), 1.0, 0.3, 0.1),
    (DanaDecaying(batch=64), 0.5, 0.3, 0.0),
    (FeaturePowerSGD(batch=64, p=Fraction(1, 4)), 1.0, 0.5, 0.1),
]
IDS = [f"{case[0].name} s={case[1]:g}" for case in CASES]


def drawn(s: float, size: int, dim: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Features A of the population problem, shape (dim, size), and the target t, |t| = 1."""
    eigenvalues = np.arange(1, dim + 1.0) ** -(1 + s)
    normal = np.random.default_rng(seed).standard_normal((dim, size))
    return normal * np.sqrt(eigenvalues / size)[:, None], np.sqrt(eigenvalues / eigenvalues.sum())


def bins_of_draw(matrix: np.ndarray, target: np.ndarray) -> Bins:
    left, singular, _ = np.linalg.svd(matrix, full_matrices=False)
    seen = (left.T @ target) ** 2
    return Bins(singular**2, seen, np.ones(len(seen)), float(1 - seen.sum()), 1.0, 0.0)


@pytest.mark.parametrize(("optimizer", "s", "eta", "noise"), CASES, ids=IDS)
def test_recursion_on_one_draw_is_the_mean_of_runs(optimizer: OnePass, s: float, eta: float, noise: float) -> None:
    size, dim, steps = 16, 40, [1, 5, 20, 60]
    runs = 400 if optimizer.batch == 1 else 60
    matrix, target = drawn(s, size, dim, 5)
    bins = bins_of_draw(matrix, target)
    largest = float(bins.x[0])
    predicted = one_pass_risk(optimizer, bins, largest, np.array(steps), eta, noise, size, s)
    rng = np.random.default_rng(7)
    batch, power = round(batch_of(optimizer, size)), float(getattr(optimizer, "p", 0))
    values, vectors = np.linalg.eigh(matrix.T @ matrix)
    preconditioner = vectors @ (values[:, None] ** -power * vectors.T)
    rule = rule_of(optimizer, eta / largest ** (1 - power), s, size)
    weights, memory = np.zeros((runs, size)), np.zeros((runs, size))
    found = []
    for t in range(steps[-1] + 1):
        if t in steps:
            found.append(((target - weights @ matrix.T) ** 2).sum(axis=1))
        inputs = rng.standard_normal((runs, batch, dim))
        features = inputs @ matrix
        labels = inputs @ target + np.sqrt(noise) * rng.standard_normal(inputs.shape[:2])
        miss = np.einsum("rbi,ri->rb", features, weights) - labels
        gradient = np.einsum("rbi,rb->ri", features, miss) / batch @ preconditioner
        gamma2, gamma3, forget = rule.at(t)
        memory = (1 - forget) * memory + gradient
        weights = weights - gamma2 * gradient - gamma3 * memory
    risks = np.array(found)
    error = risks.std(axis=1, ddof=1) / np.sqrt(runs)
    # exact in expectation; four standard errors, as 7 x 4 comparisons are made and batch-1 means are skewed
    assert np.all(np.abs(risks.mean(axis=1) - predicted.risk) < 4 * error + 1e-9)
    assert np.all(error < 0.1 * predicted.risk)


@pytest.mark.parametrize(("optimizer", "s", "eta", "noise"), CASES, ids=IDS)
def test_bins_predict_the_mean_over_draws(optimizer: OnePass, s: float, eta: float, noise: float) -> None:
    marched = not isinstance(optimizer, StochasticGradientDescent | FeaturePowerSGD)
    size, dim, steps = 64, 300, np.array([10, 100, 400] if marched else [10, 100, 1000, 3000])
    draws = 16 if marched else 40
    bins = bins_of(SpectralProblem(PowerLaw(s, dim)).modes(size), size)
    predicted = one_pass_risk(optimizer, bins, bins.largest, steps, eta, noise, size, s)
    risks, power = [], float(getattr(optimizer, "p", 0))
    for seed in range(draws):
        own = bins_of_draw(*drawn(s, size, dim, seed))
        rule = rule_of(optimizer, eta / own.x[0] ** (1 - power), s, size)
        options = {"batch": batch_of(optimizer, size), "noise": noise, "power": power, "resolution": 16}
        risks.append(second_moment_risk(rule, own, steps, **options).risk)
    mean, error = np.mean(risks, axis=0), np.std(risks, axis=0, ddof=1) / np.sqrt(draws)
    # two of the error it states, three of the draws'
    assert np.all(np.abs(predicted.risk - mean) < np.hypot(2 * predicted.error * predicted.risk, 3 * error))
    assert np.max(predicted.error) < 0.1


@pytest.mark.parametrize("optimizer", [CASES[0][0], CASES[3][0], CASES[4][0], CASES[5][0]], ids=lambda o: o.name)
def test_largest_stable_eta(optimizer: OnePass) -> None:
    bins = bins_of(SpectralProblem(PowerLaw(0.5, 200)).modes(50), 50, 0.2)
    limit = largest_stable_eta(optimizer, bins, bins.largest, 50, 0.5, 1e4)
    steps = np.array([100.0, 1e4])
    below = one_pass_risk(optimizer, bins, bins.largest, steps, 0.99 * limit, 0.0, 50, 0.5)
    above = one_pass_risk(optimizer, bins, bins.largest, steps, 1.01 * limit, 0.0, 50, 0.5)
    assert np.all(np.isfinite(below.risk))
    assert below.norm < 1 <= above.norm
    assert np.isnan(above.risk[-1])
    assert "norm" in above.note
    assert f"{limit:.3g}" in above.note


def test_growing_batches_and_whitened_modes() -> None:
    assert batch_of(StochasticGradientDescent(batch=None, growth=Fraction(1, 2)), 64) == 8
    modes = SpectralProblem(PowerLaw(1.0, 200)).modes(50)
    changed = whitened(modes, 0.5)
    assert changed.eigenvalues == pytest.approx(modes.eigenvalues**0.5)
    assert changed.total == pytest.approx(modes.total)


def test_what_is_refused() -> None:
    bins = spectral_bins(1.0, 1.0, 50, 400, 0.3)
    with pytest.raises(InputError, match="eta"):
        one_pass_risk(CASES[0][0], bins, 1.0, np.array([10]), -1.0, 0.0, 50, 1.0)
    with pytest.raises(InputError, match="dana-decaying"):
        one_pass_risk(DanaDecaying(), bins, 1.0, np.array([10]), 0.1, 0.0, 50)
    with pytest.raises(InputError, match="positive"):
        diagonal_bins(np.array([1.0, 0.0]), np.array([1.0, 1.0]))


def test_what_no_mode_explains_is_noise_in_training_and_part_of_the_test() -> None:
    """The same steps on the same energies, whichever way the noise came; only what the risk is divided by differs."""
    modes, steps = SpectralProblem(PowerLaw(1.0, 300)).modes(64), np.array([10, 1000])
    energy, unexplained = modes.total, 0.3
    rule = StochasticGradientDescent(8)
    file = Setting(FeatureModes(modes, noise=unexplained), 64, math.inf, steps, 0.3)
    known = Setting(FeatureModes(modes), 64, math.inf, steps, 0.3, noise=unexplained / energy)
    found, clean = predict_at(rule, file), predict_at(rule, known)
    np.testing.assert_allclose(found.risk, (clean.risk * energy + unexplained) / (energy + unexplained), rtol=1e-12)
    np.testing.assert_allclose(found.error * found.risk * (energy + unexplained), clean.error * clean.risk * energy)


def test_whitened_inputs_are_predicted_for_linear_features_only() -> None:
    setting = Setting(FeatureModes(SpectralProblem(PowerLaw(1.0, 300)).modes(64)), 64, math.inf, np.array([10]), 0.3)
    for rule in (DataPower(Fraction(1, 4)), DataPowerSGD(p=Fraction(1, 4))):
        assert np.isfinite(predict_at(rule, setting).risk).all()
        other = predict_at(rule, replace(setting, linear=False))
        assert np.isnan(other.risk).all()
        assert "whitened inputs" in (other.note or "")
