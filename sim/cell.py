"""One cell: every optimizer at every T for one (s, N, seed), from one draw."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from ..theory.experiment import Experiment
from ..theory.optax_rule import Stepped
from ..theory.optimizers import Optimizer, Sign
from .choice import factor_for
from .device import Device, device
from .draw import Population, Problem, Sampled
from .factor import factorise, factorise_population, families, family, is_linear
from .gaussian import GaussianProblem
from .krylov import KrylovFactor, Wanted, uncertain
from .rank import rank
from .relu import ReluProblem
from .sign import SignRun, sign_descent
from .steps import Descent, descend
from .stochastic_steps import Batches, descend_batches, fresh, resampled
from .streams import CellSeed
from .tabular import TabularProblem

_FILTER = ("filter", 0)


@dataclass(frozen=True)
class Cell:
    """What one cell measured; NaN where a quantity has no meaning for the experiment.

    risk: shape (optimizer, T). largest, rank: largest eigenvalue of G and the number that are not zero within
    rounding, where some optimizer is a filter. floor: the risk no weights can go below (populations only).
    sign_step: the step sign descent chose. chosen: by optimizer, the candidate it took, where it had several.
    unreachable: see TabularProblem. samples: n. seconds: time taken.
    """

    risk: np.ndarray
    largest: float = math.nan
    rank: float = math.nan
    floor: float = math.nan
    sign_step: float = math.nan
    unreachable: float = math.nan
    samples: float = math.nan
    seconds: float = math.nan
    chosen: dict[str, str] = field(default_factory=dict)


def problem_of(experiment: Experiment) -> Problem:
    """The experiment's problem, ready to draw from. Raises InputError."""
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
    """Measure one cell. depth: blocks of rows drawn ahead of their use. on: None picks the device."""
    started = time.perf_counter()
    draw, machine, drawn = problem.draw(s, size, seed), on or device(), CellSeed(s, size, seed)
    if isinstance(draw, Population):
        cell = _in_law(experiment, draw, depth, machine, drawn)
    else:
        cell = _on_rows(experiment, draw, depth, machine, drawn)
    risk = np.where(np.isfinite(cell.risk), cell.risk, np.nan)
    seconds = time.perf_counter() - started
    return replace(cell, risk=risk, unreachable=draw.unreachable, seconds=seconds)


def _in_law(experiment: Experiment, draw: Population, depth: int, on: Device, drawn: CellSeed) -> Cell:
    """Population gradients: risks straight from singular values, no weights formed but for sign descent."""
    steps, size = np.array(experiment.steps), draw.matrix.shape[1]
    rules = experiment.rules(size)
    kinds = families(rules, size)
    tasks = [partial(factorise_population, kind, draw.matrix, on) for kind in kinds]
    factors = dict(zip(kinds, on.together(tasks, max(draw.matrix.shape)), strict=True))
    stepped: dict[Optimizer, Descent] = {}
    if any(isinstance(rule, Stepped) for rule in rules):
        gram, moment = draw.matrix.T @ draw.matrix, (draw.matrix.T @ draw.target)[:, None]
        block = fresh(draw, experiment.problem.noise, experiment.batch, drawn) if experiment.batch else None
        stepped = _step(rules, gram, moment, float(draw.target @ draw.target), steps, block, depth)
    risks = []
    run: SignRun | None = None
    for rule in rules:
        if is_linear(rule):
            risks.append(factors[family(rule, size)].risk(rule, draw.target, steps, experiment.eta))
        elif isinstance(rule, Sign):
            gram, moment = draw.matrix.T @ draw.matrix, draw.matrix.T @ draw.target
            run = sign_descent(gram, moment, steps, rule.steps_tried)
            risks.append(draw.risk(run.weights))
        elif isinstance(rule, Stepped):
            risks.append(draw.risk(stepped[rule].weights[:, :, 0].T))
    cell = Cell(
        np.stack(risks),
        floor=next(iter(factors.values())).floor(draw.target) if factors else math.nan,
        sign_step=run.step if run else math.nan,
        samples=math.inf,
        chosen=_choices(stepped),
    )
    if _FILTER not in factors:
        return cell
    values = factors[_FILTER].values
    return replace(cell, largest=float(values.max()), rank=float(len(values)))


def _on_rows(experiment: Experiment, draw: Sampled, depth: int, on: Device, drawn: CellSeed) -> Cell:
    """Training rows: stream them into G and b, then weights for every optimizer and T, then one test pass."""
    steps, size = np.array(experiment.steps), draw.matrix.shape[1]
    sums = on.sums(draw.train(depth), draw.matrix, draw.activation)
    combination = draw.combination(sums.labels, sums.rows)
    gram = sums.gram
    gram /= sums.rows
    moment = sums.cross @ combination / sums.rows
    rules = experiment.rules(size)
    kinds = families(rules, size)
    energy = float(combination @ sums.labels @ combination) / sums.rows
    members = {kind: tuple(r for r in rules if is_linear(r) and family(r, size) == kind) for kind in kinds}
    tasks = [
        partial(
            factor_for,
            kind,
            gram,
            moment,
            Wanted(members[kind], steps, experiment.eta, draw.samples, sums.rows, energy, draw.noise > 0),
            on,
        )
        for kind in kinds
    ]
    factors = dict(zip(kinds, on.together(tasks, size), strict=True))
    stepped: dict[Optimizer, Descent] = {}
    if any(isinstance(rule, Stepped) for rule in rules):
        block = resampled(draw, combination, experiment.batch, drawn, depth) if experiment.batch else None
        stepped = _step(rules, gram, moment[:, None], energy, steps, block, depth)
    weights = []
    run: SignRun | None = None
    for rule in rules:
        if is_linear(rule):
            factor = factors[family(rule, size)]
            weights.append(factor.weights(rule, moment, steps, experiment.eta, draw.samples))
        elif isinstance(rule, Sign):
            run = sign_descent(gram, moment, steps, rule.steps_tried)
            weights.append(run.weights)
        elif isinstance(rule, Stepped):
            weights.append(stepped[rule].weights[:, :, 0].T)

    def risks(columns: np.ndarray) -> np.ndarray:
        if isinstance(draw.test, Population):
            return draw.test.risk(columns).reshape(-1, len(steps))
        clean = combination * (1, 1, 0)
        return on.errors(draw.test(depth), draw.matrix, draw.activation, columns, clean).reshape(-1, len(steps))

    risk = risks(np.concatenate(weights, axis=1))
    # the bounds were held against training losses; where one is too wide for the risk itself, that family is dense
    wide = [
        i for i, r in enumerate(rules) if is_linear(r) and uncertain(risk[i], factors[family(r, size)].error(r, steps))
    ]
    if wide:
        for kind in {family(rules[i], size) for i in wide}:
            factors[kind] = factorise(kind, gram, on)
        again = [factors[family(rules[i], size)] for i in wide]
        better = [
            f.weights(rules[i], moment, steps, experiment.eta, draw.samples) for i, f in zip(wide, again, strict=True)
        ]
        risk[wide] = risks(np.concatenate(better, axis=1))
    known = factors.get(_FILTER)
    full = known is not None and not isinstance(known, KrylovFactor)
    return Cell(
        risk,
        largest=known.largest if known else math.nan,
        rank=float(len(known.values) if full else rank(gram, known.largest)) if known else math.nan,
        sign_step=run.step if run else math.nan,
        samples=draw.samples,
        chosen=_choices(stepped),
    )


def _step(
    rules: Sequence[Optimizer],
    gram: np.ndarray,
    moment: np.ndarray,
    energy: float,
    steps: np.ndarray,
    block: Callable[[int], Batches] | None,
    depth: int,
) -> dict[Optimizer, Descent]:
    """What the rules that are run by steps come to: on batches from `block`, or full-batch where there is none."""
    ours = [rule for rule in rules if isinstance(rule, Stepped)]
    if block is None:
        return {rule: descend(rule, gram, moment, energy, steps) for rule in ours}
    return dict(zip(ours, descend_batches(ours, block, gram, moment, steps, depth), strict=True))


def _choices(stepped: Mapping[Optimizer, Descent]) -> dict[str, str]:
    return {rule.name: found.chosen for rule, found in stepped.items() if found.chosen != rule.name}
