"""A cell trained on rows: they are streamed into G and b, from which come weights, and tested in one more pass."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ...theory.experiments import Experiment
from ...theory.optimizers import Optimizer
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
    training = _Training.of(experiment, draw, drawn, depth, on)
    fitted = training.fit()
    risk = training.risks(np.concatenate(fitted.weights, axis=-1))
    wide = training.made_dense(fitted, risk)
    if wide:
        risk[wide] = training.risks(np.concatenate([fitted.weights[i] for i in wide], axis=-1))
    known = fitted.factors.get(FILTER)
    cell = Cell(
        risk,
        largest=known.largest if known else math.nan,
        rank=_rank(training.gram, known) if known else math.nan,
        sign_step=fitted.stepping.sign_step,
        samples=draw.samples,
        chosen=fitted.stepping.chosen,
    )
    if on.precision == "float64":
        return cell
    moved = training.moved_by_rounding(fitted.weights)
    return replace(cell, precision_error=risk_error(risk, training.risks(np.concatenate(moved, axis=-1), target=0)))


class _Fitted(NamedTuple):
    """Factorisations by family, weights by optimizer, shape (N, T) or (N, m, T), and what stepping chose."""

    factors: dict[tuple[str, int], Factor]
    weights: list[np.ndarray]
    stepping: Stepping


@dataclass(frozen=True, eq=False)
class _Training:
    """What weights are worked out from: G and b on the rows of a draw.

    combination: makes of the label columns the target trained on. rows: n, rows of G. energy: mean square of the
    targets. block: batches for optimizers that are stepped on them, None where every step sees all rows.
    """

    experiment: Experiment
    draw: Sampled
    on: Device
    depth: int
    gram: Gram
    moment: np.ndarray
    combination: np.ndarray
    rows: int
    energy: float
    block: Callable[[int], Any] | None

    @classmethod
    def of(cls, experiment: Experiment, draw: Sampled, drawn: CellSeed, depth: int, on: Device) -> _Training:
        """By one pass over the rows."""
        sums = on.sums(draw.train(depth, on.share), draw.matrix, draw.activation, draw.outputs)
        combination = draw.combination(sums.labels, sums.rows)
        gram = sums.gram
        gram.scale(1 / sums.rows)
        moment = sums.cross @ combination / sums.rows
        energy = float(np.vdot((combination.T @ sums.labels).T, combination)) / sums.rows
        block = None
        if any(map(is_stepped, experiment.rules(draw.matrix.shape[1]))) and experiment.batch:
            block = resampled(draw, combination, experiment.batch, drawn, depth)
        return cls(experiment, draw, on, depth, gram, moment, combination, sums.rows, energy, block)

    @property
    def rules(self) -> tuple[Optimizer, ...]:
        """The optimizers at this N."""
        return self.experiment.rules(self.gram.size)

    @property
    def steps(self) -> np.ndarray:
        """T, shape (T,)."""
        return np.array(self.experiment.steps)

    def fit(self) -> _Fitted:
        """G and b as they are, factorised, with weights for every optimizer and T."""
        size, rules = self.gram.size, self.rules
        kinds = families(rules, size)
        tasks = [partial(factor_for, kind, self.gram, self.moment, self._wanted(kind), self.on) for kind in kinds]
        factors = dict(zip(kinds, self.on.together(tasks, size), strict=True))
        stepping = self._stepped(rules) if any(map(is_stepped, rules)) else Stepping()
        weights = [
            self._weights(factors[family(rule, size)], rule) if is_linear(rule) else stepping.weights[rule]
            for rule in rules
        ]
        return _Fitted(factors, weights, stepping)

    def _wanted(self, kind: tuple[str, int]) -> Wanted:
        size, draw = self.gram.size, self.draw
        members = tuple(rule for rule in self.rules if is_linear(rule) and family(rule, size) == kind)
        return Wanted(
            members, self.steps, self.experiment.eta, draw.samples, self.rows, self.energy, noisy=draw.noise > 0
        )

    def _weights(self, factor: Factor, rule: Optimizer) -> np.ndarray:
        return factor.weights(rule, self.moment, self.steps, self.experiment.eta, self.draw.samples)

    def _stepped(self, rules: Sequence[Optimizer]) -> Stepping:
        few = np.array(self.experiment.stepped_steps)
        whole = self.gram.whole()
        return step(rules, whole, self.moment, self.energy, few, len(self.steps), self.block, self.depth)

    def risks(self, columns: np.ndarray, target: int = 1) -> np.ndarray:
        """Mean squares of predictions less the clean target, or of predictions alone where `target` is 0."""
        draw, shape = self.draw, (-1, len(self.steps))
        if isinstance(draw.test, Population):
            return replace(draw.test, target=target * draw.test.target).risk(columns).reshape(shape)
        clean = target * self.combination
        clean[draw.outputs + 1 :] = 0.0  # no label noise
        return self.on.errors(draw.test(self.depth), draw.matrix, draw.activation, columns, clean).reshape(shape)

    def made_dense(self, fitted: _Fitted, risk: np.ndarray) -> list[int]:
        """The optimizers whose risk a bound leaves uncertain; their families are made dense, and their weights anew.

        The bounds were held against training losses, which may be far above the risk itself.
        """
        rules, size = self.rules, self.gram.size
        wide = []
        for i, rule in enumerate(rules):
            if is_linear(rule):
                error = fitted.factors[family(rule, size)].error(rule, self.steps)
                wide += [i] * uncertain(risk[i], error)
        for kind in {family(rules[i], size) for i in wide}:
            fitted.factors[kind] = factorise(kind, self.gram, self.on)
        for i in wide:
            fitted.weights[i] = self._weights(fitted.factors[family(rules[i], size)], rules[i])
        return wide

    def moved_by_rounding(self, weights: Sequence[np.ndarray]) -> list[np.ndarray]:
        """By how much weights move when G and b move by rounding; what steps leave unmoved, by more of it."""
        rules, rounding = self.rules, unit(self.on.precision, self.rows)
        self._perturb(rounding)
        moved = [after - before for after, before in zip(self.fit().weights, weights, strict=True)]
        by_jumps = [i for i, rule in enumerate(rules) if is_stepped(rule) and _unmoved(moved[i]).any()]
        if by_jumps:
            self._perturb((JUMPS - 1) * rounding)
            again = self._stepped([rules[i] for i in by_jumps])
            for i in by_jumps:
                moved[i] = np.where(_unmoved(moved[i]), again.weights[rules[i]] - weights[i], moved[i])
        return moved

    def _perturb(self, u: float) -> None:
        perturb_moment(self.moment, self.gram.diagonal(), self.energy, u)
        self.gram.perturb(u)


def _unmoved(moved: np.ndarray) -> np.ndarray:
    """At which T no weight moved at all, shape (T,); weights of shape (..., T)."""
    return ~np.any(moved, axis=tuple(range(moved.ndim - 1)))


def _rank(gram: Gram, factor: Factor) -> float:
    """The numerical rank of G, from a whole set of eigenvalues where there is one."""
    return gram_rank(gram, factor.largest) if isinstance(factor, KrylovFactor) else float(len(factor.values))
