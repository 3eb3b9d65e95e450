"""What a cell holds in memory, estimated before it runs, and how to hold no more than is allowed.

On training rows a cell goes through stages, each with G and the features' matrix beside it: sums (blocks of inputs
drawn ahead, a block of F), factorisations, sign descent, the test pass, the rank. The largest counts. With little
memory fewer blocks are drawn ahead, blocks of F are multiplied in pieces, families are factorised one after the
other, with fewer Lanczos vectors, and at last there is no room for dense factorisations. None of this changes results
by more than rounding, or KrylovFactor's tolerance; a cell that cannot do without a dense factorisation then says so
and stops.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product

from ...errors import InputError
from ...theory.experiments import Experiment
from ...theory.optimizers import OnePass, Sign, Stepped
from ..devices import BLOCK_ROWS, LARGEST, PANEL, MemoryBudget, Precision, cores
from ..factorisation import families, most_vectors, vectors_for
from ..problems import BATCH_STEPS
from ..stepping import BLOCK_STEPS, BY_CHANGES, state_numbers
from .cost import tried

_FLOAT = 8  # bytes
_PIECES = tuple(BLOCK_ROWS >> k for k in range(5))  # rows of F
_VECTORS = 100  # Lanczos vectors below which a budget does not go
_DENSE = {"filter": 3, "diagonal": 4, "block": 5}  # N^2 of a dense factorisation at its peak, 1 of them kept
_STATES = 5  # copies of an optax rule's state: before a step, after it, and what a decomposition in between holds
_NAMES = 2_000_000  # bytes of all small arrays and Python's own


@dataclass(frozen=True)
class Plan:
    """How a cell is measured within the memory there is.

    Attributes:
        depth: Blocks of rows drawn ahead.
        room: What may be held, see `MemoryBudget`.
    """

    depth: int
    room: MemoryBudget = field(default_factory=MemoryBudget)


def drawn_ahead(processes: int = 1) -> int:
    """Blocks drawn ahead where memory does not matter: more threads than that take turns with the BLAS."""
    return max(1, cores() // processes // 4)


def gigabytes(
    experiment: Experiment, size: int, dim: int, plan: Plan, precision: Precision = "float64", cores: int = 1
) -> float:
    """Peak memory of a cell's arrays on the host. dim: columns of the inputs. cores: those of its process."""
    columns = len(experiment.optimizers) * len(experiment.steps) * experiment.problem.outputs
    kinds = families(experiment.rules(size), size)
    signs = any(isinstance(o, Sign) for o in experiment.optimizers)
    room = plan.room
    together = min(len(kinds), cores, room.together or len(kinds))
    if math.isinf(experiment.samples.count(size)):
        # of dim N: the draw, each family's vectors, and what a singular value decomposition takes
        held = float(2 + len(kinds) + 3 * together) * dim * size + 3 * together * min(dim, size) ** 2 + signs * size**2
        held += 4 * BLOCK_STEPS * min(dim, size) * any(isinstance(o, OnePass) for o in experiment.optimizers)
        held += 4 * columns * size + _stepping(experiment, size, dim, plan.depth)
        return (_FLOAT * held + _NAMES) / 1e9
    square = size**2
    again = precision != "float64"  # G is perturbed, and factorised once more
    blocks = BLOCK_ROWS * (plan.depth + 2) * dim
    rows = room.rows * size * (2 if experiment.problem.features == "gelu" else 1)
    weights = 4 * columns * size
    stepping = _stepping(experiment, size, dim, plan.depth)
    working, kept = _factorising(experiment, size, room, together)
    kept *= 2 if again else 1
    stages = {
        "sums": blocks
        + rows
        + (rows + PANEL**2 if size > LARGEST else 0)
        + (0.5 * (square + dim * size) if again else 0)
        + 6 * size,
        "factors": working + (kept if again else 0) + weights,
        "steps": kept + weights + signs * (0.5 if size >= BY_CHANGES else 1) * square + stepping,
        "test": kept + 2 * weights + blocks + rows + 2 * room.rows * columns,
        "rank": kept + weights + (square if any(kind[0] == "filter" for kind in kinds) else 0),
    }
    # 100 dim: a teacher; 2 dim N while the features' matrix is made, when there is no G
    held = max(square + dim * size + max(stages.values()), 2 * dim * size)
    held += 100 * (1 + experiment.problem.outputs) * dim
    return (_FLOAT * held + _NAMES) / 1e9


def _stepping(experiment: Experiment, size: int, dim: int, depth: int) -> float:
    """Numbers that optax rules hold: their states, what is kept of their weights, rows and features of batches."""
    rules, batch, n = tried(experiment), experiment.batch, experiment.samples.count(size)
    held, outputs = float(rules * len(experiment.steps) * size), experiment.problem.outputs
    states = [state_numbers(rule, size, outputs) for rule in experiment.optimizers if isinstance(rule, Stepped)]
    held += _STATES * (sum(states) if batch else max(states, default=0))  # with batches all rules go side by side
    if rules:
        # G of a population; jax's own copy of it, and what a product with a matrix of weights holds (measured: 0.7 N^2)
        copies = 0 if batch else 1 if outputs == 1 else 2
        held += size**2 * (math.isinf(n) + copies)
    if rules and batch is not None:
        held += (depth + 2) * BATCH_STEPS * batch * (dim + size) + (0 if math.isinf(n) else n * dim)
    return held


def _factorising(experiment: Experiment, size: int, room: MemoryBudget, together: int) -> tuple[float, float]:
    """Numbers held at most while all families are factorised, `together` at once, and what is kept of them."""
    working, kept = [], []
    kinds = families(experiment.rules(size), size)
    for kind in kinds:
        most, vectors = vectors_for(kind, size, experiment.samples.count(size), experiment.problem.outputs), 0.0
        if room.vectors is not None:
            most = min(most, room.vectors)
        if most:
            grid = 2 * most + 202  # where a bound is looked at
            vectors = (most + 1) * size + max(3 * grid * most, 2 * most * size) + 2 * most**2
        whole = _DENSE[kind[0]] * size**2 if room.dense else 0
        blocks = size * kind[1] if kind[0] == "block" else 0
        working.append(max(vectors, whole) + 2 * blocks)
        kept.append((size**2 if room.dense else most * size) + blocks)
    first = sum(sorted(working)[-together:]) if together else 0
    return first + sum(sorted(kept)[: len(kinds) - together]), sum(kept)


def plans(
    experiment: Experiment,
    dim: int,
    memory_gb: float | None,
    precision: Precision = "float64",
    processes: int = 1,
) -> Mapping[int, Plan]:
    """For each size, the plan that fits into the memory allowed.

    Args:
        experiment: What is measured.
        dim: Columns of the inputs.
        memory_gb: Of all processes together; None allows any memory.
        precision: In which features and their products are held.
        processes: Cells that run side by side.

    Returns:
        The plan of each size.

    Raises:
        InputError: Nothing fits for some size; the sentence says which sizes do.
    """
    depth = drawn_ahead(processes)
    if memory_gb is None:
        return dict.fromkeys(experiment.sizes, Plan(depth))
    if not memory_gb > 0:
        raise InputError(f"The memory allowed is {memory_gb:g} GB, but it must be positive; try 4.")
    mine = max(1, cores() // processes)
    found = {
        size: _plan(experiment, size, dim, memory_gb / processes, precision, depth, mine) for size in experiment.sizes
    }
    made = {size: plan for size, plan in found.items() if plan is not None}
    if len(made) == len(found):
        return made
    size = max(n for n, plan in found.items() if plan is None)
    least = min(gigabytes(experiment, size, dim, plan, precision, mine) for plan in _choices(experiment, size, 0, 1))
    advice = f"sizes up to {max(made)} fit" if made else "no size of this experiment fits"
    raise InputError(
        f"N = {size} needs at least {least * processes:.2g} GB, but {memory_gb:g} GB are allowed; {advice}, or allow "
        "more memory."
    )


def _plan(
    experiment: Experiment, size: int, dim: int, allowed: float, precision: Precision, depth: int, cores: int
) -> Plan | None:
    for plan in _choices(experiment, size, depth, cores):
        if gigabytes(experiment, size, dim, plan, precision, cores) <= allowed:
            return plan
    return None


def _choices(experiment: Experiment, size: int, depth: int, cores: int) -> list[Plan]:
    """Plans in the order in which they are wanted: the last thing given up is room for dense factorisations."""
    kinds = families(experiment.rules(size), size)
    at_once = range(max(1, min(len(kinds), cores)), 0, -1)
    most, outputs = most_vectors(size), experiment.problem.outputs
    needless = all(vectors_for(kind, size, experiment.samples.count(size), outputs) for kind in kinds)
    caps: list[int | None] = [None]
    while most // 2 >= _VECTORS:
        most //= 2
        caps.append(most)
    return [
        Plan(ahead, MemoryBudget(rows, together, vectors, dense))
        for dense, vectors, together, rows, ahead in product(
            (True, False), caps, at_once, _PIECES, range(depth, -1, -1)
        )
        if dense or needless
    ]
