"""Problems from a file: random features of its inputs, its target column."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from ...errors import InputError
from ...theory.experiments import Experiment
from ..devices import Rows, blocks
from .draw import Draw, Population, Sampled
from .random_streams import CellSeed, Stream, ahead


@dataclass(frozen=True, eq=False)
class TabularProblem:
    """Random features of a file's inputs, centred and divided by one scale, the root of the mean column variance.

    linear: f_j = w_j.x, w ~ N(0, I/N). Others: f_j = f(w_j.x), w ~ N(0, I/dim), f from `theory.problems`.
    With finite samples the rows are split at random, once a seed: the first n train, and the last ones, at most
    test_samples of those left, test. With infinite samples the file is the population. Then the target of linear
    features is replaced by its best linear fit, so that all of it can be learned; the share of the target's
    variance lost by this is kept as `unreachable`; label noise has no effect on the population gradient.

    Attributes:
        experiment: What is measured.
        inputs: The file's, shape (rows, dim).
        target: The file's, shape (rows,).

    Raises:
        InputError: The file cannot be read, or has too few rows to train and test on.
    """

    experiment: Experiment
    inputs: np.ndarray = field(init=False)
    target: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        from ...theory.arrays import read_features

        spec = self.experiment.problem
        inputs, target = read_features(spec.path or "", spec.target)
        object.__setattr__(self, "inputs", inputs)
        object.__setattr__(self, "target", target)
        for size in self.experiment.sizes:
            n = self.experiment.samples.count(size)
            if not math.isinf(n) and len(target) - round(n) < 2:
                raise InputError(
                    f"{spec.path} has {len(target)} rows, but N = {size} trains on {round(n)} and at least 2 more "
                    "are needed to test on; give fewer samples."
                )

    def draw(self, s: float, size: int, seed: int) -> Draw:
        """The draw of one cell."""
        spec, cell = self.experiment.problem, CellSeed(s, size, seed)
        n, rows = self.experiment.samples.count(size), len(self.target)
        linear = spec.features == "linear"
        dim = self.inputs.shape[1]
        weights = cell.normal(Stream.FEATURES, dim, size) / math.sqrt(size if linear else dim)
        if math.isinf(n):
            if linear:
                return self._population(weights)
            train = test = np.arange(rows)
        else:
            order = cell.generator(Stream.SPLIT).permutation(rows)
            train = order[: round(n)]
            test = order[round(n) :][-self.experiment.test_samples :]
        mean, scale = _centre(self.inputs[train])
        noisy = spec.noise > 0 and not math.isinf(n)

        def read(chosen: np.ndarray, noisy: bool) -> Callable[..., Iterator[Rows]]:
            cuts = blocks(len(chosen))

            def block(i: int) -> Rows:
                index = chosen[cuts[i]]
                noise = cell.normal(Stream.NOISE, len(index), 1, i)[:, 0] if noisy else np.zeros(len(index))
                labels = np.stack([self.target[index], np.ones(len(index)), noise], axis=1)
                return Rows((self.inputs[index] - mean) / scale, labels)

            return lambda depth, share=(0, 1): ahead(block, len(cuts), depth, share)

        return Sampled(weights, spec.features, n, read(train, noisy), spec.noise, True, read(test, False))

    def _population(self, weights: np.ndarray) -> Population:
        """The file in the coordinates of its own principal components: A = diag(sqrt(lambda)) V'W."""
        roots, vectors, target, unreachable = self._components
        return Population((roots[:, None] * vectors) @ weights, target, unreachable)

    @cached_property
    def _components(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
        return _components(self.inputs, self.target)


def _centre(inputs: np.ndarray) -> tuple[np.ndarray, float]:
    """Column means, shape (dim,), and the root of the mean column variance. Raises InputError."""
    mean = inputs.mean(axis=0)
    scale = math.sqrt(inputs.var(axis=0).mean())
    if scale == 0:
        raise InputError("The inputs do not vary over the training rows; give more samples, or inputs that vary.")
    return mean, scale


def _components(inputs: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Roots of the covariance eigenvalues (r,), eigenvectors (r, dim), target coefficients (r,), share not linear.

    Raises InputError.
    """
    mean, scale = _centre(inputs)
    left, singular, right = np.linalg.svd((inputs - mean) / scale, full_matrices=False)
    kept = singular > max(inputs.shape) * np.finfo(float).eps * singular[0]
    centred = target - target.mean()
    coefficients = left[:, kept].T @ centred
    explained = float(coefficients @ coefficients / (centred @ centred))
    if explained < 1e-12:
        raise InputError("No linear function of the inputs explains the target; try features = 'relu'.")
    roots = singular[kept] / math.sqrt(len(target))
    return roots, right[kept], coefficients / np.linalg.norm(coefficients), max(0.0, 1 - explained)
