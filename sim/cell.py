"""One cell: every optimizer at every T for one (s, N, seed), from one draw."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from ..theory.experiment import Experiment
from ..theory.one_pass import OnePass
from .choice import factor_for
from .cost import necessary
from .device import Device, device
from .draw import Population, Problem, Sampled
from .factor import factorise, factorise_population, families, family, is_linear
from .gaussian import GaussianProblem
from .krylov import KrylovFactor, Wanted, uncertain
from .one_pass_law import one_pass_risk_in_law
from .rank import rank
from .relu import ReluProblem
from .resources import taken
from .stepping import Stepping, is_stepped, step, to_the_end
from .stochastic_steps import fresh, resampled
from .streams import CellSeed
from .tabular import TabularProblem

_FILTER = ("filter", 0)


@dataclass(frozen=True)
class Cell:
    """What one cell measured; NaN where a quantity has no meaning for the experiment.

    risk: shape (optimizer, T). largest, rank: largest eigenvalue of G and the number that are not zero within
    rounding, where some optimizer is a filter. floor: the risk no weights can go below (populations only).
    sign_step, chosen: see `stepping.Stepping`. unreachable: see TabularProblem. samples: n. seconds, cpu_seconds, peak:
    see `resources`. flops: the least arithmetic, see `cost.necessary`.
    """

    risk: np.ndarray
    largest: float = math.nan
    rank: float = math.nan
    floor: float = math.nan
    sign_step: float = math.nan
    unreachable: float = math.nan
    samples: float = math.nan
    seconds: float = math.nan
    cpu_seconds: float = math.nan
    peak: float = math.nan
    flops: float = math.nan
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
    with taken() as cost:
        draw, machine, drawn = problem.draw(s, size, seed), on or device(), CellSeed(s, size, seed)
        if isinstance(draw, Population):
            cell = _in_law(experiment, draw, drawn, depth, machine)
        else:
            cell = _on_rows(experiment, draw, drawn, depth, machine)
    return replace(
        cell,
        risk=np.where(np.isfinite(cell.risk), cell.risk, np.nan),
        unreachable=draw.unreachable,
        seconds=cost.seconds,
        cpu_seconds=cost.cpu_seconds,
        peak=cost.peak,
        flops=necessary(experiment, size, len(draw.matrix)),
    )


def _in_law(experiment: Experiment, draw: Population, drawn: CellSeed, depth: int, on: Device) -> Cell:
    """Population gradients: risks straight from singular values, no weights formed but for what is stepped."""
    steps, few, size = np.array(experiment.steps), np.array(experiment.stepped_steps), draw.matrix.shape[1]
    rules, noise = experiment.rules(size), experiment.problem.noise
    kinds = families(rules, size)
    tasks = [partial(factorise_population, kind, draw.matrix, on) for kind in kinds]
    factors = dict(zip(kinds, on.together(tasks, max(draw.matrix.shape)), strict=True))
    stepping = Stepping()
    if any(map(is_stepped, rules)):
        gram, moment = draw.matrix.T @ draw.matrix, draw.matrix.T @ draw.target
        energy = float(np.vdot(draw.target, draw.target))
        block = fresh(draw, noise, experiment.batch, drawn) if experiment.batch else None
        stepping = step(rules, gram, moment, energy, few, len(steps), block, depth)
    risks = []
    for rule in rules:
        if is_linear(rule):
            risks.append(factors[family(rule, size)].risk(rule, draw.target, steps, experiment.eta))
        elif isinstance(rule, OnePass):
            run = one_pass_risk_in_law(rule, factors[_FILTER], draw.target, few, experiment.eta, noise, drawn)
            risks.append(to_the_end(run, len(steps)))
        else:
            risks.append(draw.risk(stepping.weights[rule]))
    cell = Cell(
        np.stack(risks),
        floor=next(iter(factors.values())).floor(draw.target) if factors else math.nan,
        sign_step=stepping.sign_step,
        samples=math.inf,
        chosen=stepping.chosen,
    )
    if _FILTER not in factors:
        return cell
    values = factors[_FILTER].values
    return replace(cell, largest=float(values.max()), rank=float(len(values)))


def _on_rows(experiment: Experiment, draw: Sampled, drawn: CellSeed, depth: int, on: Device) -> Cell:
    """Training rows: stream them into G and b, then weights for every optimizer and T, then one test pass."""
    steps, few, size = np.array(experiment.steps), np.array(experiment.stepped_steps), draw.matrix.shape[1]
    sums = on.sums(draw.train(depth), draw.matrix, draw.activation, draw.outputs)
    combination = draw.combination(sums.labels, sums.rows)
    gram = sums.gram
    gram /= sums.rows
    moment = sums.cross @ combination / sums.rows
    rules = experiment.rules(size)
    kinds = families(rules, size)
    energy = float(np.vdot((combination.T @ sums.labels).T, combination)) / sums.rows
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
    stepping = Stepping()
    if any(map(is_stepped, rules)):
        block = resampled(draw, combination, experiment.batch, drawn, depth) if experiment.batch else None
        stepping = step(rules, gram, moment, energy, few, len(steps), block, depth)
    weights = [
        factors[family(rule, size)].weights(rule, moment, steps, experiment.eta, draw.samples)
        if is_linear(rule)
        else stepping.weights[rule]
        for rule in rules
    ]

    def risks(columns: np.ndarray) -> np.ndarray:
        if isinstance(draw.test, Population):
            return draw.test.risk(columns).reshape(-1, len(steps))
        clean = combination.copy()
        clean[draw.outputs + 1 :] = 0.0  # no label noise
        return on.errors(draw.test(depth), draw.matrix, draw.activation, columns, clean).reshape(-1, len(steps))

    risk = risks(np.concatenate(weights, axis=-1))
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
        risk[wide] = risks(np.concatenate(better, axis=-1))
    known = factors.get(_FILTER)
    full = known is not None and not isinstance(known, KrylovFactor)
    return Cell(
        risk,
        largest=known.largest if known else math.nan,
        rank=float(len(known.values) if full else rank(gram, known.largest)) if known else math.nan,
        sign_step=stepping.sign_step,
        samples=draw.samples,
        chosen=stepping.chosen,
    )
