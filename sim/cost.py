"""What a cell costs in arithmetic and in memory, estimated before it runs."""

from __future__ import annotations

import math

from ..theory.errors import InputError
from ..theory.experiment import Experiment
from ..theory.one_pass import OnePass
from ..theory.optax_rule import OptaxRule, Stepped
from ..theory.optimizers import Sign
from .choice import most_vectors
from .factor import families
from .one_pass_law import BLOCK_STEPS
from .streams import BATCH_STEPS, BLOCK_ROWS, cores

_NORMAL = 500  # a normal number costs about as much as this many operations inside a matrix product
_EIGH = 16  # an eigendecomposition with vectors costs this many N^3
_KRYLOV = 3  # and this many times as much as Krylov vectors, where they are tried
_SVD = 40  # and a singular value decomposition this many dim^2 N (the smaller of the two squared)
_SIGN = 20  # sign steps wait for memory, not arithmetic: cost per step over N^2
_STEP = 200  # a one-pass step in law costs this many normal numbers beside one for each mode
_FLOAT = 8  # bytes


def operations(experiment: Experiment, size: int, dim: int) -> float:
    """Operations of a cell of N = size on inputs of `dim` columns, good to a factor of two or so."""
    n = experiment.samples.count(size)
    kinds = families(experiment.rules(size), size)
    signs = any(isinstance(o, Sign) for o in experiment.optimizers)
    total = float(_NORMAL * dim * size)
    if math.isinf(n):
        small, large = sorted((size, dim))
        total += len(kinds) * _SVD * small**2 * large + signs * 2 * dim * size**2
        one_pass = sum(isinstance(o, OnePass) for o in experiment.optimizers)
        total += one_pass * _NORMAL * max(experiment.stepped_steps) * (small + _STEP)
    else:
        tested = 0 if experiment.problem.kind == "gaussian" else experiment.test_samples
        total += (n + tested) * dim * (_NORMAL + 2 * size) + n * size**2
        total += len(kinds) * _EIGH * size**3 / (_KRYLOV if most_vectors(size) else 1)
    steps = max(experiment.stepped_steps)
    total += signs * experiment.problem.outputs * _SIGN * steps * size**2
    return total + _stepping(experiment, size, dim)


def necessary(experiment: Experiment, size: int, dim: int) -> float:
    """The least arithmetic of a cell: features of training and test rows and F'F; A'A for a population."""
    n = experiment.samples.count(size)
    if math.isinf(n) and experiment.problem.kind == "gaussian":
        return float(dim * size * (size + 1))
    if math.isinf(n):  # a file whose rows are the population
        return math.nan
    tested = 0 if experiment.problem.kind == "gaussian" else experiment.test_samples
    return float(2 * (n + tested) * dim * size + n * size * (size + 1))


def _tried(experiment: Experiment) -> int:
    """How many rules are run by steps, every candidate counted, times the outputs."""
    ours = [rule for rule in experiment.optimizers if isinstance(rule, Stepped)]
    tried = sum(len(rule.candidates) if isinstance(rule, OptaxRule) else 1 for rule in ours)
    return tried * experiment.problem.outputs


def _stepping(experiment: Experiment, size: int, dim: int) -> float:
    """Operations of optax rules, but for what a rule does beside its gradient (N^3 a step for Shampoo)."""
    tried, count, batch = _tried(experiment), max(experiment.stepped_steps), experiment.batch
    if not tried or batch is None:
        return float(tried * _SIGN * count * size**2)
    drawn = _NORMAL * dim if math.isinf(experiment.samples.count(size)) else 0
    return float(count * batch * (drawn + 2 * dim * size + tried * 4 * size))


def _held(experiment: Experiment, size: int, dim: int, depth: int) -> float:
    """Numbers that optax rules hold: what is kept of their weights, and rows and features of batches."""
    tried, batch, n = _tried(experiment), experiment.batch, experiment.samples.count(size)
    held = float(tried * len(experiment.steps) * size)
    if tried and math.isinf(n):
        held += size**2
    if tried and batch is not None:
        held += (depth + 2) * BATCH_STEPS * batch * (dim + size) + (0 if math.isinf(n) else n * dim)
    return held


def gigabytes(experiment: Experiment, size: int, dim: int, depth: int) -> float:
    """Peak memory of a cell's arrays, with `depth` blocks of rows drawn ahead."""
    columns = len(experiment.optimizers) * len(experiment.steps) * experiment.problem.outputs
    kinds = families(experiment.rules(size), size)
    together = min(len(kinds), cores())
    signs = any(isinstance(o, Sign) for o in experiment.optimizers)
    if math.isinf(experiment.samples.count(size)):
        numbers = (2 + len(kinds) + 3 * together) * dim * size + 3 * together * min(dim, size) ** 2 + signs * size**2
        numbers += 4 * BLOCK_STEPS * min(dim, size) * any(isinstance(o, OnePass) for o in experiment.optimizers)
    else:
        numbers = (
            (2 + len(kinds) + 4 * together) * size**2
            + 3 * dim * size
            + BLOCK_ROWS * ((depth + 2) * dim + 2 * size + columns)
        )
    return _FLOAT * (numbers + 4 * columns * size + _held(experiment, size, dim, depth)) / 1e9


def depth_within(experiment: Experiment, dim: int, memory_gb: float | None) -> int:
    """How many blocks of rows may be drawn ahead in the largest cell. Raises InputError where none fits."""
    wanted = max(1, cores() // 4)  # more threads than that take turns with the BLAS instead of helping it
    if memory_gb is None:
        return wanted
    if not memory_gb > 0:
        raise InputError(f"The memory allowed is {memory_gb:g} GB, but it must be positive; try 4.")
    largest = experiment.sizes[-1]
    for depth in range(wanted, -1, -1):
        if gigabytes(experiment, largest, dim, depth) <= memory_gb:
            return depth
    fitting = [n for n in experiment.sizes if gigabytes(experiment, n, dim, 0) <= memory_gb]
    advice = f"sizes up to {fitting[-1]} fit" if fitting else "no size of this experiment fits"
    raise InputError(
        f"N = {largest} needs about {gigabytes(experiment, largest, dim, 0):.2g} GB, but {memory_gb:g} GB are "
        f"allowed; {advice}, or allow more memory."
    )
