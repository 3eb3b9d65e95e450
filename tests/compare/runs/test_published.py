"""The published figures, checked against one another and against the set-up they belong to."""

from __future__ import annotations

import math

import pytest
from scipy.stats import norm
from scipy.stats import t as student
from support.synthetic import experiment

from optscaling.compare.runs.published import published_for, published_table, published_tables
from optscaling.errors import InputError
from optscaling.theory.experiments.load import load_experiment

TABLE = published_table()


def test_the_headline_figures() -> None:
    gd, natural = (TABLE.lookup(name, 1.0, 2000) for name in ("gd", "natural-gradient"))
    assert gd is not None
    assert natural is not None
    assert (gd.value, natural.value) == (0.118, 0.314)
    assert gd.interval == pytest.approx((0.052, 0.184))
    assert natural.r_squared == 0.996
    assert len(TABLE.alphas) == 30


@pytest.mark.parametrize("key", sorted(TABLE.alphas))
def test_printed_half_widths_are_196_standard_errors_with_three_degrees_of_freedom(key: tuple[str, float]) -> None:
    found = TABLE.alphas[key]
    half = (found.interval[1] - found.interval[0]) / 2
    assert found.dof == 3
    # SE = |alpha| sqrt((1 - R^2) / (R^2 dof)), as far as the printed digits of alpha and R^2 pin it down
    bounds = []
    for r_squared in (found.r_squared - 5e-4, found.r_squared + 5e-4):
        for alpha in (abs(found.value) - 5e-4, abs(found.value) + 5e-4):
            bounds.append(1.96 * alpha * math.sqrt((1 - r_squared) / (max(r_squared, 1e-9) * found.dof)))
    assert min(bounds) - 5.1e-4 <= half <= max(bounds) + 5.1e-4
    widened = (found.widened[1] - found.widened[0]) / 2
    assert widened / half == pytest.approx(student.ppf(0.975, 3) / norm.ppf(0.975))


def test_lookup_knows_only_what_was_printed() -> None:
    assert TABLE.lookup("gd", 1.0, 1000) is None
    assert TABLE.lookup("gd", 0.6, 2000) is None
    assert TABLE.lookup("gd", None, 2000) is None
    assert TABLE.lookup("power:1/4", 1.0, 2000) is None


def test_it_applies_to_the_preset_and_to_nothing_else() -> None:
    preset = load_experiment("ramani-jain")
    assert published_for(preset) == TABLE
    assert TABLE.same_window(preset)
    assert published_for(preset.with_(seeds=2, sizes=[200, 500])) == TABLE
    assert not TABLE.same_window(preset.with_(sizes=[200, 500]))
    assert published_for(experiment("gaussian")) is None


def test_unknown_tables_are_named() -> None:
    assert published_tables() == ["ramani_jain_2026"]
    with pytest.raises(InputError, match="ramani_jain_2026"):
        published_table("nobody")
