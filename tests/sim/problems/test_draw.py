"""A cell's numbers depend on (s, N, seed) and nothing else."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.small import experiment

from optscaling.sim import simulate
from optscaling.sim.cells.cell import measure, problem_of
from optscaling.sim.devices.rows import BLOCK_ROWS, blocks
from optscaling.sim.problems.random_streams import CellSeed, Stream, ahead

NAMES = ["gd", "natural-gradient", "sign", "block:2"]


@pytest.mark.parametrize("kind", ["gaussian", "relu"])
def test_other_cells_do_not_matter(kind: str) -> None:
    every = experiment(kind, s=[0.5, 1.0], sizes=[3, 5, 8], samples=2500, seeds=3, optimizers=NAMES)
    one = experiment(kind, s=[1.0], sizes=[5], samples=2500, seeds=2, optimizers=NAMES)
    a, b = simulate(every), simulate(one)
    np.testing.assert_array_equal(a.risk.sel(s=[1.0], N=[5], seed=[0, 1]), b.risk)


@pytest.mark.parametrize("kind", ["gaussian", "relu"])
def test_drawing_ahead_does_not_matter(kind: str) -> None:
    made = experiment(kind, samples=5000, optimizers=NAMES, noise=0.1)
    problem = problem_of(made)
    first = measure(made, problem, 0.5, 9, 1, 0).risk
    for depth in (1, 4):
        np.testing.assert_array_equal(measure(made, problem, 0.5, 9, 1, depth).risk, first)


def test_little_memory_changes_nothing() -> None:
    made = experiment("relu", samples=3000, optimizers=NAMES)
    np.testing.assert_array_equal(simulate(made, memory_gb=0.003).risk, simulate(made).risk)


def test_longer_training_sets_extend_shorter_ones() -> None:
    short = problem_of(experiment("relu", samples=2 * BLOCK_ROWS)).draw(0.5, 4, 0)
    long = problem_of(experiment("relu", samples=3 * BLOCK_ROWS)).draw(0.5, 4, 0)
    for a, b in zip(short.train(0), long.train(0), strict=False):
        np.testing.assert_array_equal(a.inputs, b.inputs)


def test_teacher_is_shared_by_sizes_and_nothing_else_is() -> None:
    def first(stream: Stream, s: float = 0.5, size: int = 4, seed: int = 0, block: int = 0) -> float:
        return float(CellSeed(s, size, seed).normal(stream, 1, 1, block)[0, 0])

    assert first(Stream.TEACHER, size=4) == first(Stream.TEACHER, size=9)
    drawn = [first(stream, *other) for stream in Stream for other in [(0.5, 4, 0), (0.25, 4, 0), (0.5, 4, 1)]]
    drawn += [first(Stream.FEATURES, size=9), first(Stream.TRAIN, block=1), first(Stream.TRAIN, size=9)]
    assert len(set(drawn)) == len(drawn)
    assert first(Stream.TRAIN, s=-0.0) == first(Stream.TRAIN, s=0.0)


def test_noise_leaves_inputs_alone() -> None:
    clean = problem_of(experiment(samples=30)).draw(0.5, 4, 0)
    noisy = problem_of(experiment(samples=30, noise=1.0)).draw(0.5, 4, 0)
    a, b = next(iter(clean.train(0))), next(iter(noisy.train(0)))
    np.testing.assert_array_equal(a.inputs, b.inputs)
    assert not a.labels[:, 2].any()
    assert b.labels[:, 2].std() > 0.5


@given(rows=st.integers(1, 5000))
def test_blocks_cover_all_rows(rows: int) -> None:
    cuts = blocks(rows)
    assert cuts[0].start == 0
    assert cuts[-1].stop == rows
    assert all(a.stop == b.start for a, b in pairwise(cuts))


@settings(deadline=None, max_examples=20)
@given(count=st.integers(0, 9), depth=st.integers(0, 12))
def test_ahead_keeps_the_order(count: int, depth: int) -> None:
    assert list(ahead(lambda i: i * i, count, depth)) == [i * i for i in range(count)]


def test_ahead_stops_at_an_error() -> None:
    def fail(i: int) -> int:
        if i == 3:
            raise ValueError("three")
        return i

    with pytest.raises(ValueError, match="three"):
        list(ahead(fail, 8, 2))
