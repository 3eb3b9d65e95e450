"""alpha, threshold and list."""

from __future__ import annotations

import pytest
from support.calling import done, refused

from optscaling.cli.program import COMMANDS, program

ALPHA = {"optimizer", "s", "r", "tau", "alpha", "regime", "assumptions", "status"}
THRESHOLD = {"optimizer", "baseline", "r", "tau", "s_star", "gain", "status", "assumptions"}


def test_alpha_at_a_point() -> None:
    found = done("alpha", "gd", "--s", "1", "--tau", "1", "--json").json
    assert set(found) >= ALPHA
    assert found["alpha"] == {"symbolic": "1/2", "value": 0.5}
    assert "1/2 = 0.5" in done("alpha", "gd", "--s", "1", "--tau", "1").out


def test_alpha_left_symbolic() -> None:
    found = done("alpha", "gd", "--json").json
    assert found["alpha"] == {"symbolic": "Min(s, s*tau/(s + 1))", "value": None}
    assert found["r"] == "s"
    assert done("alpha", "gd", "--r", "r", "--json").json["r"] == "r"


def test_alpha_takes_fractions_and_negative_numbers() -> None:
    found = done("alpha", "power:1/4", "--s", "-1/4", "--r", "1/2", "--tau", "0.5", "--json").json
    assert (found["s"], found["r"], found["tau"]) == (-0.25, 0.5, 0.5)


def test_derivation_latex_and_sources() -> None:
    assert "1. The filter" in done("alpha", "gd", "--derive").out
    assert done("alpha", "gd", "--latex").out.startswith("\\documentclass")
    assert done("alpha", "gd", "--cite").out.startswith("@")
    found = done("alpha", "gd", "--derive", "--latex", "--cite", "--json").json
    assert set(found) >= ALPHA | {"derivation", "latex", "bibtex"}
    assert found["derivation"]["steps"]


def test_witness() -> None:
    arguments = ("alpha", "gd", "--s", "1", "--tau", "1", "--witness")
    found = done(*arguments, "--json").json
    assert set(found) >= ALPHA | {"witness"}
    assert found["witness"]["agrees"] is True
    assert abs(found["witness"]["slope"] - found["alpha"]["value"]) <= found["witness"]["error"]
    shown = done(*arguments).out
    assert shown.startswith(done(*arguments[:-1]).out)
    assert "\nwitness " in shown
    assert "a number for each" in refused("alpha", "gd", "--witness")


def test_threshold_along_a_path() -> None:
    found = done("threshold", "natural-gradient", "--tau", "3/2", "--json").json
    assert set(found) >= THRESHOLD
    assert found["s_star"] == {"symbolic": "1/2", "value": 0.5}
    assert done("threshold", "natural-gradient", "--json").json["s_star"]["symbolic"] == "tau - 1"


def test_threshold_at_fixed_steps() -> None:
    arguments = ("threshold", "matrix-sign", "--steps", "2000", "--sizes", "100:300")
    found = done(*arguments, "--json").json
    assert [each["N"] for each in found["sizes"]] == [100, 128, 256, 300]
    assert all(isinstance(each["s_star"], float) for each in found["sizes"])
    assert (found["tau"], found["eta"]) == (None, 1.5)
    assert done(*arguments, "--eta", "1", "--json").json["eta"] == 1
    assert "N = 128" in done(*arguments).out


def test_list() -> None:
    found = done("list", "--json").json
    assert set(found) == {
        "optimizers",
        "predicted_only",
        "simulated_only",
        "exponents_only",
        "stand_ins",
        "presets",
        "problems",
        "features",
    }
    names = {kind: [each["name"] for each in entries] for kind, entries in found.items()}
    assert {"gd", "matrix-sign", "natural-gradient"} <= set(names["optimizers"])
    assert "ramani-jain" in names["presets"]
    assert names["problems"] == ["gaussian", "relu", "data"]
    assert "ramani-jain" in done("list").out


def test_every_help_has_an_example_and_the_listed_line() -> None:
    page = done("--help").out
    assert done().out == page
    for name, line in COMMANDS.items():
        assert line in page
        found = program.get_command(None, name)  # type: ignore[arg-type]
        assert found is not None
        assert found.short_help == line
        assert f"  optscaling {name}" in done(name, "--help").out


BAD = {
    "s at most -1": (("alpha", "gd", "--s", "-1"), "s > -1"),
    "s far below": (("alpha", "gd", "--s", "-3", "--r", "1"), "s > -1"),
    "s not a number": (("alpha", "gd", "--s", "nan"), "finite number"),
    "isotropic s <= 0": (("alpha", "gd", "--s", "0"), "give r as well"),
    "r not positive": (("alpha", "gd", "--r", "0"), "r > 0"),
    "tau negative": (("alpha", "gd", "--tau", "-1"), "tau >= 0"),
    "unknown optimizer": (("alpha", "zzz"), "expected one such as gd"),
    "unknown baseline": (("threshold", "gd", "--baseline", "zzz"), "expected one such as gd"),
    "p out of range": (("alpha", "power:2"), "0 <= p <= 1"),
    "tau and steps": (("threshold", "gd", "--tau", "1", "--steps", "5", "--sizes", "8"), "exclude"),
    "steps alone": (("threshold", "gd", "--steps", "5"), "add --sizes"),
    "sizes alone": (("threshold", "gd", "--sizes", "5"), "add --steps"),
    "eta alone": (("threshold", "gd", "--eta", "1"), "add --steps"),
    "no steps": (("threshold", "matrix-sign", "--steps", "0", "--sizes", "8"), "at least 1"),
    "N of 0": (("threshold", "matrix-sign", "--steps", "9", "--sizes", "0:10"), "whole numbers from 1"),
    "empty range": (("threshold", "matrix-sign", "--steps", "9", "--sizes", "10:5"), "A <= B"),
    "sizes not numbers": (("threshold", "matrix-sign", "--steps", "9", "--sizes", "a,b"), "whole numbers"),
    "unstable eta": (("threshold", "matrix-sign", "--steps", "9", "--sizes", "8", "--eta", "2"), "eta < 2"),
    "unknown command": (("alhpa",), "did you mean alpha?"),
    "unknown option": (("alpha", "gd", "--tua", "1"), "did you mean --tau?"),
    "unknown word": (("nothing-like-it",), "expected one of alpha"),
    "no argument": (("alpha",), "`optscaling alpha --help`"),
    "no value": (("alpha", "gd", "--s"), "`optscaling alpha --help`"),
    "not a whole number": (("threshold", "gd", "--steps", "x", "--sizes", "8"), "whole number"),
}


@pytest.mark.parametrize(("arguments", "told"), BAD.values(), ids=BAD.keys())
def test_bad_input(arguments: tuple[str, ...], told: str) -> None:
    assert told in refused(*arguments)


def test_a_stand_in_is_named_first_and_keeps_its_name() -> None:
    text = done("alpha", "Muon", "--s", "2", "--tau", "1").out
    assert text.startswith("muon is not known itself; matrix-sign is taken for it:")
    assert "optimizer  matrix-sign" in text
    found = done("alpha", "muon", "--s", "2", "--tau", "1", "--json").json
    assert found["optimizer"] == "matrix-sign"
    assert [each["asked"] for each in found["stands_for"]] == ["muon"]
    both = done("threshold", "muon", "--baseline", "momentum", "--tau", "1", "--json").json
    assert [each["taken"] for each in both["stands_for"]] == ["matrix-sign", "heavy-ball"]
    assert done("alpha", "GD", "--s", "1", "--json").json["stands_for"] == []
    assert done("phases", "lion", "--json").json["stands_for"][0]["taken"] == "sign"


def test_several_s_are_answered_one_by_one() -> None:
    found = done("alpha", "gd", "--s", "1,2", "--tau", "1", "--json").json
    each = [done("alpha", "gd", "--s", s, "--tau", "1", "--json").json for s in ("1", "2")]
    assert found["results"] == [{k: v for k, v in one.items() if k != "stands_for"} for one in each]
    assert done("alpha", "gd", "--s", "1,2").out.count("optimizer  gd") == 2
    assert "list" in refused("alpha", "gd", "--s", "1,,2")


def test_steps_are_read_as_people_write_them() -> None:
    plain = done("threshold", "matrix-sign", "--steps", "2000", "--sizes", "100,1000", "--json").json
    for steps, sizes in (("2e3", "100,1e3"), ("2k", "100,1k"), ("2.0K", "1e2,1k")):
        assert done("threshold", "matrix-sign", "--steps", steps, "--sizes", sizes, "--json").json == plain


def test_symbols_by_their_own_names() -> None:
    assert done("alpha", "gd", "--s", "s", "--tau", "tau", "--json").json == done("alpha", "gd", "--json").json
