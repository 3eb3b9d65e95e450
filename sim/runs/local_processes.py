"""Worker processes of this machine behind the interface of `concurrent.futures.Executor`.

Each is a pool of its own, so that one which is ended from outside takes nothing with it but its own tasks, and is begun
again for the next.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import Any, TypeVar

from ..devices import cores
from .measuring import load
from .worker_process import begin

_Result = TypeVar("_Result")


class LocalProcesses(Executor):
    """A fixed number of processes, each with its share of the cores to itself."""

    def __init__(self, count: int) -> None:
        """count: of processes, at most the cores there are. They are begun as tasks come."""
        share = cores() // count
        mine = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
        self._context = _Noting()
        # forked BLAS and jax threads do not survive, so processes are spawned; nobody ever writes to the lifeline
        self._lifeline, self._held = self._context.Pipe(duplex=False)
        self._lanes = [_Lane(self, mine[i * share : (i + 1) * share]) for i in range(count)]

    def submit(self, fn: Callable[..., _Result], /, *args: Any, **kwargs: Any) -> Future[_Result]:
        """See Executor. The process with the fewest tasks gets it."""
        return min(self._lanes, key=lambda lane: lane.waiting).submit(fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """See Executor. With cancel_futures processes are ended at once, whatever they are doing."""
        if cancel_futures:
            for process in self._context.begun:
                if process.is_alive():
                    process.kill()
        for lane in self._lanes:
            lane.pool.shutdown(wait=wait, cancel_futures=cancel_futures)
        self._held.close()
        self._lifeline.close()

    def pool(self, place: list[int]) -> ProcessPoolExecutor:
        """A new pool of one process that keeps to the cores `place`."""
        arguments = (os.getpid(), self._lifeline, place, pickle.dumps(load))
        return ProcessPoolExecutor(1, self._context, begin, arguments)


class _Noting(SpawnContext):
    """A context that notes the processes it begins."""

    def __init__(self) -> None:
        super().__init__()
        self.begun: list[SpawnProcess] = []

    def Process(self, *args: Any, **kwargs: Any) -> SpawnProcess:  # type: ignore[override]
        made = SpawnProcess(*args, **kwargs)
        self.begun = [*(each for each in self.begun if each.exitcode is None), made]
        return made


class _Lane:
    """One process and its tasks."""

    def __init__(self, owner: LocalProcesses, place: list[int]) -> None:
        self._owner, self._place = owner, place
        self.pool = owner.pool(place)
        self.waiting = 0

    def submit(self, fn: Callable[..., _Result], /, *args: Any, **kwargs: Any) -> Future[_Result]:
        try:
            future = self.pool.submit(fn, *args, **kwargs)
        except BrokenProcessPool:
            self.pool.shutdown(wait=False)
            self.pool = self._owner.pool(self._place)
            future = self.pool.submit(fn, *args, **kwargs)
        self.waiting += 1
        future.add_done_callback(self._done)
        return future

    def _done(self, _: object) -> None:
        self.waiting -= 1
