"""phases: the table, a point, the figure, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import sympy
from support.calling import done, refused


def test_the_table() -> None:
    found = done("phases", "sgd", "--json").json
    assert [phase["name"] for phase in found["phases"]] == ["Ia", "Ib", "Ic", "II", "III", "IVa", "IVb"]
    assert all(set(phase) >= {"name", "region", "tradeoff", "eta", "xi"} for phase in found["phases"])
    text = done("phases", "sgd").out
    assert "1 - sqrt(2) < s < 0" in text


def test_a_point() -> None:
    found = done("phases", "sgd", "--s", "1", "--r", "5/2", "--json").json
    assert found["phase"] == "II"
    assert found["eta"] == {"symbolic": "r/(r + 1)", "value": pytest.approx(5 / 7)}
    assert found["xi"] == {"symbolic": "(r - s)/(r + 1)", "value": pytest.approx(3 / 7)}
    assert "5/7" in done("phases", "sgd", "--s", "1", "--r", "5/2").out


def test_the_figure(tmp_path: Path) -> None:
    path = tmp_path / "phases.svg"
    assert str(path) in done("phases", "gd", "--figure", str(path)).out
    assert path.read_text().startswith("<?xml")


def test_a_cost_and_the_sources() -> None:
    found = done("phases", "natural-gradient", "--cost", "N^2*T + N^3", "--json").json
    assert found["cost"] == "N^2*T + N^3"
    assert done("phases", "gd", "--cite").out.startswith("@")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--r", "1"), "--s"),
        (("--cost", "N*Q"), "sum of products"),
        (("--cost", "n"), "limits neither N nor the steps"),
        (("--samples",), "has no n"),
        (("--s", "-2", "--r", "1"), "s > -1"),
        (("--figure", "phases.gif"), ".png, .svg or .pdf"),
    ],
)
def test_bad_input(arguments: tuple[str, ...], told: str) -> None:
    assert told in refused("phases", "gd", *arguments)


def test_growing_optimizers_run_in_experiments_and_symbols_do_not(tmp_path: Path) -> None:
    path = tmp_path / "small.toml"

    def content(name: str) -> str:
        return (
            '[problem]\nkind = "gaussian"\ns = 1.0\ndim = 200\n[model]\nsizes = [16, 32, 64]\nsamples = "inf"\n'
            f'[training]\noptimizers = ["{name}"]\nsteps = [10]\neta = 1.0\n[measure]\nseeds = 2\nfit_from = 16\n'
        )

    path.write_text(content("damped:N^-1/2"))
    found = done("predict", str(path), "--json").json
    assert {each["optimizer"] for each in found["risk"]} == {"damped:N^-1/2"}
    assert all(each["value"] > 0 for each in found["risk"])
    path.write_text(content("block:N^b"))
    assert "no number for b" in refused("predict", str(path))
    path.write_text(content("cg"))
    assert "exponents only" in refused("predict", str(path))
    path.write_text(content("nesterov:delta"))
    assert "no number for delta" in refused("predict", str(path))


def test_a_symbolic_r_gives_the_phases_along_it() -> None:
    whole = done("phases", "sgd", "--json").json
    assert done("phases", "sgd", "--r", "r", "--json").json == whole
    found = done("phases", "sgd", "--s", "1", "--r", "r", "--json").json
    assert (found["s"], found["r"]) == (1.0, "r")
    regions = {phase["name"]: phase["region"] for phase in found["phases"]}
    assert regions == {"Ia": "r < 2", "II": "2 < r < 3", "III": "r > 3"}
    for r, name in ((1, "Ia"), (2.5, "II"), (4, "III")):  # against the points one by one
        point = done("phases", "sgd", "--s", "1", "--r", str(r), "--json").json
        assert point["phase"] == name
        law = next(phase for phase in found["phases"] if phase["name"] == name)
        assert float(sympy.sympify(law["eta"]).subs("r", r)) == pytest.approx(point["eta"]["value"], rel=1e-12)


def test_several_points() -> None:
    found = done("phases", "sgd", "--s", "1,2", "--r", "2", "--json").json
    assert [one["s"] for one in found["results"]] == [1.0, 2.0]
