"""Krylov factorisations: their bounds are honest, and what they give is what dense ones give, to 1e-8 of the risk."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.small import experiment

from optscaling.sim import simulate
from optscaling.sim.cells import on_rows
from optscaling.sim.cells.cell import measure, problem_of
from optscaling.sim.devices.accelerator import Accelerator
from optscaling.sim.devices.gram import HostGram
from optscaling.sim.devices.host import Host
from optscaling.sim.factorisation import dense_or_krylov as choice
from optscaling.sim.factorisation.factor import Factor, factorise, family
from optscaling.sim.factorisation.krylov import TOLERANCE, KrylovFactor, Wanted, _Look, krylov, uncertain
from optscaling.sim.factorisation.lanczos import Lanczos, largest_eigenvalue
from optscaling.sim.factorisation.numerical_rank import rank
from optscaling.sim.factorisation.preconditioner_root import root
from optscaling.sim.problems.draw import Sampled
from optscaling.theory.optimizers.registry import optimizer

HOST = Host()
STEPS = np.array([1, 30, 2000])
FAMILIES = {
    ("filter", 0): (
        "gd",
        "matrix-sign",
        "power:1/4",
        "power:1",
        "damped:0.001",
        "natural-gradient",
        "natural-gradient:0.5",
        "heavy-ball",
        "nesterov:3",
        "heavy-ball-schedule:3",
    ),
    ("diagonal", 0): ("diagonal",),
    ("block", 4): ("block:4",),
}
SPOILS = ["none", "repeated", "dead", "few rows"]


@dataclass(frozen=True)
class Trained:
    """What training sees of a draw, and its test rows."""

    draw: Sampled
    gram: np.ndarray
    moment: np.ndarray
    energy: float
    combination: np.ndarray

    def wanted(self, names: tuple[str, ...], eta: float) -> Wanted:
        rules = tuple(optimizer(name) for name in names)
        rows = round(self.draw.samples)
        return Wanted(rules, STEPS, eta, self.draw.samples, rows, self.energy, self.draw.noise > 0)

    def risk(self, weights: np.ndarray) -> np.ndarray:
        test: Any = self.draw.test
        return HOST.errors(test(0), self.draw.matrix, self.draw.activation, weights, self.combination * (1, 1, 0))


def trained(s: float, size: int, spoil: str, noise: float, seed: int = 0) -> Trained:
    """Features as drawn, or each third one repeated, or each fifth one dead, or fewer rows than features."""
    rows = size * 2 // 3 if spoil == "few rows" else 8 * size
    made = experiment("relu", s=s, dim=2 * size, noise=noise, sizes=[size], samples=rows, test_samples=200)
    draw = problem_of(made).draw(s, size, seed)
    assert isinstance(draw, Sampled)
    matrix = draw.matrix.copy()
    if spoil == "repeated":
        matrix[:, 1::3] = matrix[:, : 3 * len(matrix[0, 1::3]) : 3]
    if spoil == "dead":
        matrix[:, ::5] = 0
    draw = replace(draw, matrix=matrix)
    sums = HOST.sums(draw.train(0), matrix, draw.activation)
    combination = draw.combination(sums.labels, sums.rows)
    energy = float(combination @ sums.labels @ combination) / sums.rows
    return Trained(draw, sums.gram.whole() / sums.rows, sums.cross @ combination / sums.rows, energy, combination)


def of_krylov(seen: Trained, kind: tuple[str, int], wanted: Wanted, most: int) -> KrylovFactor | None:
    whitening = root(kind, HostGram(seen.gram), HOST)
    trace = whitening.trace(HostGram(seen.gram))
    return krylov(HostGram(seen.gram).times, whitening, trace, seen.moment, wanted, most)


def weights(factor: Factor, seen: Trained, wanted: Wanted, index: int) -> np.ndarray:
    return factor.weights(wanted.rules[index], seen.moment, STEPS, wanted.eta, wanted.samples)


problems = {
    "s": st.floats(0.0, 2.0),
    "size": st.integers(20, 90),
    "spoil": st.sampled_from(SPOILS),
    "noise": st.sampled_from([0.0, 0.3]),
    "eta": st.floats(0.2, 1.3),
    "kind": st.sampled_from(list(FAMILIES)),
}


@settings(max_examples=60, deadline=None)
@given(**problems, share=st.floats(0.05, 1.0))
def test_the_bound_is_honest(
    s: float, size: int, spoil: str, noise: float, eta: float, kind: tuple[str, int], share: float
) -> None:
    """At any number of vectors the predictions on training rows miss by no more than half of it, the other half being
    for fresh rows.
    """
    seen = trained(s, size, spoil, noise)
    wanted = seen.wanted(FAMILIES[kind], eta)
    whitening = root(kind, HostGram(seen.gram), HOST)
    multiply = HostGram(seen.gram).times
    dense = factorise(kind, HostGram(seen.gram), HOST)
    space = Lanczos(
        lambda v: whitening.adjoint_times(multiply(whitening.times(v))),
        whitening.adjoint_times(seen.moment),
        whitening.size,
    )
    space.grow(max(1, round(share * size)))
    look = _Look(space, dense.largest, whitening.trace(HostGram(seen.gram)), wanted)
    factor = look.factor(whitening)
    # both sides lose eps to eigenvalues: as predictions, eps over the root of the smallest of those kept
    rounding = 1e-14 * np.sqrt(dense.largest / dense.values.min())
    for i, rule in enumerate(wanted.rules):
        missed = weights(factor, seen, wanted, i) - weights(dense, seen, wanted, i)
        length = np.sqrt(np.einsum("it,it->t", missed, seen.gram @ missed))
        assert np.all(length <= factor.error(rule, STEPS) / 2 + rounding), rule.name


@settings(max_examples=40, deadline=None)
@given(**problems)
def test_risks_equal_those_of_a_dense_factorisation(
    s: float, size: int, spoil: str, noise: float, eta: float, kind: tuple[str, int]
) -> None:
    seen = trained(s, size, spoil, noise)
    dense = factorise(kind, HostGram(seen.gram), HOST)
    for name in FAMILIES[kind]:
        wanted = seen.wanted((name,), eta)
        factor = of_krylov(seen, kind, wanted, size)
        if factor is None:
            continue
        error = factor.error(wanted.rules[0], STEPS)
        exact = seen.risk(weights(dense, seen, wanted, 0))
        if not uncertain(exact, error):
            np.testing.assert_allclose(seen.risk(weights(factor, seen, wanted, 0)), exact, rtol=TOLERANCE, err_msg=name)
        np.testing.assert_allclose(factor.largest, dense.largest, rtol=1e-10)


@pytest.mark.parametrize("name", ["gd", "matrix-sign", "natural-gradient", "damped:0.001", "nesterov:3"])
def test_few_vectors_are_enough(name: str) -> None:
    seen = trained(1.0, 300, "none", 0.0)
    factor = of_krylov(seen, ("filter", 0), seen.wanted((name,), 1.0), 300)
    assert factor is not None
    assert factor.vectors < 150


@pytest.mark.parametrize("spoil", SPOILS)
def test_rank_without_eigenvalues(spoil: str) -> None:
    gram = trained(0.5, 90, spoil, 0.0).gram
    dense = factorise(("filter", 0), HostGram(gram), HOST)
    assert rank(gram, dense.largest) == len(dense.values)
    assert (len(dense.values) == 90) == (spoil == "none")


def test_rank_of_pivots_in_pairs() -> None:
    """A rotated spectrum with a tail below rounding, where Cholesky fails at once in a permuted order."""
    rng = np.random.default_rng(0)
    rotation = np.linalg.qr(rng.standard_normal((60, 60)))[0]
    values = np.concatenate([np.geomspace(1, 1e-9, 41), np.zeros(19)])
    matrix = (rotation * values) @ rotation.T
    assert rank((matrix + matrix.T) / 2, 1.0) == 41


def test_a_target_that_hides_the_largest_eigenvalue() -> None:
    values = np.append(np.linspace(0.1, 1.0, 99), 1.5)
    matrix = np.diag(values)
    blind = np.append(np.ones(99), 0.0)
    found = largest_eigenvalue(HostGram(matrix).times, blind, 100, 1e-10)
    assert found == pytest.approx(1.5, rel=1e-12)
    seen = trained(0.5, 40, "none", 0.0)
    wanted = replace(seen.wanted(("gd",), 1.0), energy=1000.0)
    factor = krylov(HostGram(matrix).times, root(("filter", 0), HostGram(matrix), HOST), 60.0, blind, wanted, 100)
    assert factor is not None
    dense = factorise(("filter", 0), HostGram(matrix), HOST)
    exact = dense.weights(optimizer("gd"), blind, STEPS, 1.0, np.inf)
    np.testing.assert_allclose(factor.weights(optimizer("gd"), blind, STEPS, 1.0, np.inf), exact, atol=1e-8)


def test_too_few_vectors_are_refused() -> None:
    seen = trained(1.0, 90, "none", 0.3)
    assert of_krylov(seen, ("filter", 0), seen.wanted(("natural-gradient",), 1.0), 20) is None
    diverges = replace(seen.wanted(("gd",), 2.5), steps=np.array([1, 100, 1700]))
    assert of_krylov(seen, ("filter", 0), diverges, 90) is None
    nothing = replace(seen, moment=np.zeros(90))
    assert of_krylov(nothing, ("filter", 0), seen.wanted(("gd",), 1.0), 90) is None


NAMES = ["gd", "diagonal", "natural-gradient", "sign", "matrix-sign", "block:8", "nesterov"]


@pytest.mark.parametrize("device", [Host(), Accelerator()])
@pytest.mark.parametrize(("kind", "noise"), [("gaussian", 0.2), ("relu", 0.0)])
def test_cells_agree(device: Any, kind: str, noise: float, monkeypatch: pytest.MonkeyPatch) -> None:
    made = experiment(kind, sizes=[120], dim=200, samples=1100, noise=noise, optimizers=NAMES, eta=1.2)
    problem = problem_of(made)
    dense = measure(made, problem, 0.5, 120, 0, on=device)
    found: list[Factor] = []

    def spy(*arguments: Any) -> Factor:
        found.append(choice.factor_for(*arguments))
        return found[-1]

    monkeypatch.setattr(choice, "most_vectors", lambda size: size)
    monkeypatch.setattr(choice, "_BLOCKS", 0)
    monkeypatch.setattr(on_rows, "factor_for", spy)
    fast = measure(made, problem, 0.5, 120, 0, on=device)
    assert sum(isinstance(factor, KrylovFactor) for factor in found) >= 2
    np.testing.assert_allclose(fast.risk, dense.risk, rtol=TOLERANCE)
    assert fast.rank == dense.rank == 120
    assert fast.largest == pytest.approx(dense.largest, rel=1e-12)


def test_a_bound_too_wide_for_the_risk_makes_the_family_dense(monkeypatch: pytest.MonkeyPatch) -> None:
    made = experiment("relu", sizes=[60], dim=100, samples=1100, optimizers=["gd", "matrix-sign", "diagonal"])
    problem = problem_of(made)
    dense = measure(made, problem, 0.5, 60, 0)

    def wrong(kind: Any, gram: Any, moment: np.ndarray, wanted: Wanted, on: Any) -> Factor:
        exact = factorise(kind, gram, on)
        bounds = {rule: np.full(len(wanted.steps), 1e-3) for rule in wanted.rules}
        return KrylovFactor(exact.values, 2 * exact.basis, exact.largest, bounds, 60)

    monkeypatch.setattr(on_rows, "factor_for", wrong)
    np.testing.assert_array_equal(measure(made, problem, 0.5, 60, 0).risk, dense.risk)


def test_a_deficient_rank_is_said() -> None:
    made = experiment("gaussian", s=0.0, dim=6, sizes=[4, 9], samples=200, optimizers=["gd"], seeds=2)
    assert (
        simulate(made)
        .attrs["rank_status"]
        .startswith("F'F is rank-deficient within rounding at N = 9 (rank 6 at N = 9), in 2 of 4 cells")
    )
    assert simulate(replace(made, sizes=(4,))).attrs["rank_status"] == ""


def test_cost_model() -> None:
    assert choice.most_vectors(300) == 0
    most = [choice.most_vectors(size) for size in (500, 1000, 5000, 20000)]
    assert most == sorted(most)
    assert all(0 < m < n / 2 for m, n in zip(most, (500, 1000, 5000, 20000), strict=True))


def test_families_of_names() -> None:
    for kind, names in FAMILIES.items():
        assert {family(optimizer(name), 90) for name in names} == {kind}
