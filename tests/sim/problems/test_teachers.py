"""Teachers of other activations, and the classical case: a linear teacher on linear features is a Gaussian problem."""

import numpy as np
import pytest
from scipy.stats import ks_2samp
from support.small import experiment

from optscaling.errors import InputError
from optscaling.sim import simulate
from optscaling.sim.cells.cell import measure, problem_of
from optscaling.sim.problems.draw import Population, Sampled
from optscaling.sim.problems.random_streams import CellSeed, Stream
from optscaling.theory.experiments.experiment import Experiment
from optscaling.theory.experiments.parse import from_dict
from optscaling.theory.prediction.prediction import predict
from optscaling.theory.problems.activations import ACTIVATIONS
from optscaling.theory.problems.teacher import TEACHER_OUTPUT, TEACHER_UNITS, standardised_second_moment


@pytest.mark.parametrize("name", list(ACTIVATIONS))
def test_targets_are_the_teachers(name: str) -> None:
    draw = problem_of(experiment("relu", samples=40, teacher=name)).draw(0.5, 4, 1)
    rows = next(iter(draw.train(0)))
    inputs = rows.inputs * np.arange(1, 21) ** -0.75
    weights = CellSeed(0.5, 0, 1).normal(Stream.TEACHER, 20, TEACHER_UNITS) / np.sqrt(20)
    expected = sum(v * ACTIVATIONS[name].function(inputs @ w) for v, w in zip(TEACHER_OUTPUT, weights.T, strict=True))
    np.testing.assert_allclose(rows.labels[:, 0], expected, rtol=1e-12)


def test_a_relu_teacher_is_not_written_down() -> None:
    plain = experiment("relu", samples=500)
    assert experiment("relu", samples=500, teacher="relu") == plain
    assert "teacher" not in plain.to_dict()["problem"]
    other = experiment("relu", samples=500, teacher="erf")
    assert from_dict(other.to_dict(), "small") == other
    assert other.fingerprint != plain.fingerprint
    assert np.all(simulate(other).risk.values != simulate(plain).risk.values)


def test_unknown_teachers_are_refused() -> None:
    with pytest.raises(InputError, match=r"problem\.teacher: 'sigmoid' is not known; expected linear, relu, erf"):
        experiment("relu", samples=50, teacher="sigmoid")
    with pytest.raises(InputError, match="no meaning"):
        experiment("gaussian", teacher="relu")


@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_standardised_targets_have_the_second_moment(shift: float) -> None:
    rng = np.random.default_rng(0)
    root = rng.standard_normal((6, 6)) * np.array([2.0, 1, 0.5, 0.2, 0.1, 0.0])
    mean = shift * rng.standard_normal(6)
    found = standardised_second_moment(root @ root.T, mean)
    assert np.trace(found) == pytest.approx(1, abs=1e-12)
    drawn = mean + rng.standard_normal((100_000, 6)) @ root.T
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    each = drawn[:, :, None] * drawn[:, None, :]
    assert np.all(np.abs(each.mean(axis=0) - found) < 4.5 * each.std(axis=0) / np.sqrt(len(drawn)))


class Matched:
    """The Gaussian problem with another target: coefficients t on modes of unit variance, |t| = 1."""

    def __init__(self, made: Experiment, random: bool) -> None:
        self.gaussian, self.random = problem_of(made), random

    def draw(self, s: float, size: int, seed: int) -> Sampled:
        drawn = self.gaussian.draw(s, size, seed)
        assert isinstance(drawn, Sampled)
        eigenvalues = np.arange(1.0, len(drawn.matrix) + 1) ** -(1 + s)
        if self.random:  # sum_k v_k w_k . x has Gaussian coefficients of variances proportional to lambda
            target = np.sqrt(eigenvalues) * np.random.default_rng([seed, 7]).standard_normal(len(eigenvalues))
        else:
            target = np.sqrt(np.diag(standardised_second_moment(np.diag(eigenvalues), 0 * eigenvalues)))
        target /= np.linalg.norm(target)

        def train(depth: int, share: tuple[int, int] = (0, 1)):  # type: ignore[no-untyped-def]
            for rows in drawn.train(depth, share):
                yield rows._replace(labels=np.column_stack([rows.inputs @ target, rows.labels[:, 1:]]))

        return Sampled(drawn.matrix, "linear", drawn.samples, train, 0.0, False, Population(drawn.matrix, target))


def test_a_linear_teacher_on_linear_features_is_a_gaussian_problem() -> None:
    """Two simulations that share nothing but the law; what differs between them is of order 1/n.

    Coefficients of the teacher are Gaussian, E_k = lambda_k g_k^2, so the target is isotropic (r = s) for given g up
    to their scatter. Mean risks are those of the energies E[lambda_k g_k^2/sum lambda g^2].
    """
    given = {"s": 1.0, "dim": 30, "samples": 1000, "sizes": [6], "steps": [3, 100], "optimizers": ["gd", "matrix-sign"]}
    seeds, n = 100, 1000
    linear = experiment("relu", features="linear", teacher="linear", seeds=seeds, test_samples=1000, **given)
    gaussian = experiment("gaussian", **given)
    found = simulate(linear).risk.transpose("optimizer", "steps", "seed", ...).values.reshape(4, seeds)
    for random in (True, False):
        problem = Matched(gaussian, random)
        other = np.stack([measure(gaussian, problem, 1.0, 6, seed).risk.ravel() for seed in range(seeds)], axis=1)
        error = np.hypot(found.std(axis=1), other.std(axis=1)) / np.sqrt(seeds)
        # the mean and deviation over n training rows enter the scale of the target
        assert np.all(np.abs(found.mean(axis=1) - other.mean(axis=1)) < 4 * error + 2 / n)
        if random:
            assert all(ks_2samp(a, b).pvalue > 1e-3 for a, b in zip(found, other, strict=True))


@pytest.mark.parametrize(("teacher", "features"), [("linear", "linear"), ("gelu", "relu"), ("tanh", "relu")])
def test_predictions_hold(teacher: str, features: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Against direct simulation; fewer kernel samples than usual, whose error the prediction states."""
    monkeypatch.setattr("optscaling.theory.prediction.kernel_modes.KERNEL_SAMPLES", 800)
    seeds = 100
    made = experiment(
        "relu", features=features, teacher=teacher, s=0.5, dim=40, sizes=[12], samples=600, steps=[10, 300],
        optimizers=["gd", "matrix-sign", "natural-gradient"], seeds=seeds, test_samples=600,
    )  # fmt: skip
    risk = simulate(made).risk.transpose("optimizer", "steps", "seed", ...).values.reshape(6, seeds)
    mean, error = risk.mean(axis=1), risk.std(axis=1, ddof=1) / np.sqrt(seeds)
    found = predict(made)
    off = found.risk.ravel() / mean - 1
    assert np.all(np.abs(off) < 3 * np.hypot(found.total_error.ravel(), error / mean))
