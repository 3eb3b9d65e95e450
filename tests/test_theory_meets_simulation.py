"""Predicted risk against simulated risk, over the whole range the theory claims."""

from pathlib import Path

import numpy as np
import pytest

from optscaling.sim import simulate
from optscaling.theory.experiments.load import load_experiment
from optscaling.theory.experiments.parse import from_dict
from optscaling.theory.prediction.prediction import predict

FILTERS = ["gd", "power:1/4", "power:3/4", "matrix-sign", "damped:0.01", "natural-gradient"]


def gaussian(s: list[float], sizes: list[int], optimizers: list[str], steps: list[int], seeds: int, **problem: object):
    content = {
        "problem": {"kind": "gaussian", "s": s, "dim": 1000, **problem},
        "model": {"sizes": sizes},
        "training": {"optimizers": optimizers, "steps": steps},
        "measure": {"seeds": seeds},
    }
    return from_dict(content, "test")


def deviation(experiment) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(predicted/measured - 1, relative standard error over seeds, stated error), shape (optimizer, s, N, steps)."""
    run = simulate(experiment).risk.transpose("optimizer", "s", "N", "seed", "steps").values
    mean, error = run.mean(3), run.std(3, ddof=1) / np.sqrt(run.shape[3])
    found = predict(experiment)
    return found.risk / mean - 1, error / mean, found.total_error


@pytest.mark.slow
def test_population_predictions_are_within_two_per_cent_and_seed_error() -> None:
    off, seeds, stated = deviation(
        gaussian([-0.25, 0.25, 0.5, 1.0, 2.0], [64, 256], FILTERS, [10, 100, 1000], seeds=24)
    )
    assert np.all(np.abs(off) < 0.02 + 3 * seeds)
    # the stated error is honest: 300 correlated cells, three of its standard deviations with the seeds'
    assert np.all(np.abs(off) < 3 * np.sqrt(stated**2 + seeds**2))


@pytest.mark.slow
def test_block_and_diagonal_preconditioning_are_predicted() -> None:
    off, seeds, _ = deviation(
        gaussian([0.25, 1.0, 2.0], [64, 128], ["diagonal", "block:16", "block:64"], [10, 100, 1000], seeds=30)
    )
    diagonal, block = off[0], off[1:]
    assert np.all(np.abs(diagonal) < 0.03 + 3 * seeds[0])
    assert np.all(np.abs(block) < 0.02 + 1 / 16 + 3 * seeds[1:])


def test_stated_errors_hold_in_hard_corners() -> None:
    """A smooth target with small blocks, an alternating step, and as many features as modes."""
    rules = [*FILTERS, "diagonal", "block:2", "block:8"]
    for experiment in (
        gaussian([1.0], [32, 64], rules, [1, 3, 100], seeds=40, r=3.0, dim=100),
        gaussian([2.0], [16, 32], rules, [10, 25, 100], seeds=40, dim=80),
        gaussian([0.3], [64, 100], ["gd", "block:8"], [1, 10], seeds=40, dim=100),
    ):
        off, seeds, stated = deviation(experiment)
        assert np.all(np.abs(off) < 3.5 * np.sqrt(seeds**2 + stated**2))


def test_predictions_hold_away_from_isotropic_targets() -> None:
    off, seeds, stated = deviation(gaussian([0.5, 1.0], [100], FILTERS, [30, 3000], seeds=16, r=1.5))
    assert np.all(np.abs(off) < 0.02 + 3 * np.sqrt(seeds**2 + stated**2))


@pytest.mark.slow
def test_the_relu_problem_is_predicted_from_its_kernel_alone() -> None:
    experiment = load_experiment("ramani-jain-quick").with_(sizes=[100, 200, 400], seeds=6, steps=[100, 2000])
    off, seeds, stated = deviation(experiment)
    assert np.all(np.abs(off) < 3 * np.sqrt(seeds**2 + stated**2))
    known = [i for i, o in enumerate(experiment.optimizers) if o.name != "sign"]
    assert np.median(np.abs(off[known])) < 0.06


def test_a_file_is_predicted_as_its_own_population(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    inputs = rng.standard_normal((300, 40)) * np.arange(1, 41) ** -0.8
    target = np.tanh(inputs @ rng.standard_normal(40)) + 0.3 * inputs[:, 0]
    np.savez(tmp_path / "d.npz", X=inputs, y=target)
    for features, sizes in [("linear", [8, 16]), ("relu", [16, 64])]:
        experiment = from_dict(
            {
                "problem": {"kind": "data", "path": str(tmp_path / "d.npz"), "features": features},
                "model": {"sizes": sizes},
                "training": {"optimizers": ["gd", "diagonal", "matrix-sign", "natural-gradient"], "steps": [20, 500]},
                "measure": {"seeds": 40},
            },
            "file",
        )
        off, seeds, stated = deviation(experiment)
        assert np.all(np.abs(off) < 3 * np.sqrt(seeds**2 + stated**2) + 0.02), features


def test_infinite_dim_is_predicted() -> None:
    infinite = predict(gaussian([1.0], [64, 256], ["gd", "natural-gradient"], [10, 1000], 2, dim="inf")).risk
    long = predict(gaussian([1.0], [64, 256], ["gd", "natural-gradient"], [10, 1000], 2, dim=10**9)).risk
    np.testing.assert_allclose(infinite, long, rtol=1e-6)


def test_predictions_report_progress_and_notes() -> None:
    seen: list[float] = []
    found = predict(
        gaussian([1.0], [32, 64], ["gd", "sign", "block:8"], [10], 2), lambda done, label: seen.append(done)
    )
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert "approximation" in found.notes["sign"]
    assert "block" in found.notes["block:8"]
    assert "gd" not in found.notes


def test_sign_descent_is_predicted_as_the_run_ends_not_as_the_prediction_does() -> None:
    """Its step is the best at the run's last T, so going on to later T must not change what is predicted before."""
    run = gaussian([1.0], [64], ["sign"], [10, 1000], 2)
    longer = predict(run.with_(steps=[10, 1000, 10**6], stepped_to=1000))
    np.testing.assert_allclose(longer.risk[..., :2], predict(run).risk, rtol=1e-3)
    assert abs(predict(run.with_(steps=[10, 1000, 10**6])).risk[0, 0, 0, 1] / longer.risk[0, 0, 0, 1] - 1) > 0.05
