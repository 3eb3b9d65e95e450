"""Audits: printed laws whose objectives are known, and laws that are no minimum."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd
import pytest

from optscaling.compare.audits import audit
from optscaling.errors import InputError

DATA = Path(__file__).parents[2] / "data"
GEMSTONES = {"size": "params", "tokens": "tokens"}
CHINCHILLA = {"E": 1.8169, "A": 482.01, "B": 2085.44, "alpha": 0.34781, "beta": 0.36585}


@pytest.fixture(scope="module")
def gemstones() -> pd.DataFrame:
    return pd.read_csv(DATA / "gemstones.csv")


def test_the_hot_law_is_the_minimum(gemstones) -> None:
    printed = {"alpha": 0.29287, "beta": 0.71287, "ln_A": 5.36134, "ln_B": 15.41599, "E": 2.1431}
    found = audit(gemstones.query("series == 'hot'"), printed, GEMSTONES, delta=1e-3)
    assert found.is_minimum
    assert found.found["alpha"] == pytest.approx(0.29289, abs=2e-5)
    assert found.found["beta"] == pytest.approx(0.71298, abs=5e-5)
    assert math.log(found.found["A"]) == pytest.approx(5.36169, abs=3e-4)
    assert math.log(found.found["B"]) == pytest.approx(15.4185, abs=2e-3)
    assert found.found["E"] == pytest.approx(2.1432, abs=1e-4)
    assert found.distance < 0.1


def test_the_cooled_law_is_no_minimum(gemstones) -> None:
    """Printed: alpha .29701, beta .69040 with objective .00020594; the least is .00020478, at .3006, .5860."""
    rows = gemstones.query("series == 'cool_end'")
    least = audit(rows, {"alpha": 0.3006, "beta": 0.5860, "E": 2.2, "A": 250.0, "B": 5e5}, GEMSTONES, delta=1e-4)
    assert least.objective[1] == pytest.approx(0.00020478, abs=1.5e-8)
    assert least.found["alpha"] == pytest.approx(0.3006, abs=3e-4)
    assert least.found["beta"] == pytest.approx(0.5860, abs=1e-3)
    assert not least.is_minimum
    assert "no minimum" in str(least)


def test_chinchilla_by_huber_has_the_known_minimum() -> None:
    table = pd.read_csv(DATA / "chinchilla_points.csv").query("outlier == 0")
    found = audit(table, CHINCHILLA, {"size": "params", "tokens": "tokens"}, delta=1e-3)
    assert found.objective[1] == pytest.approx(0.00101827402, rel=1e-8)
    for name, value in {"E": 1.8172, "A": 477.83, "B": 2143.42, "alpha": 0.3473, "beta": 0.3672}.items():
        assert found.found[name] == pytest.approx(value, rel=2e-4)
    assert found.objective[0] > found.objective[1]


@pytest.mark.parametrize(
    ("change", "part"), [({"beta": None}, "no number for beta"), ({"alpha": -1.0}, "positive number")]
)
def test_bad_parameters_get_a_sentence(change, part) -> None:
    table = pd.read_csv(DATA / "chinchilla_points.csv")
    with pytest.raises(InputError, match=part):
        audit(table, CHINCHILLA | change, {"size": "params", "tokens": "tokens"})
