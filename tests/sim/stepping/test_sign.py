"""Sign descent: the compiled loop equals a plain one, and its step is chosen once, at the last T."""

import jax
import numpy as np
import pytest
from support.small import experiment, true_risk, whole

from optscaling.sim.cells.cell import measure, problem_of
from optscaling.sim.stepping.sign import _descend, by_changes, sign_descent

TRIED = (1e-4, 1e-3, 1e-2)


def plain(gram: np.ndarray, moment: np.ndarray, steps: list[int], step: float) -> np.ndarray:
    weights, kept = np.zeros(len(gram)), []
    for t in range(1, steps[-1] + 1):
        weights = weights - step * np.sign(gram @ weights - moment)
        if t in steps:
            kept.append(weights)
    return np.stack(kept, axis=1)


def quadratic(seed: int, size: int = 6) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    features = rng.standard_normal((40, size)) * np.arange(1, size + 1) ** -0.5
    return features.T @ features / 40, features.T @ rng.standard_normal(40) / 40


@pytest.mark.parametrize("seed", range(4))
def test_equals_a_plain_loop(seed: int) -> None:
    gram, moment = quadratic(seed)
    steps = [1, 3, 50, 300]
    found = sign_descent(gram, moment, np.array(steps), TRIED)
    # a gradient within rounding of zero would flip one sign, 2 eta; none of these draws meets one
    np.testing.assert_allclose(found.weights, plain(gram, moment, steps, found.step), atol=1e-12)


@pytest.mark.parametrize(("last", "expected"), [(2, 1e-2), (20_000, 1e-4)])
def test_the_step_is_the_best_at_the_last_count(last: int, expected: float) -> None:
    gram, moment = quadratic(0)
    found = sign_descent(gram, moment, np.array([1, last]), TRIED)
    losses = []
    for step in TRIED:
        w = plain(gram, moment, [1, last], step)[:, -1]
        losses.append(0.5 * w @ gram @ w - moment @ w)
    assert found.step == TRIED[int(np.argmin(losses))] == expected
    assert np.abs(found.weights[:, 0]).max() == pytest.approx(expected)


@pytest.mark.parametrize("kind", ["gaussian", "relu"])
def test_risk_in_a_cell(kind: str) -> None:
    made = experiment(kind, sizes=[7], samples=300, noise=0.1, optimizers=["sign"], steps=[5, 60])
    problem = problem_of(made)
    cell, draw = measure(made, problem, 0.5, 7, 0), problem.draw(0.5, 7, 0)
    features, target, rows = whole(draw)
    weights = plain(features.T @ features / rows, features.T @ target / rows, [5, 60], cell.sign_step)
    np.testing.assert_allclose(cell.risk[0], true_risk(draw, weights), rtol=1e-9)


def test_one_compilation_serves_seeds_and_step_counts() -> None:
    sign_descent(*quadratic(0, 5), np.array([1, 2]), TRIED)
    compiled = _descend._cache_size()
    for seed in range(3):
        sign_descent(*quadratic(seed, 5), np.array([3 + seed, 9 + seed]), TRIED)
    assert _descend._cache_size() == compiled


def test_precision_elsewhere_is_left_alone() -> None:
    sign_descent(*quadratic(0), np.array([1, 2]), TRIED)
    assert jax.numpy.zeros(1).dtype == np.float32


@pytest.mark.parametrize("s", [0.25, 2.0])
def test_following_changed_signs_equals_products_with_the_gram_matrix(s: float) -> None:
    made = experiment("relu", s=[s], sizes=[60], samples=300, optimizers=["sign"], steps=[1])
    features, target, rows = whole(problem_of(made).draw(s, 60, 0))
    gram, moment = features.T @ features / rows, features.T @ target / rows
    lengths = np.array([1, 2, 97, 400])
    with jax.enable_x64(True):
        expected = np.asarray(_descend(gram, moment, lengths, np.array(TRIED)))
    for found, step in zip(np.moveaxis(expected, 1, 0), TRIED, strict=True):
        np.testing.assert_allclose(by_changes(gram, moment, lengths, step), found, atol=1e-12)


def test_units_that_never_fire_stay_where_they_are() -> None:
    gram, moment = quadratic(1)
    gram[2], gram[:, 2], moment[2] = 0, 0, 0
    found = by_changes(gram, moment, np.array([5, 40]), 1e-2)
    np.testing.assert_allclose(found.T, plain(gram, moment, [5, 45], 1e-2), atol=1e-12)
    assert not found[:, 2].any()
