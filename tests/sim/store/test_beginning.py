"""A run's beginning: cut off anywhere it is begun again, refusals leave nothing behind, and writers are kept apart."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import xarray as xr
from support.small import experiment

from optscaling import atomic_file
from optscaling.errors import InputError
from optscaling.sim import simulate
from optscaling.sim.store.run_lock import Claim, locked

MADE = experiment(sizes=[4], seeds=2)


class Killed(BaseException):
    """What a kill is to code that cannot see it."""


@pytest.mark.parametrize("last", range(5))  # manifest, two cells, risk.nc, manifest
def test_a_run_cut_off_at_any_write_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: int) -> None:
    replace, seen = os.replace, []

    def cut(source: Path, target: Path) -> None:
        seen.append(target)
        if len(seen) > last:
            raise Killed
        replace(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(atomic_file.os, "replace", cut)
        patch.setattr(Path, "unlink", lambda *_, **__: None)  # nobody is left to tidy up
        with pytest.raises(Killed):
            simulate(MADE, tmp_path)
    assert len(seen) == last + 1
    xr.testing.assert_equal(simulate(MADE, tmp_path).risk, simulate(MADE).risk)
    assert not [file.name for file in tmp_path.rglob("*") if file.name.endswith(".draft")]


@pytest.mark.parametrize("begun", [[], ["cells"], [".lock"], ["cells", ".lock"]])
def test_a_directory_with_nothing_but_a_beginning_is_taken(tmp_path: Path, begun: list[str]) -> None:
    for name in begun:
        (tmp_path / name).touch() if name.startswith(".") else (tmp_path / name).mkdir()
    assert simulate(MADE, tmp_path).risk.notnull().all()


def test_what_is_refused_at_a_cell_leaves_no_directory(tmp_path: Path) -> None:
    made = experiment("data", sizes=[4], samples=10, path=str(tmp_path / "missing.csv"), target="y")
    with pytest.raises(InputError, match="missing"):
        simulate(made, tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.skipif(os.name != "posix", reason="locks of the system")
def test_two_writers_are_kept_apart(tmp_path: Path) -> None:
    with locked(tmp_path, Claim()), pytest.raises(InputError, match=rf"another process \(number {os.getpid()} on "):
        simulate(MADE, tmp_path)
    with locked(tmp_path, Claim("1-of-2")), locked(tmp_path, Claim("2-of-2")):
        with pytest.raises(InputError, match="is being written"), locked(tmp_path, Claim("1-of-2")):
            pass
        with pytest.raises(InputError, match="is being written"), locked(tmp_path, Claim()):
            pass
    assert simulate(MADE, tmp_path).risk.notnull().all()


@pytest.mark.skipif(os.name != "posix", reason="locks of the system")
def test_a_dead_process_holds_no_lock(tmp_path: Path) -> None:
    code = (
        "import os, pathlib, sys; from optscaling.sim.store.run_lock import Claim, locked\n"
        "with locked(pathlib.Path(sys.argv[1]), Claim()): os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", code, tmp_path], check=False).returncode == 9
    with locked(tmp_path, Claim()):
        pass


def test_a_link_laid_out_in_a_drafts_place_is_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even one who guesses the name finds the file opened only where nothing is."""
    monkeypatch.setattr(atomic_file.secrets, "token_hex", lambda _: "known")
    (tmp_path / "victim").write_text("mine")
    (tmp_path / ".file.known.draft").symlink_to(tmp_path / "victim")
    with pytest.raises(FileExistsError):
        atomic_file.replace_file(tmp_path / "file", b"theirs")
    assert (tmp_path / "victim").read_text() == "mine"
