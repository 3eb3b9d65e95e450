"""Student-t inputs: their law, what they leave alone, and where Gaussian predictions still hold."""

import numpy as np
import pytest
from scipy.stats import kstest
from scipy.stats import t as student
from support.small import experiment

from optscaling.errors import InputError
from optscaling.sim import simulate
from optscaling.sim.cells.cell import problem_of
from optscaling.sim.problems.draw import Sampled
from optscaling.sim.problems.inputs import draw_inputs
from optscaling.sim.problems.random_streams import CellSeed, Stream
from optscaling.theory.experiments.parse import from_dict
from optscaling.theory.prediction.prediction import predict
from optscaling.theory.problems.input_laws import StudentT, input_law

LAWS = ["student-t:5", "iid-student-t:5"]
NAMES = ["gd", "matrix-sign", "natural-gradient"]


@pytest.mark.parametrize("name", LAWS)
def test_coordinates_are_student_t_of_unit_variance(name: str) -> None:
    drawn = draw_inputs(CellSeed(0.5, 4, 0), Stream.TRAIN, 1024, 30, 0, input_law(name))
    unit = np.sqrt(5 / 3)  # of t with 5 degrees of freedom
    for column in (0, 29):
        assert kstest(drawn[:, column] * unit, student(5).cdf).pvalue > 1e-3


def test_one_scale_a_row_or_one_a_coordinate() -> None:
    """Squares of two coordinates of one row: E z_i^2 z_j^2 = (nu - 2)/(nu - 4) with one scale, else 1."""
    cell = CellSeed(0.5, 4, 0)
    for name, expected in (("student-t:20", 18 / 16), ("iid-student-t:20", 1.0)):
        z = np.concatenate([draw_inputs(cell, Stream.TRAIN, 1024, 20, b, input_law(name)) for b in range(40)])
        squares = z**2
        pairs = (squares.sum(axis=1) ** 2 - (squares**2).sum(axis=1)) / (20 * 19)
        assert pairs.mean() == pytest.approx(expected, abs=4 * pairs.std() / np.sqrt(len(pairs)))


@pytest.mark.parametrize("name", LAWS)
def test_longer_training_sets_extend_shorter_ones(name: str) -> None:
    cell = CellSeed(0.5, 4, 0)
    short, long = (draw_inputs(cell, Stream.TRAIN, rows, 7, 2, input_law(name)) for rows in (100, 1024))
    np.testing.assert_array_equal(short, long[:100])
    plain = draw_inputs(cell, Stream.TRAIN, 100, 7, 2, None)
    np.testing.assert_array_equal(np.sign(short), np.sign(plain))  # the same normal numbers, scaled


@pytest.mark.parametrize("name", LAWS)
def test_a_population_does_not_feel_its_inputs(name: str) -> None:
    made, plain = experiment(inputs=name, optimizers=[*NAMES, "sign"]), experiment(optimizers=[*NAMES, "sign"])
    np.testing.assert_array_equal(simulate(made).risk, simulate(plain).risk)
    np.testing.assert_array_equal(predict(made).risk, predict(plain).risk)


@pytest.mark.parametrize("name", LAWS)
def test_training_and_test_rows_of_a_relu_problem_are_scaled(name: str) -> None:
    heavy = problem_of(experiment("relu", samples=50, inputs=name)).draw(0.5, 4, 0)
    plain = problem_of(experiment("relu", samples=50)).draw(0.5, 4, 0)
    assert callable(heavy.test)
    assert callable(plain.test)
    assert isinstance(heavy, Sampled)
    for a, b in ((heavy.train, plain.train), (heavy.test, plain.test)):
        ratio = next(iter(a(0))).inputs / next(iter(b(0))).inputs
        assert np.all(ratio > 0)
        assert ratio[:, 0].std() > 0.1
        assert np.allclose(ratio, ratio[:, :1]) == (name == "student-t:5")
    np.testing.assert_array_equal(heavy.matrix, plain.matrix)


def _misses(name: str, seeds: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gaussian prediction over measured risk less 1, its Monte Carlo error, and the prediction's stated error."""
    given = {"s": 0.5, "dim": 100, "sizes": [40], "samples": 80, "steps": [30, 300], "optimizers": NAMES}
    risk = simulate(experiment(inputs=name, seeds=seeds, **given)).risk.transpose("optimizer", "steps", "seed", ...)
    each = risk.values.reshape(6, seeds)
    mean, error = each.mean(axis=1), each.std(axis=1, ddof=1) / np.sqrt(seeds)
    found = predict(experiment(inputs="gaussian" if name.startswith("student") else name, **given))
    return found.risk.ravel() / mean - 1, error / mean, found.total_error.ravel()


def test_iid_coordinates_are_universal() -> None:
    off, error, stated = _misses("iid-student-t:6", 80)
    assert np.all(np.abs(off) < 3 * np.hypot(error, stated))


def test_one_scale_a_row_is_not_and_is_refused() -> None:
    """The Gaussian prediction is too low by far more than its error: why these inputs have none."""
    off, error, _ = _misses("student-t:3", 80)
    assert np.all(off < -3 * error)
    assert np.mean(off) < -0.05
    for name in ("student-t:5", "iid-student-t:4"):
        found = predict(experiment(inputs=name, samples=80, optimizers=NAMES))
        assert np.all(np.isnan(found.risk))
        assert f"no prediction: {name} inputs on finite samples" in found.notes["gd"]
    relu = predict(experiment("relu", inputs="iid-student-t:9", samples=80))
    assert np.all(np.isnan(relu.risk))
    assert "kernel" in relu.notes["gd"]


def test_noise_of_one_pass_methods_has_fourth_moments() -> None:
    found = predict(experiment(inputs="iid-student-t:9", optimizers=["sgd:4", "gd"], eta=0.3))
    assert np.all(np.isnan(found.risk[0]))
    assert np.all(np.isfinite(found.risk[1]))


def test_gaussian_inputs_are_not_written_down() -> None:
    assert experiment(inputs="gaussian") == experiment()
    assert "inputs" not in experiment().to_dict()["problem"]
    for name in ("student-t:5", "iid-student-t:2.5"):
        made = experiment(inputs=name)
        assert made.to_dict()["problem"]["inputs"] == name
        assert from_dict(made.to_dict(), "small") == made
    assert experiment(inputs="student-t:5").problem.inputs == StudentT(5.0, True)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("student-t:2", "nu > 2; try student-t:5"),
        ("iid-student-t:-1", "nu > 2; try iid-student-t:5"),
        ("student-t:nan", "nu > 2"),
        ("student-t:inf", "nu > 2"),
        ("student-t", "student-t:NU"),
        ("student-t:x", "student-t:NU"),
        ("cauchy", "is expected"),
        (5, "is expected"),
        (None, "is expected"),
    ],
)
def test_unknown_inputs_are_refused(name: object, says: str) -> None:
    with pytest.raises(InputError, match=says):
        experiment(inputs=name)
    with pytest.raises(InputError, match="no meaning"):
        experiment("data", path="a.npz", inputs="student-t:5")
