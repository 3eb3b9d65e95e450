"""predict, simulate, compare and reproduce on a small experiment."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.calling import TINY, done, refused

RISK = {"optimizer", "s", "N", "steps", "value", "interval"}
ALPHA = {"optimizer", "s", "steps", "value", "interval", "window"}
CELL = {"optimizer", "s", "steps", "measured", "predicted", "published"}
COMPARED = {"cells", "agreement", "threshold", "prediction"}


def check_rows(found: dict) -> None:
    assert len(found["risk"]) == 3 * 2 * 3 * 2
    assert len(found["alpha"]) == 3 * 2 * 2
    assert all(set(row) == RISK for row in found["risk"])
    assert all(set(row) >= ALPHA for row in found["alpha"])
    for row in (*found["risk"], *found["alpha"]):
        if row["interval"] is not None:
            assert row["interval"][0] <= row["value"] <= row["interval"][1]


def check_cells(found: dict) -> None:
    assert set(found) >= COMPARED
    assert len(found["cells"]) == 3 * 2 * 2
    for cell in found["cells"]:
        assert set(cell) >= CELL
        assert set(cell["measured"]) >= {"value", "interval"}
        assert set(cell["predicted"]) >= {"value", "interval"}
        assert cell["published"] is None


def test_predict(here: Path) -> None:
    found = done("predict", "tiny.toml", "--json").json
    check_rows(found)
    assert "approximation" in found["notes"]["sign"]
    for row in (*found["risk"], *found["alpha"]):
        assert row["interval"][0] < row["value"] < row["interval"][1]
    for row in found["alpha"]:
        assert row["window"] == [4, 16]
    assert done("predict", "-", "--json", stdin=TINY).json["risk"] == found["risk"]
    text = done("predict", "tiny.toml").out
    assert "natural-gradient" in text
    assert "\x1b" not in text


@pytest.mark.parametrize(("suffix", "start"), [("svg", b"<?xml"), ("png", b"\x89PNG")])
def test_predict_draws(here: Path, suffix: str, start: bytes) -> None:
    found = done("predict", "tiny.toml", "--figure", f"new/risk.{suffix}", "--json").json
    assert (here / found["figure"]).read_bytes().startswith(start)


def test_one_pass_methods(here: Path) -> None:
    """Steps that are not stable have no prediction, and the note gives the largest that are."""
    text = TINY.replace("[training]", "[training]\neta = 0.2").replace('"sign"', '"sgd:4", "sgd-power:1/2"')
    found = done("predict", "-", "--json", stdin=text).json
    assert all(row["value"] > 0 for row in found["risk"] if row["optimizer"].startswith("sgd:"))
    wild = text.replace("eta = 0.2", "eta = 1.9").replace("sgd:4", "sgd")
    unstable = done("predict", "-", "--json", stdin=wild).json
    assert all(row["value"] is None for row in unstable["risk"] if row["optimizer"] == "sgd")
    assert "the largest stable eta" in unstable["notes"]["sgd"]
    (here / "sgd.toml").write_text(text)
    risks = done("simulate", "sgd.toml", "--out", "run", "--json").json["risk"]
    assert all(row["value"] > 0 for row in risks)
    cells = done("compare", "run", "--json").json["cells"]
    assert all(cell["agrees"] is not None for cell in cells)
    (here / "wild.toml").write_text(wild.replace("eta = 1.9", "eta = 30").replace('"gd", ', ""))
    assert "diverged" in done("simulate", "wild.toml", "--out", "wild").out
    few = text.replace("[model]", "[model]\nsamples = 64")
    assert "simulated in law" in refused("simulate", "-", "--out", "few", stdin=few)


def test_one_size_shows_risks(here: Path) -> None:
    text = done("predict", "-", stdin=TINY.replace("[4, 8, 16]", "[4]")).out
    assert "alpha needs two sizes" in text


def test_simulate_and_go_on(here: Path) -> None:
    found = done("simulate", "tiny.toml", "--out", "run", "--json").json
    check_rows(found)
    assert all(row["value"] > 0 for row in found["risk"])
    assert found["run"] == "run"
    assert [(c["N"], c["seed"]) for c in found["cells"]] == 2 * [(n, seed) for n in (4, 8, 16) for seed in (0, 1)]
    assert all(c["seconds"] > 0 and c["flops_per_second"] == c["flops"] / c["seconds"] for c in found["cells"])
    again = done("simulate", "tiny.toml", "--out", "run", "--json")
    assert again.json == found
    assert again.err == ""
    other = TINY.replace("seeds = 2", "seeds = 3")
    assert "different experiment" in refused("simulate", "-", "--out", "run", stdin=other)
    text = done("simulate", "tiny.toml", "--out", "run").out
    assert "measured over 2 seeds" in text
    assert "12 cells, " in text


def test_optimizers_without_a_prediction(here: Path) -> None:
    """Each cell's JSON says which candidate it took; compare says that theory predicts none of them."""
    name = "optax:sgd(learning_rate=[0.1, 0.01])"
    text = TINY[: TINY.index("optimizers")] + f'optimizers = ["{name}"]\n' + TINY[TINY.index("steps") :]
    found = done("simulate", "-", "--out", "alone", "--json", stdin=text).json
    assert {c["chosen"][name] for c in found["cells"]} <= {f"optax:sgd(learning_rate={rate})" for rate in (0.1, 0.01)}
    assert found["rank_status"] is None
    assert found["precision_status"] is None
    assert "Theory predicts none of the cells" in done("compare", "alone").out
    assert all(row["value"] is None for row in done("predict", "-", "--json", stdin=text).json["risk"])
    beside = text.replace("optimizers = [", 'optimizers = ["gd", ')
    assert name in done("predict", "-", stdin=beside).out.splitlines()[2]  # a column, though all of it is "-"


def test_one_seed_has_no_interval(here: Path) -> None:
    found = done("simulate", "-", "--out", "one", "--json", stdin=TINY.replace("seeds = 2", "seeds = 1")).json
    assert all(row["interval"] is None for row in (*found["risk"], *found["alpha"]))


def test_compare(run: Path, here: Path) -> None:
    found = done("compare", run, "--report", "pages/report.html", "--json").json
    check_cells(found)
    assert found["prediction"]["available"] is True
    page = (here / "pages" / "report.html").read_text()
    assert "<svg" in page
    assert "optscaling compare" in page
    answer = done("compare", run)
    assert all(line.startswith("predict ") for line in answer.err.splitlines())  # progress, where it takes long
    assert max(len(line) for line in answer.out.splitlines()) > 80  # nothing is cut to a terminal's width
    assert "natural-gradient  0.5" in answer.out


def test_compare_where_theory_has_no_prediction(here: Path) -> None:
    sampled = TINY.replace("[model]", "[model]\nsamples = 64")
    done("simulate", "-", "--out", "sampled", stdin=sampled)
    found = done("compare", "sampled", "--json").json
    assert set(found) >= COMPARED
    if not found["prediction"]["available"]:
        assert found["prediction"]["status"]
        assert all(cell["predicted"] is None for cell in found["cells"])
        assert found["prediction"]["status"] in done("compare", "sampled").out


def test_reproduce(here: Path) -> None:
    found = done("reproduce", "tiny.toml", "--json").json
    check_cells(found)
    assert found["run"] == "runs/tiny"
    assert (here / found["report"]).read_text().count("optscaling reproduce tiny.toml --json") == 1
    written = [here / path for path in found["figures"]]
    assert {path.suffix for path in written} == {".png", ".svg"}
    assert all(path.stat().st_size > 1000 for path in written)
    assert done("compare", "runs/tiny", "--json").json["cells"] == found["cells"]


def test_compare_writes_figures_for_papers(here: Path) -> None:
    done("simulate", "tiny.toml", "--out", "run")
    found = done("compare", "run", "--figure", "a.pdf", "--figures", "paper", "--width", "single", "--json").json
    assert (here / found["figure"]).read_bytes().startswith(b"%PDF")
    assert {path.suffix for path in (here / found["figures"]).iterdir()} == {".svg", ".pdf"}
    assert ".png, .svg or .pdf" in refused("compare", "run", "--figure", "a.gif")


def test_reproduce_with_other_sizes_steps_and_seeds(here: Path) -> None:
    options = ("--sizes", "5:20", "--steps", "10", "--seeds", "3", "--out", "other")
    found = done("reproduce", "tiny.toml", *options, "--json").json
    made = found["experiment"]
    assert made["model"]["sizes"] == [8, 16]
    assert made["training"]["steps"] == [10]
    assert made["measure"]["seeds"] == 3


def test_reproduce_with_label_noise(here: Path) -> None:
    found = done("reproduce", "tiny.toml", "--noise", "0.5", "--json").json
    assert found["experiment"]["problem"]["noise"] == 0.5
    assert "variance is not negative" in refused("reproduce", "tiny.toml", "--noise", "-1")


def test_reproduce_quick_takes_the_quick_preset(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from optscaling.theory.experiments import load, parse

    monkeypatch.setattr(load, "presets", lambda: ["mine-quick"])
    monkeypatch.setattr(load, "load_experiment", lambda name: parse.parse_experiment(TINY, f"loaded {name}"))
    assert "report: runs/loaded mine-quick/report.html" in done("reproduce", "mine", "--quick").out
    assert "no quick form (presets that have one: mine)" in refused("reproduce", "tiny", "--quick")


def changed(old: str, new: str) -> str:
    assert old in TINY
    return TINY.replace(old, new)


BAD_EXPERIMENTS = {
    "s at most -1": (changed("[0.5, 1.0]", "-1.0"), "s > -1"),
    "infinite dim": (changed("dim = 40", 'dim = "inf"').replace("[0.5, 1.0]", "0.0"), "dim"),
    "N of 0": (changed("[4, 8, 16]", "[0]"), "at least 1"),
    "unstable eta": (changed("[training]", "[training]\neta = 2.0"), "0 < eta < 2"),
    "unknown optimizer": (changed('"sign"', '"zzz"'), "'zzz' is not an optimizer"),
    "object of Python": (changed('"sign"', '"custom:mine"'), "'custom:mine' was given in Python as an object"),
    "unknown key": (changed("dim = 40", "dimension = 40"), "unknown key 'dimension'"),
    "not TOML": ("gd, please", "not TOML"),
    "empty": ("", "[problem] is missing"),
}


@pytest.mark.parametrize(("text", "told"), BAD_EXPERIMENTS.values(), ids=BAD_EXPERIMENTS.keys())
@pytest.mark.parametrize("command", [("predict", "-"), ("simulate", "-", "--out", "run"), ("reproduce", "-")])
def test_bad_experiments(here: Path, command: tuple[str, ...], text: str, told: str) -> None:
    before = sorted(here.rglob("*"))
    assert told in refused(*command, stdin=text)
    assert sorted(here.rglob("*")) == before


def test_bytes_that_are_no_text() -> None:
    assert "UTF-8" in refused("predict", "-", stdin=b"\xff\xfe")


BAD_CALLS = {
    "unknown preset": (("predict", "ramani"), "neither a preset"),
    "unknown preset to reproduce": (("reproduce", "ramani"), "neither a preset"),
    "no quick form": (("reproduce", "tiny.toml", "--quick"), "no quick form"),
    "N of 0": (("reproduce", "tiny.toml", "--sizes", "0:10"), "whole numbers from 1"),
    "no seeds": (("reproduce", "tiny.toml", "--seeds", "0"), "at least 1"),
    "no steps": (("reproduce", "tiny.toml", "--steps", "0"), "steps is '0'"),
    "no memory to reproduce": (("reproduce", "tiny.toml", "--memory", "0"), "must be positive"),
    "no such precision": (("reproduce", "tiny.toml", "--precision", "float16"), "expected float64, mixed, float32"),
    "no memory": (("simulate", "tiny.toml", "--out", "run", "--memory", "0"), "must be positive"),
    "no name to write under": (("reproduce", "-"), "is missing"),
    "no run": (("compare", "nothing"), "is not a run"),
    "a file as run": (("compare", "taken"), "is not a run"),
    "no output": (("simulate", "tiny.toml"), "--out"),
    "unknown figure": (("predict", "tiny.toml", "--figure", "risk.gif"), ".png, .svg or .pdf"),
    "out under a file": (("simulate", "tiny.toml", "--out", "taken/run"), "cannot be written"),
    "reproduce under a file": (("reproduce", "tiny.toml", "--out", "taken/run"), "cannot be written"),
    "out is a file": (("simulate", "tiny.toml", "--out", "taken"), "cannot be written"),
    "figure under a file": (("predict", "tiny.toml", "--figure", "taken/risk.svg"), "cannot be written"),
    "figure is a directory": (("predict", "tiny.toml", "--figure", "folder.svg"), "is a directory"),
    "report under a file": (("compare", "tiny", "--report", "taken/report.html"), "cannot be written"),
}


@pytest.mark.parametrize(("arguments", "told"), BAD_CALLS.values(), ids=BAD_CALLS.keys())
def test_bad_calls(here: Path, arguments: tuple[str, ...], told: str) -> None:
    (here / "folder.svg").mkdir()
    before = sorted(here.rglob("*"))
    assert told in refused(*arguments)
    assert sorted(here.rglob("*")) == before


def test_standard_input_needs_a_place(here: Path) -> None:
    assert "add --out" in refused("reproduce", "-", stdin=TINY)
