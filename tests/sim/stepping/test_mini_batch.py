"""Mini-batches and one pass: the mean of many runs against exact second moments, and what draws may depend on."""

from dataclasses import replace

import numpy as np
import pytest
from support.small import experiment

from optscaling.sim import simulate
from optscaling.sim.cells.cell import measure, problem_of
from optscaling.sim.problems.draw import Population, Sampled
from optscaling.sim.problems.random_streams import CellSeed
from optscaling.sim.stepping.mini_batch import _advance, descend_batches, fresh, resampled
from optscaling.theory.dynamics.one_pass_rules import sgd_momentum
from optscaling.theory.dynamics.second_moment_risk import diagonal_bins, second_moment_risk
from optscaling.theory.dynamics.sgd_second_moments import sgd_moments
from optscaling.theory.optimizers.registry import optimizer
from optscaling.theory.optimizers.stepped import OptaxRule
from optscaling.theory.problems.input_laws import StudentT, input_law

STEPS = np.array([1, 10, 31, 32, 33, 100])


def rule(name: str) -> OptaxRule:
    made = optimizer(f"optax:{name}")
    assert isinstance(made, OptaxRule)
    return made


def population(size: int = 6, dim: int = 16) -> tuple[Population, np.ndarray, np.ndarray]:
    draw = problem_of(experiment(s=1.0, dim=dim)).draw(1.0, size, 0)
    assert isinstance(draw, Population)
    return draw, draw.matrix.T @ draw.matrix, (draw.matrix.T @ draw.target)[:, None]


def spread(draw: Population, weights: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Mean risk over runs and its standard error, shape (T,) each."""
    risks = np.stack([draw.risk(each[:, :, 0].T) for each in weights])
    return risks.mean(axis=0), risks.std(axis=0, ddof=1) / np.sqrt(len(risks))


@pytest.mark.parametrize(("batch", "noise"), [(1, 0.0), (4, 0.2)])
def test_one_pass_gradient_descent_has_its_second_moments(batch: int, noise: float) -> None:
    """Given the features, rows are Gaussian: the recursion is exact for the mean risk, with the draw's eigenvalues."""
    draw, gram, moment = population()
    values, vectors = np.linalg.eigh(gram)
    rate = 0.4 / float(values.sum())
    along = (vectors.T @ np.linalg.solve(gram, moment))[:, 0]
    floor = float(draw.risk(np.linalg.solve(gram, moment))[0])
    energies = values * along**2
    known = sgd_moments(rate * values, np.ones(len(values)), energies, floor, batch, noise).risk(STEPS)
    runs = [
        descend_batches(
            [rule(f"sgd(learning_rate={rate!r})")],
            fresh(draw, noise, batch, CellSeed(1.0, 6, seed)),
            gram,
            moment,
            STEPS,
        )[0].weights
        for seed in range(250)
    ]
    mean, error = spread(draw, runs)
    assert (np.abs(mean - known) < 4 * error).all()
    assert (error < 0.1 * known).all()  # so that 4 errors decide something


@pytest.mark.slow
def test_one_pass_momentum_has_its_second_moments() -> None:
    draw, gram, moment = population()
    values, vectors = np.linalg.eigh(gram)
    rate, batch = 0.1 / float(values.sum()), 2
    along = (vectors.T @ np.linalg.solve(gram, moment))[:, 0]
    floor = float(draw.risk(np.linalg.solve(gram, moment))[0])
    bins = diagonal_bins(values, values * along**2)
    theirs = second_moment_risk(sgd_momentum(rate, 0.8), bins, STEPS, batch=batch, noise=floor / (1 - floor))
    known = theirs.risk * (1 - floor) + floor  # the floor acts as label noise, over the energy of the modes
    name = f"sgd(learning_rate={rate!r}, momentum=0.8)"
    runs = [
        descend_batches([rule(name)], fresh(draw, 0.0, batch, CellSeed(1.0, 6, seed)), gram, moment, STEPS)[0].weights
        for seed in range(250)
    ]
    mean, error = spread(draw, runs)
    assert (np.abs(mean - known) < 4 * error).all()
    assert (error < 0.1 * known).all()


def rows(batch: int, seeds: int) -> tuple[np.ndarray, np.ndarray]:
    """Mini-batch minus full-batch weights at each T of `seeds` runs, and the full-batch ones."""
    made = experiment("relu", sizes=[5], samples=50, optimizers=["gd"], steps=STEPS.tolist(), noise=0.1)
    draw = problem_of(made).draw(0.5, 5, 0)
    assert isinstance(draw, Sampled)
    held = list(draw.train(0))
    labels = np.concatenate([each.labels for each in held])
    combination = draw.combination(labels.T @ labels, len(labels))
    features = np.maximum(np.concatenate([each.inputs for each in held]) @ draw.matrix, 0)
    gram, moment = features.T @ features / 50, (features.T @ (labels @ combination) / 50)[:, None]
    rate, weights, full = 0.5 / float(np.trace(gram)), np.zeros((5, 1)), []
    for _ in range(STEPS[-1]):
        weights = weights - rate * (gram @ weights - moment)
        full.append(weights)
    exact = np.stack(full)[STEPS - 1, :, 0]
    runs = []
    for seed in range(seeds):
        block = resampled(draw, combination, batch, CellSeed(0.5, 5, seed), 0)
        found = descend_batches([rule(f"sgd(learning_rate={rate!r})")], block, gram, moment, STEPS)[0]
        runs.append(found.weights[:, :, 0] - exact)
    return np.stack(runs), exact


@pytest.mark.slow
def test_mini_batches_are_the_full_batch_in_the_mean_and_in_the_limit() -> None:
    """Gradients are unbiased and steps linear, so the mean weights are gd's; deviations fall as 1/sqrt(B)."""
    small, exact = rows(8, 300)
    error = small.std(axis=0, ddof=1) / np.sqrt(len(small))
    z = small.mean(axis=0) / error
    assert np.abs(z).max() < 4.5  # the largest of 30
    large, _ = rows(8 * 256, 100)
    ratio = (small**2).sum(axis=2).mean(axis=0) / (large**2).sum(axis=2).mean(axis=0)
    # to leading order 256; the fewer, 100 sums of one to three squares that dominate, scatter by 0.1 to 0.15
    assert (np.abs(np.log(ratio / 256)) < 0.5).all()
    assert np.abs(large[:, -1]).max() < 0.05 * np.abs(exact[-1]).max()


def test_adam_on_batches_equals_a_plain_loop() -> None:
    draw, gram, moment = population()
    block = fresh(draw, 0.1, 3, CellSeed(1.0, 6, 5))
    found = descend_batches([rule("adam(learning_rate=0.05)")], block, gram, moment, STEPS)[0].weights
    batches = [block(i) for i in range(4)]
    features, targets = (np.concatenate([getattr(b, name) for b in batches]) for name in ("features", "targets"))
    weights, first, second, kept = np.zeros((6, 1)), 0.0, 0.0, []
    for t in range(1, STEPS[-1] + 1):
        gradient = features[t - 1].T @ (features[t - 1] @ weights - targets[t - 1]) / 3
        first, second = 0.9 * first + 0.1 * gradient, 0.999 * second + 0.001 * gradient**2
        weights = weights - 0.05 * (first / (1 - 0.9**t)) / (np.sqrt(second / (1 - 0.999**t)) + 1e-8)
        kept.append(weights)
    np.testing.assert_allclose(found, np.stack(kept)[STEPS - 1], rtol=0, atol=1e-12)


def test_several_outputs_at_once() -> None:
    draw, gram, _ = population()
    target = np.stack([draw.target, draw.target[::-1]], axis=1)
    several = Population(draw.matrix, target)
    block = fresh(several, 0.0, 2, CellSeed(1.0, 6, 0))
    assert block(0).targets.shape == (32, 2, 2)
    both = descend_batches([rule("sgd(learning_rate=0.1)")], block, gram, draw.matrix.T @ target, STEPS)[0].weights
    one = descend_batches(
        [rule("sgd(learning_rate=0.1)")],
        fresh(draw, 0.0, 2, CellSeed(1.0, 6, 0)),
        gram,
        draw.matrix.T @ target[:, :1],
        STEPS,
    )[0].weights
    np.testing.assert_allclose(both[..., :1], one, rtol=1e-12)


@pytest.mark.parametrize("samples", ["inf", 60])
def test_numbers_depend_on_nothing_else(samples: object) -> None:
    """Not on other optimizers, sizes, seeds, later T or rows drawn ahead; one compilation serves blocks and seeds."""
    sgd, adam = "optax:sgd(learning_rate=0.1)", "optax:adam(learning_rate=0.1)"
    alone = experiment(sizes=[4], samples=samples, optimizers=["gd"], steps=[1, 40], seeds=1)
    alone = alone.with_optimizers([sgd], batch=2)
    other = experiment(sizes=[9, 4], samples=samples, optimizers=["gd"], steps=[1, 40, 300], seeds=2)
    other = other.with_optimizers([adam, "gd", sgd], batch=2)
    risk = measure(alone, problem_of(alone), 0.5, 4, 0, depth=0).risk[0]
    compiled = _advance._cache_size()
    measure(alone, problem_of(alone), 0.5, 4, 1)
    assert _advance._cache_size() == compiled
    more = measure(other, problem_of(other), 0.5, 4, 0, depth=3).risk[2]
    np.testing.assert_allclose(more[:2], risk, rtol=1e-12)


def _fresh_rows(draw: Population, noise: float, law: StudentT | None) -> tuple[np.ndarray, np.ndarray]:
    block = fresh(draw, noise, 64, CellSeed(1.0, 6, 0), law)
    made = [block(i) for i in range(60)]
    features, targets = (np.concatenate([getattr(b, name) for b in made]) for name in ("features", "targets"))
    return features.reshape(-1, features.shape[-1]), targets.reshape(-1, targets.shape[-1])


@pytest.mark.parametrize("name", ["student-t:20", "iid-student-t:20"])
def test_fresh_rows_have_the_law_of_the_inputs(name: str) -> None:
    """E (z't)^2 |A'z|^2: (nu - 2)/(nu - 4) times the Gaussian one, or plus 6/(nu - 4) sum_i t_i^2 (AA')_ii."""
    draw, gram, moment = population()
    law = input_law(name)
    assert law is not None
    gaussian = float(np.trace(gram) + 2 * (moment[:, 0] @ moment[:, 0]))
    own = float(draw.target**2 @ (draw.matrix**2).sum(axis=1))
    exact = gaussian * 18 / 16 if law.elliptical else gaussian + law.kurtosis * own
    features, targets = _fresh_rows(draw, 0.0, law)
    found = targets[:, 0] ** 2 * (features**2).sum(axis=1)
    error = float(found.std(ddof=1)) / np.sqrt(len(found))
    assert abs(found.mean() - exact) < 4 * error
    assert abs(exact - gaussian) > 5 * error  # so that 4 errors tell the laws apart


def test_label_noise_of_fresh_rows_is_shared_by_outputs() -> None:
    """The variances of m outputs' noise add up to `noise`, as on training rows."""
    draw, _, _ = population()
    three = Population(draw.matrix, np.stack([draw.target] * 3, axis=1) / np.sqrt(3))
    clean, noisy = (_fresh_rows(three, noise, None)[1] for noise in (0.0, 0.3))
    squares = ((noisy - clean) ** 2).sum(axis=1)
    assert abs(squares.mean() - 0.3) < 4 * squares.std(ddof=1) / np.sqrt(len(squares))


@pytest.mark.parametrize("name", ["student-t:5", "iid-student-t:5"])
def test_experiments_hand_their_law_to_fresh_rows(name: str) -> None:
    given = {"optimizers": ["optax:sgd(learning_rate=0.1)"], "dim": 16, "steps": [3], "seeds": 1, "sizes": [6]}
    heavy, plain = (replace(experiment(**given, **more), batch=2) for more in ({"inputs": name}, {}))
    assert (simulate(heavy).risk != simulate(plain).risk).all()
