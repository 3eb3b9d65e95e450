"""Memory: estimates that are kept to, budgets that change nothing but how."""

import tracemalloc
from typing import Any

import numpy as np
import pytest
from support.small import experiment

from optscaling.errors import InputError
from optscaling.sim import simulate
from optscaling.sim.cells.cell import measure, problem_of
from optscaling.sim.cells.memory import Plan, gigabytes, plans
from optscaling.sim.devices.host import Host
from optscaling.sim.devices.protocol import MemoryBudget
from optscaling.sim.stepping.optax_rules import state_numbers
from optscaling.theory.experiments.experiment import Experiment
from optscaling.theory.optimizers.registry import optimizer
from optscaling.theory.optimizers.stepped import Stepped

NAMES = ["gd", "diagonal", "natural-gradient", "matrix-sign", "sign"]
FEW = ["gd", "diagonal", "sign"]  # which do with few Lanczos vectors where n > 4 N


def made(size: int, dim: int = 300, samples: int = 3000, names: Any = NAMES, steps: Any = (10, 300)) -> Experiment:
    return experiment(
        "relu", s=1.0, dim=dim, sizes=[size], samples=samples, optimizers=names, steps=steps, test_samples=1100
    )


def peak(e: Experiment, plan: Plan, precision: Any = "float64") -> float:
    problem, on = problem_of(e), Host(precision, plan.room)
    measure(e, problem, 1.0, e.sizes[0], 0, plan.depth, on)  # imports and compilation are not the cell's
    tracemalloc.start()
    try:
        measure(e, problem, 1.0, e.sizes[0], 0, plan.depth, on)
        return tracemalloc.get_traced_memory()[1] / 1e9
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("precision", ["float64", "mixed", "float32"])
@pytest.mark.parametrize(
    ("size", "dim", "names", "plan"),
    [
        (390, 300, NAMES, Plan(1)),  # dense
        (390, 100, ["gd", "block:50"], Plan(0, MemoryBudget(together=1))),
        (60, 2000, ["gd"], Plan(3)),  # blocks of inputs
        (450, 100, FEW, Plan(0, MemoryBudget(128, 1, 100, False))),  # Krylov
        (700, 100, ["gd", "sign"], Plan(0, MemoryBudget(64, 1, 120, False))),  # G alone
    ],
)
def test_a_cell_keeps_to_its_estimate(precision: Any, size: int, dim: int, names: Any, plan: Plan) -> None:
    e = made(size, dim, names=names)
    estimate = gigabytes(e, size, dim, plan, precision, cores=8)
    assert estimate / 2 < peak(e, plan, precision) < estimate


@pytest.mark.parametrize("memory", [0.012, 0.0085])
def test_a_budget_is_kept_and_changes_results_by_rounding_alone(memory: float) -> None:
    e = made(450, 100, names=FEW)
    plan = plans(e, 100, memory)[450]
    assert plan.room != MemoryBudget()
    assert peak(e, plan) < memory
    found = simulate(e, memory_gb=memory).risk
    np.testing.assert_allclose(found, simulate(e).risk, rtol=2e-8)  # Krylov's tolerance, on either side


def test_pieces_of_a_block_change_sums_by_rounding_alone() -> None:
    draw: Any = problem_of(made(50)).draw(1.0, 50, 0)
    whole = Host().sums(draw.train(0), draw.matrix, draw.activation)
    parts = Host(room=MemoryBudget(rows=64)).sums(draw.train(0), draw.matrix, draw.activation)
    assert parts.rows == whole.rows
    np.testing.assert_allclose(parts.gram.whole(), whole.gram.whole(), rtol=1e-13)
    np.testing.assert_allclose(parts.cross, whole.cross, rtol=1e-11, atol=1e-11 * np.abs(whole.cross).max())


def test_twenty_thousand_features_fit_into_eight_gigabytes() -> None:
    e = made(20_000, 1000, 200_000, steps=(2000,))
    plan = plans(e, 1000, 8.0)[20_000]
    assert gigabytes(e, 20_000, 1000, plan) <= 8.0
    assert (plan.room.vectors or 0) >= 400


def test_a_cell_that_needs_more_says_which() -> None:
    e = made(450, names=["block:8"])
    on = Host(room=MemoryBudget(dense=False))
    with pytest.raises(InputError, match="450 features need a dense factorisation"):
        measure(e, problem_of(e), 1.0, 450, 0, 0, on)


def test_a_budget_below_everything_names_sizes_that_fit() -> None:
    e = experiment("relu", s=1.0, dim=100, sizes=[10, 4000], samples=5000, optimizers=NAMES)
    with pytest.raises(InputError, match=r"N = 4000 needs at least 0\.\d+ GB.*0\.1 GB are allowed; sizes up to 10 fit"):
        plans(e, 100, 0.1)
    with pytest.raises(InputError, match="no size of this experiment fits"):
        plans(e, 100, 0.001)


def test_several_outputs_have_no_plan_without_a_dense_factorisation() -> None:
    """Krylov vectors serve one output, so a budget in which only they fit is refused before any cell is measured."""
    one = made(450, 100, names=FEW)
    two = experiment(
        "relu", s=1.0, dim=100, sizes=[450], samples=3000, optimizers=FEW, steps=(10, 300), test_samples=1100, outputs=2
    )
    assert not plans(one, 100, 0.0085)[450].room.dense
    assert plans(two, 100, 0.1)[450].room.dense
    with pytest.raises(InputError, match="N = 450 needs at least"):
        simulate(two, memory_gb=0.0085)


def test_states_of_optax_rules_count() -> None:
    """Shampoo keeps L, (N, N), and R, (m, m), of each candidate; Adam two moments and a count."""
    shampoo, adam = (optimizer(f"optax:{name}(learning_rate=[0.1, 0.2])") for name in ("shampoo", "adam"))
    assert isinstance(shampoo, Stepped)
    assert isinstance(adam, Stepped)
    assert state_numbers(shampoo, 30, 4) == 2 * (30**2 + 4**2)
    assert state_numbers(adam, 30, 4) == 2 * (2 * 30 * 4 + 1)
    names = ["optax:shampoo(learning_rate=[0.1, 0.2])"]
    e = made(450, 100, names=names)
    assert gigabytes(e, 450, 100, Plan(0)) > 8e-9 * 10 * 450**2
    with pytest.raises(InputError, match="N = 450 needs at least"):
        plans(e, 100, 0.015)
