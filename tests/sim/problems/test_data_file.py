"""Problems from a file."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.small import experiment, stepped, true_risk

from optscaling.errors import InputError
from optscaling.sim import simulate
from optscaling.sim.cells.cell import measure, problem_of
from optscaling.sim.problems.draw import Population, Sampled
from optscaling.sim.problems.random_streams import CellSeed, Stream
from optscaling.theory.optimizers.registry import optimizer

NAMES = ["gd", "matrix-sign", "natural-gradient", "diagonal", "block:2"]


def table(path: Path, rows: int = 300, dim: int = 8, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    inputs = rng.standard_normal((rows, dim)) * np.arange(1, dim + 1) ** -0.5 + 3
    target = inputs @ rng.standard_normal(dim) + 0.5 * np.abs(inputs[:, 0] - 3) + 10
    np.savez(path, X=inputs, y=target)
    return inputs, target


@pytest.fixture
def file(tmp_path: Path) -> str:
    table(tmp_path / "table.npz")
    return str(tmp_path / "table.npz")


@pytest.mark.parametrize("features", ["linear", "relu", "erf", "tanh", "gelu"])
@pytest.mark.parametrize("samples", ["inf", 200])
def test_equals_plain_steps(file: str, features: str, samples: Any) -> None:
    made = experiment("data", path=file, features=features, samples=samples, optimizers=NAMES, sizes=[5])
    problem = problem_of(made)
    cell, draw = measure(made, problem, np.nan, 5, 0), problem.draw(np.nan, 5, 0)
    for row, name in zip(cell.risk, NAMES, strict=True):
        expected = true_risk(draw, stepped(draw, optimizer(name), made.steps, made.eta))
        np.testing.assert_allclose(row, expected, rtol=1e-8, atol=1e-9, err_msg=name)


def test_linear_population_is_the_file_itself(file: str) -> None:
    """G and b equal those of all centred and scaled rows with the target's standardised best linear fit."""
    made = experiment("data", path=file, sizes=[5, 12], optimizers=["natural-gradient"], steps=[1])
    draw = problem_of(made).draw(np.nan, 5, 0)
    assert isinstance(draw, Population)
    with np.load(file) as held:
        X, y = held["X"], held["y"]
    X = X - X.mean(axis=0)
    X /= np.sqrt(X.var(axis=0).mean())
    fit = X @ np.linalg.lstsq(X, y - y.mean(), rcond=None)[0]
    W = np.linalg.lstsq(X, X, rcond=None)[0] @ _weights(made, 5)
    F = X @ W
    np.testing.assert_allclose(draw.matrix.T @ draw.matrix, F.T @ F / len(y), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(draw.matrix.T @ draw.target, F.T @ fit / fit.std() / len(y), rtol=1e-9, atol=1e-12)
    assert draw.unreachable == pytest.approx(1 - fit.var() / y.var())
    assert simulate(made).risk.sel(N=12).max() < 1e-20  # more features than columns: all of it can be learned


def _weights(made: Any, size: int) -> np.ndarray:
    return CellSeed(np.nan, size, 0).normal(Stream.FEATURES, 8, size) / np.sqrt(size)


def test_split_has_no_row_twice(file: str) -> None:
    made = experiment("data", path=file, samples=200, test_samples=60)
    draw = problem_of(made).draw(np.nan, 4, 1)
    assert isinstance(draw, Sampled)
    assert not isinstance(draw.test, Population)
    train = np.concatenate([r.labels[:, 0] for r in draw.train(0)])
    test = np.concatenate([r.labels[:, 0] for r in draw.test(0)])
    assert len(train) == 200
    assert len(test) == 60
    assert len(np.intersect1d(train, test)) == 0
    inputs = np.concatenate([r.inputs for r in draw.train(0)])
    np.testing.assert_allclose(inputs.mean(axis=0), 0, atol=1e-12)
    assert inputs.var(axis=0).mean() == pytest.approx(1)


def test_units_and_offsets_of_the_file_do_not_matter(tmp_path: Path) -> None:
    X, y = table(tmp_path / "a.npz")
    np.savez(tmp_path / "b.npz", X=1000 * X - 7, y=5 - 0.01 * y)
    for samples in ("inf", 150):
        a, b = (
            simulate(experiment("data", path=str(tmp_path / f), samples=samples, optimizers=NAMES))
            for f in ("a.npz", "b.npz")
        )
        np.testing.assert_allclose(a.risk, b.risk, rtol=1e-7, atol=1e-14)
    assert a.s.shape == (1,)
    assert np.isnan(a.s.item())


@pytest.mark.parametrize(
    ("X", "y", "samples", "sentence"),
    [
        (np.eye(5), np.ones(5), "inf", "same in every row"),
        (np.eye(5), np.arange(5.0), 4, "2 more"),
        (np.eye(5), np.arange(5.0), 9, "2 more"),
        (np.array([[-1.0], [0], [1], [0]]), np.array([1.0, 0, 1, 0]), "inf", "No linear function"),
    ],
)
def test_unfit_files(tmp_path: Path, X: np.ndarray, y: np.ndarray, samples: Any, sentence: str) -> None:
    np.savez(tmp_path / "bad.npz", X=X, y=y)
    with pytest.raises(InputError, match=sentence):
        simulate(experiment("data", path=str(tmp_path / "bad.npz"), samples=samples))


def test_no_file() -> None:
    with pytest.raises(InputError, match="nowhere"):
        simulate(experiment("data", path="nowhere.npz"))


def test_a_run_belongs_to_its_data(tmp_path: Path) -> None:
    table(tmp_path / "t.npz")
    made = experiment("data", path=str(tmp_path / "t.npz"))
    simulate(made, tmp_path / "run")
    table(tmp_path / "t.npz", seed=1)
    with pytest.raises(InputError, match="changed"):
        simulate(made, tmp_path / "run")
