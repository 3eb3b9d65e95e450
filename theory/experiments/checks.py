"""Checks of single values in an experiment, each with the sentence that says what is wrong."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ...errors import InputError
from ..optimizers import (
    EXPONENTS_ONLY,
    MATRIX_METHODS,
    Filter,
    NaturalGradient,
    Nesterov,
    Optimizer,
    ScheduledHeavyBall,
    Stepped,
)
from .spec import ProblemSpec, Samples


def checked_number(value: Any, what: str) -> float:
    """A finite number. Raises InputError, which calls it `what`."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InputError(f"{what} is {value!r}, but a finite number is expected.")
    return float(value)


def checked_noise(value: Any) -> float:
    """A label-noise variance over the target's variance, 0 or more. Raises InputError."""
    noise = checked_number(value, "problem.noise")
    if noise < 0:
        raise InputError(f"problem.noise is {noise:g}, but a variance is not negative; try 0.")
    return noise


def checked_whole(value: Any, what: str) -> int:
    """A whole number of at least 1. Raises InputError, which calls it `what`."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InputError(f"{what} is {value!r}, but a whole number of at least 1 is expected.")
    return value


def checked_list(value: Any, what: str) -> list[Any]:
    """The entries of a list that is not empty; one value is a list of one. Raises InputError."""
    entries = value if isinstance(value, list) else [value]
    if not entries:
        raise InputError(f"{what} is empty, but at least one entry is needed.")
    return entries


def checked_sizes(value: Any) -> tuple[int, ...]:
    """The sizes N, rising and each once. Raises InputError."""
    return tuple(sorted({checked_whole(v, "model.sizes") for v in checked_list(value, "model.sizes")}))


def checked_steps(value: Any) -> tuple[int, ...]:
    """The numbers of steps T, rising and each once. Raises InputError."""
    return tuple(sorted({checked_whole(v, "training.steps") for v in checked_list(value, "training.steps")}))


def checked_optimizers(chosen: Sequence[Optimizer]) -> tuple[Optimizer, ...]:
    """The optimizers, each once, where an experiment can have them. Raises InputError."""
    made = tuple(dict.fromkeys(chosen))
    for each in made:
        if isinstance(each, (*EXPONENTS_ONLY, *MATRIX_METHODS)):
            raise InputError(
                f"{each.name} has exponents only (`optscaling alpha {each.name}`), it can be neither predicted nor "
                "simulated; take one that `optscaling list` names for experiments, such as gd."
            )
        if isinstance(each, Filter):
            each.check_rate()
        each.at(1)  # a parameter left as a symbol has no number at any size
        if isinstance(each, ScheduledHeavyBall | Nesterov) and each.delta is None:
            raise InputError(f"{each.name} has no number for delta, but experiments need one; try {each.word}:3.")
    return made


def check_training(
    optimizers: Sequence[Optimizer], eta: float, batch: int | None, problem: ProblemSpec, samples: Samples
) -> None:
    """Raises InputError for a step that is not stable, and for a batch that nothing would use."""
    scaled = [o for o in optimizers if isinstance(o, Filter) and not isinstance(o, NaturalGradient)]
    if eta <= 0 or not all(each.stable(eta) for each in scaled):
        raise InputError(f"eta is {eta:g}, but steps are stable only for 0 < eta < 2; try eta = 1.5.")
    if batch is None:
        return
    if not any(isinstance(o, Stepped) for o in optimizers):
        raise InputError(
            f"The batch is {batch}, but only optimizers that are run by steps take batches, and there is none; add one "
            "such as optax:sgd(learning_rate=0.1), or leave batch out."
        )
    if problem.kind == "data" and samples.infinite:
        raise InputError(
            f'The batch is {batch}, but with samples = "inf" the file is the population and has no fresh rows; give a '
            "number of samples, or leave batch out."
        )
