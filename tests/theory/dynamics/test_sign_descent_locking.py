"""Sign descent as experiments run it: predictions against plain steps with the same choice among three steps."""

import numpy as np
import pytest

from optscaling.errors import InputError
from optscaling.theory.dynamics.sign_descent import SignDescent
from optscaling.theory.dynamics.sign_descent_locking import locking_time, sign_risk_prediction
from optscaling.theory.gram.measure import SpectralMeasure, spectral_measure
from optscaling.theory.optimizers.sign import Sign
from optscaling.theory.problems.spectral_problem import SpectralProblem
from optscaling.theory.problems.spectrum import PowerLaw
from optscaling.theory.problems.target import PowerLawTarget

SEEDS = 6


def measure_of(s: float, r: float, size: int, dim: int) -> SpectralMeasure:
    return spectral_measure(SpectralProblem(PowerLaw(s, dim), PowerLawTarget(r)).modes(size), size)


def run(s: float, r: float, size: int, dim: int, steps: list[int], seed: int, scale: float = 1.0) -> np.ndarray:
    """Risk of plain steps at every T and for each step tried, shape (3, t); features of variance scale/N."""
    rng = np.random.default_rng(seed)
    k = np.arange(1, dim + 1.0)
    target = np.sqrt(k ** -(1 + r) / np.sum(k ** -(1 + r)))
    features = rng.standard_normal((dim, size)) * np.sqrt(scale * k ** -(1 + s) / size)[:, None]
    gram, moment = features.T @ features, features.T @ target
    etas = np.array(Sign.steps_tried)[:, None]
    weights, found = np.zeros((3, size)), []
    for t in range(1, steps[-1] + 1):
        weights = weights - etas * np.sign(weights @ gram - moment)
        if t in steps:
            found.append(((target - weights @ features.T) ** 2).sum(axis=1))
    return np.array(found).T


# s, r, N: the last two were not among those the locking's two constants were fitted to
CASES = [(-0.25, -0.25, 64), (0.5, 0.5, 64), (1, 3, 64), (2, 2, 64), (0.75, 0.75, 96), (1.5, 1, 96)]


@pytest.mark.parametrize(("s", "r", "size"), CASES)
def test_prediction_is_that_of_plain_steps(s: float, r: float, size: int) -> None:
    dim, every = 300, [10, 30, 100, 300, 1000, 3000]
    if r <= 0:
        measure = spectral_measure(SpectralProblem(PowerLaw(s, dim)).modes(size), size)
    else:
        measure = measure_of(s, r, size, dim)
    runs = np.array([run(s, r, size, dim, every, seed) for seed in range(SEEDS)])
    for last in (2, 4, 5, 6):
        steps = np.array(every[:last])
        predicted = sign_risk_prediction(Sign(), measure, size, steps)
        chosen = np.argmin(runs[:, :, last - 1], axis=1)  # population: the training loss orders steps as the risk does
        risks = runs[np.arange(SEEDS), chosen, :last]
        mean, spread = risks.mean(axis=0), risks.std(axis=0, ddof=1) / np.sqrt(SEEDS) / risks.mean(axis=0)
        off = np.log(predicted.risk / mean)
        # three of the error it states for single T (24 comparisons here), three of the draws' mean
        assert np.all(np.abs(off) < np.hypot(3 * predicted.error, 3 * spread))
        assert sum(predicted.chances.values()) == pytest.approx(1)


def test_scale_of_features_and_target() -> None:
    measure, steps = measure_of(1, 1, 64, 300), np.array([10, 100])
    plain = sign_risk_prediction(Sign(), measure, 64, steps)
    # features of variance c and targets of variance c: weights, so steps, keep their meaning
    both = sign_risk_prediction(Sign(), measure, 64, steps, largest=4 * measure.largest, target_variance=4.0)
    assert both.risk == pytest.approx(plain.risk, rel=1e-12)
    larger = np.mean([run(1, 1, 64, 300, [10, 100], seed, scale=64.0) for seed in range(SEEDS)], axis=0)
    scaled = sign_risk_prediction(Sign(), measure, 64, steps, largest=64 * measure.largest)
    assert scaled.step == Sign.steps_tried[int(np.argmin(larger[:, -1]))]
    own = larger[Sign.steps_tried.index(scaled.step)]
    assert np.all(np.abs(np.log(scaled.risk / own)) < 3 * scaled.error + 0.1)  # six draws' mean: 3 % or so


def test_runs_lock_into_a_plateau() -> None:
    measure = measure_of(1, 1, 64, 300)
    u = 1e-2 * np.sqrt(2 * 64 * measure.largest / np.pi)
    stop = locking_time(SignDescent.of(measure, 64, 3000), u)
    runs = np.mean([run(1, 1, 64, 300, [10, 1000, 3000], seed)[2] for seed in range(SEEDS)], axis=0)
    assert 10 < stop < 1000
    assert runs[2] == pytest.approx(runs[1], rel=0.02), "a plateau"
    assert runs[0] > 3 * runs[1]


def test_doubtful_choices_are_said_to_be() -> None:
    measure = measure_of(1, 1, 64, 300)
    # between the T at which 1e-3 has locked and the T at which 1e-4 passes below it
    chances = [max(sign_risk_prediction(Sign(), measure, 64, np.array([t])).chances.values()) for t in (1000, 9000)]
    assert chances[0] > 0.95 > chances[1]
    assert "differ" in sign_risk_prediction(Sign(), measure, 64, np.array([9000])).note
    assert "approximation" in sign_risk_prediction(Sign(), measure, 64, np.array([10])).note


def test_what_is_refused() -> None:
    measure = measure_of(1, 1, 16, 40)
    with pytest.raises(InputError, match="positive T"):
        sign_risk_prediction(Sign(), measure, 16, np.array([0.0]))
    with pytest.raises(InputError, match="variance"):
        sign_risk_prediction(Sign(), measure, 16, np.array([10.0]), target_variance=0.0)
