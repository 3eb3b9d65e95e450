"""Cells packed into tasks of about a second, on any executor of `concurrent.futures`."""

from __future__ import annotations

import pickle
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from dataclasses import dataclass, field

from ...errors import InputError
from ..cells import Cell
from ..store import Key, label
from .measuring import Outcome, Setup, measure_task


@dataclass(frozen=True)
class TaskSettings:
    """seconds: what a task is to take: long beside the cost of sending it, short beside what a kill may lose.

    share: of what is left that one task may be, over the number of workers, so that all end together. losses: workers
    that one cell may lose before it is taken to be the cause.
    """

    seconds: float = 1.0
    share: float = 0.25
    losses: int = 2


SETTINGS = TaskSettings()


@dataclass(frozen=True)
class Workers:
    """An executor, and what must be known to keep it busy.

    executor: takes tasks. slots: how many it runs at once, asked again and again as workers come and go. lost: what its
    futures raise where a worker ended under them.
    """

    executor: Executor
    slots: Callable[[], int]
    lost: tuple[type[BaseException], ...] = (BrokenExecutor,)


def measured(
    setup: Setup, costs: Mapping[Key, float], workers: Workers | None, settings: TaskSettings = SETTINGS
) -> Iterator[tuple[Key, Cell]]:
    """Measure cells, each given as soon as it is known.

    Args:
        setup: what they share.
        costs: the cells, with what each costs in any one unit. Without workers they are measured in this order, with
            workers the dearest first.
        workers: where they are measured; None is this process.
        settings: how tasks are cut.

    Yields:
        A cell's key and what it measured.

    Raises:
        InputError: naming the cell that could not be measured, once the cells that were under way beside it are given.
    """
    if workers is None:
        for key in costs:
            yield key, setup.measured(key)
        return
    yield from _Dispatch(setup, costs, workers, settings).run()


@dataclass
class _Dispatch:
    """The tasks of one sweep on their way."""

    setup: Setup
    costs: Mapping[Key, float]
    workers: Workers
    settings: TaskSettings
    waiting: deque[Key] = field(default_factory=deque)
    under_way: dict[Future[list[Outcome]], tuple[Key, ...]] = field(default_factory=dict)
    lost: Counter[Key] = field(default_factory=Counter)
    failed: str = ""
    spent: float = 0.0  # worker seconds, and what they measured
    measured: float = 0.0

    def run(self) -> Iterator[tuple[Key, Cell]]:
        self.waiting.extend(sorted(self.costs, key=lambda key: -self.costs[key]))
        sent = pickle.dumps(self.setup)
        while self.waiting or self.under_way:
            while self.waiting and not self.failed and len(self.under_way) < max(1, self.workers.slots()):
                keys = self._next()
                try:
                    self.under_way[self.workers.executor.submit(measure_task, sent, keys)] = keys
                except self.workers.lost:
                    self._lose(keys)
            if self.failed and not self.under_way:
                break
            if self.under_way:
                for done in wait(self.under_way, return_when=FIRST_COMPLETED).done:
                    yield from self._taken(done)
        if self.failed:
            raise InputError(self.failed)

    def _next(self) -> tuple[Key, ...]:
        """The cells of the next task: alone until it is known how long cells take, and after they lost a worker."""
        keys = [self.waiting.popleft()]
        if not self.spent or self.lost[keys[0]]:
            return tuple(keys)
        left = sum(self.costs[key] for key in self.waiting) if len(self.waiting) < 1000 else float("inf")
        most = self.settings.seconds * self.measured / self.spent
        most = min(most, self.settings.share * left / max(1, self.workers.slots()))
        total = self.costs[keys[0]]
        while self.waiting and total + self.costs[self.waiting[0]] <= most and not self.lost[self.waiting[0]]:
            keys.append(self.waiting.popleft())
            total += self.costs[keys[-1]]
        return tuple(keys)

    def _taken(self, done: Future[list[Outcome]]) -> Iterator[tuple[Key, Cell]]:
        keys = self.under_way.pop(done)
        try:
            outcomes = done.result()
        except self.workers.lost:
            self._lose(keys)
            return
        for key, cell, failure in outcomes:
            if cell is None:
                self.failed = self.failed or failure
                continue
            self.spent += cell.seconds
            self.measured += self.costs[key]
            yield key, cell

    def _lose(self, keys: Iterable[Key]) -> None:
        """Put the cells of a worker that ended back, unless one of them has lost too many."""
        for key in keys:
            self.lost[key] += 1
            self.waiting.appendleft(key)
            if self.lost[key] > self.settings.losses:
                self.failed = self.failed or (
                    f"A process was ended from outside {self.lost[key]} times at {label(key)}, perhaps for lack of "
                    "memory; the finished cells are kept, so go on with fewer processes."
                )
