"""One law fitted to one set of points: parameters, alpha, intervals, and what to make of them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from ...errors import InputError
from . import forms as law_forms
from .forms import LawForm
from .intervals import (
    Interval,
    Resampling,
    covariance,
    percentiles,
    profile_bounds,
    refits,
    resample,
    standard_errors,
    t_bounds,
)
from .settings import Objective as Objective
from .solver import ABSOLUTE, continuation, fit_all, objective

FormName = Literal["power", "offset", "shared", "chinchilla", "broken", "broken-offset"]
IntervalKind = Literal["t", "profile", "bootstrap"]

DELTAS: dict[str, float] = {"squares": math.inf, "huber": 1e-3, "lad": ABSOLUTE}
LEAST: dict[str, int] = {
    "power": 2,
    "offset": 4,
    "chinchilla": 7,
    "broken": 6,
    "broken-offset": 7,
}  # different sizes, at least
_ONE_PATH = 0.02  # share of log D that log N does not explain, below which N and D cannot be told apart
_STRONG = 0.9


@dataclass(frozen=True)
class Parameter:
    """A fitted parameter in its natural units, with its 95 % interval."""

    value: float
    interval: Interval | None


@dataclass(frozen=True, eq=False)
class LawFit:
    """A fitted law.

    Attributes:
        form: of the law.
        objective: of the log residuals.
        parameters: by name, in natural units.
        alpha: the exponent of size (of the large sizes for a broken law; negative where the quantity rises).
        interval: of alpha at 95 %, of the kind `kind`.
        kind: t, profile or bootstrap.
        intervals: of alpha, all kinds that were made.
        stderr: of alpha.
        value: the summed objective (squares halved).
        spread: residual standard deviation of log L.
        correlations: between log A and alpha, log B and beta.
        points: that were fitted.
        window: smallest and largest size.
        draws: resamples that gave a fit.
        status: sentences on how far to trust it.
        theta, law: as solved, shape (p,).
    """

    form: FormName
    objective: Objective
    parameters: dict[str, Parameter]
    alpha: float
    interval: Interval | None
    kind: IntervalKind | None
    intervals: dict[IntervalKind, Interval | None]
    stderr: float | None
    value: float
    spread: float | None
    correlations: dict[str, float]
    points: int
    window: tuple[float, float]
    draws: int
    status: tuple[str, ...]
    theta: np.ndarray
    law: LawForm

    def to_json(self) -> dict[str, Any]:
        """Plain values; None where something is not available."""
        return {
            "form": self.form,
            "parameters": {
                name: {"value": p.value, "interval": None if p.interval is None else list(p.interval)}
                for name, p in self.parameters.items()
            },
            "alpha": self.alpha,
            "interval": None if self.interval is None else list(self.interval),
            "interval_kind": self.kind,
            "intervals": {kind: None if pair is None else list(pair) for kind, pair in self.intervals.items()},
            "error": self.stderr,
            "objective": {"name": self.objective, "value": self.value},
            "residual_sd": self.spread,
            "correlations": dict(self.correlations),
            "points": self.points,
            "window": list(self.window),
            "draws": self.draws,
        }


def make_law(
    form: FormName, x: np.ndarray, y: np.ndarray, tokens: np.ndarray | None = None, floor: float | None = None
) -> LawForm:
    """The form for points at x = log N and y = log L (and log D), above a floor that is known.

    Raises:
        InputError: where the points cannot hold the form, or losses lie below the floor.
    """
    if form == "chinchilla" and tokens is None:
        raise InputError(
            "The form chinchilla needs training tokens for every run, but not all are given; see --tokens."
        )
    sizes = len(np.unique(x)) if form != "chinchilla" else len(x)
    if sizes < LEAST[form]:
        what = "points" if form == "chinchilla" else "different sizes"
        simpler = "add sizes" if form == "power" else "add sizes or take --form power"
        raise InputError(f"The form {form} needs at least {LEAST[form]} {what}, but there are {sizes}; {simpler}.")
    if floor is not None and not 0 < floor < float(np.exp(y.min())):
        raise InputError(
            f"The floor {floor:g} is not below every loss (the lowest is {np.exp(y.min()):.5g}); lower it."
        )
    if form == "power":
        return law_forms.power_law(x) if floor is None else law_forms.pinned_law(law_forms.power_law(x), floor)
    if form == "offset":
        return law_forms.offset_law(x, y)
    if form == "broken":
        return law_forms.broken_law(x) if floor is None else law_forms.pinned_law(law_forms.broken_law(x), floor)
    if form == "broken-offset":
        return law_forms.broken_floor_law(x, y)
    return _law_in_size_and_tokens(x, y, tokens)


def _law_in_size_and_tokens(x: np.ndarray, y: np.ndarray, tokens: np.ndarray | None) -> LawForm:
    if tokens is None or np.ptp(x) == 0 or np.ptp(tokens) == 0 or 1 - np.corrcoef(x, tokens)[0, 1] ** 2 < _ONE_PATH:
        raise InputError(
            "Size and tokens move together in these runs, so only one exponent along that path can be had; "
            "take --form power or offset, or add runs with other ratios of tokens to size."
        )
    return law_forms.chinchilla_law(x, tokens, y)


def solve(law: LawForm, y: np.ndarray, delta: float) -> tuple[np.ndarray, float, float]:
    """The best of all cold starts: theta (p,), the objective, and the share of starts that reach it."""
    theta, value, _ = fit_all(law, y, np.ones_like(y), continuation(delta), law.starts(y))
    best = int(np.argmin(value))
    least = float(value[best])
    return theta[best], least, float(np.mean(value <= least * (1 + 1e-6) + 1e-26))


def fit_law(
    form: FormName,
    sizes: np.ndarray,
    losses: np.ndarray,
    *,
    tokens: np.ndarray | None = None,
    objective: Objective | None = None,
    draws: int = 1000,
    seed: int = 0,
    floor: float | None = None,
) -> LawFit:
    """Fit a form other than `shared` to points.

    The interval is t for power, profile likelihood for the other forms, and bootstrap where the objective is robust.
    Points are resampled for chinchilla, residuals for forms in N alone.

    Args:
        form: of the law.
        sizes: N, shape (n,), positive.
        losses: L, shape (n,), positive.
        tokens: D, shape (n,), for chinchilla.
        objective: of the log residuals, summed; least squares unless given, for chinchilla Huber's with delta 1e-3.
        draws: resamples; 0 for none.
        seed: of the resamples.
        floor: E where it is known.

    Returns:
        Parameters, alpha and its intervals.

    Raises:
        InputError: where the points cannot hold the form.
    """
    x, y = np.log(sizes), np.log(losses)
    d = None if tokens is None else np.log(tokens)
    law = make_law(form, x, y, d, floor)
    name: Objective = objective or ("huber" if form == "chinchilla" else "squares")
    return fit_made(law, form, x, y, name, draws, seed)


@dataclass
class _Uncertainty:
    """What the points say of how far a fit can be from the truth."""

    bounds: dict[IntervalKind, np.ndarray] = field(default_factory=dict)
    stderr: float | None = None
    spread: float | None = None
    used: int = 0
    correlations: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def _uncertainty(
    law: LawForm, theta: np.ndarray, y: np.ndarray, form: FormName, name: Objective, resamples: tuple[int, int]
) -> _Uncertainty:
    """Intervals of every kind, standard error and correlations of one fit. resamples: (draws, seed)."""
    (draws, seed), count, free = resamples, len(theta), len(y) - len(theta)
    found = _Uncertainty()
    if free < 1:
        found.notes.append(f"{len(y)} points for {count} parameters leave nothing to measure an interval with.")
        return found
    found.spread = math.sqrt(2 * objective_squares(law, theta, y) / free)
    if name == "squares":
        found.bounds["t"] = t_bounds(law, theta[None], y[None])[0]
        found.stderr = float(standard_errors(law, theta[None], y[None])[0, law.main])
        if form != "power":
            found.bounds["profile"] = np.array([profile_bounds(law, theta[None], y[None], k)[0] for k in range(count)])
    spreads = covariance(law, theta[None], y[None])[0]
    if draws:
        kind: Resampling = "cases" if form == "chinchilla" else "residuals"
        data, weights = resample(law, theta, y, kind, draws, seed)
        again = refits(law, theta, data, weights, DELTAS[name])
        found.used = int(np.isfinite(again[:, 0]).sum())
        pairs = [percentiles(again[:, k]) for k in range(count)]
        found.bounds["bootstrap"] = np.array([(math.nan, math.nan) if p is None else p for p in pairs])
        if found.used > 1 and name != "squares":
            found.stderr = float(np.nanstd(again[:, law.main], ddof=1))
        if found.used < draws:
            left = draws - found.used
            found.notes.append(f"{left} of {draws} resamples have too few different points and gave no fit.")
        if found.used and name != "squares":
            spreads = np.asarray(np.ma.cov(np.ma.masked_invalid(again).T).filled(0.0))
    found.correlations = _correlations(law, spreads)
    return found


def fit_made(
    law: LawForm,
    form: FormName,
    x: np.ndarray,
    y: np.ndarray,
    name: Objective,
    draws: int,
    seed: int,
) -> LawFit:
    """Fit a law that was made for its points."""
    theta, value, reached = solve(law, y, DELTAS[name])
    found = _uncertainty(law, theta, y, form, name, (draws, seed))
    order: tuple[IntervalKind, ...] = ("profile", "t", "bootstrap") if name == "squares" else ("bootstrap",)
    chosen = next((k for k in order if k in found.bounds), None)
    kept = None if chosen is None else found.bounds[chosen]
    main = law.main
    intervals = {each: _interval(ends[main], law, main) for each, ends in found.bounds.items()}
    return LawFit(
        form=form,
        objective=name,
        parameters={
            law.names[k]: Parameter(_natural(theta[k], law, k), None if kept is None else _interval(kept[k], law, k))
            for k in range(len(theta))
        },
        alpha=float(theta[main]),
        interval=None if chosen is None else intervals[chosen],
        kind=chosen,
        intervals=intervals,
        stderr=found.stderr,
        value=float(np.abs(y - law.evaluate(theta[None])[0][0]).sum()) if name == "lad" else value,
        spread=found.spread,
        correlations=found.correlations,
        points=len(y),
        window=(float(np.exp(x.min())), float(np.exp(x.max()))),
        draws=found.used,
        status=tuple(found.notes + _warnings(law, theta, reached, chosen, kept, found.correlations)),
        theta=theta,
        law=law,
    )


def objective_squares(law: LawForm, theta: np.ndarray, y: np.ndarray) -> float:
    """Half the summed squares of the log residuals."""
    return float(objective(law, theta[None], y[None], np.ones_like(y), math.inf)[0])


def _natural(value: float, law: LawForm, k: int) -> float:
    return float(np.exp(value)) if law.logarithmic[k] else float(value)


def _interval(ends: np.ndarray, law: LawForm, k: int) -> Interval | None:
    if not np.all(np.isfinite(ends)):
        return None
    with np.errstate(over="ignore"):
        low, high = (_natural(float(end), law, k) for end in ends)
    return (low, high) if math.isfinite(high) else None


def _correlations(law: LawForm, spreads: np.ndarray) -> dict[str, float]:
    """Between the logarithm of each prefactor and the exponent of its own term."""
    made = {}
    for first, second in (("A", "alpha"), ("B", "beta")):
        if first in law.names and second in law.names:
            i, j = law.names.index(first), law.names.index(second)
            size = math.sqrt(spreads[i, i] * spreads[j, j])
            if size > 0:
                made[f"log {first}, {second}"] = float(spreads[i, j] / size)
    return made


def _warnings(
    law: LawForm,
    theta: np.ndarray,
    reached: float,
    chosen: IntervalKind | None,
    kept: np.ndarray | None,
    correlations: dict[str, float],
) -> list[str]:
    notes = []
    if reached < 0.1:
        notes.append(f"Only {reached:.0%} of the cold starts reach this minimum, so there may be a better one.")
    strong = {pair: value for pair, value in correlations.items() if abs(value) > _STRONG}
    if strong and len(law.names) > 2:
        told = " and ".join(f"{pair} by {value:.3f}" for pair, value in strong.items())
        notes.append(f"Strongly correlated: {told}; read the prefactors only together with their exponents.")
    for k, name in enumerate(law.names):
        at = "lower" if theta[k] <= law.low[k] else "upper" if theta[k] >= law.high[k] else None
        if name == "E" and theta[k] <= law.low[k] + 10:
            notes.append("The best offset is zero: a pure power law fits as well.")
        elif at is not None:
            notes.append(f"{name} lies at the {at} end of its range, so the data do not determine it.")
    if kept is not None and chosen == "profile":
        open_ended = [law.names[k] for k in range(len(law.names)) if not np.all(np.isfinite(kept[k]))]
        if open_ended:
            notes.append(f"The data do not bound {', '.join(open_ended)} on both sides, so it has no interval.")
        if kept[law.main][0] <= law.low[law.main] or kept[law.main][1] >= law.high[law.main]:
            notes.append("alpha's interval ends at the end of its range: the data bound it on one side only.")
    return notes
