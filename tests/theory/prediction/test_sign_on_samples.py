"""Sign descent on n samples: predictions against simulations, and the same number in a diagnosis."""

import numpy as np
import pytest

from optscaling.compare.diagnosis.risk_at_size import AtSize, Training
from optscaling.sim import simulate
from optscaling.theory.dynamics.sign_descent_on_samples import sign_on_samples, training_measure
from optscaling.theory.experiments.experiment import Experiment
from optscaling.theory.experiments.parse import from_dict
from optscaling.theory.optimizers.filters import GradientDescent
from optscaling.theory.optimizers.sign import Sign
from optscaling.theory.prediction.experiment_modes import feature_modes
from optscaling.theory.prediction.feature_modes import FeatureModes
from optscaling.theory.prediction.model_at_size import Setting
from optscaling.theory.prediction.prediction import predict
from optscaling.theory.prediction.risk_at_size import predict_at
from optscaling.theory.problems.modes import Modes
from optscaling.theory.problems.spectral_problem import SpectralProblem
from optscaling.theory.problems.spectrum import PowerLaw
from optscaling.theory.samples.measure import sample_measure

DIM = 300


def gaussian(s: float, size: int, samples: int, noise: float, steps: list[int], seeds: int, dim: int) -> Experiment:
    content = {
        "problem": {"kind": "gaussian", "s": [s], "dim": dim, "noise": noise},
        "model": {"sizes": [size], "samples": samples},
        "training": {"optimizers": ["sign"], "steps": steps, "eta": 1.5},
        "measure": {"seeds": seeds},
    }
    return from_dict(content, "test")


@pytest.mark.parametrize(("samples", "risk", "error"), [(512, 0.0396, 0.0022), (192, 0.0669, 0.0029)])
def test_overfitting_as_simulated(samples: int, risk: float, error: float) -> None:
    """s = 1, dim 400, N = 128, noise .3, T = 1000; 12 draws of `simulate`."""
    found = predict(gaussian(1.0, 128, samples, 0.3, [1000], 1, 400))
    predicted, stated = found.risk[0, 0, 0, 0], found.total_error[0, 0, 0, 0]
    assert abs(np.log(predicted / risk)) < 3 * np.hypot(stated, error / risk)
    assert abs(np.log(predicted / risk)) < 0.15, "what it is measured to err, whatever it states"
    assert stated < 0.12
    assert "left out" not in found.notes["sign"]


@pytest.mark.parametrize(
    ("s", "size", "samples", "noise"), [(0.5, 64, 96, 0.3), (1.0, 64, 32, 0.1), (2.0, 64, 65, 0.0)]
)
def test_many_samples_and_few_as_simulated(s: float, size: int, samples: int, noise: float) -> None:
    experiment = gaussian(s, size, samples, noise, [10, 100, 1000], 12, DIM)
    run = simulate(experiment).risk.transpose("optimizer", "s", "N", "seed", "steps").values[0, 0, 0]
    mean, spread = run.mean(axis=0), run.std(axis=0, ddof=1) / np.sqrt(len(run)) / run.mean(axis=0)
    found = predict(experiment)
    off = np.abs(np.log(found.risk[0, 0, 0] / mean))
    assert np.all(off < 3 * np.hypot(found.total_error[0, 0, 0], spread))
    assert off[-1] < 0.15 + 3 * spread[-1]


def test_prediction_is_the_diagnosis() -> None:
    """Measured modes of any scale: predict_at and a diagnosis give one number for each optimizer they share."""
    modes = SpectralProblem(PowerLaw(1.0, DIM)).modes(64)
    steps = np.array([10.0, 300.0])
    for count in (200, np.inf):
        training = Training(300, 1.5, float(count), 0.2, scale=2.0, variance=0.7)
        at = AtSize(modes, 64, training)
        setting = Setting(FeatureModes(modes), 64, float(count), steps, 1.5, 0.2, scale=2.0, variance=0.7)
        assert at.sign(steps).risk == pytest.approx(predict_at(Sign(), setting).risk, rel=1e-12)
        assert at.risk("gd", steps) == pytest.approx(predict_at(GradientDescent(), setting).risk, rel=1e-12)


@pytest.mark.parametrize("count", [32, 200])
def test_the_share_of_label_noise_is_what_noise_adds_at_the_same_clock(count: int) -> None:
    """Risk is linear in the noise while the clock and the step are: the share from two levels that hardly differ."""
    modes, steps = SpectralProblem(PowerLaw(1.0, DIM)).modes(64), np.array([30.0])
    at = AtSize(modes, 64, Training(30, 1.5, float(count), 0.2))
    found = at.sign(steps)
    measure = sample_measure(modes, 64, count)
    floor = at.measure.floor / at.measure.total
    flows = [sign_on_samples(modes, measure, 64, count, noise, floor, 30.0) for noise in (0.2, 0.0)]
    # where no oscillation or noise of the sign adds to it, the test risk is bias + noise variance
    plain = flows[0].test.left - flows[1].test.left
    assert plain == pytest.approx(flows[0].label_noise, rel=1e-6, abs=1e-12)
    assert 0 < found.noisy[0] < 1
    assert float(at.sign(np.array([1.0, 30.0])).noisy[0]) < found.noisy[0], "it grows with T"
    assert AtSize(modes, 64, Training(30, 1.5, np.inf, 0.2)).sign(steps).noisy == pytest.approx(0.0)


def test_stated_errors_are_those_of_simulation() -> None:
    """Cells that had no part in setting the error: it covers, and is not much wider than what is seen (root mean
    square of z between a quarter and one and a half; 24 risks, of which the draws' error is part)."""
    z = []
    for s, size, samples, noise in ((0.75, 48, 40, 0.2), (0.25, 48, 500, 0.05), (1.5, 96, 150, 0.0)):
        for last in (40, 400):
            steps = [last // 10, last // 3, last]
            experiment = gaussian(s, size, samples, noise, steps, 10, 200)
            run = simulate(experiment, out=None).risk.transpose("optimizer", "s", "N", "seed", "steps").values[0, 0, 0]
            mean, spread = run.mean(axis=0), run.std(axis=0, ddof=1) / np.sqrt(len(run)) / run.mean(axis=0)
            found = predict(experiment)
            z.append(np.log(found.risk[0, 0, 0] / mean) / np.hypot(found.total_error[0, 0, 0], spread))
    assert 0.25 < np.sqrt(np.mean(np.square(z))) < 1.5
    assert np.max(np.abs(z)) < 3.5


def test_ten_thousand_samples_a_feature_are_the_population() -> None:
    modes, steps = SpectralProblem(PowerLaw(1.0, DIM)).modes(32), np.array([10, 100])
    finite, infinite = (
        predict_at(Sign(), Setting(FeatureModes(modes), 32, n, steps, 1.5, 0.1)) for n in (3.2e5, np.inf)
    )
    assert finite.risk == pytest.approx(infinite.risk, rel=2e-3)
    assert finite.error == pytest.approx(infinite.error, rel=1e-2)


@pytest.mark.parametrize("samples", [96, 32])
def test_training_loss_and_gradient_are_those_of_draws(samples: int) -> None:
    """(1/n) y' exp(-2 K theta) y and its slope, what no fit reaches, and the traces, by 40 plain draws."""
    size, noise, theta = 48, 0.3, 20.0
    eigenvalues = np.arange(1, DIM + 1.0) ** -2
    energies = eigenvalues / eigenvalues.sum()
    modes = Modes.of(eigenvalues, energies)
    measure = sample_measure(modes, size, samples)
    flow = sign_on_samples(modes, measure, size, samples, noise, 0.0, theta / 2)
    rng = np.random.default_rng(1)
    draws = []
    for _ in range(40):
        directions = rng.standard_normal((DIM, size)) * np.sqrt(eigenvalues / size)[:, None]
        inputs = rng.standard_normal((samples, DIM))
        targets = inputs @ np.sqrt(energies) + np.sqrt(noise) * rng.standard_normal(samples)
        left, singular, right = np.linalg.svd(inputs @ directions, full_matrices=False)
        values = singular**2 / samples
        x, share = values / values[0], (left.T @ targets) ** 2 / samples
        decay = np.exp(-2 * x * theta)
        population = np.sum((right @ directions.T) ** 2, axis=1) / values[0]
        lost = population @ decay + (np.sum(directions**2) / values[0] - population.sum())
        unfitted = targets @ targets / samples - share.sum()
        draws.append([share @ decay, (share * x) @ decay, x @ decay, lost, unfitted])
    mean, error = np.mean(draws, axis=0), np.std(draws, axis=0, ddof=1) / np.sqrt(len(draws))
    arrays = flow.training.left, flow.training.gradient, flow.training.trace, flow.test.trace
    found = np.array([*(a[-1] for a in arrays), flow.unfitted])
    start = np.array([*(a[0] for a in arrays), 1 + noise])
    # beside the draws' own error: 1/n of what there is at first, as each draw's largest eigenvalue sets the unit
    assert np.all(np.abs(found - mean) < 3 * error + 0.01 * mean + start / samples)


@pytest.mark.parametrize("samples", [24, 96])
def test_weights_of_the_training_measure_add_up(samples: int) -> None:
    """All energy and noise on the nonzero spectrum and beside it, and min(N, n) eigenvalues."""
    modes = feature_modes(gaussian(1.0, 48, samples, 0.3, [10], 1, DIM), 1.0).whole.plain
    found = training_measure(modes, 48, samples, 0.3)
    fitted = np.imag(found.loss[0].sum()) + found.loss[1]
    assert fitted + found.unfitted == pytest.approx(modes.total + 0.3, rel=1e-9)
    assert np.imag(found.counts[0].sum()) + found.counts[1] == pytest.approx(min(48, samples), rel=1e-6)
    assert found.unfitted == pytest.approx(0.0, abs=1e-6) if samples < 48 else found.unfitted > 0.1
