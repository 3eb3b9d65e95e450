"""Experiment files: presets load, content round-trips, and every wrong key or value is refused in a sentence."""

import tomllib

import pytest

from optscaling.errors import InputError
from optscaling.theory.experiments.experiment import Experiment
from optscaling.theory.experiments.load import load_experiment, presets
from optscaling.theory.experiments.parse import from_dict, parse_experiment

GOOD = """
[problem]
kind = "gaussian"
s = [0.5, 1.0]
r = "isotropic"
dim = 1000
[model]
sizes = [64, 256, 1024]
samples = "inf"
[training]
optimizers = ["gd", "matrix-sign", "natural-gradient"]
steps = [10, 100, 1000]
[measure]
seeds = 10
"""


def changed(section: str, **keys: object) -> dict:
    content = tomllib.loads(GOOD)
    content.setdefault(section, {}).update(keys)
    return content


@pytest.mark.parametrize("name", presets())
def test_presets_load_and_round_trip(name: str) -> None:
    made = load_experiment(name)
    again = from_dict(made.to_dict(), name)
    assert again == made
    assert again.fingerprint == made.fingerprint


def test_the_preset_is_the_papers_setup() -> None:
    made = load_experiment("ramani-jain")
    assert made.sizes == (25, 50, 100, 200, 500, 1000, 2000, 5000)
    assert made.fit_sizes == (200, 500, 1000, 2000, 5000)
    assert [made.samples.count(n) for n in (25, 1000, 5000)] == [10_000, 20_000, 50_000]
    assert 2000 in made.steps
    assert made.eta == 1.5
    assert made.seeds == 10


def test_changing_sizes_keeps_a_window_to_fit() -> None:
    made: Experiment = load_experiment("ramani-jain").with_(sizes=[25, 100], seeds=2, steps=[7])
    assert (made.sizes, made.seeds, made.steps) == ((25, 100), 2, (7,))
    assert made.fit_sizes == (25, 100)
    assert made.fingerprint != load_experiment("ramani-jain").fingerprint


def test_the_name_is_not_part_of_the_fingerprint() -> None:
    assert parse_experiment(GOOD, "a").fingerprint == parse_experiment(GOOD, "b").fingerprint


@pytest.mark.parametrize(
    ("section", "keys", "says"),
    [
        ("problem", {"s": -1.0}, "s > -1"),
        ("problem", {"s": "1"}, "number"),
        ("problem", {"s": []}, "empty"),
        ("problem", {"s": 0.0, "dim": "inf"}, "finite dim"),
        ("problem", {"s": 1.0, "r": -0.5, "dim": "inf"}, "finite"),
        ("problem", {"dim": 0}, "at least 1"),
        ("problem", {"kind": "quadratic"}, "kind"),
        ("problem", {"noise": -1}, "negative"),
        ("problem", {"path": "x.csv"}, "no meaning"),
        ("problem", {"typo": 1}, "unknown key"),
        ("model", {"sizes": [0, 10]}, "at least 1"),
        ("model", {"sizes": [1.5]}, "whole number"),
        ("model", {"samples": {"per_feature": 20, "minimum": 3}}, "unknown key"),
        ("model", {"samples": {"min": 10, "max": 5}}, "min <= max"),
        ("model", {"samples": "many"}, "whole number"),
        ("training", {"optimizers": ["fastest"]}, "not an optimizer"),
        ("training", {"optimizers": [1]}, "names"),
        ("training", {"optimizers": []}, "empty"),
        ("training", {"optimizers": ["gd", "power:0.5", "matrix-sign"]}, "power:0.5 and matrix-sign, which are one"),
        ("training", {"optimizers": ["adam", "adamw"]}, r"one and the same \(diagonal\)"),
        ("training", {"optimizers": ["gd", "gd"]}, "name it once"),
        ("problem", {"noise": 1e300}, "up to 1e.50 is served"),
        ("problem", {"s": 100.0}, "smaller s or r"),
        ("problem", {"r": 100.0}, "smaller s or r"),
        ("training", {"steps": [0]}, "at least 1"),
        ("training", {"eta": 2.0}, "stable"),
        ("training", {"eta": float("nan")}, "finite"),
        ("training", {"eta": -0.1}, "stable"),
        ("measure", {"seeds": True}, "whole number"),
        ("measure", {"fit_from": 4096}, "fit_from"),
        ("extra", {"a": 1}, "unknown section"),
    ],
)
def test_bad_content_is_refused(section: str, keys: dict, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        from_dict(changed(section, **keys), "test")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["[problem", "a = 1", "", "[problem]\nkind = 'relu'\ns = 1.0"])
def test_text_that_is_no_experiment_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        parse_experiment(text, "test")


def test_unknown_sources_are_refused(tmp_path) -> None:
    with pytest.raises(InputError, match="neither a preset"):
        load_experiment("nothing-of-the-sort")
    binary = tmp_path / "x.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="read as text"):
        load_experiment(str(binary))


def test_data_paths_are_relative_to_the_file(tmp_path) -> None:
    file = tmp_path / "e.toml"
    file.write_text(
        "[problem]\nkind='data'\npath='d.csv'\n[model]\nsizes=[4]\n[training]\noptimizers=['gd']\nsteps=[1]\n"
    )
    assert load_experiment(str(file)).problem.path == str(tmp_path / "d.csv")
