"""Problems of several outputs: each is learned by itself, and expected risks are those of one output."""

from typing import Any

import numpy as np
import pytest
from support.small import experiment

from optscaling.errors import InputError
from optscaling.sim import simulate
from optscaling.sim.cells.cell import measure, problem_of
from optscaling.sim.devices.accelerator import Accelerator
from optscaling.sim.devices.host import Host
from optscaling.sim.problems.draw import Population, Sampled
from optscaling.sim.stepping.sign import descend
from optscaling.theory.experiments.parse import from_dict
from optscaling.theory.prediction.prediction import predict
from optscaling.theory.problems.activations import activation

LINEAR = ["gd", "matrix-sign", "natural-gradient", "diagonal", "block:2", "heavy-ball:0.5"]


def columns(draw: Population | Sampled) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Features and targets trained on, then those tested on, outputs as columns of total variance 1."""
    if isinstance(draw, Population):
        return draw.matrix, draw.target, draw.matrix, draw.target

    def read(blocks: Any) -> tuple[np.ndarray, np.ndarray]:
        rows = list(blocks(0))
        inputs, labels = np.concatenate([r.inputs for r in rows]), np.concatenate([r.labels for r in rows])
        return activation(draw.activation).function(inputs @ draw.matrix), labels

    m = draw.outputs
    features, labels = read(draw.train)
    clean = labels[:, :m]
    centre, scale = (clean.mean(0), np.sqrt(m) * clean.std(0)) if draw.standardised else (0.0, 1.0)
    noisy = (clean - centre) / scale + np.sqrt(draw.noise / m) * labels[:, m + 1 :]
    root = np.sqrt(len(features))
    if isinstance(draw.test, Population):
        return features / root, noisy / root, draw.test.matrix, draw.test.target
    unseen, truth = read(draw.test)
    root_test = np.sqrt(len(unseen))
    return features / root, noisy / root, unseen / root_test, (truth[:, :m] - centre) / scale / root_test


@pytest.mark.parametrize(
    ("kind", "samples", "noise"), [("gaussian", "inf", 0.0), ("gaussian", 200, 0.1), ("relu", 200, 0.1)]
)
@pytest.mark.parametrize("name", ["gd", "natural-gradient"])
def test_equals_plain_steps(kind: str, samples: Any, noise: float, name: str) -> None:
    made = experiment(kind, samples=samples, noise=noise, outputs=3, optimizers=[name], seeds=1, sizes=[9], s=0.5)
    draw = problem_of(made).draw(0.5, 9, 0)
    features, target, unseen, truth = columns(draw)
    gram = features.T @ features
    step, weights, risks = 1.5 / np.linalg.eigvalsh(gram)[-1], np.zeros((9, 3)), []
    ridge = 0.0 if samples == "inf" else 1e-6 / samples
    for t in range(1, made.steps[-1] + 1):
        weights = weights - step * features.T @ (features @ weights - target)
        if t in made.steps:
            if name == "natural-gradient":
                weights_now = np.linalg.solve(gram + ridge * np.eye(9), features.T @ target)
            else:
                weights_now = weights
            risks.append(np.sum((unseen @ weights_now - truth) ** 2))
    np.testing.assert_allclose(simulate(made).risk.values.ravel(), risks, rtol=1e-8)


def test_each_mode_keeps_its_share() -> None:
    one = problem_of(experiment(s=0.5)).draw(0.5, 4, 1)
    several = problem_of(experiment(s=0.5, outputs=5)).draw(0.5, 4, 1)
    assert isinstance(one, Population)
    assert isinstance(several, Population)
    assert several.target.shape == (20, 5)
    np.testing.assert_allclose(np.linalg.norm(several.target, axis=1), one.target, rtol=1e-13)
    np.testing.assert_array_equal(several.matrix, one.matrix)
    again = problem_of(experiment(s=0.5, outputs=5)).draw(0.5, 9, 1)
    assert isinstance(again, Population)
    np.testing.assert_array_equal(again.target, several.target)  # sizes of a seed share their targets


def test_the_first_teacher_is_that_of_one_output() -> None:
    one = problem_of(experiment("relu", samples=30)).draw(0.5, 4, 1)
    several = problem_of(experiment("relu", samples=30, outputs=2)).draw(0.5, 4, 1)
    a, b = next(iter(one.train(0))), next(iter(several.train(0)))
    np.testing.assert_array_equal(a.inputs, b.inputs)
    np.testing.assert_array_equal(a.labels[:, 0], b.labels[:, 0])
    assert abs(np.corrcoef(b.labels[:, 0], b.labels[:, 1])[0, 1]) < 0.99


@pytest.mark.parametrize(("samples", "noise"), [("inf", 0.0), (60, 0.5)])
def test_expected_risk_does_not_depend_on_the_outputs(samples: Any, noise: float) -> None:
    """E[T T'] = diag(E_k): measured against one output, seed by seed, and against the prediction both share."""
    given: dict[str, Any] = {"s": 0.75, "dim": 40, "samples": samples, "noise": noise, "optimizers": LINEAR}
    given |= {"sizes": [12], "seeds": 60, "eta": 1.2, "steps": [3, 30]}
    one, several = (experiment(outputs=m, **given) for m in (1, 4))
    a, b = (simulate(each).risk.transpose("optimizer", "steps", ..., "seed").values for each in (one, several))
    difference = (a - b).reshape(-1, 60)
    error = difference.std(axis=1, ddof=1) / np.sqrt(60)
    assert np.all(np.abs(difference.mean(axis=1)) < 4 * error)  # 12 correlated numbers
    np.testing.assert_array_equal(predict(one).risk, predict(several).risk)


def test_label_noise_is_shared_by_outputs() -> None:
    """With as many features as modes all error is noise: sigma^2 N/(n - N - 1) for Gaussian inputs, any m."""
    for m in (1, 3):
        made = experiment(
            sizes=[20], dim=20, samples=60, noise=0.5, outputs=m, optimizers=["natural-gradient:1e-12"], steps=[1],
            seeds=100, s=0.5,
        )  # fmt: skip
        risk = simulate(made).risk.values.ravel()
        assert risk.mean() == pytest.approx(0.5 * 20 / (60 - 21), abs=4 * risk.std() / 10)


def test_relu_risk_is_the_mean_of_one_output_problems() -> None:
    """Marginally each output is the problem of one output, so expected risks agree."""
    given: dict[str, Any] = {"s": 0.75, "samples": 300, "optimizers": ["gd", "matrix-sign"], "sizes": [8]}
    given |= {"seeds": 60, "steps": [30], "test_samples": 300}
    a, b = (simulate(experiment("relu", outputs=m, **given)).risk.values.reshape(2, 60) for m in (1, 4))
    error = np.hypot(a.std(axis=1), b.std(axis=1)) / np.sqrt(60)
    assert np.all(np.abs(a.mean(axis=1) - b.mean(axis=1)) < 4 * error)


def test_devices_agree() -> None:
    made = experiment("relu", samples=200, outputs=3, sizes=[9], optimizers=["gd", "diagonal", "sign"], noise=0.1)
    problem = problem_of(made)
    host = measure(made, problem, 0.5, 9, 0, on=Host())
    np.testing.assert_allclose(measure(made, problem, 0.5, 9, 0, on=Accelerator()).risk, host.risk, rtol=1e-9)


def test_sizes_beyond_which_krylov_vectors_serve_one_output() -> None:
    """Dense with several outputs; where all outputs are the same teacher it must equal Krylov with one."""
    made = experiment("relu", samples=900, sizes=[420], dim=40, optimizers=["gd", "natural-gradient"], steps=[5, 50])
    several = experiment(
        "relu", samples=900, sizes=[420], dim=40, optimizers=["gd", "natural-gradient"], steps=[5, 50], outputs=2
    )
    draw = problem_of(several).draw(0.5, 420, 0)
    assert isinstance(draw, Sampled)

    class Twice:
        def draw(self, s: float, size: int, seed: int) -> Sampled:
            one = problem_of(made).draw(s, size, seed)
            assert isinstance(one, Sampled)

            def doubled(blocks: Any) -> Any:
                twin = [0, 0, 1, 2, 2]
                return lambda *given: (rows._replace(labels=rows.labels[:, twin]) for rows in blocks(*given))

            return Sampled(
                one.matrix, one.activation, one.samples, doubled(one.train), 0.0, True, doubled(one.test), outputs=2
            )

    found = measure(several, Twice(), 0.5, 420, 0).risk
    np.testing.assert_allclose(found, measure(made, problem_of(made), 0.5, 420, 0).risk, rtol=1e-7)


def test_sign_descent_shares_a_step() -> None:
    rng = np.random.default_rng(0)
    root = rng.standard_normal((30, 6))
    gram, moment, tried = root.T @ root / 30, rng.standard_normal((6, 2)), (0.3, 0.01)
    run = descend(gram, moment, np.array([1, 40]), tried)
    assert run.weights.shape == (6, 2, 2)
    losses = []
    for step in tried:
        weights = np.zeros((6, 2))
        for _ in range(40):
            weights -= step * np.sign(gram @ weights - moment)
        losses.append(0.5 * np.trace(weights.T @ gram @ weights) - np.trace(moment.T @ weights))
        if step == run.step:
            np.testing.assert_allclose(run.weights[..., 1], weights, atol=1e-12)
    assert losses[tried.index(run.step)] == min(losses)


def test_sign_descent_of_several_outputs_is_measured_and_not_predicted() -> None:
    made = experiment(outputs=2, optimizers=["sign", "gd"], steps=[10, 100])
    assert np.all(simulate(made).risk.values > 0)
    found = predict(made)
    assert np.all(np.isnan(found.risk[0]))
    assert np.all(np.isfinite(found.risk[1]))
    assert "2 outputs" in found.notes["sign"]


def test_one_output_is_not_written_down() -> None:
    assert experiment(outputs=1) == experiment()
    assert "outputs" not in experiment().to_dict()["problem"]
    several = experiment(outputs=3)
    assert from_dict(several.to_dict(), "small") == several
    assert several.fingerprint != experiment().fingerprint


@pytest.mark.parametrize("outputs", [0, -1, 1.5, "2", True])
def test_outputs_are_counted(outputs: Any) -> None:
    with pytest.raises(InputError, match=r"problem\.outputs"):
        experiment(outputs=outputs)


def test_files_have_their_own_target() -> None:
    with pytest.raises(InputError, match="no meaning"):
        experiment("data", path="a.npz", outputs=2)
