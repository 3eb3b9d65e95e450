"""One cell: every optimizer at every T for one (s, N, seed), from one draw."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...theory.experiments import Experiment
from ..devices import Device, Work, blas_threads, device, measured_usage, processor, threads_for
from ..problems import CellSeed, GaussianProblem, Population, Problem, ReluProblem, TabularProblem
from .cost import necessary
from .on_population import measured_in_law
from .on_rows import measured_on_rows
from .outcome import Cell


def problem_of(experiment: Experiment) -> Problem:
    """The experiment's problem, ready to draw from.

    Args:
        experiment: What is measured.

    Returns:
        The problem of its kind.

    Raises:
        InputError: It cannot be drawn, as an infinite dim, or its file cannot be read.
    """
    match experiment.problem.kind:
        case "gaussian":
            return GaussianProblem(experiment)
        case "relu":
            return ReluProblem(experiment)
        case "data":
            return TabularProblem(experiment)


def measure(
    experiment: Experiment,
    problem: Problem,
    s: float,
    size: int,
    seed: int,
    depth: int = 2,
    on: Device | None = None,
) -> Cell:
    """Measure one cell.

    Args:
        experiment: What is measured.
        problem: As `problem_of` makes it of the experiment.
        s: Spectral exponent, NaN for data.
        size: N.
        seed: The seed's number.
        depth: Blocks of rows drawn ahead of their use.
        on: The device; None picks it.

    Returns:
        Risks and what they cost. A risk that is not finite, as of steps that diverge, is NaN.

    Raises:
        InputError: The cell cannot be measured, as for steps that momentum does not bear or memory that is not there.
    """
    with measured_usage() as cost, blas_threads(Work.PRODUCT, size):
        draw, machine, drawn = problem.draw(s, size, seed), on or device(), CellSeed(s, size, seed)
        if isinstance(draw, Population):
            cell = measured_in_law(experiment, draw, drawn, depth, machine)
        else:
            cell = measured_on_rows(experiment, draw, drawn, depth, machine)
    return replace(
        cell,
        risk=np.where(np.isfinite(cell.risk), cell.risk, np.nan),
        unreachable=draw.unreachable,
        seconds=cost.seconds,
        cpu_seconds=cost.cpu_seconds,
        peak=cost.peak,
        flops=necessary(experiment, size, len(draw.matrix)),
        processor=processor(machine.name),
        threads=float(threads_for(Work.FACTORISATION, size)),
    )
