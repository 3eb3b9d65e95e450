"""What moves with the training budget: exponents and risks at every T as plain numbers, for the page's figure."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..figures import styles
from ..runs import BASELINE, Comparison, headline_s, predicted_alpha, predicted_curve

_DIGITS = 6


def budget_views(comparison: Comparison) -> dict[str, Any] | None:
    """The views of the moving figure.

    steps: every T predicted or measured. start: place of the headline T among them. views: alpha against s where the
    run has several s, then risk against N at each s. In a view `predicted` is indexed [optimizer][T][x], `measured` and
    `published` likewise, with [value, low, high] for a mark and null for a whole T without one; `gap` compares the
    exponents of two optimizers at one s, indexed [T].

    Args:
        comparison: the run against theory.

    Returns:
        Plain values for JSON; None where there are not two T to move between.
    """
    made = comparison.measurement
    steps = sorted({*made.steps, *(comparison.prediction.steps if comparison.prediction else ())})
    if len(steps) < 2:
        return None
    style = styles(made.optimizers)
    views = [_exponents(comparison, steps)] if len(made.s) > 1 else []
    views += [_risks(comparison, s, steps) for s in made.s]
    return {
        "steps": steps,
        "start": steps.index(comparison.steps),
        "optimizers": [{"name": n, "colour": style[n].colour, "marker": style[n].marker} for n in made.optimizers],
        "views": views,
    }


def _exponents(comparison: Comparison, steps: list[int]) -> dict[str, Any]:
    made = comparison.measurement
    measured: list[list[Any]] = [[None] * len(steps) for _ in made.optimizers]
    published: list[list[Any]] = [[None] * len(steps) for _ in made.optimizers]
    for o, name in enumerate(made.optimizers):
        for at in made.steps:
            t = steps.index(at)
            cells = [comparison.cell(name, s, at) for s in made.s]
            measured[o][t] = [_mark(c.measured.value, c.measured.bootstrap) for c in cells]
            printed = [c.published for c in cells]
            if any(printed):
                published[o][t] = [None if p is None else _mark(p.value, p.interval) for p in printed]
    window = made.experiment.fit_sizes
    return {
        "name": "alpha against s",
        "title": f"fitted on N = {window[0]} to {window[-1]}",
        "x": {"label": "spectral exponent s", "log": False, "values": list(made.s)},
        "y": {"label": "alpha in risk ~ N^-alpha", "log": False},
        "predicted": [[[_alpha(comparison, n, s, t) for s in made.s] for t in steps] for n in made.optimizers],
        "measured": measured,
        "published": published,
        "band": "95 % over seeds",
        "gap": _gap(comparison, headline_s(comparison), steps),
    }


def _risks(comparison: Comparison, s: float | None, steps: list[int]) -> dict[str, Any]:
    made = comparison.measurement
    predicted: list[list[Any]] = [[None] * len(steps) for _ in made.optimizers]
    measured: list[list[Any]] = [[None] * len(steps) for _ in made.optimizers]
    for o, name in enumerate(made.optimizers):
        for t, at in enumerate(steps):
            if comparison.prediction is not None:
                curve, _ = predicted_curve(comparison.prediction, name, s, at, made.sizes)
                predicted[o][t] = [_positive(value) for value in curve]
            if at in made.steps:
                measured[o][t] = _draws(made.cell(name, s, at), made.mean(name, s, at))
    return {
        "name": "risk against N" + ("" if s is None else f", s = {s:g}"),
        "title": "data" if s is None else f"s = {s:g}",
        "x": {"label": "model size N", "log": True, "values": list(made.sizes)},
        "y": {"label": "risk / target variance", "log": True},
        "predicted": predicted,
        "measured": measured,
        "published": [[None] * len(steps) for _ in made.optimizers],
        "band": "one standard deviation from draw to draw",
        "gap": _gap(comparison, s, steps),
    }


def _draws(risk: np.ndarray, mean: np.ndarray) -> list[list[float | None] | None]:
    """Mean of each size and where it is one standard deviation of log risk off; risk: shape (seed, N)."""
    marks: list[list[float | None] | None] = []
    for column, value in zip(risk.T, mean, strict=True):
        interval = None
        if len(column) > 1 and np.all(np.isfinite(column) & (column > 0)):
            spread = float(np.std(np.log(column), ddof=1))
            interval = (value * math.exp(-spread), value * math.exp(spread))
        marks.append(_mark(_positive(value), interval))
    return marks


def _alpha(comparison: Comparison, name: str, s: float | None, steps: int) -> float | None:
    """Predicted alpha over the sizes of the fit."""
    if comparison.prediction is None:
        return None
    sizes = comparison.measurement.experiment.fit_sizes
    return _short(predicted_alpha(sizes, *predicted_curve(comparison.prediction, name, s, steps, sizes)).value)


def _gap(comparison: Comparison, s: float | None, steps: list[int]) -> dict[str, Any] | None:
    best = comparison.threshold.optimizer
    if best is None:
        return None
    predicted: list[float | None] = []
    measured = []
    for at in steps:
        high, low = (_alpha(comparison, name, s, at) for name in (best, BASELINE))
        predicted.append(None if high is None or low is None else _short(high - low))
        found = [g for each in comparison.thresholds if each.steps == at for g in each.gaps if g.s == s]
        measured.append(_mark(found[0].value, found[0].interval) if found else None)
    return {"optimizer": best, "baseline": BASELINE, "s": s, "predicted": predicted, "measured": measured}


def _mark(value: float | None, interval: tuple[float, float] | None) -> list[float | None] | None:
    """[value, low, high]; None without a value, ends that are None without an interval."""
    low, high = interval or (None, None)
    return None if value is None else [_short(value), _short(low), _short(high)]


def _positive(value: float) -> float | None:
    return _short(value) if value > 0 else None  # NaN is not positive either


def _short(value: float | None) -> float | None:
    """To six digits: more would only make the page larger."""
    return None if value is None or not math.isfinite(value) else float(f"{value:.{_DIGITS}g}")
