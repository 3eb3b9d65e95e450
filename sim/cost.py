"""What a cell costs in arithmetic, estimated before it runs."""

from __future__ import annotations

import math

from ..theory.experiment import Experiment
from ..theory.optimizers import Sign
from .choice import most_vectors
from .factor import families

_NORMAL = 500  # a normal number costs about as much as this many operations inside a matrix product
_EIGH = 16  # an eigendecomposition with vectors costs this many N^3
_KRYLOV = 3  # and this many times as much as Krylov vectors, where they are tried
_SVD = 40  # and a singular value decomposition this many dim^2 N (the smaller of the two squared)
_SIGN = 20  # sign steps wait for memory, not arithmetic: cost per step over N^2


def operations(experiment: Experiment, size: int, dim: int) -> float:
    """Operations of a cell of N = size on inputs of `dim` columns, good to a factor of two or so."""
    n = experiment.samples.count(size)
    kinds = families(experiment.rules(size), size)
    signs = any(isinstance(o, Sign) for o in experiment.optimizers)
    total = float(_NORMAL * dim * size)
    if math.isinf(n):
        small, large = sorted((size, dim))
        total += len(kinds) * _SVD * small**2 * large + signs * 2 * dim * size**2
    else:
        tested = 0 if experiment.problem.kind == "gaussian" else experiment.test_samples
        total += (n + tested) * dim * (_NORMAL + 2 * size) + n * size**2
        total += len(kinds) * _EIGH * size**3 / (_KRYLOV if most_vectors(size) else 1)
    return total + signs * _SIGN * max(experiment.steps) * size**2


def necessary(experiment: Experiment, size: int, dim: int) -> float:
    """The least arithmetic of a cell: features of training and test rows and F'F; A'A for a population."""
    n = experiment.samples.count(size)
    if math.isinf(n) and experiment.problem.kind == "gaussian":
        return float(dim * size * (size + 1))
    if math.isinf(n):  # a file whose rows are the population
        return math.nan
    tested = 0 if experiment.problem.kind == "gaussian" else experiment.test_samples
    return float(2 * (n + tested) * dim * size + n * size * (size + 1))
