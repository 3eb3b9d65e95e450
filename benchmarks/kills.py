"""Kills `optscaling simulate` at random moments and counts what is lost: nothing may be.

Each trial begins a run, or goes on with the one that the last trial killed, sends SIGKILL or SIGTERM to the program at
a moment drawn from the time that it takes, and then asks:

- left: does a process of its session live five seconds later?
- late: did SIGTERM take longer than two seconds (it has one second to end in order, and machines are busy)?
- lost: has a cell that was whole before, or was written meanwhile, gone or changed?
- other: is the run that a copy of the directory becomes, once it is gone on with, another one bit for bit than the run
  that nobody killed?

Usage: python benchmarks/kills.py [--kills 200] [--terms 50] [--seed 0]
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from optscaling.sim import open_run, simulate
from optscaling.theory.experiments import load_experiment

EXPERIMENT = """[problem]
kind = "relu"
s = [0.5, 1.0]
dim = 100
[model]
sizes = [16, 32, 64]
samples = 4000
test_samples = 1000
[training]
optimizers = ["gd", "natural-gradient", "sign"]
steps = [10, 100]
[measure]
seeds = 12
"""
HOW: Mapping[str, tuple[str, ...]] = {
    "1 process": (),
    "2 processes": ("--processes", "2"),
    "dask": ("--executor", "dask", "--processes", "2"),
}
PROGRAM = (sys.executable, "-c", "from optscaling.cli import main; main()")
AFTER = 5.0  # seconds in which every process must have ended
ON_TIME = 2.0  # seconds that SIGTERM may take


def session(leader: int) -> list[int]:
    """Processes of a session that live."""
    found = []
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                state, *rest = Path(entry.path, "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(rest[2]) == leader and state not in "ZX":
                found.append(int(entry.name))
    return found


def cells(run: Path) -> dict[str, bytes]:
    """The content of every cell's file."""
    return {file.name: file.read_bytes() for file in run.glob("cells/*.json")}


@dataclass
class Tally:
    """What trials came to."""

    whole: np.ndarray
    experiment: Path
    counts: Counter[str] = field(default_factory=Counter)
    told: list[str] = field(default_factory=list)

    def fault(self, kind: str, sentence: str) -> None:
        """Count what must not be."""
        self.counts[kind] += 1
        self.told.append(f"{kind}: {sentence}")
        print(self.told[-1], file=sys.stderr, flush=True)

    def trial(self, run: Path, how: str, number: signal.Signals, delay: float) -> bool:
        """One kill; returns whether the program had ended by itself before."""
        before = cells(run)
        command = [*PROGRAM, "simulate", str(self.experiment), "--out", str(run), *HOW[how]]
        process = subprocess.Popen(
            command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(delay)
        ended = process.poll() is not None
        began = time.perf_counter()
        if not ended:
            process.send_signal(number)
        process.wait()
        took = time.perf_counter() - began
        name = f"{how}, {number.name} after {delay:.2f} s"
        while (left := session(process.pid)) and time.perf_counter() - began < AFTER:
            time.sleep(0.05)
        if left:
            self.fault("left", f"{name}: {len(left)} processes")
            for each in left:
                os.kill(each, signal.SIGKILL)
        error = process.stderr.read() if process.stderr else ""
        if number == signal.SIGTERM and not ended:
            if took > ON_TIME:
                self.fault("late", f"{name}: {took:.1f} s")
            early = process.returncode == -signal.SIGTERM and not error  # before the program had begun to listen
            if not early and process.returncode != 128 + signal.SIGTERM:
                self.fault("code", f"{name}: {process.returncode}, {error[-200:]!r}")
        if "Traceback" in error:
            self.fault("traceback", f"{name}: {error[-3000:]}")
        self.counts["ended before" if ended else number.name] += 1
        self.check(run, before, name)
        return ended

    def check(self, run: Path, before: Mapping[str, bytes], name: str) -> None:
        """Whether what was finished is there, and goes on to the same whole."""
        after = cells(run)
        self.counts["cells kept"] += len(after)
        changed = [file for file, content in before.items() if after.get(file) != content]
        if changed:
            self.fault("lost", f"{name}: {len(changed)} cells")
        if not run.exists():
            return
        with tempfile.TemporaryDirectory() as place:
            copy = Path(place) / "run"
            shutil.copytree(run, copy)
            result = simulate(load_experiment(str(self.experiment)), copy)
            if not np.array_equal(result.risk.values, self.whole) or not np.array_equal(
                open_run(copy).risk.values, self.whole
            ):
                self.fault("other", name)
            rewritten = [file for file, content in cells(copy).items() if after.get(file, content) != content]
            if rewritten or "damaged" in result.attrs:
                self.fault("lost", f"{name}: {len(rewritten)} whole cells were measured again")


def run_trials(kills: int, terms: int, seed: int, how: Mapping[str, tuple[str, ...]] = HOW) -> Tally:
    """So many trials, over the ways in turn."""
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as place:
        experiment = Path(place) / "small.toml"
        experiment.write_text(EXPERIMENT)
        tally = Tally(simulate(load_experiment(str(experiment))).risk.values, experiment)
        lasts = {}
        for name in how:
            began = time.perf_counter()
            subprocess.run(
                [*PROGRAM, "simulate", str(experiment), "--out", f"{place}/timed-{len(lasts)}", *how[name]],
                check=True,
                capture_output=True,
            )
            lasts[name] = time.perf_counter() - began
        numbers = [signal.SIGKILL] * kills + [signal.SIGTERM] * terms
        rng.shuffle(numbers)
        names, runs = list(how), dict.fromkeys(how, 0)
        for i, number in enumerate(numbers):
            name, ended = names[i % len(names)], True
            while ended:  # what ended by itself was no kill, so another moment is drawn
                run = Path(place) / f"run-{names.index(name)}-{runs[name]}"
                ended = tally.trial(run, name, number, rng.uniform(0, lasts[name]))
                if ended or rng.random() < 0.3:
                    runs[name] += 1  # the next one of this kind begins anew
            if sys.stderr.isatty() or i % 10 == 9:
                print(f"{i + 1} of {len(numbers)}: {dict(tally.counts)}", file=sys.stderr, flush=True)
        return tally


def main() -> None:
    """Print the counts, every fault as it comes, and leave with 1 where there is one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--terms", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    tally = run_trials(given.kills, given.terms, given.seed)
    counts = tally.counts
    print(
        f"{counts['SIGKILL']} SIGKILLs and {counts['SIGTERM']} SIGTERMs ({counts['ended before']} more runs had ended "
        f"before theirs), {counts['cells kept']} finished cells looked at: {counts['lost']} with cells lost, "
        f"{counts['other']} with other bits, {counts['left']} with processes left, {counts['late']} late, "
        f"{counts['code']} wrong exit codes, {counts['traceback']} tracebacks"
    )
    sys.exit(bool(tally.told))


if __name__ == "__main__":
    main()
