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
    optimizer,
)
from .spec import ProblemSpec, Samples

_LARGEST = 1e50  # of a variance over the target's
_DIGITS = 100  # between the first mode and the last


def checked_number(value: Any, what: str) -> float:
    """A finite number. Raises InputError, which calls it `what`."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InputError(f"{what} is {value!r}, but a finite number is expected.")
    return float(value)


def checked_noise(value: Any) -> float:
    """A label-noise variance over the target's variance, 0 or more, so that its square is a number.

    Raises:
        InputError: For a negative or enormous one.
    """
    noise = checked_number(value, "problem.noise")
    if noise < 0:
        raise InputError(f"problem.noise is {noise:g}, but a variance is not negative; try 0.")
    if noise > _LARGEST:
        raise InputError(
            f"problem.noise is {noise:g} times the target's variance, but up to {_LARGEST:g} is served; try 1."
        )
    return noise


def check_span(exponents: Sequence[float], dim: int | None) -> None:
    """Refuse power laws that fall below what floating point resolves.

    Args:
        exponents: s, or r: eigenvalues k^-(1+s), energies k^-(1+r).
        dim: Modes, None for infinitely many.

    Raises:
        InputError: Where the last is smaller than the first by more than `_DIGITS` digits.
    """
    for exponent in exponents:
        digits = (1 + exponent) * math.log10(dim or 1)
        if digits > _DIGITS:
            raise InputError(
                f"With an exponent of {exponent:g} mode {dim} is 10^-{digits:.0f} of the first, but {_DIGITS} digits "
                "are served; give a smaller s or r, or a smaller dim."
            )


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


def checked_optimizers(chosen: Sequence[Optimizer | str]) -> tuple[Optimizer, ...]:
    """The optimizers, in their order, where an experiment can have them.

    Args:
        chosen: Names or objects. None is left out, so that what is second here is second in the results.

    Raises:
        InputError: For an optimizer that cannot be run, and for two entries that are the same one.
    """
    made = tuple(optimizer(each) if isinstance(each, str) else each for each in chosen)
    first: dict[Optimizer, str] = {}
    for each, given in zip(made, chosen, strict=True):
        asked = given.strip() if isinstance(given, str) else given.name
        if each in first:
            known = f" ({each.name})" if {first[each], asked} != {each.name} else ""
            raise InputError(
                f"training.optimizers has {first[each][:60]} and {asked[:60]}, which are one and the same{known}; "
                "name it once."
            )
        first[each] = asked
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
