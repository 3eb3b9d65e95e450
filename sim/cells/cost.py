"""What a cell costs in arithmetic, estimated before it runs."""

from __future__ import annotations

import math

from ...theory.experiments import Experiment
from ...theory.optimizers import OnePass, OptaxRule, Sign, Stepped
from ..factorisation import families, most_vectors
from ..stepping import BY_CHANGES

_NORMAL = 500  # a normal number costs about as much as this many operations inside a matrix product
_EIGH = 16  # an eigendecomposition with vectors costs this many N^3
_KRYLOV = 3  # and this many times as much as Krylov vectors, where they are tried
_SVD = 40  # and a singular value decomposition this many dim^2 N (the smaller of the two squared)
_SIGN = 20  # steps with G wait for memory, not arithmetic: cost per step over N^2
_CHANGES = 3  # and those of sign descent that follow changed signs
_STEP = 200  # a one-pass step in law costs this many normal numbers beside one for each mode


def operations(experiment: Experiment, size: int, dim: int) -> float:
    """Operations of a cell, good to a factor of two or so.

    Args:
        experiment: What is measured.
        size: N.
        dim: Columns of the inputs.

    Returns:
        Floating-point operations, by which sweeps are scheduled and their progress is told.
    """
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
    total += signs * experiment.problem.outputs * (_CHANGES if size >= BY_CHANGES else _SIGN) * steps * size**2
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


def tried(experiment: Experiment) -> int:
    """How many rules are run by steps, every candidate counted, times the outputs."""
    ours = [rule for rule in experiment.optimizers if isinstance(rule, Stepped)]
    count = sum(len(rule.candidates) if isinstance(rule, OptaxRule) else 1 for rule in ours)
    return count * experiment.problem.outputs


def _stepping(experiment: Experiment, size: int, dim: int) -> float:
    """Operations of optax rules, but for what a rule does beside its gradient (N^3 a step for Shampoo)."""
    rules, count, batch = tried(experiment), max(experiment.stepped_steps), experiment.batch
    if not rules or batch is None:
        return float(rules * _SIGN * count * size**2)
    drawn = _NORMAL * dim if math.isinf(experiment.samples.count(size)) else 0
    return float(count * batch * (drawn + 2 * dim * size + rules * 4 * size))
