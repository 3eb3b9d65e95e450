"""spike: what it prints, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.calling import done, refused

_EVEN = ("spike", "--bulk", "0.5:1", "--dim", "600", "--size", "300")


def test_spike(tmp_path: Path) -> None:
    path = tmp_path / "spike.png"
    found = done(*_EVEN, "--strength", "3", "--figure", str(path), "--json").json
    assert found["escapes"] is True
    assert found["position"] == pytest.approx(5.033, abs=1e-3)
    assert found["overlap"] == pytest.approx(0.451, abs=1e-3)
    assert 1 < found["critical"] < 3
    assert path.stat().st_size > 0
    lost = done(*_EVEN, "--strength", "1.2", "--json").json
    assert (lost["escapes"], lost["overlap"]) == (False, 0)
    assert lost["deviation"] is None
    assert "lost in the bulk" in done(*_EVEN, "--strength", "1.2").out
    assert "stands apart" in done("spike", "--s", "1", "--dim", "1000", "--size", "300", "--strength", "2").out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("spike", "--dim", "10", "--size", "5", "--strength", "2"), "--s"),
        (("spike", "--s", "1", "--bulk", "1:2", "--dim", "10", "--size", "5", "--strength", "3"), "only one"),
        (("spike", "--s", "1", "--dim", "10", "--size", "0", "--strength", "2"), "whole number"),
        (("spike", "--s", "1", "--dim", "10", "--size", "9" * 400, "--strength", "2"), "whole number"),
        (("spike", "--s", "1", "--dim", "10", "--size", "5", "--strength", "inf"), "between"),
        (("spike", "--bulk", "1e-320:1", "--dim", "10", "--size", "5", "--strength", "3"), "between"),
        (("spike", "--s", "1", "--dim", "10", "--size", "5", "--strength", "1"), "eigenvalue of the bulk"),
        (("spike", "--bulk", "2:1", "--dim", "10", "--size", "5", "--strength", "3"), "LOW:HIGH"),
    ],
)
def test_bad_input(arguments: tuple[str, ...], told: str) -> None:
    assert told in refused(*arguments)
