"""A cell trained on rows: they are streamed into G and b, from which come weights, and tested in one more pass."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial

import numpy as np

from ...theory.experiments import Experiment
from ..devices import JUMPS, Device, Gram, perturb_moment, risk_error, unit
from ..factorisation import (
    FILTER,
    Factor,
    KrylovFactor,
    Wanted,
    factor_for,
    factorise,
    families,
    family,
    gram_rank,
    is_linear,
    uncertain,
)
from ..problems import CellSeed, Population, Sampled
from ..stepping import Stepping, is_stepped, resampled, step
from .outcome import Cell


def measured_on_rows(experiment: Experiment, draw: Sampled, drawn: CellSeed, depth: int, on: Device) -> Cell:
    """Every optimizer at every T. drawn: the cell's seed. depth: blocks of rows drawn ahead. Raises InputError."""
    steps, few, size = np.array(experiment.steps), np.array(experiment.stepped_steps), draw.matrix.shape[1]
    sums = on.sums(draw.train(depth, on.share), draw.matrix, draw.activation, draw.outputs)
    combination = draw.combination(sums.labels, sums.rows)
    gram = sums.gram
    gram.scale(1 / sums.rows)
    moment = sums.cross @ combination / sums.rows
    rules = experiment.rules(size)
    kinds = families(rules, size)
    energy = float(np.vdot((combination.T @ sums.labels).T, combination)) / sums.rows
    members = {kind: tuple(r for r in rules if is_linear(r) and family(r, size) == kind) for kind in kinds}
    block = None
    if any(map(is_stepped, rules)) and experiment.batch:
        block = resampled(draw, combination, experiment.batch, drawn, depth)

    def fit() -> tuple[dict[tuple[str, int], Factor], list[np.ndarray], Stepping]:
        """G and b as they are, factorised, with weights for every optimizer and T."""
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
            stepping = step(rules, gram.whole(), moment, energy, few, len(steps), block, depth)
        weights = [
            factors[family(rule, size)].weights(rule, moment, steps, experiment.eta, draw.samples)
            if is_linear(rule)
            else stepping.weights[rule]
            for rule in rules
        ]
        return factors, weights, stepping

    factors, weights, stepping = fit()

    def risks(columns: np.ndarray, target: int = 1) -> np.ndarray:
        """Mean squares of predictions less the clean target, or of predictions alone where `target` is 0."""
        if isinstance(draw.test, Population):
            return replace(draw.test, target=target * draw.test.target).risk(columns).reshape(-1, len(steps))
        clean = target * combination
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
        for i in wide:
            factor = factors[family(rules[i], size)]
            weights[i] = factor.weights(rules[i], moment, steps, experiment.eta, draw.samples)
        risk[wide] = risks(np.concatenate([weights[i] for i in wide], axis=-1))
    known = factors.get(FILTER)
    cell = Cell(
        risk,
        largest=known.largest if known else math.nan,
        rank=_rank(gram, known) if known else math.nan,
        sign_step=stepping.sign_step,
        samples=draw.samples,
        chosen=stepping.chosen,
    )
    if on.precision == "float64":
        return cell
    rounding = unit(on.precision, sums.rows)
    perturb_moment(moment, gram.diagonal(), energy, rounding)
    gram.perturb(rounding)
    moved = [after - before for after, before in zip(fit()[1], weights, strict=True)]
    by_jumps = [i for i, rule in enumerate(rules) if is_stepped(rule) and _unmoved(moved[i]).any()]
    if by_jumps:
        perturb_moment(moment, gram.diagonal(), energy, (JUMPS - 1) * rounding)
        gram.perturb((JUMPS - 1) * rounding)
        again = step([rules[i] for i in by_jumps], gram.whole(), moment, energy, few, len(steps), block, depth)
        for i in by_jumps:
            moved[i] = np.where(_unmoved(moved[i]), again.weights[rules[i]] - weights[i], moved[i])
    return replace(cell, precision_error=risk_error(risk, risks(np.concatenate(moved, axis=-1), target=0)))


def _unmoved(moved: np.ndarray) -> np.ndarray:
    """At which T no weight moved at all, shape (T,); weights of shape (..., T)."""
    return ~np.any(moved, axis=tuple(range(moved.ndim - 1)))


def _rank(gram: Gram, factor: Factor) -> float:
    """The numerical rank of G, from a whole set of eigenvalues where there is one."""
    return gram_rank(gram, factor.largest) if isinstance(factor, KrylovFactor) else float(len(factor.values))
