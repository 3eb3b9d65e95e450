"""The program as a process: what it loads, how it is stopped, and failures of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from support.calling import TINY, call, done

from optscaling import __version__
from optscaling.cli.console import failure, progress, stopping
from optscaling.cli.console.progress import meter
from optscaling.errors import CheckError
from optscaling.sim.runs.progress import Progress

PROGRAM = [sys.executable, "-c", "from optscaling.cli import main; main()"]


def loaded(*arguments: str) -> set[str]:
    """Top-level modules in memory after a call."""
    script = (
        "import sys\nfrom optscaling.cli import main\n"
        "try: main()\nexcept SystemExit as end: assert not end.code\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    found = subprocess.run(
        [sys.executable, "-W", "error", "-c", script, *arguments], capture_output=True, text=True, check=True
    )
    return set(found.stderr.split())


HEAVY = {"jax", "matplotlib", "scipy", "xarray", "rich", "jinja2", "numpy"}


@pytest.mark.parametrize(
    "arguments",
    [
        ("alpha", "gd", "--s", "1", "--tau", "1"),
        ("alpha", "matrix-sign", "--derive", "--json"),
        ("threshold", "natural-gradient", "--steps", "100", "--sizes", "8:64"),
    ],
    ids=["alpha", "derive", "threshold"],
)
def test_symbolic_commands_load_sympy_alone(arguments: tuple[str, ...]) -> None:
    found = loaded(*arguments)
    assert "sympy" in found
    assert not HEAVY & found


@pytest.mark.parametrize("arguments", [("--version",), ("--help",), ("list",)], ids=["version", "help", "list"])
def test_what_needs_no_theory_loads_none(arguments: tuple[str, ...]) -> None:
    assert not ((HEAVY | {"sympy"}) - {"numpy"}) & loaded(*arguments)


def test_version() -> None:
    assert done("--version").out == f"optscaling {__version__}\n"


def test_a_pipe_that_closes_is_no_error() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    found = subprocess.run([*PROGRAM, "list"], stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert found.stderr == b""
    assert found.returncode == failure.PIPE_CLOSED


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device")
def test_a_full_disk_is_a_sentence() -> None:
    with open("/dev/full", "w") as full:
        found = subprocess.run([*PROGRAM, "list"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert found.returncode == 2
    assert found.stderr.startswith("optscaling: No space left")
    assert found.stderr.count("\n") == 1


def test_an_interrupt_says_how_to_go_on(here: Path) -> None:
    heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"  # also where a shell ignores it
    (here / "long.toml").write_text(TINY.replace("seeds = 2", "seeds = 1000"))
    process = subprocess.Popen(
        [*PROGRAM[:2], f"{heard}; {PROGRAM[2]}", "simulate", "long.toml", "--out", "run"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=here,
    )
    try:
        while not list(here.glob("run/cells/*")) and process.poll() is None:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 128 + signal.SIGINT
    assert out == ""
    assert err.splitlines()[-1] == f"optscaling: {stopping.sentence(signal.SIGINT)}"


def test_an_interrupt_that_was_swallowed_still_stops_the_task(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signal, "getsignal", lambda _: signal.default_int_handler)
    with pytest.raises(KeyboardInterrupt), meter("simulate") as show:  # noqa: PT012
        with suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        show.fraction(0.5, "goes on regardless")
        raise AssertionError("the report did not stop the task")


def test_an_encoding_without_a_sign_is_no_failure(run: Path) -> None:
    narrow = os.environ | {"PYTHONIOENCODING": "koi8_r"}
    found = subprocess.run([*PROGRAM, "compare", run], capture_output=True, env=narrow, check=True)
    assert b" ? 0." in found.stdout


def failing(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("optscaling.theory.exponents.exponent.alpha", fail)
    answer = call("alpha", "gd")
    assert answer.out == ""
    return answer.code, answer.err


def test_a_failed_check_leaves_with_1(monkeypatch: pytest.MonkeyPatch) -> None:
    assert failing(CheckError("Two routes\ndiffer."), monkeypatch) == (1, "optscaling: Two routes differ.\n")


def test_files_and_memory_that_fail_leave_with_2(monkeypatch: pytest.MonkeyPatch) -> None:
    code, told = failing(PermissionError(13, "Permission denied", "run"), monkeypatch)
    assert code == 2
    assert told.startswith("optscaling: run: Permission denied; ")
    code, told = failing(MemoryError(), monkeypatch)
    assert code == 2
    assert "--memory" in told


def test_an_error_of_ours_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ZeroDivisionError):
        failing(ZeroDivisionError("ours"), monkeypatch)


def test_progress_is_a_line_now_and_then(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    clock = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: clock[0])
    with meter("simulate") as show:
        for second in range(0, 25, 4):
            clock[0] = second
            show.sweep(Progress(second / 40, second, 40, float(second), 40.0 - second, f"cell {second}"))
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == ["simulate 30%, cell 12, 28 s left", "simulate 60%, cell 24, 16 s left"]


def test_progress_takes_the_time_left_in_proportion(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: clock[0])
    with meter("predict") as show:
        show.fraction(0.0, "starting")
        clock[0] = 20.0
        show.fraction(0.25, "a quarter")
    assert capsys.readouterr().err == "predict 25%, a quarter, 60 s left\n"
