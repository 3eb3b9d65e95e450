"""Simulated features of every activation: their Gram matrix tends to the kernel, and both devices compute the same."""

from pathlib import Path
from typing import Any, get_args

import jax
import numpy as np
import pytest
from support.small import experiment

from optscaling.errors import InputError
from optscaling.sim import simulate
from optscaling.sim.cells.cell import measure, problem_of
from optscaling.sim.devices.accelerator import COMPILED, Accelerator
from optscaling.sim.devices.host import Host
from optscaling.sim.problems.draw import Sampled
from optscaling.theory.experiments.parse import from_dict
from optscaling.theory.experiments.spec import FeatureMap
from optscaling.theory.problems.activations import ACTIVATIONS, activation
from optscaling.theory.problems.kernel import feature_kernel

NAMES = list(ACTIVATIONS)


@pytest.fixture
def file(tmp_path: Path) -> str:
    rng = np.random.default_rng(0)
    inputs = rng.standard_normal((300, 8)) * np.arange(1, 9) ** -0.5 + 3
    target = inputs @ rng.standard_normal(8) + np.abs(inputs[:, 0] - 3) + 10
    np.savez(tmp_path / "table.npz", X=inputs, y=target)
    return str(tmp_path / "table.npz")


def test_every_room_has_the_same_names() -> None:
    assert list(get_args(FeatureMap)) == NAMES == list(COMPILED)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_jax_and_numpy_have_the_same_functions(name: str, kind: type) -> None:
    x = np.concatenate([np.linspace(-12, 12, 241), [-300.0, 1e-6, 300.0]]).astype(kind)
    with jax.enable_x64(True):
        found = np.asarray(COMPILED[name](x))
    assert found.dtype == kind
    expected = activation(name).function(x.astype(float))
    np.testing.assert_allclose(found, expected, rtol=20 * np.finfo(kind).eps, atol=20 * np.finfo(kind).eps)


@pytest.mark.parametrize(("kind", "name"), [("data", name) for name in NAMES] + [("relu", "erf")])
def test_devices_agree(name: str, kind: str, file: str) -> None:
    given: dict[str, Any] = {"path": file} if kind == "data" else {}
    made = experiment(kind, features=name, samples=200, sizes=[9], optimizers=["gd", "diagonal", "sign"], **given)
    problem, s = problem_of(made), 0.5 if kind == "relu" else np.nan
    host = measure(made, problem, s, 9, 0, on=Host())
    np.testing.assert_allclose(measure(made, problem, s, 9, 0, on=Accelerator()).risk, host.risk, rtol=1e-9)


@pytest.mark.parametrize("name", [n for n in NAMES if n != "linear"])
def test_many_features_have_the_kernel(name: str, file: str) -> None:
    """F F'/N of the simulated features tends to the kernel of the inputs they see, within its standard error."""
    made = experiment("data", path=file, features=name, sizes=[10_000])
    draw = problem_of(made).draw(np.nan, 10_000, 0)
    assert isinstance(draw, Sampled)
    inputs = np.concatenate([rows.inputs for rows in draw.train(0)])[:20]
    features = activation(name).function(inputs @ draw.matrix)
    product = features[:, None, :] * features[None, :, :]
    error = product.std(axis=-1) / np.sqrt(product.shape[-1])
    off = (product.mean(axis=-1) - feature_kernel(activation(name), inputs)) / error
    assert np.abs(off).max() < 5  # 210 entries
    assert error.max() < 0.03 * product.mean(axis=-1).max()


@pytest.mark.parametrize(
    # linear features of a whole file are a population in law: test_tabular
    ("name", "samples"),
    [(name, n) for name in NAMES for n in ("inf", 200) if (name, n) != ("linear", "inf")],
)
def test_a_data_experiment_equals_plain_steps(name: str, samples: Any, file: str) -> None:
    made = experiment("data", path=file, features=name, samples=samples, sizes=[7], seeds=1, steps=[1, 30])
    draw = problem_of(made).draw(np.nan, 7, 0)
    assert isinstance(draw, Sampled)
    assert callable(draw.test)

    def read(blocks: Any) -> tuple[np.ndarray, np.ndarray]:
        rows = list(blocks(0))
        inputs, labels = np.concatenate([r.inputs for r in rows]), np.concatenate([r.labels for r in rows])
        return activation(name).function(inputs @ draw.matrix), labels[:, 0]

    (features, y), (unseen, truth) = read(draw.train), read(draw.test)
    centre, deviation = y.mean(), y.std()
    gram, moment = features.T @ features / len(y), features.T @ (y - centre) / deviation / len(y)
    weights, step, risks = np.zeros(7), 1.5 / np.linalg.eigvalsh(gram)[-1], []
    for t in range(1, 31):
        weights = weights - step * (gram @ weights - moment)
        if t in made.steps:
            risks.append(np.mean((unseen @ weights - (truth - centre) / deviation) ** 2))
    np.testing.assert_allclose(simulate(made).risk.values.ravel(), risks, rtol=1e-9)


def test_the_seed_problem_with_other_features() -> None:
    """The draw of weights and inputs is the same, the features are not; ReLU is what is meant where none is named."""
    plain, named = experiment("relu", samples=500), experiment("relu", samples=500, features="relu")
    other = experiment("relu", samples=500, features="erf")
    assert plain == named
    assert "features" not in plain.to_dict()["problem"]
    assert other.to_dict()["problem"]["features"] == "erf"
    assert other.fingerprint != plain.fingerprint
    for each in (plain, other):
        assert from_dict(each.to_dict(), "small") == each
    draws = [problem_of(each).draw(0.5, 9, 0) for each in (plain, other)]
    np.testing.assert_array_equal(draws[0].matrix, draws[1].matrix)
    assert np.all(simulate(plain).risk.values != simulate(other).risk.values)


def test_fingerprints_of_older_experiments_have_not_moved() -> None:
    """Runs on disk belong to a fingerprint: it must not change where nothing else has."""
    assert experiment("relu", samples=500).fingerprint == "ef5623f777628c2d"
    assert experiment("data", path="a.npz").fingerprint == "bfd1aa3b635e2756"
    assert experiment("data", path="a.npz", features="relu").fingerprint == "0e6d83f088c6c07e"


@pytest.mark.parametrize("kind", ["relu", "data"])
@pytest.mark.parametrize("name", ["sigmoid", "ReLU", 3, ["erf"]])
def test_unknown_features_are_refused(kind: str, name: Any) -> None:
    with pytest.raises(InputError, match="expected linear, relu, erf, tanh, gelu"):
        experiment(kind, features=name, samples=100, **({"path": "a.npz"} if kind == "data" else {}))


def test_a_gaussian_problem_has_no_features_to_name() -> None:
    with pytest.raises(InputError, match="no meaning"):
        experiment("gaussian", features="erf")
