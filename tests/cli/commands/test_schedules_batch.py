"""alpha --per data, schedules and batch: what they print, and what they refuse."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.calling import done, refused


@pytest.mark.parametrize(("schedule", "value"), [("constant", 0.4), ("linear", 0.5), ("wsd:1/5", 0.5)])
def test_alpha_per_data(schedule: str, value: float) -> None:
    asked = ("alpha", "sgd", "--s", ".5", "--r", "1", "--per", "data", "--noise", "--schedule", schedule)
    found = done(*asked, "--json").json
    assert found["alpha"]["value"] == value
    assert (found["per"], found["schedule"]) == ("data", schedule)
    assert "D^-alpha" in done(*asked).out
    assert "The best step" in done(*asked, "--derive").out
    assert "documentclass" in done(*asked, "--latex").out


def test_adam_is_known_itself_in_one_pass() -> None:
    asked = ("alpha", "adamw", "--s", "2", "--r", "1", "--per", "data")
    found = done(*asked, "--noise", "--schedule", "cosine", "--json").json
    assert (found["optimizer"], found["alpha"]["value"], found["stands_for"]) == ("adam", 0.5, [])
    assert "half power of the eigenvalue" in done(*asked, "--derive").out
    assert "Noise of the risk itself" in done(*asked, "--latex").out
    assert "not derived" in refused("batch", "adam", "--s", "1", "--r", "2")
    elsewhere = done("alpha", "adamw", "--s", "2", "--tau", "1", "--json").json
    assert (elsewhere["optimizer"], elsewhere["stands_for"][0]["asked"]) == ("diagonal", "adamw")


def test_muon_on_a_matrix() -> None:
    asked = ("alpha", "muon:m=N^(1/2)", "--s", "1", "--r", "1", "--tau", "2/5")
    found = done(*asked, "--schedule", "linear", "--json").json
    assert found["alpha"] == {"symbolic": "7/10", "value": 0.7}
    assert "--schedule linear" in refused(*asked)
    assert "not known" in refused(*asked, "--schedule", "constant")
    for option in ("--derive", "--latex", "--cite", "--witness"):
        assert "of its own" in refused(*asked, "--schedule", "linear", option)


def test_schedules(tmp_path: Path) -> None:
    path = tmp_path / "choice.png"
    asked = ("schedules", "--s", "1/2", "--r", "1", "--schedule", "wsd:1/10", "--tokens", "1000")
    found = done(*asked, "--figure", str(path), "--json").json
    assert found["enough"] == 0.5
    assert [row["schedule"] for row in found["schedules"]][-1] == "wsd:1/10"
    risks = {row["schedule"]: row["risk"] for row in found["schedules"]}
    assert risks["linear"] < risks["constant"]
    assert path.stat().st_size > 0
    assert "largest exponent" in done(*asked).out


def test_batch(tmp_path: Path) -> None:
    found = done("batch", "sgd", "--s", "1", "--r", "2", "--schedule", "power:4", "--json").json
    assert found["critical_batch"]["value"] == pytest.approx(1 / 3)
    assert found["batch"] is None
    path = tmp_path / "batch.svg"
    asked = ("batch", "sgd", "--s", "1", "--r", "2", "--schedule", "power:4", "--tokens", "3000")
    found = done(*asked, "--figure", str(path), "--json").json
    low, high = found["batch"]["interval"]
    assert low < found["batch"]["value"] < high
    assert path.read_text().startswith("<?xml")
    assert "critical batch is" in done(*asked).out
    assert done("batch", "sgd", "--s", "1", "--no-noise", "--json").json["critical_batch"]["value"] == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("alpha", "sgd", "--schedule", "linear"), "--per data"),
        (("alpha", "sgd", "--per", "data", "--tau", "1"), "--tau"),
        (("alpha", "gd", "--per", "data"), "no one-pass method"),
        (("alpha", "sgd", "--per", "data", "--schedule", "lin"), "linear"),
        (("batch", "sgd", "--tokens", "1e6"), "--s"),
        (("batch", "sgd", "--s", "1", "--figure", "x.png"), "--tokens"),
        (("batch", "sgd", "--s", "1", "--tokens", "3"), "64"),
        (("schedules", "dana-constant", "--s", "1"), "not derived"),
    ],
)
def test_bad_input(arguments: tuple[str, ...], told: str) -> None:
    assert told in refused(*arguments)
