"""A place to work in, with the small experiment in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.calling import TINY, done


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory that holds tiny.toml and a plain file named taken, as the working directory."""
    (tmp_path / "tiny.toml").write_text(TINY)
    (tmp_path / "taken").write_text("a file")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of the small experiment."""
    folder = tmp_path_factory.mktemp("measured")
    (folder / "tiny.toml").write_text(TINY)
    done("simulate", folder / "tiny.toml", "--out", folder / "run")
    return folder / "run"
