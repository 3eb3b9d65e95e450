"""Full-batch steps of optax rules: against filters, recursions and plain numpy; names that are refused."""

from pathlib import Path

import numpy as np
import optax
import pytest
from support.small import experiment, true_risk, whole

from optscaling.errors import InputError
from optscaling.sim import open_run
from optscaling.sim.cells.cell import measure, problem_of
from optscaling.sim.runs.sweep import simulate
from optscaling.sim.stepping.full_batch import _descend, check_steps, descend
from optscaling.sim.stepping.optax_rules import Custom
from optscaling.theory.experiments.parse import from_dict
from optscaling.theory.optimizers.registry import optimizer
from optscaling.theory.optimizers.stepped import OptaxRule, Stepped

STEPS = (1, 7, 40)


def quadratic(seed: int, size: int = 6, outputs: int = 1) -> tuple[np.ndarray, np.ndarray, float]:
    rng = np.random.default_rng(seed)
    features = rng.standard_normal((40, size)) * np.arange(1, size + 1) ** -0.5
    target = rng.standard_normal((40, outputs))
    return features.T @ features / 40, features.T @ target / 40, float((target**2).sum() / 40)


def rule(name: str) -> OptaxRule:
    made = optimizer(f"optax:{name}")
    assert isinstance(made, OptaxRule)
    return made


@pytest.mark.parametrize(("kind", "samples"), [("gaussian", "inf"), ("gaussian", 60), ("relu", 60)])
def test_gradient_descent_is_its_filter(kind: str, samples: object) -> None:
    """sgd(eta/lambda_max) against (1 - eta x)^T from a factorisation."""
    made = experiment(kind, sizes=[9], samples=samples, optimizers=["gd"], steps=STEPS, noise=0.1)
    filtered = measure(made, problem_of(made), 0.5, 9, 0)
    stepped = made.with_optimizers([f"optax:sgd(learning_rate={made.eta / filtered.largest!r})"])
    found = measure(stepped, problem_of(stepped), 0.5, 9, 0)
    # 40 steps, each with rounding of 9 products; both routes lose no more
    np.testing.assert_allclose(found.risk, filtered.risk, rtol=1e-12)


def test_momentum_is_heavy_ball() -> None:
    """The trace m = g + beta m of optax is a_{t+1} = a_t - eta g + beta (a_t - a_{t-1})."""
    made = experiment(sizes=[9], optimizers=["heavy-ball:4/5", "gd"], steps=(1, 7, 40, 200))
    known = measure(made, problem_of(made), 0.5, 9, 1)
    name = f"optax:sgd(learning_rate={made.eta / known.largest!r}, momentum=0.8)"
    stepped = made.with_optimizers([name])
    found = measure(stepped, problem_of(stepped), 0.5, 9, 1)
    # the residual's own error is 1e-10 (theory.momentum_residual), on risks of 1e-2 and more
    np.testing.assert_allclose(found.risk[0], known.risk[0], rtol=1e-8)


def plain_adam(gram: np.ndarray, moment: np.ndarray, count: int, rate: float) -> np.ndarray:
    weights, first, second = np.zeros_like(moment), 0.0, 0.0
    for t in range(1, count + 1):
        gradient = gram @ weights - moment
        first, second = 0.9 * first + 0.1 * gradient, 0.999 * second + 0.001 * gradient**2
        weights = weights - rate * (first / (1 - 0.9**t)) / (np.sqrt(second / (1 - 0.999**t)) + 1e-8)
    return weights


@pytest.mark.parametrize("outputs", [1, 3])
def test_adam_equals_a_plain_loop(outputs: int) -> None:
    gram, moment, energy = quadratic(0, outputs=outputs)
    found = descend(rule("adam(learning_rate=0.01)"), gram, moment, energy, np.array(STEPS))
    for weights, count in zip(found.weights, STEPS, strict=True):
        np.testing.assert_allclose(weights, plain_adam(gram, moment, count, 0.01), rtol=0, atol=1e-13)


def test_matrices_are_not_columns() -> None:
    """Adam acts on each entry, Shampoo on the whole matrix: only for Adam are columns independent."""
    gram, moment, energy = quadratic(1, outputs=3)
    for name, separate in (("adam(learning_rate=0.01)", True), ("shampoo(learning_rate=0.01)", False)):
        both = descend(rule(name), gram, moment, energy, np.array(STEPS)).weights
        alone = descend(rule(name), gram, moment[:, :1], energy, np.array(STEPS)).weights
        assert np.allclose(both[..., :1], alone, atol=1e-12) is separate


def test_a_rule_may_use_the_loss() -> None:
    """Polyak's step loss/|gradient|^2, which needs the energy for the loss to be the training error."""
    gram, moment, energy = quadratic(2)
    weights = np.zeros_like(moment)
    for _ in range(7):
        gradient = gram @ weights - moment
        loss = (energy + float(np.vdot(weights, gram @ weights - 2 * moment))) / 2
        weights = weights - min(1.0, loss / np.vdot(gradient, gradient)) * gradient
    found = descend(rule("polyak_sgd()"), gram, moment, energy, np.array([7])).weights[0]
    np.testing.assert_allclose(found, weights, rtol=1e-12)


@pytest.mark.slow  # ten seconds to compile the line search
def test_newton_like_rules_reach_the_solution() -> None:
    gram, moment, energy = quadratic(3)
    found = descend(rule("lbfgs()"), gram, moment, energy, np.array([60])).weights[0]
    np.testing.assert_allclose(found, np.linalg.solve(gram, moment), atol=1e-6)


def test_schedule_free_weights_are_the_averaged_ones() -> None:
    """With b1 = 1 gradients are taken at the average x itself: z moves, x is the mean of the z."""
    gram, moment, energy = quadratic(4)
    x, z = np.zeros_like(moment), np.zeros_like(moment)
    for t in range(1, 21):
        y = 0.1 * z + 0.9 * x
        z = z - 0.05 * (gram @ y - moment)
        x = x + (z - x) / t
    found = descend(rule("schedule_free_sgd(learning_rate=0.05, b1=0.9)"), gram, moment, energy, np.array([20]))
    np.testing.assert_allclose(found.weights[0], x, rtol=1e-9)


def test_the_candidate_with_the_lowest_loss_at_the_end_is_used_throughout() -> None:
    gram, moment, energy = quadratic(5)
    steps = np.array([3, 60])
    several = rule("sgd(learning_rate=[0.01, 0.3, 50.0], momentum=[0.0, 0.5])")
    found = descend(several, gram, moment, energy, steps)
    losses = {}
    for each in several.candidates:
        last = descend(each, gram, moment, energy, steps).weights[-1]
        losses[each.name] = float(np.vdot(last, gram @ last) / 2 - np.vdot(moment, last))
    assert found.chosen == min(losses, key=lambda name: losses[name] if np.isfinite(losses[name]) else np.inf)
    alone = descend(next(c for c in several.candidates if c.name == found.chosen), gram, moment, energy, steps)
    np.testing.assert_allclose(found.weights, alone.weights, rtol=1e-12)


def test_one_compilation_serves_rates_seeds_and_step_counts() -> None:
    descend(rule("sgd(learning_rate=0.1)"), *quadratic(0, 5), np.array([1, 2]))
    compiled = _descend._cache_size()
    for seed in range(3):
        descend(rule(f"sgd(learning_rate=0.{seed + 1})"), *quadratic(seed, 5), np.array([3 + seed, 9 + seed]))
    assert _descend._cache_size() == compiled


def test_risk_in_a_cell() -> None:
    made = experiment("relu", sizes=[7], samples=300, noise=0.1, optimizers=["optax:adam(learning_rate=[0.1, 0.01])"])
    problem = problem_of(made)
    cell, draw = measure(made, problem, 0.5, 7, 0), problem.draw(0.5, 7, 0)
    features, target, rows = whole(draw)
    rate = float(cell.chosen[made.optimizers[0].name].partition("=")[2][:-1])
    moment = (features.T @ target / rows)[:, None]
    weights = [plain_adam(features.T @ features / rows, moment, count, rate)[:, 0] for count in made.steps]
    np.testing.assert_allclose(cell.risk[0], true_risk(draw, np.stack(weights, axis=1)), rtol=1e-9)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("adamm(learning_rate=1)", "did you mean adam"),
        ("contrib.adam(learning_rate=1)", "no function"),
        ("adam(lr=1)", "adam takes learning_rate, b1"),
        ("adam()", "missing a required argument: 'learning_rate'"),
        ("adam(learning_rate='fast')", "cannot take a step"),
        ("scale_by_adam()", "uphill"),
        ("sgd(learning_rate=[0.1, -0.1])", "uphill"),
        ("constant_schedule(value=1)", "gives a function"),
        ("losses()", "no function"),
        ("apply_updates(params=1, updates=2)", "an optimizer is expected"),
        ("sophia(learning_rate=0.1)", "obj_fn"),
        ("shampoo(learning_rate=0.1, epsilon=0)", "epsilon > 0"),
    ],
)
def test_what_is_no_optimizer_is_refused(name: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        check_steps(rule(name))


def test_divergence_is_told_and_other_cells_are_kept(tmp_path: Path) -> None:
    names = ["gd", "optax:sgd(learning_rate=30.0)", "optax:adam(learning_rate=[0.1, 0.01])"]
    made = experiment(sizes=[4, 9], optimizers=names, steps=(2, 900), seeds=3)
    result = simulate(made, tmp_path / "run")
    assert np.isnan(result.risk.values[1, ..., 1]).all()
    assert np.isfinite(result.risk.values[1, ..., 0]).all()
    assert np.isfinite(result.risk.values[[0, 2]]).all()
    told = result.attrs["diverged"]
    assert told.startswith("optax:sgd(learning_rate=30.0) diverged in 6 of 6 cells, from T = 900 on (s=0.5 N=4 seed 0;")
    assert set(result.chosen.values[2].ravel()) <= {each.name for each in rule(names[2][6:]).candidates}
    kept = simulate(made, tmp_path / "run")
    np.testing.assert_array_equal(kept.risk.values, result.risk.values)
    np.testing.assert_array_equal(open_run(tmp_path / "run").chosen.values, result.chosen.values)


def test_an_object_of_optax(tmp_path: Path) -> None:
    mine = Custom("mine", optax.chain(optax.trace(0.8), optax.scale(-0.1)))
    made = experiment().with_optimizers([mine, "optax:sgd(learning_rate=0.1, momentum=0.8)"])
    result = simulate(made, tmp_path / "run")
    np.testing.assert_allclose(result.risk.values[0], result.risk.values[1], rtol=1e-12)
    assert made.to_dict()["training"]["optimizers"][0] == "custom:mine"
    with pytest.raises(InputError, match="custom:mine"):
        from_dict(made.to_dict(), "again")
    with pytest.raises(InputError, match="GradientTransformation"):
        Custom("none", lambda step: step)  # type: ignore[arg-type]


def test_a_stepped_rule_of_no_known_kind_is_refused() -> None:
    class Mine(Stepped):
        name = "mine"

    with pytest.raises(InputError, match=r"'mine' is a Mine.*Custom"):
        check_steps(Mine())
