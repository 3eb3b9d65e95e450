"""Forecasts: the loss of each optimizer at points, what a target costs, and the compute-optimal size and tokens."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...errors import InputError
from ..joint_laws import JointSettings, LatticeFit, RunData, fit_lattice, runs_of
from ..loss_laws import Interval
from ..text_table import aligned
from .back_test import BackTest, back_tests, carried_reach, widened
from .law_draws import LawDraws, draw_laws
from .settings import ForecastSettings
from .speedups import Speedup, agreed, speedups

SCHEMA = 1
_ROBUST = 1e-3  # delta of Huber's function for runs with heavy tails
_HEAVY = 5.0  # kurtosis of the residuals beyond which tails are heavy; normal ones have 3
_BISECTIONS = 80


@dataclass(frozen=True)
class Point:
    """What one optimizer does at one size and number of tokens.

    Attributes:
        optimizer: its name.
        size: N.
        tokens: D.
        loss: median.
        interval: of a run's loss, over laws, parameters and noise.
        better: probability that its law lies below the baseline's there.
        better_at_cost: the same with its tokens divided by the cost of its step.
        reach: compute over that of the largest run.
    """

    optimizer: str
    size: float
    tokens: float
    loss: float
    interval: Interval
    better: float
    better_at_cost: float
    reach: float


@dataclass(frozen=True)
class Target:
    """What a loss costs one optimizer at its best N and D.

    Attributes:
        optimizer: its name.
        loss: the target.
        compute: 6 N D, median; infinite where the floor lies above the target in half of the draws.
        interval: of the compute.
        size: N, median.
        tokens: D, median.
        reached: share of the draws whose floor lies below the target.
        reach: compute over that of the largest run.
    """

    optimizer: str
    loss: float
    compute: float
    interval: Interval
    size: float
    tokens: float
    reached: float
    reach: float


@dataclass(frozen=True, eq=False)
class Forecast:
    """Forecasts from runs, with the back-tests that they rest on.

    Attributes:
        lattice: the laws.
        laws: draws over laws and parameters, widened by the back-tests.
        tests: forecasts of the largest runs from the rest.
        carried: how far beyond the largest run, in compute, the back-tests carry.
        points: losses at the points that were asked for.
        targets: what the losses that were asked for cost.
        speedups: the optimizers side by side over the sizes of the runs.
        refused: points beyond what is carried, in words.
    """

    lattice: LatticeFit
    laws: LawDraws
    tests: list[BackTest]
    carried: float
    points: list[Point]
    targets: list[Target]
    speedups: list[Speedup]
    refused: list[str]

    def to_json(self) -> dict[str, Any]:
        """Plain values with a schema version."""
        return {
            "schema": SCHEMA,
            "kind": "forecast",
            "reading": list(self.lattice.data.reading),
            "optimizers": list(self.laws.names),
            "accounts": {fit.name: self.lattice.weights[fit.terms] for fit in self.lattice.accounts},
            "widened": self.laws.widened,
            "carried": self.carried,
            "back_tests": [test.to_json() for test in self.tests],
            "points": [vars(p) | {"interval": list(p.interval)} for p in self.points],
            "targets": [vars(t) | {"interval": list(t.interval)} for t in self.targets],
            "speedups": [s.to_json() for s in self.speedups],
            "refused": list(self.refused),
        }

    def __str__(self) -> str:
        """Back-tests, then tables of what was asked for."""
        names = ", ".join(f"{fit.name} {self.lattice.weights[fit.terms]:.0%}" for fit in self.lattice.accounts)
        lines = [
            *(f"{line}." for line in self.lattice.data.reading),
            f"{len(self.lattice.data.y)} runs of {len(self.laws.names)} optimizers; laws: {names}.",
        ]
        for test in self.tests:
            lines.append(
                f"Back-test without {test.without}: {test.inside:.0%} of {len(test.loss)} runs inside, mean error "
                f"{test.error:.2%}, reaching {test.reach:.1f} times the compute of the rest."
            )
        if self.laws.widened > 1:
            lines.append(f"Intervals are {self.laws.widened:.2f} times as wide as the fit's, as the back-tests ask.")
        if self.points:
            rows = [("optimizer", "N", "D", "loss", "95 %", "P(better)", "P(better at its cost)")]
            rows += [
                (
                    p.optimizer, f"{p.size:.3g}", f"{p.tokens:.3g}", f"{p.loss:.4f}",
                    f"[{p.interval[0]:.4f}, {p.interval[1]:.4f}]", f"{p.better:.2f}", f"{p.better_at_cost:.2f}",
                )
                for p in self.points
            ]  # fmt: skip
            lines += ["", aligned(rows)]
        if self.targets:
            rows = [("optimizer", "target", "compute", "95 %", "N", "D", "reached in")]
            rows += [
                (
                    t.optimizer, f"{t.loss:g}", f"{t.compute:.3g}", f"[{t.interval[0]:.3g}, {t.interval[1]:.3g}]",
                    f"{t.size:.3g}", f"{t.tokens:.3g}", f"{t.reached:.0%}",
                )
                for t in self.targets
            ]  # fmt: skip
            lines += ["", aligned(rows)]
        if self.speedups:
            lines += ["", aligned(_speedup_rows(self.speedups))]
        return "\n".join([*lines, *([""] if self.refused else []), *self.refused])


def forecast(
    table: Any,
    roles: Mapping[str, str | Sequence[str]] | None = None,
    *,
    at: Sequence[tuple[float, float] | float] = (),
    compute: Sequence[float] = (),
    target_loss: Sequence[float] = (),
    cost: Mapping[str, float] | None = None,
    settings: ForecastSettings | None = None,
) -> Forecast:
    """Losses of runs not made, with intervals that hold the choice of law, its parameters and the noise of a run.

    Args:
        table: a path, a DataFrame with one row a run, or runs already read.
        roles: loss, size, tokens or optimizer to the name of its column, where the reader should not guess.
        at: points, each (N, D), or a number: so many times the compute of the largest run, at its ratio D/N.
        compute: 6 N D at which each optimizer's best N and D are wanted.
        target_loss: losses whose cost is wanted.
        cost: time of a step over the baseline's, by optimizer.
        settings: baseline, which rows count, draws, level, and what counts as carried.

    Returns:
        The forecasts and what they rest on.

    Raises:
        InputError: the table cannot be read, or holds too few runs for a law.
    """
    settings = settings or ForecastSettings()
    data = runs_of(table, roles, rules=settings.rules, baseline=settings.baseline)
    if data.tokens is None and (at or compute or target_loss):
        raise InputError("Forecasts need the training tokens of every run, but the table has none; see --tokens.")
    lattice = robust_lattice(data)
    tests = back_tests(lattice, settings)
    laws = widened(draw_laws(lattice, settings.draws, settings.seed), tests)
    carried = carried_reach(tests, settings)
    points, targets, refused = _answers(lattice, laws, carried, settings, (at, compute, target_loss, cost or {}))
    side = _side_by_side(lattice, laws, settings, cost)
    return Forecast(lattice, laws, tests, carried, points, targets, side, refused)


_Asked = tuple[
    Sequence[tuple[float, float] | float], Sequence[float], Sequence[float], Mapping[str, float]
]  # points, computes, target losses, costs


def _answers(
    lattice: LatticeFit, laws: LawDraws, carried: float, settings: ForecastSettings, asked: _Asked
) -> tuple[list[Point], list[Target], list[str]]:
    """Points, targets, and in words what is refused."""
    at, compute, target_loss, cost = asked
    data = lattice.data
    size, tokens = _largest(data)
    top, beyond = 6 * size * tokens, settings.beyond
    points: list[Point] = []
    targets: list[Target] = []
    refused: list[str] = []
    for place in at:
        size, tokens = place if isinstance(place, tuple) else _scaled(data, place)
        if (said := _refusal(6 * size * tokens / top, carried, beyond)) is not None:
            refused.append(f"N = {size:.3g}, D = {tokens:.3g}: {said}")
            continue
        for name in laws.names:
            if (said := _unknown(lattice, name, size, tokens)) is None:
                points.append(_point(laws, name, size, tokens, cost, top, settings))
            else:
                refused.append(f"{name} at N = {size:.3g}, D = {tokens:.3g}: {said}")
    for amount in compute:
        if (said := _refusal(amount / top, carried, beyond)) is not None:
            refused.append(f"compute {amount:.3g}: {said}")
            continue
        for k, name in enumerate(laws.names):
            size, tokens = (float(np.median(v)) for v in laws.optimum(k, amount))
            if (said := _unknown(lattice, name, size, tokens)) is None:
                points.append(_point(laws, name, size, tokens, cost, top, settings))
            else:
                refused.append(f"{name} at compute {amount:.3g}: {said}")
    for loss in target_loss:
        for name in laws.names:
            target = _target(laws, name, loss, top, settings)
            said = _refusal(target.reach, carried, beyond)
            if said is None and math.isfinite(target.size):
                said = _unknown(lattice, name, target.size, target.tokens)
            if said is None:
                targets.append(target)
            else:
                refused.append(f"{name} to a loss of {loss:g}: {said}")
    return points, targets, refused


def _side_by_side(
    lattice: LatticeFit, laws: LawDraws, settings: ForecastSettings, cost: Mapping[str, float] | None
) -> list[Speedup]:
    """Speed-ups over the sizes of the runs, with a trend only where every law that remains has it."""
    data = lattice.data
    sizes = np.unique(data.sizes) if np.unique(data.sizes).size <= 6 else np.geomspace(*_ends(data.sizes), 4)
    ratio = None if data.tokens is None else float(np.exp(np.mean(np.log(data.tokens / data.sizes))))
    side = speedups(laws, sizes, ratio, settings, cost)
    for fit in lattice.accounts if len(lattice.accounts) > 1 else ():
        alone = draw_laws(lattice, settings.draws // 2, settings.seed, fit)
        side = agreed(side, speedups(alone, sizes, ratio, settings, cost))
    return side


def robust_lattice(data: RunData) -> LatticeFit:
    """The lattice by least squares, or by Huber's function where the residuals have heavy tails."""
    lattice = fit_lattice(data)
    r = lattice.best.residual
    if np.mean(r**4) > _HEAVY * np.mean(r**2) ** 2:
        return fit_lattice(data, replace(JointSettings(), delta=_ROBUST), near=lattice.fits)
    return lattice


def _largest(data: RunData) -> tuple[float, float]:
    if data.tokens is None:
        return float(data.sizes.max()), 1.0
    k = int(np.argmax(data.sizes * data.tokens))
    return float(data.sizes[k]), float(data.tokens[k])


def _ends(values: np.ndarray) -> tuple[float, float]:
    return float(values.min()), float(values.max())


def _scaled(data: RunData, factor: float) -> tuple[float, float]:
    size, tokens = _largest(data)
    return size * math.sqrt(factor), tokens * math.sqrt(factor)


def _refusal(reach: float, carried: float, beyond: bool) -> str | None:
    if beyond or reach <= carried * (1 + 1e-9):
        return None
    return (
        f"{reach:.3g} times the compute of the largest run, but the back-tests carry to {carried:.3g} times; "
        "add larger runs, or ask for it all the same with --beyond."
    )


def _unknown(lattice: LatticeFit, name: str, size: float, tokens: float) -> str | None:
    """Why the runs do not fix a loss, None where every law that is not excluded has it fixed."""
    at = np.array([size]), None if lattice.data.tokens is None else np.array([tokens])
    loose = [fit for fit in lattice.accounts if not fit.determines(name, *at).all()]
    if not loose:
        return None
    count, free = np.unique(lattice.data.sizes).size, ", ".join(loose[0].undetermined) or "a parameter"
    return (
        f"cannot tell, because laws that fit these runs alike differ there: {count} different sizes leave {free} open; "
        "add runs of another size or of other numbers of tokens."
    )


def _point(
    laws: LawDraws,
    name: str,
    size: float,
    tokens: float,
    cost: Mapping[str, float],
    top: float,
    settings: ForecastSettings,
) -> Point:
    k = laws.index(name)
    log, base = laws.log_loss(k, size, tokens), laws.log_loss(0, size, tokens)
    dear = laws.log_loss(k, size, tokens / cost.get(name, 1.0))
    rng = np.random.default_rng([settings.seed, 3])
    wide = laws.spread(log + laws.noise * rng.standard_normal(log.size))
    tail = (1 - settings.level) / 2
    low, high = np.exp(np.quantile(wide, [tail, 1 - tail]))
    better, better_at_cost = (0.5 if k == 0 else float(np.mean(laws.spread(found - base) < 0)) for found in (log, dear))
    reach = 6 * size * tokens / top
    return Point(
        name, size, tokens, float(np.exp(np.median(log))), (float(low), float(high)), better, better_at_cost, reach
    )


def _target(laws: LawDraws, name: str, loss: float, top: float, settings: ForecastSettings) -> Target:
    """By bisection of log compute along each draw's best N and D."""
    k = laws.index(name)
    low, high = np.full(laws.noise.size, math.log(top) - 30), np.full(laws.noise.size, math.log(top) + 30)
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        above = laws.log_loss(k, *laws.optimum(k, np.exp(middle))) > math.log(loss)
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    possible = laws.floor[k] < loss
    log = np.where(possible, high, np.inf)
    finite = laws.spread(log) if np.isfinite(np.median(log)) else log
    tail = (1 - settings.level) / 2
    ends = np.exp(np.quantile(finite, [tail, 0.5, 1 - tail], method="nearest"))
    size, tokens = (float(np.median(v)) for v in laws.optimum(k, ends[1])) if np.isfinite(ends[1]) else (np.inf,) * 2
    return Target(
        name, loss, float(ends[1]), (float(ends[0]), float(ends[2])), size, tokens, float(np.mean(possible)),
        float(ends[1] / top),
    )  # fmt: skip


def _speedup_rows(found: Sequence[Speedup]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("optimizer", "at equal loss", "smallest", "largest", "over the sizes", "why")]
    for each in found:
        style = "{:+.4f}" if each.resource == "loss gap" else "{:.2f}"
        first, last = (
            "{} [{}, {}]".format(*(style.format(v) for v in (each.values[k], *each.intervals[k]))) for k in (0, -1)
        )
        why = {None: "", True: "the baseline flattens", False: "the gap itself changes"}[each.by_flattening]
        rows.append((each.optimizer, each.resource, first, last, each.trend, why))
    return rows
