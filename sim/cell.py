"""One cell: every optimizer at every T for one (s, N, seed), from one draw."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from ..theory.experiment import Experiment
from ..theory.optimizers import Sign
from .choice import factor_for
from .cost import necessary
from .device import Device, device
from .draw import Population, Problem, Sampled
from .factor import Factor, factorise, factorise_population, families, family, is_linear
from .gaussian import GaussianProblem
from .krylov import KrylovFactor, Wanted, uncertain
from .precision import perturb, risk_error, unit
from .rank import rank
from .relu import ReluProblem
from .resources import taken
from .sign import SignRun, sign_descent
from .tabular import TabularProblem

_FILTER = ("filter", 0)


@dataclass(frozen=True)
class Cell:
    """What one cell measured; NaN where a quantity has no meaning for the experiment.

    risk: shape (optimizer, T). largest, rank: largest eigenvalue of G and the number that are not zero within
    rounding, where some optimizer is a filter. floor: the risk no weights can go below (populations only).
    sign_step: the step sign descent chose. unreachable: see TabularProblem. samples: n. seconds, cpu_seconds, peak:
    see `resources`. flops: the least arithmetic, see `cost.necessary`. precision_error: shape (optimizer, T), by how
    much rounding in float32 may change the risk, relative; NaN where not known, None where nothing is in float32.
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
    precision_error: np.ndarray | None = None


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
        draw, machine = problem.draw(s, size, seed), on or device()
        if isinstance(draw, Population):
            cell = _in_law(experiment, draw, machine)
        else:
            cell = _on_rows(experiment, draw, depth, machine)
    return replace(
        cell,
        risk=np.where(np.isfinite(cell.risk), cell.risk, np.nan),
        unreachable=draw.unreachable,
        seconds=cost.seconds,
        cpu_seconds=cost.cpu_seconds,
        peak=cost.peak,
        flops=necessary(experiment, size, len(draw.matrix)),
    )


def _in_law(experiment: Experiment, draw: Population, on: Device) -> Cell:
    """Population gradients: risks straight from singular values, no weights formed but for sign descent."""
    steps, stepped, size = np.array(experiment.steps), np.array(experiment.stepped_steps), draw.matrix.shape[1]
    rules = experiment.rules(size)
    kinds = families(rules, size)
    tasks = [partial(factorise_population, kind, draw.matrix, on) for kind in kinds]
    factors = dict(zip(kinds, on.together(tasks, max(draw.matrix.shape)), strict=True))
    risks = []
    run: SignRun | None = None
    for rule in rules:
        if is_linear(rule):
            risks.append(factors[family(rule, size)].risk(rule, draw.target, steps, experiment.eta))
        elif isinstance(rule, Sign):
            gram, moment = draw.matrix.T @ draw.matrix, draw.matrix.T @ draw.target
            run = sign_descent(gram, moment, stepped, rule.steps_tried)
            risks.append(_to_the_end(draw.risk(run.weights), len(steps)))
    cell = Cell(
        np.stack(risks),
        floor=next(iter(factors.values())).floor(draw.target) if factors else math.nan,
        sign_step=run.step if run else math.nan,
        samples=math.inf,
    )
    if _FILTER not in factors:
        return cell
    values = factors[_FILTER].values
    return replace(cell, largest=float(values.max()), rank=float(len(values)))


def _on_rows(experiment: Experiment, draw: Sampled, depth: int, on: Device) -> Cell:
    """Training rows: stream them into G and b, then weights for every optimizer and T, then one test pass."""
    steps, stepped, size = np.array(experiment.steps), np.array(experiment.stepped_steps), draw.matrix.shape[1]
    sums = on.sums(draw.train(depth, on.share), draw.matrix, draw.activation)
    combination = draw.combination(sums.labels, sums.rows)
    gram = sums.gram
    gram /= sums.rows
    moment = sums.cross @ combination / sums.rows
    rules = experiment.rules(size)
    kinds = families(rules, size)
    energy = float(combination @ sums.labels @ combination) / sums.rows
    members = {kind: tuple(r for r in rules if is_linear(r) and family(r, size) == kind) for kind in kinds}

    def fit() -> tuple[dict[tuple[str, int], Factor], list[np.ndarray], SignRun | None]:
        """G and b as they are, factorised, with weights for every optimizer and T."""
        multiply = on.multiplier(gram)
        tasks = [
            partial(
                factor_for,
                kind,
                gram,
                multiply,
                moment,
                Wanted(members[kind], steps, experiment.eta, draw.samples, sums.rows, energy, draw.noise > 0),
                on,
            )
            for kind in kinds
        ]
        factors = dict(zip(kinds, on.together(tasks, size), strict=True))
        weights = []
        run: SignRun | None = None
        for rule in rules:
            if is_linear(rule):
                factor = factors[family(rule, size)]
                weights.append(factor.weights(rule, moment, steps, experiment.eta, draw.samples))
            elif isinstance(rule, Sign):
                run = sign_descent(gram, moment, stepped, rule.steps_tried)
                weights.append(_to_the_end(run.weights, len(steps)))
        return factors, weights, run

    factors, weights, run = fit()

    def risks(columns: np.ndarray, target: int = 1) -> np.ndarray:
        """Mean squares of predictions less the clean target, or of predictions alone where `target` is 0."""
        if isinstance(draw.test, Population):
            return replace(draw.test, target=target * draw.test.target).risk(columns).reshape(-1, len(steps))
        clean = target * combination * (1, 1, 0)
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
    cell = Cell(
        risk,
        largest=known.largest if known else math.nan,
        rank=float(len(known.values) if full else rank(gram, known.largest)) if known else math.nan,
        sign_step=run.step if run else math.nan,
        samples=draw.samples,
    )
    if on.precision == "float64":
        return cell
    perturb(gram, moment, energy, unit(on.precision, sums.rows))
    moved = np.concatenate(fit()[1], axis=1) - np.concatenate(weights, axis=1)
    return replace(cell, precision_error=risk_error(risk, risks(moved, target=0)))


def _to_the_end(values: np.ndarray, count: int) -> np.ndarray:
    """values, shape (..., T), with NaN at the T of `count` to which nothing was stepped."""
    missing = count - values.shape[-1]
    return np.concatenate([values, np.full((*values.shape[:-1], missing), np.nan)], axis=-1)
