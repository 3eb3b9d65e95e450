"""Replicates: the noise of a table with many seeds, steps at a target, and error rates on synthetic entries."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from optscaling.compare.replicates import compare_replicates
from optscaling.errors import InputError

DATA = Path(__file__).parents[2] / "data"


def test_steps_are_compared_where_entries_stop_at_different_ones() -> None:
    table = pd.read_csv(DATA / "nanogpt_track3_final.csv")
    found = compare_replicates(table, entry="group", target=3.28)
    assert found.by == "steps"
    low, middle, high = found.spreads
    assert 0.0004 < low < middle < high < 0.0028
    assert middle == pytest.approx(0.0010, abs=2e-4)
    shown = [e.steps for e in found.entries if e.below]
    assert shown == sorted(shown)
    assert all(e.mean < 3.28 for e in found.entries if e.below)
    with pytest.raises(InputError, match="different steps"):
        compare_replicates(table, entry="group")


def test_equal_entries_are_seldom_told_apart() -> None:
    """Of 200 tables of five equal entries, one in twenty has a pair that Tukey tells apart."""
    rng = np.random.default_rng(0)
    wrong = 0
    for _ in range(200):
        table = pd.DataFrame({"optimizer": np.repeat(list("abcde"), 4), "loss": 3 + 1e-3 * rng.standard_normal(20)})
        found = compare_replicates(table)
        wrong += any(e.tied != found.entries[0].name for e in found.entries[1:])
    assert wrong <= 22


def test_different_entries_keep_their_order() -> None:
    rng = np.random.default_rng(1)
    means = np.repeat([3.0, 3.01, 3.02], 6)
    table = pd.DataFrame({"optimizer": np.repeat(list("abc"), 6), "loss": means + 1e-3 * rng.standard_normal(18)})
    found = compare_replicates(table)
    assert [(e.name, e.tied) for e in found.entries] == [("a", None), ("b", None), ("c", None)]
    assert found.sentence().startswith("Lowest mean loss: a (")
    second = found.entries[1]
    a, b = (table.loss[table.optimizer == name] for name in "ab")
    assert second.behind == pytest.approx(b.mean() - a.mean())
    assert second.behind_stderr == pytest.approx(found.noise * (2 / 6) ** 0.5)


def test_evidence_of_a_mean_below_is_false_as_seldom_as_said() -> None:
    """Of 300 tables whose 8 entries have means at the target, one in twenty shows one below it; wide noise included."""
    rng = np.random.default_rng(2)
    seeds = np.array([1, 1, 5, 5, 8, 8, 10, 20])
    spread = np.repeat([1e-3, 2e-3, 5e-4, 2e-3, 1e-3, 1e-3, 2e-3, 5e-4], seeds)
    labels, steps = np.repeat(list("abcdefgh"), seeds), np.repeat(np.arange(8) + 100, seeds)
    wrong = 0
    for _ in range(300):
        losses = 3.28 + spread * rng.standard_normal(seeds.sum())
        table = pd.DataFrame({"optimizer": labels, "step": steps, "loss": losses})
        wrong += any(e.below for e in compare_replicates(table, target=3.28).entries)
    assert wrong <= 300 * 0.05 + 2.5 * (300 * 0.05 * 0.95) ** 0.5


def test_single_runs_alone_say_nothing() -> None:
    with pytest.raises(InputError, match="noise between seeds"):
        compare_replicates(pd.DataFrame({"optimizer": ["a", "b"], "loss": [3.0, 2.9]}))
