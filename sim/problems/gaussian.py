"""The Gaussian problem: Gaussian random features of Gaussian inputs, a linear target."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ...errors import InputError
from ...theory.experiments import Experiment
from ..devices import Rows, blocks
from .draw import Draw, Population, Sampled
from .inputs import draw_inputs
from .random_streams import CellSeed, Stream, ahead


@dataclass(frozen=True)
class GaussianProblem:
    """x ~ N(0, diag(lambda)), features phi_j.x with phi_j ~ N(0, I/N), target sum_k sqrt(E_k) x_k/sqrt(lambda_k).

    In coordinates z = x/sqrt(lambda) the features are z'A with A = diag(sqrt(lambda)) Phi, shape (dim, N), and
    risk(a) = |t - A a|^2 with t_k = sqrt(E_k / sum E). With m outputs row k of T, shape (dim, m), has that length and a
    random direction, so that each mode keeps its share of a total variance of 1. Other input laws share the covariance:
    population gradients, and risks given the weights, are the same.

    Attributes:
        experiment: What is measured.

    Raises:
        InputError: dim is infinite.
    """

    experiment: Experiment

    def __post_init__(self) -> None:
        if self.experiment.problem.dim is None:
            raise InputError(
                "dim is infinite, but a simulation draws every mode; give a finite dim, or use predict instead."
            )

    def draw(self, s: float, size: int, seed: int) -> Draw:
        """The draw of one cell."""
        spec = self.experiment.problem
        problem, m = spec.spectral(s), spec.outputs
        eigenvalues, energies = problem.dense()
        cell = CellSeed(s, size, seed)
        matrix = cell.normal(Stream.FEATURES, len(eigenvalues), size)
        matrix *= np.sqrt(eigenvalues / size)[:, None]
        target = np.sqrt(energies / energies.sum())
        if m > 1:
            directions = cell.normal(Stream.OUTPUTS, len(target), m)
            target = target[:, None] * directions / np.linalg.norm(directions, axis=1, keepdims=True)
        population = Population(matrix, target)
        n = self.experiment.samples.count(size)
        if math.isinf(n):
            return population
        cuts = blocks(round(n))
        noisy = problem.noise > 0

        def rows(block: int) -> Rows:
            count = cuts[block].stop - cuts[block].start
            inputs = draw_inputs(cell, Stream.TRAIN, count, len(eigenvalues), block, spec.inputs)
            noise = cell.normal(Stream.NOISE, count, m, block) if noisy else np.zeros((count, m))
            return Rows(inputs, np.column_stack([inputs @ population.target, np.ones(count), noise]))

        def train(depth: int, share: tuple[int, int] = (0, 1)) -> Iterator[Rows]:
            return ahead(rows, len(cuts), depth, share)

        return Sampled(matrix, "linear", round(n), train, problem.noise, False, population, outputs=m)
