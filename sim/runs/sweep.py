"""A sweep: every cell of an experiment, measured or read back, in one Dataset."""

from __future__ import annotations

import itertools
import json
import math
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path

import numpy as np
import xarray as xr

from ...theory.experiments import Experiment
from ...theory.optimizers import Stepped
from ..cells import Cell, operations, plans, problem_of
from ..devices import Precision, check_precision, cores, device, precision_status
from ..factorisation import check_known, is_linear, rank_status
from ..problems import SEED_RULE, TabularProblem
from ..stepping import check_steps
from .progress import Progress
from .run_directory import Run
from .workers import Key, check_processes, label, measured

_LISTED = 5  # cells named where an optimizer diverged

_DIAGNOSTICS = {
    "largest": "largest eigenvalue of the feature Gram matrix G",
    "rank": "eigenvalues of G that are not zero within rounding",
    "floor": "risk no weights can go below (population gradients)",
    "sign_step": "step size sign descent chose by its training loss at the last T",
    "unreachable": "share of the file's target that no linear function of the inputs explains",
    "samples": "training samples n",
    "seconds": "time the cell took",
    "cpu_seconds": "processor time the cell took",
    "peak": "memory the process held at most while it measured the cell",
    "flops": "the least arithmetic of the cell: features of all rows and F'F",
}
_UNITS = {"seconds": "s", "cpu_seconds": "s", "peak": "B"}


def simulate(
    experiment: Experiment,
    out: Path | None = None,
    *,
    memory_gb: float | None = None,
    processes: int = 1,
    precision: Precision = "float64",
    progress: Callable[[Progress], None] | None = None,
) -> xr.Dataset:
    """Measure an experiment: `risk` with dims (optimizer, s, N, seed, steps), and diagnostics by (s, N, seed).

    risk is the mean squared error against the noise-free target on fresh inputs, over the target's variance.
    Each cell depends on its own (s, N, seed) alone: the same numbers whatever else the experiment holds, within
    the rounding of sums whose order the BLAS may change with its threads.

    out: a run directory; finished cells in it are read instead of measured, damaged ones measured again.
    memory_gb: what cells may use together; None sets no limit. processes: cells measured at once, each in a process
    with its share of the cores, which suits many small cells. precision: that of the sums over training rows, see
    `sim.precision`; unless it is float64 the result has `precision_error` too, with the dims of risk. progress: called
    before the first cell and after each.
    Raises InputError, before anything is measured, for an experiment that cannot be simulated, an `out` that
    cannot be written or holds another experiment or precision, or too little memory.
    """
    started = time.perf_counter()
    check_processes(processes, experiment)
    check_precision(precision)
    check_known(experiment)
    for rule in experiment.optimizers:
        if isinstance(rule, Stepped):
            check_steps(rule)
    problem = problem_of(experiment)
    dim = problem.inputs.shape[1] if isinstance(problem, TabularProblem) else experiment.problem.dim or 0
    planned = plans(experiment, dim, memory_gb, precision, processes)
    run = Run.begin(Path(out), experiment, _versions(), precision) if out is not None else None
    cost: dict[Key, float] = {
        key: operations(experiment, key[1], dim)
        for key in itertools.product(experiment.problem.s or (math.nan,), experiment.sizes, range(experiment.seeds))
    }
    cells: dict[Key, Cell] = {}
    for key in cost:
        kept = run.read(*key) if run else None
        if kept is not None:
            cells[key] = kept
    read_back = sum(cost[key] for key in cells)
    finished, total = read_back, sum(cost.values())
    began = time.perf_counter()

    def report(label: str) -> None:
        if progress is None:
            return
        now, measured = time.perf_counter(), finished - read_back
        left = 0.0 if len(cells) == len(cost) else (now - began) * (total - finished) / measured if measured else None
        progress(Progress(min(1.0, finished / total), len(cells), len(cost), now - started, left, label))

    report(f"{len(cells)} of {len(cost)} cells read back" if cells else "starting")
    missing = [key for key in cost if key not in cells]
    for key, cell in measured(experiment, problem, missing, planned, precision, processes):
        cells[key] = cell
        finished += cost[key]
        if run:
            run.write(*key, cell)
        report(label(key))
    result = _dataset(experiment, cells, precision)
    if run:
        run.finish(result)
    return result


def _dataset(experiment: Experiment, cells: Mapping[Key, Cell], precision: Precision) -> xr.Dataset:
    curves = experiment.problem.s or (math.nan,)
    shape = (len(curves), len(experiment.sizes), experiment.seeds)
    ordered = [cells[key] for key in itertools.product(curves, experiment.sizes, range(experiment.seeds))]

    def by_steps(each: list[np.ndarray], meaning: str) -> xr.Variable:
        values = np.stack(each).reshape(*shape, len(experiment.optimizers), len(experiment.steps))
        dims = ("optimizer", "s", "N", "seed", "steps")
        return xr.Variable(dims, np.ascontiguousarray(np.moveaxis(values, 3, 0)), {"units": "1", "long_name": meaning})

    variables = {
        "risk": by_steps([c.risk for c in ordered], "mean squared error on fresh inputs over the target's variance")
    }
    # gradients of a population are never summed
    errors = [np.zeros_like(c.risk) if c.precision_error is None else c.precision_error for c in ordered]
    error = by_steps(errors, f"relative error of the risk by rounding in {precision}, an upper estimate")
    if precision != "float64":
        variables["precision_error"] = error
    for name, meaning in _DIAGNOSTICS.items():
        values = np.array([getattr(c, name) for c in ordered], dtype=float).reshape(shape)
        attrs = {"units": _UNITS.get(name, "1"), "long_name": meaning}
        variables[name] = xr.Variable(("s", "N", "seed"), values, attrs)
    if any(c.chosen for c in ordered):
        taken = np.array([[c.chosen.get(o.name, o.name) for c in ordered] for o in experiment.optimizers], dtype=object)
        variables["chosen"] = xr.Variable(
            ("optimizer", "s", "N", "seed"),
            taken.reshape(-1, *shape),
            {"long_name": "the candidate with the lowest training loss at the last T"},
        )
    coords = {
        "optimizer": [o.name for o in experiment.optimizers],
        "s": np.array(curves, dtype=float),
        "N": np.array(experiment.sizes, dtype=np.int64),
        "seed": np.arange(experiment.seeds, dtype=np.int64),
        "steps": np.array(experiment.steps, dtype=np.int64),
    }
    attributes = {
        "title": f"Measured risk: {experiment.name}",
        "experiment": json.dumps(experiment.to_dict()),
        "name": experiment.name,
        "fingerprint": experiment.fingerprint,
        "optscaling_version": version("optscaling"),
        "versions": json.dumps(_versions()),
        "seed_rule": SEED_RULE,
        "seconds": float(sum(c.seconds for c in ordered)),
        "cpu_seconds": float(sum(c.cpu_seconds for c in ordered)),
        "peak": max(c.peak for c in ordered),
        "cores": cores(),
        "device": device().name,
        "precision": precision,
        "precision_status": precision_status(
            precision, *(xr.DataArray(each, {"optimizer": coords["optimizer"]}) for each in (error, variables["risk"]))
        ),
        "rank_status": rank_status(variables["rank"].values, experiment.sizes),
        "diverged": _diverged(experiment, cells),
    }
    return xr.Dataset(variables, coords, attributes)


def _diverged(experiment: Experiment, cells: Mapping[Key, Cell]) -> str:
    """Which optimizers reached no finite risk, where and from which T on; empty where all did."""
    told = []
    for i, optimizer in enumerate(experiment.optimizers):
        ran = len(experiment.steps if is_linear(optimizer) else experiment.stepped_steps)
        lost = {key: np.isnan(cell.risk[i, :ran]) for key, cell in cells.items()}
        where = sorted(key for key, missing in lost.items() if missing.any())
        if not where:
            continue
        first = min(experiment.steps[int(np.argmax(lost[key]))] for key in where)
        listed = "; ".join(label(key) for key in where[:_LISTED])
        more = f" and {len(where) - _LISTED} more" if len(where) > _LISTED else ""
        told.append(
            f"{optimizer.name} diverged in {len(where)} of {len(cells)} cells, from T = {first} on ({listed}{more}): "
            "its risk is missing there and means over the others are too low; try a smaller step."
        )
    return "\n".join(told)


def _versions() -> dict[str, str]:
    return {name: version(name) for name in ("optscaling", "numpy", "scipy", "jax", "optax", "xarray")}
