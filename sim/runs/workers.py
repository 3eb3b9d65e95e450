"""Cells one after the other here, or several at once in processes of their own: the same numbers either way."""

from __future__ import annotations

import math
import multiprocessing
import os
import pickle
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool

import jax
from threadpoolctl import threadpool_limits

from ...errors import InputError
from ...theory.experiments import Experiment
from ..cells import Cell, Plan, measure, problem_of
from ..devices import Precision, cores, device
from ..problems import Problem

Key = tuple[float, int, int]


def label(key: Key) -> str:
    """A cell as messages name it."""
    s, size, seed = key
    return f"N={size} seed {seed}" if math.isnan(s) else f"s={s:g} N={size} seed {seed}"


def check_processes(processes: int, experiment: Experiment) -> None:
    """Raises InputError unless each process can have a core, and be sent the experiment."""
    if not 1 <= processes <= cores():
        raise InputError(f"processes is {processes}, but it must be from 1 to the {cores()} cores there are; try 1.")
    if processes == 1:
        return
    for rule in experiment.optimizers:
        try:
            pickle.dumps(rule)
        except (pickle.PicklingError, AttributeError, TypeError):
            raise InputError(
                f"{rule.name} is an object made of functions, which cannot be sent to another process; use processes = "
                "1, or a name such as optax:adam(learning_rate=1e-3)."
            ) from None


def measured(
    experiment: Experiment,
    problem: Problem,
    keys: Iterable[Key],
    plans: Mapping[int, Plan],
    precision: Precision,
    processes: int,
) -> Iterator[tuple[Key, Cell]]:
    """Measure cells, each given as soon as it is done; with several processes the order is theirs.

    Each process has its share of the cores to itself. Raises InputError naming the cell that could not be measured,
    once the cells that were under way beside it are given.
    """
    if processes == 1:
        for key in keys:
            yield key, _measured(experiment, problem, key, plans, precision)
        return
    context = multiprocessing.get_context("spawn")  # forked BLAS and jax threads do not survive
    share = cores() // processes
    pool = ProcessPoolExecutor(processes, context, _begin, (experiment, plans, precision, share, context.Value("i", 0)))
    failed: InputError | None = None
    try:
        waiting = {pool.submit(_in_worker, key): key for key in keys}
        for done in as_completed(waiting):
            if done.cancelled():
                continue
            try:
                found = done.result()
            except BrokenProcessPool:
                raise InputError(
                    f"A process was ended from outside near {label(waiting[done])}, perhaps for lack of memory; the "
                    "finished cells are kept, so go on with fewer processes."
                ) from None
            except InputError as error:
                failed = failed or error
                for other in waiting:
                    other.cancel()
                continue
            yield waiting[done], found
    finally:
        pool.shutdown(cancel_futures=True)
    if failed:
        raise failed


def _measured(
    experiment: Experiment, problem: Problem, key: Key, plans: Mapping[int, Plan], precision: Precision
) -> Cell:
    plan = plans[key[1]]
    try:
        return measure(experiment, problem, *key, depth=plan.depth, on=device(precision, plan.room))
    except InputError as error:
        raise InputError(f"At {label(key)}: {error}") from None
    except (MemoryError, jax.errors.JaxRuntimeError) as error:
        if not isinstance(error, MemoryError) and "RESOURCE_EXHAUSTED" not in str(error):
            raise
        raise InputError(
            f"At {label(key)}: memory ran out; set a budget (--memory, memory_gb), or take smaller sizes. The finished "
            "cells of a run are kept."
        ) from None


_worker: dict[str, tuple[Experiment, Problem, Mapping[int, Plan], Precision]] = {}  # what a process was begun with


def _begin(experiment: Experiment, plans: Mapping[int, Plan], precision: Precision, share: int, begun: object) -> None:
    with begun.get_lock():  # type: ignore[attr-defined]
        number = begun.value  # type: ignore[attr-defined]
        begun.value += 1  # type: ignore[attr-defined]
    if hasattr(os, "sched_setaffinity"):
        mine = sorted(os.sched_getaffinity(0))[number * share : (number + 1) * share]
        os.sched_setaffinity(0, mine)
    threadpool_limits(share)
    _worker["begun"] = experiment, problem_of(experiment), plans, precision


def _in_worker(key: Key) -> Cell:
    experiment, problem, plans, precision = _worker["begun"]
    return _measured(experiment, problem, key, plans, precision)
