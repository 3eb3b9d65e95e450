"""The program called in this process, and a small experiment for it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from optscaling.cli.program import program

TINY = """[problem]
kind = "gaussian"
s = [0.5, 1.0]
dim = 40
[model]
sizes = [4, 8, 16]
[training]
optimizers = ["gd", "natural-gradient", "sign"]
steps = [10, 100]
[measure]
seeds = 2
"""


@dataclass(frozen=True)
class Answer:
    """What a call printed and left with."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The object on standard output, which must hold nothing else, and no NaN."""

        def refuse(name: str) -> None:
            raise AssertionError(f"{name} in JSON")

        found = json.loads(self.out, parse_constant=refuse)
        assert isinstance(found, dict)
        return found


def call(*arguments: str | Path, stdin: str | bytes | None = None) -> Answer:
    """Call the program; an exception other than its exit is raised here."""
    result = CliRunner().invoke(program, [str(a) for a in arguments], input=stdin, prog_name="optscaling")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Answer(result.exit_code, result.stdout, result.stderr)


def done(*arguments: str | Path, stdin: str | bytes | None = None) -> Answer:
    """A call that must work."""
    answer = call(*arguments, stdin=stdin)
    assert answer.code == 0, answer.err
    return answer


def refused(*arguments: str | Path, stdin: str | bytes | None = None) -> str:
    """The one sentence a call with bad input must be answered with."""
    answer = call(*arguments, stdin=stdin)
    assert answer.code == 2, answer
    assert answer.out == ""
    assert answer.err.startswith("optscaling: ")
    assert answer.err.endswith("\n")
    assert answer.err.count("\n") == 1
    assert "Traceback" not in answer.err
    return answer.err
