"""Where the cells of a sweep run: this process, processes of this machine, a dask cluster, any executor."""

from __future__ import annotations

import contextlib
import os
import pickle
from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from ...errors import InputError
from ...theory.experiments import Experiment
from ..devices import cores
from .local_processes import LocalProcesses
from .measuring import load
from .tasks import Workers
from .worker_process import guard


@dataclass(frozen=True)
class Dask:
    """A dask cluster, by the library dask.distributed (the extra `cluster`).

    Attributes:
        scheduler: The address of one that is there, such as tcp://10.0.0.1:8786; None starts one of `processes` workers
            on this machine and stops it at the end.
    """

    scheduler: str | None = None


Where = Executor | Dask | None


def check_processes(processes: int, experiment: Experiment, executor: Where = None) -> None:
    """Whether the cells of an experiment can be measured there.

    Args:
        processes: workers on this machine.
        experiment: what is measured.
        executor: see `simulate`.

    Raises:
        InputError: there are fewer cores than processes, an optimizer cannot be sent to another process, or dask is not
            installed.
    """
    if not 1 <= processes <= cores():
        raise InputError(f"processes is {processes}, but it must be from 1 to the {cores()} cores there are; try 1.")
    if isinstance(executor, Dask):
        _distributed()
    if processes == 1 and executor is None:
        return
    for rule in experiment.optimizers:
        try:
            pickle.dumps(rule)
        except (pickle.PicklingError, AttributeError, TypeError):
            raise InputError(
                f"{rule.name} is an object made of functions, which cannot be sent to another process; use processes = "
                "1, or a name such as optax:adam(learning_rate=1e-3)."
            ) from None


@contextlib.contextmanager
def workers_of(executor: Where, processes: int, memory_gb: float | None) -> Iterator[Workers | None]:
    """What `measured` runs cells on, begun and ended here unless it is the caller's own.

    Args:
        executor: see `simulate`.
        processes: workers on this machine.
        memory_gb: of all workers that are begun here together.

    Yields:
        None for this process.

    Raises:
        InputError: the scheduler cannot be reached.
    """
    if isinstance(executor, Executor):
        yield Workers(executor, lambda: processes)
    elif isinstance(executor, Dask):
        with _dask(executor, processes, memory_gb) as workers:
            yield workers
    elif processes == 1:
        yield None
    else:
        local = LocalProcesses(processes)
        try:
            yield Workers(local, lambda: processes)
        except BaseException:
            local.shutdown(wait=True, cancel_futures=True)
            raise
        local.shutdown()


def _distributed() -> Any:
    try:
        import distributed
    except ImportError:
        raise InputError(
            "dask.distributed is not installed; install the extra with pip install 'optscaling[cluster]', or leave the "
            "executor out for processes of this machine."
        ) from None
    return distributed


@contextlib.contextmanager
def _dask(asked: Dask, processes: int, memory_gb: float | None) -> Iterator[Workers]:
    distributed = _distributed()
    with contextlib.ExitStack() as held:
        address: Any = asked.scheduler
        if address is None:
            address = held.enter_context(
                distributed.LocalCluster(
                    n_workers=processes,
                    threads_per_worker=1,
                    memory_limit=0 if memory_gb is None else int(1e9 * memory_gb / processes),
                    dashboard_address=None,
                    silence_logs=50,
                )
            )
        try:
            client = held.enter_context(distributed.Client(address, timeout=10, set_as_default=False))
        except (OSError, ValueError) as error:
            raise InputError(
                f"The scheduler at {str(asked.scheduler)[:100]} cannot be reached ({type(error).__name__}); check its "
                "address, or leave it out for a cluster on this machine."
            ) from None
        if asked.scheduler is None:
            client.run(guard, os.getpid(), None)
        client.run(load)
        executor = held.enter_context(client.get_executor(pure=False, retries=0))
        yield Workers(executor, lambda: sum(client.nthreads().values()), (distributed.KilledWorker,))
