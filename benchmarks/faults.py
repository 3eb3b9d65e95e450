"""Disks that refuse and files that are damaged, in a run of `simulate`: each is told, and nothing finished is lost.

- refused: the k-th call of the run that makes, writes, syncs or moves a file fails, for every k and with a full disk,
  no permission, a disk that became read-only and one that is broken. It must end in one sentence; what was finished
  must be there with the same bytes; and the same command must then go on to the whole run, bit for bit.
- damaged: every file of a finished run in turn is cut, emptied, has one bit flipped, becomes another one's copy, is
  gone, a directory, a link to another file or a pipe that nobody writes to. It must be told (or be of no consequence),
  and going on must end in the same whole.
- clocks: time jumps by a day and back at every look at it; the risks must be the same.
- writers: two programs begin on one directory at once; each ends in the whole run or in a sentence.

python benchmarks/faults.py [--every 1]
"""

from __future__ import annotations

import argparse
import errno
import io
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from optscaling.errors import InputError
from optscaling.sim import open_run, simulate
from optscaling.theory.experiments import Experiment, from_dict

ERRORS = {"disk full": errno.ENOSPC, "permission lost": errno.EACCES, "read-only": errno.EROFS, "broken": errno.EIO}
CALLS = ("open", "fsync", "replace", "mkdir", "fdopen")
DAMAGES = ("cut", "emptied", "flipped", "replaced", "gone", "directory", "link", "pipe")
SPEC: dict[str, dict[str, Any]] = {
    "problem": {"kind": "gaussian", "s": [0.5, 1.0], "dim": 30},
    "model": {"sizes": [8, 12]},
    "training": {"optimizers": ["gd", "sign"], "steps": [5, 20]},
    "measure": {"seeds": 2},
}


class Refusing:
    """Calls on files of one folder, of which one fails. `count`: how many there were."""

    def __init__(self, folder: Path, failing: int | None, number: int) -> None:
        self.folder, self.failing, self.number, self.count = str(folder), failing, number, 0
        self.handles: set[int] = set()

    def refuse(self) -> None:
        """Count a call, and fail where it is its turn; a disk that is full stays so for the rest of this program."""
        self.count += 1
        if self.failing is not None and self.count > self.failing:
            raise OSError(self.number, os.strerror(self.number))

    def wrapped(self, name: str) -> Callable[..., Any]:
        """The function of `os` with that name, failing in its turn."""
        real = getattr(os, name)

        def call(what: Any, *rest: Any, **named: Any) -> Any:
            ours = what in self.handles if isinstance(what, int) else str(what).startswith(self.folder)
            writes = name != "open" or (rest and rest[0] & (os.O_WRONLY | os.O_RDWR))
            if not (ours and writes):
                return real(what, *rest, **named)
            if name == "fdopen":
                return Stream(self, what)
            self.refuse()
            made = real(what, *rest, **named)
            if name == "open":
                self.handles.add(made)
            return made

        return call


class Stream(io.RawIOBase):
    """A file that takes half of what is written, and then refuses the rest where it is its turn."""

    def __init__(self, counter: Refusing, handle: int) -> None:
        super().__init__()
        self.counter, self.handle = counter, handle

    def write(self, content: Any) -> int:
        """All of it, or half and an error."""
        half = len(content) // 2
        os.write(self.handle, content[:half])
        self.counter.refuse()
        return half + os.write(self.handle, content[half:])

    def fileno(self) -> int:
        """Of the file."""
        return self.handle

    def close(self) -> None:
        """Close the file; its number may be given out anew."""
        if not self.closed:
            self.counter.handles.discard(self.handle)
            os.close(self.handle)
        super().close()


@contextmanager
def refusing(folder: Path, failing: int | None, number: int = errno.ENOSPC) -> Iterator[Refusing]:
    """From call number `failing` on, counted from 0, no file of the folder can be made or changed."""
    counter = Refusing(folder, failing, number)
    with mock.patch.multiple(os, **{name: counter.wrapped(name) for name in CALLS}):
        yield counter


def files_of(run: Path) -> dict[str, bytes]:
    """What is finished: cells and results."""
    return {str(f.relative_to(run)): f.read_bytes() for f in run.rglob("*") if f.is_file() and f.name[0] != "."}


class Tally:
    """Counts of what was tried, and of what must not be."""

    def __init__(self, experiment: Experiment) -> None:
        """Measures the run that nothing happens to."""
        self.experiment, self.whole = experiment, simulate(experiment).risk.values
        self.counts: Counter[str] = Counter()
        self.faults: list[str] = []

    def fault(self, sentence: str) -> None:
        """Note what must not be."""
        self.faults.append(sentence)
        print(sentence, file=sys.stderr, flush=True)

    def goes_on(self, run: Path, name: str) -> str:
        """Simulate again where nothing refuses; returns what was said of damage."""
        result = simulate(self.experiment, run)
        if not all(np.array_equal(each.risk.values, self.whole) for each in (result, open_run(run))):
            self.fault(f"other bits: {name}")
        if left := [f.name for f in run.rglob("*.draft")]:
            self.fault(f"drafts left: {name}: {left}")
        return str(result.attrs.get("damaged", ""))

    def refused(self, place: Path, every: int) -> None:
        """Every call in turn, with every error."""
        with refusing(place, None) as counter:
            simulate(self.experiment, place / "counted")
        for error, number in ERRORS.items():
            for k in range(0, counter.count, every):
                run, name = place / f"refused-{number}-{k}", f"{error} at call {k} of {counter.count}"
                try:
                    with refusing(place, k, number):
                        simulate(self.experiment, run)
                    self.fault(f"not told: {name}")
                except InputError as told:
                    if os.strerror(number) not in str(told) or "\n" in str(told):
                        self.fault(f"no reason: {name}: {told}")
                except Exception as raised:
                    self.fault(f"raised: {name}: {type(raised).__name__}: {raised}")
                before = files_of(run) if run.exists() else {}
                self.goes_on(run, name)
                after = files_of(run)
                cells = [f for f in before if f.startswith("cells")]
                if any(before[f] != after.get(f) for f in cells):
                    self.fault(f"lost: {name}")
                self.counts["refusals"] += 1
                self.counts["finished cells kept through them"] += len(cells)
                shutil.rmtree(run)

    def damaged(self, place: Path, every: int) -> None:
        """Every file of a finished run, damaged in every way."""
        source = place / "finished"
        simulate(self.experiment, source)
        rng = random.Random(0)
        names = sorted(files_of(source))
        for k, (file, damage) in enumerate((f, d) for f in names for d in DAMAGES):
            if k % every:
                continue
            run, name = place / f"damaged-{k}", f"{file} {damage}"
            shutil.copytree(source, run)
            spoil(run / file, damage, rng, run / names[(names.index(file) + 1) % 4])
            others = {f: content for f, content in files_of(run).items() if f != file and f.startswith("cells")}
            try:
                said = self.goes_on(run, name)
                if file.startswith("cells") and not said and damage != "gone":
                    self.fault(f"not told: {name}")
                self.counts["damages mended"] += 1
            except InputError as told:
                if "\n" in str(told):
                    self.fault(f"several lines: {name}: {told}")
                self.counts["damages refused in a sentence"] += 1
            except Exception as raised:
                self.fault(f"raised: {name}: {type(raised).__name__}: {raised}")
            now = files_of(run)
            if any(now.get(f) != content for f, content in others.items()):
                self.fault(f"lost: {name}")
            shutil.rmtree(run)

    def clocks(self, place: Path) -> None:
        """Time that jumps."""
        began, steps = time.time(), iter(range(10**9))

        def jumping() -> float:
            return began + 86400.0 * (next(steps) % 2)

        with mock.patch.object(time, "time", jumping):
            self.goes_on(place / "clock", "a clock that jumps")
        self.counts["runs with a clock that jumps"] += 1

    def writers(self, place: Path, times: int) -> None:
        """Two programs on one directory."""
        toml = place / "experiment.toml"
        toml.write_text(as_toml(SPEC))
        code = "from optscaling.cli import main; main()"
        for k in range(times):
            run = place / f"writers-{k}"
            command = [sys.executable, "-c", code, "simulate", str(toml), "--out", str(run)]
            both = [subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(2)]
            ends = [(each.communicate()[1].decode(), each.returncode) for each in both]
            for error, code_left in ends:
                if code_left not in (0, 2) or (code_left == 2 and "being written by another process" not in error):
                    self.fault(f"two writers: {code_left}, {error[-300:]}")
            self.goes_on(run, "two writers")
            self.counts["pairs of writers"] += 1


def spoil(file: Path, damage: str, rng: random.Random, other: Path) -> None:
    """Damage one file. other: a file of the same run."""
    content = file.read_bytes()
    at = rng.randrange(len(content))
    if damage in ("cut", "emptied", "flipped"):
        flipped = content[:at] + bytes([content[at] ^ (1 << rng.randrange(8))]) + content[at + 1 :]
        file.write_bytes({"cut": content[:at], "emptied": b"", "flipped": flipped}[damage])
        return
    copy = other.read_bytes()
    file.unlink()
    if damage == "replaced":
        file.write_bytes(copy if copy != content else b"[]")
    elif damage == "directory":
        file.mkdir()
    elif damage == "link":
        file.symlink_to(other)
    elif damage == "pipe":
        os.mkfifo(file)


def as_toml(spec: dict[str, dict[str, Any]]) -> str:
    """The tables of an experiment as TOML; its values are numbers, texts and lists of them."""
    return "\n".join(
        f"[{name}]\n" + "\n".join(f"{key} = {value!r}".replace("'", '"') for key, value in table.items())
        for name, table in spec.items()
    )


def run_faults(every: int = 1, writers: int = 10) -> Tally:
    """All of it, or one fault in `every`."""
    tally = Tally(from_dict(SPEC, "faults"))
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        tally.refused(place, every)
        tally.damaged(place, every)
        tally.clocks(place)
        tally.writers(place, writers)
    return tally


def main() -> None:
    """Print the counts, every fault as it comes, and leave with 1 where there is one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--writers", type=int, default=10)
    given = parser.parse_args()
    tally = run_faults(given.every, given.writers)
    print(", ".join(f"{count} {name}" for name, count in tally.counts.items()) + f": {len(tally.faults)} faults")
    sys.exit(bool(tally.faults))


if __name__ == "__main__":
    main()
