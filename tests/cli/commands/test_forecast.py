"""forecast: what it answers, and what it cannot use."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.calling import done, refused


@pytest.fixture
def runs(here: Path) -> str:
    rows = []
    for name, rho in (("AdamW", 1.0), ("Muon", 1.3)):
        for k, n in enumerate((1e8, 2e8, 4e8, 8e8)):
            for r in (20, 40, 80):
                noise = 2e-3 * ((7 * k + r + len(name)) ** 2 % 7 - 3)
                loss = 1.7 + 0.9 * (n / 3e8) ** -0.3 + 0.4 * (rho * n * r / 2e10) ** -0.28 + noise
                rows.append(f"{name},{n},{n * r},{loss}\n")
    (here / "runs.csv").write_text("optimizer,params,tokens,loss\n" + "".join(rows))
    return "runs.csv"


def test_answer_and_json(runs: str) -> None:
    told = done("forecast", runs, "--at", "2x", "--target-loss", "2.7", "--draws", "100", "--cost", "Muon=1.1").out
    assert "Back-test without" in told
    found = done("forecast", runs, "--at", "N=1e9,D=2e10", "--draws", "100", "--beyond", "--json").json
    assert found["kind"] == "forecast"
    muon = next(p for p in found["points"] if p["optimizer"] == "Muon")
    assert muon["interval"][0] < muon["loss"] < muon["interval"][1]
    assert muon["better"] > 0.9


@pytest.mark.parametrize(
    ("options", "part"),
    [
        (("--at", "soon"), "expected a factor"),
        (("--at", "N=1e9"), "expected a factor"),
        (("--cost", "Muon=-1"), "expected NAME=X"),
        (("--tokens", "steps"), "steps"),
    ],
)
def test_bad_input_gets_a_sentence(runs: str, options: tuple[str, ...], part: str) -> None:
    assert part in refused("forecast", runs, *options)
