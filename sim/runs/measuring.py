"""Cells measured, one or a task of several, in this process or in any other: the same numbers."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

import jax

from ...errors import InputError
from ...theory.experiments import Experiment
from ..cells import Cell, Plan, measure, problem_of
from ..devices import Precision, device
from ..problems import Problem
from ..store import Key, label


@dataclass(frozen=True)
class Setup:
    """What all cells of a sweep share. plans: by size, how a cell is measured. precision: of sums."""

    experiment: Experiment
    plans: Mapping[int, Plan]
    precision: Precision

    @cached_property
    def problem(self) -> Problem:
        """What cells are drawn from. Raises InputError."""
        return problem_of(self.experiment)

    def measured(self, key: Key) -> Cell:
        """One cell. Raises InputError, naming it, where it cannot be measured."""
        plan = self.plans[key[1]]
        try:
            return measure(self.experiment, self.problem, *key, depth=plan.depth, on=device(self.precision, plan.room))
        except InputError as error:
            raise InputError(f"At {label(key)}: {error}") from None
        except (MemoryError, jax.errors.JaxRuntimeError) as error:
            if not isinstance(error, MemoryError) and "RESOURCE_EXHAUSTED" not in str(error):
                raise
            raise InputError(
                f"At {label(key)}: memory ran out; set a budget (--memory, memory_gb), or take smaller sizes. The "
                "finished cells of a run are kept."
            ) from None


class Outcome(NamedTuple):
    """What became of one cell: what it measured, or the sentence why it could not be."""

    key: Key
    cell: Cell | None
    failure: str = ""


def measure_task(setup: bytes, keys: Sequence[Key]) -> list[Outcome]:
    """The cells of one task, up to the first that fails.

    Args:
        setup: a pickled Setup, the same for every task of a sweep: it is opened once a process.
        keys: of the cells.
    """
    outcomes = []
    with _alone:
        for key in keys:
            try:
                outcomes.append(Outcome(key, _opened(setup).measured(key)))
            except InputError as error:
                return [*outcomes, Outcome(key, None, str(error))]
    return outcomes


def load() -> None:
    """Import what cells need."""


_alone = threading.Lock()  # what a cell took, and the BLAS threads it was given, are the whole process's


@lru_cache(maxsize=2)
def _opened(setup: bytes) -> Setup:
    found = pickle.loads(setup)
    if not isinstance(found, Setup):
        raise TypeError(f"a {type(found).__name__} is no Setup")
    return found
