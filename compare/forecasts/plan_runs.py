"""Which further runs settle a question, by optimal design on the fitted law: expected width, and chance of a verdict.

With the Jacobian J of the runs made and P of the runs planned, the variance of a contrast c of the parameters is
s^2 c (J'J + P'P)^-1 c, s the deviation of log L between runs. Runs are added one by one, each the one that takes
most variance away for its compute (greedy c-optimal design). The chance of a verdict is that of an
interval without 0, for an estimate that falls around the present one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtr, stdtrit

from ...errors import InputError
from ..joint_laws import JointFit, RunData, fit_lattice, runs_of
from ..tables import SelectionRules
from ..text_table import aligned

SCHEMA = 1
_SIZES, _RATIOS = (1.0, 2.0, 4.0), (1.0, 2.0, 4.0, 8.0, 16.0)
_MOST_RUNS = 200
_SETTLED = 0.8  # chance of a verdict from which a question counts as settled
_QUESTION = re.compile(r"\s*(\S+)\s*([<>])\s*(\S+)\s+at\s+([0-9.eE+]+)x\s*$")
_EXPONENT = re.compile(r"\s*(d_alpha|d_beta|rho_N|rho_D)\s+(?:of\s+)?(\S+)\s*$")


@dataclass(frozen=True)
class PlannedRun:
    """Runs to make.

    Attributes:
        optimizer: which one.
        size: N.
        tokens: D.
        count: how many, with different seeds.
        compute: of all of them, 6 N D each.
    """

    optimizer: str
    size: float
    tokens: float
    count: int
    compute: float


@dataclass(frozen=True)
class PlannedLaw:
    """What the plan does under one of the laws that are not excluded.

    Attributes:
        law: its terms.
        estimate: the contrast now.
        width: of its 95 % interval now.
        planned_width: of its interval after the planned runs.
        chance: that the interval after them leaves out 0.
    """

    law: str
    estimate: float
    width: float
    planned_width: float
    chance: float


@dataclass(frozen=True)
class Plan:
    """Runs within a budget, and what they would settle.

    Attributes:
        question: as asked.
        budget: compute of all runs.
        runs: which to make.
        spent: their compute.
        laws: what comes out under each law that is not excluded.
        noise: standard deviation of log L of a run that was assumed.
        without: laws that are not excluded and do not have the term that was asked for.
        reading: how the table was read, in sentences.
    """

    question: str
    budget: float
    runs: tuple[PlannedRun, ...]
    spent: float
    laws: tuple[PlannedLaw, ...]
    noise: float
    without: tuple[str, ...] = ()
    reading: tuple[str, ...] = ()

    def sentence(self) -> str:
        """What is settled within the budget, and what is not."""
        if not self.laws:
            return "No law that is not excluded has this term, so further runs of it cannot be planned."
        least = min(self.laws, key=lambda law: law.chance)
        signs = {np.sign(law.estimate) for law in self.laws}
        if len(signs) > 1:
            return "The laws that are not excluded answer differently; the runs must first tell these apart."
        if least.chance >= _SETTLED:
            also = f" that has the term; {self.without[0]} without it remains too" if self.without else " that remains"
            return f"These runs settle it with a chance of at least {least.chance:.0%} under every law{also}."
        return (
            f"It cannot be settled within {self.budget:.3g}: under {least.law} the chance of a verdict is "
            f"{least.chance:.0%}, with an interval {least.planned_width:.2g} wide about {least.estimate:.2g}."
        )

    def to_json(self) -> dict[str, Any]:
        """Plain values with a schema version."""
        return {
            "schema": SCHEMA,
            "kind": "plan",
            "reading": list(self.reading),
            "question": self.question,
            "budget": self.budget,
            "spent": self.spent,
            "noise": self.noise,
            "runs": [vars(run) for run in self.runs],
            "laws": [vars(law) for law in self.laws],
            "without": list(self.without),
            "sentence": self.sentence(),
        }

    def __str__(self) -> str:
        """Runs, then widths and chances, then the sentence."""
        rows = [("optimizer", "N", "D", "runs", "compute")]
        rows += [(r.optimizer, f"{r.size:.3g}", f"{r.tokens:.3g}", str(r.count), f"{r.compute:.3g}") for r in self.runs]
        laws = [("law", "now", "width now", "width then", "chance of a verdict")]
        laws += [
            (w.law, f"{w.estimate:+.4f}", f"{w.width:.4f}", f"{w.planned_width:.4f}", f"{w.chance:.0%}")
            for w in self.laws
        ]
        head = f"{self.question}: {self.spent:.3g} of {self.budget:.3g}, noise {self.noise:.4f} of log loss a run."
        return "\n".join(
            [*(f"{line}." for line in self.reading), head, "", aligned(rows), "", aligned(laws), "", self.sentence()]
        )


def plan(
    table: Any,
    question: str,
    budget: float,
    roles: Mapping[str, str | Sequence[str]] | None = None,
    *,
    rules: SelectionRules | None = None,
    baseline: str | None = None,
    noise: float | None = None,
) -> Plan:
    """Runs that settle a question within a budget.

    Args:
        table: a path, a DataFrame with one row a run, or runs already read.
        question: "A > B at 10x" (is A better than B at so many times the largest compute), or "d_beta A".
        budget: compute of all further runs, 6 N D each.
        roles: loss, size, tokens or optimizer to the name of its column, where the reader should not guess.
        rules: what is done with rows of one optimizer, size and token count that differ.
        baseline: the optimizer that the others are held against.
        noise: standard deviation of log L of a run; None for that of the residuals.

    Returns:
        The runs, and what they do under each law that is not excluded.

    Raises:
        InputError: the question cannot be read, the budget pays for no run, or the table has no tokens.
    """
    data = runs_of(table, roles, rules=rules, baseline=baseline)
    if data.tokens is None:
        raise InputError("A plan needs the training tokens of every run, but the table has none; see --tokens.")
    lattice = fit_lattice(data)
    asked = _read(question, data)
    fits = [fit for fit in lattice.accounts if asked.term is None or asked.term in fit.terms]
    if not fits:
        return Plan(question, budget, (), 0.0, (), lattice.best.sigma, (), data.reading)
    candidates = _candidates(data, asked.optimizers, budget)
    if not candidates:
        least = 6 * float((data.sizes * data.tokens).min())
        raise InputError(f"A budget of {budget:.3g} pays for no run; the smallest of the table cost {least:.3g}.")
    sigma = noise or lattice.best.sigma
    contrasts = [asked.contrast(fit) for fit in fits]
    counts = _chosen(fits, [c for _, c in contrasts], candidates, budget)
    cost = np.array([6 * size * tokens for _, size, tokens in candidates])
    runs = tuple(
        PlannedRun(name, size, tokens, int(count), float(count * each))
        for (name, size, tokens), count, each in zip(candidates, counts, cost, strict=True)
        if count
    )
    laws = tuple(
        _law(fit, estimate, contrast, candidates, counts, sigma)
        for fit, (estimate, contrast) in zip(fits, contrasts, strict=True)
    )
    without = tuple(fit.name for fit in lattice.accounts if fit not in fits)
    return Plan(question, budget, runs, float(cost @ counts), laws, sigma, without, data.reading)


@dataclass(frozen=True)
class _Asked:
    optimizers: tuple[str, ...]
    term: str | None
    point: tuple[float, float] | None

    def contrast(self, fit: JointFit) -> tuple[float, np.ndarray]:
        """Estimate and its gradient in theta."""
        if self.point is not None:
            size, tokens = (np.array([v]) for v in self.point)
            (one, first), (two, second) = (fit.predict(name, size, tokens) for name in self.optimizers)
            return float(one[0] - two[0]), first[0] - second[0]
        return fit.term_gradient(str(self.term), self.optimizers[0])


def _read(question: str, data: RunData) -> _Asked:
    pair, term = _QUESTION.match(question), _EXPONENT.match(question)
    if pair is None and term is None:
        raise InputError(f"'{question}' is no question; expected 'muon > adamw at 10x', or 'd_beta muon'.")
    names = {name.lower(): name for name in data.names}
    told = (pair[1], pair[3]) if pair is not None else (term[2],) if term is not None else ()
    for name in told:
        if name.lower() not in names:
            raise InputError(f"No run is of '{name}'; there are {', '.join(data.names)}.")
    optimizers = tuple(names[name.lower()] for name in told)
    if pair is not None and data.tokens is not None:
        k = int(np.argmax(data.sizes * data.tokens))
        root = float(pair[4]) ** 0.5
        return _Asked(optimizers, None, (float(data.sizes[k]) * root, float(data.tokens[k]) * root))
    if optimizers[0] == data.baseline:
        raise InputError(f"{optimizers[0]} is the baseline, whose terms are fixed; ask for another, or set --baseline.")
    return _Asked((optimizers[0], data.baseline), term[1] if term is not None else None, None)


def _candidates(data: RunData, optimizers: Sequence[str], budget: float) -> list[tuple[str, float, float]]:
    """Sizes of the runs and up to four times the largest, at ratios from the lowest up to 16 times that."""
    sizes = np.unique(data.sizes)
    if sizes.size > 6:
        sizes = np.geomspace(sizes[0], sizes[-1], 6)
    sizes = np.unique(np.concatenate([sizes, sizes[-1] * np.array(_SIZES)]))
    lowest = float((data.tokens / data.sizes).min()) if data.tokens is not None else 20.0
    return [
        (name, float(size), float(size * lowest * ratio))
        for name in dict.fromkeys(optimizers)
        for size in sizes
        for ratio in _RATIOS
        if 6 * size * size * lowest * ratio <= budget
    ]


def _rows(fit: JointFit, candidates: Sequence[tuple[str, float, float]]) -> np.ndarray:
    return np.concatenate(
        [fit.predict(name, np.array([size]), np.array([tokens]))[1] for name, size, tokens in candidates]
    )


def _chosen(
    fits: Sequence[JointFit],
    contrasts: Sequence[np.ndarray],
    candidates: Sequence[tuple[str, float, float]],
    budget: float,
) -> np.ndarray:
    """How many of each candidate: what lowers the log variance, over the laws, most for its cost."""
    cost = np.array([6 * size * tokens for _, size, tokens in candidates])
    rows = [_rows(fit, candidates) for fit in fits]
    inverse = [fit.covariance / fit.sigma**2 for fit in fits]
    counts = np.zeros(len(candidates), int)
    left = budget
    while counts.sum() < _MOST_RUNS:
        gain = np.zeros(len(candidates))
        for row, matrix, contrast in zip(rows, inverse, contrasts, strict=True):
            along = row @ matrix
            taken = (along @ contrast) ** 2 / (1 + np.sum(along * row, axis=1))
            gain -= np.log1p(-taken / (contrast @ matrix @ contrast))
        value = np.where(cost <= left, gain / cost, 0.0)
        best = int(np.argmax(value))
        if value[best] <= 0:
            break
        counts[best] += 1
        left -= cost[best]
        for k, row in enumerate(rows):
            along = inverse[k] @ row[best]
            inverse[k] = inverse[k] - np.outer(along, along) / (1 + row[best] @ along)
    return counts


def _law(
    fit: JointFit,
    estimate: float,
    contrast: np.ndarray,
    candidates: Sequence[tuple[str, float, float]],
    counts: np.ndarray,
    sigma: float,
) -> PlannedLaw:
    rows = np.repeat(_rows(fit, candidates), counts, axis=0) / sigma
    now = fit.covariance * (sigma / fit.sigma) ** 2
    gain = rows @ now
    then = now - gain.T @ np.linalg.solve(np.eye(len(rows)) + gain @ rows.T, gain) if len(rows) else now
    before, after = (float(np.sqrt(max(contrast @ matrix @ contrast, 0.0))) for matrix in (now, then))
    reach_now = float(stdtrit(fit.dof, 0.975))
    reach = float(stdtrit(fit.dof + int(counts.sum()), 0.975))
    moved = max(before**2 - after**2, 1e-300) ** 0.5  # the new estimate falls about the present one by this
    chance = float(ndtr((estimate - reach * after) / moved) + ndtr((-estimate - reach * after) / moved))
    return PlannedLaw(fit.name, estimate, 2 * reach_now * before, 2 * reach * after, chance)
