"""The ReLU problem of Ramani and Jain (2026): random features, ReLU or other, a ReLU teacher, power-law inputs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..theory.errors import InputError
from ..theory.experiment import Experiment
from ..theory.teacher import TEACHER_OUTPUT, TEACHER_UNITS
from .draw import Rows, Sampled
from .product import product
from .streams import CellSeed, Stream, ahead, blocks


@dataclass(frozen=True)
class ReluProblem:
    """x ~ N(0, diag(k^-(1+s))), features f(w_j.x), target sum_{k<=100} k^(-1/2) ReLU(w*_k.x), w ~ N(0, I/dim).

    f is ReLU in the paper and unless the experiment names another.
    Targets are centred and scaled by the clean training targets' mean and deviation; the risk is the mean squared
    error against the clean target on fresh inputs, scaled by the same two numbers. The teacher is shared by all
    sizes of a seed. Source: Ramani and Jain, arXiv 2605.29387, sections 2-3 and appendices A-B. Raises InputError.
    """

    experiment: Experiment

    def __post_init__(self) -> None:
        if self.experiment.problem.dim is None:
            raise InputError("dim is infinite, but ReLU problems draw their inputs; give a finite dim such as 1000.")
        if self.experiment.samples.infinite:
            raise InputError('samples = "inf" has no meaning for ReLU problems here; give a number of samples.')

    def draw(self, s: float, size: int, seed: int) -> Sampled:
        """The draw of one cell."""
        dim = self.experiment.problem.dim or 0
        noise_level = self.experiment.problem.noise
        cell = CellSeed(s, size, seed)
        deviation = np.arange(1, dim + 1, dtype=float) ** (-(1 + s) / 2) / math.sqrt(dim)
        # inputs stay standard normal: the covariance's root goes into the weights, which are far fewer
        matrix = cell.normal(Stream.FEATURES, dim, size) * deviation[:, None]
        teacher = cell.normal(Stream.TEACHER, dim, TEACHER_UNITS) * deviation[:, None]

        def rows(stream: Stream, block: int, count: int, noisy: bool) -> Rows:
            inputs = cell.normal(stream, count, dim, block)
            target = np.maximum(product(inputs, teacher), 0) @ TEACHER_OUTPUT
            noise = cell.normal(Stream.NOISE, count, 1, block)[:, 0] if noisy else np.zeros(count)
            return Rows(inputs, np.stack([target, np.ones(count), noise], axis=1))

        n = round(self.experiment.samples.count(size))

        def stream_of(
            stream: Stream, total: int, noisy: bool, depth: int, share: tuple[int, int] = (0, 1)
        ) -> Iterator[Rows]:
            cuts = blocks(total)
            return ahead(lambda i: rows(stream, i, cuts[i].stop - cuts[i].start, noisy), len(cuts), depth, share)

        def train(depth: int, share: tuple[int, int] = (0, 1)) -> Iterator[Rows]:
            return stream_of(Stream.TRAIN, n, noise_level > 0, depth, share)

        def test(depth: int) -> Iterator[Rows]:
            return stream_of(Stream.TEST, self.experiment.test_samples, False, depth)

        return Sampled(matrix, self.experiment.problem.features, n, train, noise_level, True, test)
