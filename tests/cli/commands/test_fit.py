"""fit: what it answers, and what it cannot use."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.calling import done, refused

DATA = Path(__file__).parents[2] / "data"
MARIN = DATA / "marin_speedrun.csv"
SMALL = "optimizer,params,loss\n" + "".join(
    f"{o},{n},{a * n**-e * (1 + 0.002 * (-1) ** k)}\n"
    for o, a, e in (("AdamW", 3, 0.2), ("Muon", 2.8, 0.2))
    for k, n in enumerate((100, 200, 400, 800, 1600))
)


def test_answer_and_json(here: Path) -> None:
    (here / "runs.csv").write_text(SMALL)
    told = done("fit", "runs.csv", "--form", "power", "--figure", "told.svg")
    assert told.err == ""
    assert "paired, 5 sizes" in told.out
    assert (here / "told.svg").read_bytes().startswith(b"<?xml")
    found = done("fit", "runs.csv", "--form", "power", "--json").json
    assert set(found) >= {"fits", "reading", "comparison", "choice", "speedup", "verdict"}
    for each in found["fits"]:
        assert set(each) >= {"optimizer", "form", "parameters", "alpha", "interval", "status"}
        assert set(each["parameters"]["A"]) == {"value", "interval"}
    (gap,) = found["comparison"]
    assert set(gap) >= {"a", "b", "difference", "error", "paired"}
    assert (gap["a"], gap["b"], gap["paired"]) == ("Muon", "AdamW", True)


def test_standard_input_is_the_same(here: Path) -> None:
    (here / "runs.csv").write_text(SMALL)
    from_file, piped = done("fit", "runs.csv", "--json").json, done("fit", "-", "--json", stdin=SMALL).json
    assert piped["source"] == "standard input"
    assert from_file["fits"] == piped["fits"]


def test_the_published_laws() -> None:
    options = ("--form", "chinchilla", "--drop", "outlier", "--draws", "120", "--json")
    (found,) = done("fit", DATA / "chinchilla_points.csv", *options).json["fits"]
    assert round(found["parameters"]["B"]["value"], 2) == 2143.42
    assert found["interval_kind"] == "bootstrap"
    assert found["correlations"]["log B, beta"] > 0.99


def test_real_runs_with_their_caveats() -> None:
    found = done("fit", MARIN, "--form", "power", "--by", "family,series", "--best", "--draws", "0", "--json").json
    kimi = next(each for each in found["fits"] if each["optimizer"] == "Muon-Kimi")
    assert (kimi["alpha"], kimi["interval"]) == (None, None)
    assert "not monotone" in kimi["status"]
    assert all(each["caveats"] for each in found["comparison"])


def test_cells_that_look_like_code_stay_text(here: Path) -> None:
    rows = SMALL.replace("Muon", "<script>alert(1)</script>").replace("AdamW", "$\\frac\x1b[31m")
    (here / "runs.csv").write_text(rows)
    told = done("fit", "runs.csv", "--figure", "told.svg")
    assert "\x1b" not in told.out
    assert "<script>" not in (here / "told.svg").read_text()
    found = done("fit", "runs.csv", "--json").json
    assert [each["optimizer"] for each in found["fits"]] == ["$\\frac\x1b[31m", "<script>alert(1)</script>"]


def test_bad_input(here: Path) -> None:
    (here / "runs.csv").write_text(SMALL)
    (here / "bytes.csv").write_bytes(b"\x00\x01\x02\xffn,loss\n")
    assert "did you mean loss" in refused("fit", "runs.csv", "--loss", "los")
    assert "not a file" in refused("fit", "missing.csv")
    assert "not text" in refused("fit", "bytes.csv")
    assert "--tokens" in refused("fit", "runs.csv", "--form", "chinchilla")
    assert "no optimizer" in refused("fit", "runs.csv", "--baseline", "Shampoo")
    assert "lies above" in refused("fit", "runs.csv", "--from", "9", "--to", "3")
    assert "at least 6" in refused("fit", "runs.csv", "--form", "broken")
    assert "1 whose loss is not positive" in refused("fit", "-", stdin="n,loss\n2,-1\n")
    assert "not monotone" in refused("fit", "-", stdin="n,loss\n1,1\n2,3\n4,0.9\n")
    assert "empty" in refused("fit", "-", stdin="")


def test_joint_laws_of_a_table(here: Path) -> None:
    rows = [
        f"{name},{size},{size * ratio},{1.7 + (size / 3e8) ** -0.3 + 0.4 * (rho * size * ratio / 2e10) ** -0.28}\n"
        for name, rho in (("AdamW", 1.0), ("Muon", 1.2))
        for size in (1e8, 2e8, 4e8, 8e8)
        for ratio in (20, 40, 80)
    ]
    (here / "runs.csv").write_text("optimizer,params,tokens,loss\n" + "".join(rows))
    found = done("fit", "runs.csv", "--form", "joint", "--json").json
    assert found["schema"] == 1
    assert len(found["laws"]) == 16
    assert found["laws"][0]["values"]["rho_D"]["Muon"]["value"] == pytest.approx(1.2, abs=1e-3)
    assert "missing" in refused("fit", "runs.csv", "--form", "joint", "--tokens", "missing")


def test_loss_curves(here: Path) -> None:
    rows = [
        f"{name},{k},{rate(k)},{2.5 + 0.6 * (0.001 * k) ** -0.45 + 40 * (rate(k) - 0.001)}\n"
        for name, rate in (("flat", lambda k: 0.001), ("linear", lambda k: 0.001 * (1 - k / 1100)))
        for k in range(100, 1001, 50)
    ]
    (here / "curves.csv").write_text("schedule,step,lr,loss\n" + "".join(rows))
    asked = ("fit", "curves.csv", "--form", "multipower", "--train", "linear")
    assert "Held out: flat" in done(*asked).out
    assert done(*asked, "--json").json["held_out"] == ["flat"]
    assert "No curve is called 'x'" in refused(*asked[:-1], "x")
