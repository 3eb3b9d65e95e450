"""A sweep: every cell of an experiment, or one part of them, measured or read back."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import xarray as xr

from ...theory.experiments import Experiment
from ...theory.optimizers import Stepped
from ..cells import Cell, operations, plans
from ..devices import Precision, check_precision, device
from ..factorisation import check_known
from ..problems import TabularProblem
from ..stepping import check_steps
from ..store import Claim, Key, Run, Unreadable, label, manifest_for
from .cell_table import CellTable, cells_of, versions
from .executors import Where, check_processes, workers_of
from .measuring import Setup
from .progress import Progress, Report
from .shard import Shard
from .tasks import measured


def simulate(
    experiment: Experiment,
    out: Path | None = None,
    *,
    memory_gb: float | None = None,
    processes: int = 1,
    precision: Precision = "float64",
    executor: Where = None,
    progress: Report | None = None,
) -> xr.Dataset:
    """Measure an experiment: `risk` with dims (optimizer, s, N, seed, steps), and diagnostics by (s, N, seed).

    risk is the mean squared error against the noise-free target on fresh inputs, over the target's variance.
    Each cell depends on its own (s, N, seed) alone: the same bits whatever else the experiment holds and wherever it
    runs, on one kind of processor with one BLAS, up to N = 2,000; beyond, within the rounding of sums whose order the
    BLAS changes with its threads (`devices.threads`). Processor and threads are kept with every cell.

    Args:
        experiment: what is measured.
        out: a run directory; finished cells in it are read instead of measured, damaged ones measured again.
        memory_gb: what cells may use together; None sets no limit.
        processes: cells measured at once, each in a process with its share of the cores, which suits many small cells.
        precision: that of the sums over training rows, see `sim.devices`; unless it is float64 the result has
            `precision_error` too, with the dims of risk.
        executor: where cells are measured instead of processes of this machine: Dask(...), or any executor of
            `concurrent.futures`, which is given `processes` tasks at a time.
        progress: called before the first cell and after each.

    Returns:
        The Dataset. `attrs["damaged"]` says which kept cells were damaged and measured again.

    Raises:
        InputError: before anything is measured or written, for an experiment that cannot be simulated, an `out` that
            cannot be written, is being written, or holds another experiment or precision, or too little memory.
    """
    setup, costs = _checked(experiment, memory_gb, processes, precision, executor)
    sweep = _Sweep(setup, costs, CellTable(experiment, precision), progress)
    with contextlib.ExitStack() as held:
        run = held.enter_context(_opened(out, setup, Claim())) if out is not None else None
        sweep.read_back(run)
        with workers_of(executor, processes, memory_gb) if sweep.missing else contextlib.nullcontext() as workers:
            for key, cell in measured(setup, sweep.missing, workers):
                if run is not None:
                    run.write(key, cell)
                sweep.take(key, cell)
        result = sweep.table.dataset()
        if run is not None:
            run.finish(result)
    return result.assign_attrs(damaged=sweep.damaged) if sweep.damaged else result


def simulate_shard(
    experiment: Experiment,
    out: Path,
    shard: Shard,
    *,
    memory_gb: float | None = None,
    processes: int = 1,
    precision: Precision = "float64",
    progress: Report | None = None,
) -> int:
    """Measure one part of an experiment's cells, to be joined with the others by `merge`.

    Parts may be written to directories of their own, on machines that share nothing, or side by side to one directory
    that all of them see.

    Args:
        experiment: what is measured.
        out: a run directory.
        shard: which part.
        memory_gb: see `simulate`, as all that follow.
        processes: cells measured at once.
        precision: of sums.
        progress: called before the first cell and after each.

    Returns:
        How many cells the part has.

    Raises:
        InputError: see `simulate`; or no cell is in this part.
    """
    setup, costs = _checked(experiment, memory_gb, processes, precision, None)
    costs = {key: cost for key, cost in costs.items() if shard.has(key)}
    sweep = _Sweep(setup, costs, CellTable(experiment, precision), progress)
    with _opened(out, setup, Claim(f"{shard.index}-of-{shard.count}")) as run:
        sweep.read_back(run)
        with workers_of(None, processes, memory_gb) if sweep.missing else contextlib.nullcontext() as workers:
            for key, cell in measured(setup, sweep.missing, workers):
                run.write(key, cell)
                sweep.take(key, cell)
    return len(costs)


@dataclass
class _Sweep:
    """How far a sweep is. costs: of the cells that are wanted, in any one unit."""

    setup: Setup
    costs: dict[Key, float]
    table: CellTable
    progress: Report | None
    damaged: str = ""

    def __post_init__(self) -> None:
        self._started = self._began = time.perf_counter()
        self._total = sum(self.costs.values())
        self._read = self._finished = 0.0
        self.missing: dict[Key, float] = {}

    def read_back(self, run: Run | None) -> None:
        """Take in the cells that are there; the others are missing."""
        told: list[str] = []
        listed = run.kept() if run is not None else set()
        for key, cost in self.costs.items():
            if run is None or run.file_name(key) not in listed:
                self.missing[key] = cost
                continue
            try:
                self.table.put(key, run.read(key))
                self._finished += cost
            except Unreadable as reason:
                self.missing[key] = cost
                told.append(f"{label(key)} ({reason})")
        self._read, self._began = self._finished, time.perf_counter()
        if told:
            more = f" and {len(told) - 3} more" if len(told) > 3 else ""
            self.damaged = f"Damaged cells were measured again: {'; '.join(told[:3])}{more}."
        self._report(f"{len(self.table)} of {len(self.costs)} cells read back" if len(self.table) else "starting")

    def take(self, key: Key, cell: Cell) -> None:
        """Take in a cell that was measured."""
        self.table.put(key, cell)
        self._finished += self.costs[key]
        self._report(label(key))

    def _report(self, told: str) -> None:
        if self.progress is None:
            return
        now, done, new = time.perf_counter(), len(self.table), self._finished - self._read
        left = (now - self._began) * (self._total - self._finished) / new if new else None
        share = min(1.0, self._finished / self._total) if self._total else 1.0
        whole = done == len(self.costs)
        self.progress(Progress(share, done, len(self.costs), now - self._started, 0.0 if whole else left, told))


def _checked(
    experiment: Experiment, memory_gb: float | None, processes: int, precision: Precision, executor: Where
) -> tuple[Setup, dict[Key, float]]:
    """Everything that can be known to go wrong, before anything is written. Raises InputError."""
    check_processes(processes, experiment, executor)
    check_precision(precision)
    check_known(experiment)
    for rule in experiment.optimizers:
        if isinstance(rule, Stepped):
            check_steps(rule)
    setup = Setup(experiment, {}, precision)
    problem = setup.problem
    dim = problem.inputs.shape[1] if isinstance(problem, TabularProblem) else experiment.problem.dim or 0
    setup = Setup(experiment, plans(experiment, dim, memory_gb, precision, processes), precision)
    by_size = {size: operations(experiment, size, dim) for size in experiment.sizes}
    return setup, {key: by_size[key[1]] for key in cells_of(experiment)}


@contextlib.contextmanager
def _opened(out: Path, setup: Setup, claim: Claim) -> Iterator[Run]:
    """The run directory, held by this process; where several share one sweep (`devices.accelerator`), by the first."""
    wanted = manifest_for(setup.experiment, versions(), setup.precision)
    first = device(setup.precision).share[0] == 0
    with Run.opened(Path(out), setup.experiment, wanted, claim if first else None) as run:
        yield run
