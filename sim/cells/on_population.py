"""A cell trained on the population: risks straight from singular values, no weights formed but for what is stepped."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial

import numpy as np

from ...theory.experiments import Experiment
from ...theory.optimizers import OnePass
from ..devices import Device
from ..factorisation import FILTER, factorise_population, families, family, is_linear
from ..problems import CellSeed, Population
from ..stepping import Stepping, fresh, is_stepped, one_pass_risk_in_law, step, to_the_end
from .outcome import Cell


def measured_in_law(experiment: Experiment, draw: Population, drawn: CellSeed, depth: int, on: Device) -> Cell:
    """Every optimizer at every T. drawn: the cell's seed. depth: blocks of random numbers drawn ahead."""
    steps, few, size = np.array(experiment.steps), np.array(experiment.stepped_steps), draw.matrix.shape[1]
    rules, noise = experiment.rules(size), experiment.problem.noise
    kinds = families(rules, size)
    tasks = [partial(factorise_population, kind, draw.matrix, on) for kind in kinds]
    factors = dict(zip(kinds, on.together(tasks, max(draw.matrix.shape)), strict=True))
    stepping = Stepping()
    if any(map(is_stepped, rules)):
        gram, moment = draw.matrix.T @ draw.matrix, draw.matrix.T @ draw.target
        energy = float(np.vdot(draw.target, draw.target))
        block = fresh(draw, noise, experiment.batch, drawn, experiment.problem.inputs) if experiment.batch else None
        stepping = step(rules, gram, moment, energy, few, len(steps), block, depth)
    risks = []
    for rule in rules:
        if is_linear(rule):
            risks.append(factors[family(rule, size)].risk(rule, draw.target, steps, experiment.eta))
        elif isinstance(rule, OnePass):
            run = one_pass_risk_in_law(rule, factors[FILTER], draw.target, few, experiment.eta, noise, drawn)
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
    if FILTER not in factors:
        return cell
    values = factors[FILTER].values
    return replace(cell, largest=float(values.max()), rank=float(len(values)))
