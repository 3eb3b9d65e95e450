"""The ReLU problem of Ramani and Jain (2026): random features and a teacher, ReLU or other, on power-law inputs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ...errors import InputError
from ...theory.experiments import Experiment
from ...theory.problems import ACTIVATIONS, TEACHER_OUTPUT, TEACHER_UNITS
from ..devices import Rows, blocks, product
from .draw import Sampled
from .inputs import draw_inputs
from .random_streams import CellSeed, Stream, ahead


@dataclass(frozen=True)
class ReluProblem:
    """x ~ N(0, diag(k^-(1+s))), features f(w_j.x), target sum_{k<=100} k^(-1/2) g(w*_k.x), w ~ N(0, I/dim).

    f and g are ReLU in the paper and unless the experiment names others. m outputs are m teachers; each output is
    standardised, and the risk is the mean of theirs. Student-t inputs have the same covariance, in training and test.
    Targets are centred and scaled by the clean training targets' mean and deviation; the risk is the mean squared
    error against the clean target on fresh inputs, scaled by the same two numbers. The teacher is shared by all
    sizes of a seed. Source: Ramani and Jain, arXiv 2605.29387, sections 2-3 and appendices A-B.

    Attributes:
        experiment: What is measured.

    Raises:
        InputError: dim or the number of samples is infinite.
    """

    experiment: Experiment

    def __post_init__(self) -> None:
        if self.experiment.problem.dim is None:
            raise InputError("dim is infinite, but ReLU problems draw their inputs; give a finite dim such as 1000.")
        if self.experiment.samples.infinite:
            raise InputError('samples = "inf" has no meaning for ReLU problems here; give a number of samples.')

    def draw(self, s: float, size: int, seed: int) -> Sampled:
        """The draw of one cell."""
        spec = self.experiment.problem
        dim, m, noise_level = spec.dim or 0, spec.outputs, spec.noise
        cell = CellSeed(s, size, seed)
        deviation = np.arange(1, dim + 1, dtype=float) ** (-(1 + s) / 2) / math.sqrt(dim)
        # inputs stay standard normal: the covariance's root goes into the weights, which are far fewer
        matrix = cell.normal(Stream.FEATURES, dim, size) * deviation[:, None]
        teachers = [cell.normal(Stream.TEACHER, dim, TEACHER_UNITS, j) * deviation[:, None] for j in range(m)]
        unit = ACTIVATIONS[spec.teacher].function

        def rows(stream: Stream, block: int, count: int, noisy: bool) -> Rows:
            inputs = draw_inputs(cell, stream, count, dim, block, spec.inputs)
            targets = [unit(product(inputs, teacher)) @ TEACHER_OUTPUT for teacher in teachers]
            noise = cell.normal(Stream.NOISE, count, m, block) if noisy else np.zeros((count, m))
            return Rows(inputs, np.column_stack([*targets, np.ones(count), noise]))

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

        return Sampled(matrix, spec.features, n, train, noise_level, True, test, outputs=m)
