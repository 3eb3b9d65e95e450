"""plan and audit: what they answer, and what they cannot use."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.calling import done, refused

ROWS = [
    f"{name},{n},{n * r},{1.7 + 250 * n**-0.3 + 500 * (rho * n * r) ** -0.3 + 2e-3 * ((7 * k + r) ** 2 % 7 - 3)}\n"
    for name, rho in (("AdamW", 1.0), ("Muon", 1.3))
    for k, n in enumerate((1e8, 2e8, 4e8, 8e8))
    for r in (20, 40, 80)
]


@pytest.fixture
def runs(here: Path) -> str:
    (here / "runs.csv").write_text("optimizer,params,tokens,loss\n" + "".join(ROWS))
    (here / "law.toml").write_text("E = 1.7\nA = 250\nalpha = 0.3\nB = 500\nbeta = 0.3\n")
    return "runs.csv"


def test_plan(runs: str) -> None:
    told = done("plan", runs, "--question", "muon > adamw at 2x", "--budget", "1e21").out
    assert "chance of a verdict" in told
    found = done("plan", runs, "--question", "muon > adamw at 2x", "--budget", "1e21", "--json").json
    assert found["spent"] <= 1e21
    assert "is no question" in refused("plan", runs, "--question", "why", "--budget", "1e21")


def test_audit(runs: str, here: Path) -> None:
    found = done("audit", runs, "--drop", "optimizer=Muon", "--parameters", "law.toml", "--json").json
    assert found["objective"][0] >= found["objective"][1]
    assert "Distance" in done("audit", runs, "--parameters", "law.toml").out
    assert "is not a file" in refused("audit", runs, "--parameters", "none.toml")
    (here / "law.json").write_text('{"E": "x"}')
    assert "one number for each name" in refused("audit", runs, "--parameters", "law.json")


def test_replicates(here: Path) -> None:
    lines = [f"{name},{loss + 0.001 * (-1) ** k}\n" for name, loss in (("a", 3.0), ("b", 3.1)) for k in range(4)]
    (here / "seeds.csv").write_text("optimizer,loss\n" + "".join(lines))
    assert "Lowest mean loss: a (" in done("replicates", "seeds.csv").out
    found = done("replicates", "seeds.csv", "--json").json
    assert found["by"] == "loss"
    assert [e["name"] for e in found["entries"]] == ["a", "b"]
    assert "No column" in refused("replicates", "seeds.csv", "--entry", "group")
