"""Loss curves of a table: the Multi-Power Law of each model, what it says of held-out schedules, and its exponent.

The exponent of the part without annealing is given with an interval over the schedules: a jackknife that leaves one
curve out at a time, with Student's t. It holds what the law leaves open from schedule to schedule, not the noise
between seeds, and curves that branch off one run are not independent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import stdtrit

from ...errors import InputError
from ..tables import dropped_rows, read_table
from ..text_table import aligned
from .curve_fit import FIVE, CurveFit, CurveSettings, LossCurve, Score, fit_curves
from .schedule import Schedule

SCHEMA = 1
_EARLY = 0.2  # of the records, whose absence the exponent should survive
_RATES = ("lr", "learning_rate", "learning rate", "eta", "rate")
_CURVES = ("schedule", "curve", "run")
_SIZES = ("model", "size", "params")


@dataclass(frozen=True)
class Exponent:
    """Alpha of L0 + A S^-alpha, from all curves of a model.

    Attributes:
        value: the estimate.
        stderr: jackknife over curves.
        interval: 95 %.
        late: the estimate without the first fifth of every curve.
    """

    value: float
    stderr: float
    interval: tuple[float, float]
    late: float


@dataclass(frozen=True, eq=False)
class SizeOfCurves:
    """The law of one model.

    Attributes:
        name: of the model.
        fits: of the curves to train on, by how many parameters are free: seven, and five with beta and gamma held.
        scores: of each fit on each held-out curve.
        exponents: of each law on all curves; empty where these are fewer than three.
    """

    name: str
    fits: dict[str, CurveFit]
    scores: dict[str, tuple[Score, ...]]
    exponents: dict[str, Exponent]

    def mean_score(self, law: str) -> tuple[float, float, float]:
        """Mean R2, MAE and RMSE over the held-out curves.

        Args:
            law: seven or five.

        Returns:
            Three numbers, NaN without held-out curves.
        """
        rows = [(s.r2, s.mae, s.rmse) for s in self.scores[law]]
        means = np.mean(rows, axis=0) if rows else np.full(3, np.nan)
        return float(means[0]), float(means[1]), float(means[2])


@dataclass(frozen=True, eq=False)
class CurveTable:
    """The laws of every model of a table.

    Attributes:
        sizes: one for each model, in the order of the table.
        trained: the schedules that were fitted.
        held_out: those that were predicted.
    """

    sizes: tuple[SizeOfCurves, ...]
    trained: tuple[str, ...]
    held_out: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values with a schema version.

        Returns:
            One object.
        """
        return {
            "schema": SCHEMA,
            "kind": "loss curves",
            "trained": list(self.trained),
            "held_out": list(self.held_out),
            "models": [
                {
                    "name": size.name,
                    "laws": {
                        law: {
                            "parameters": vars(fit.law),
                            "held": dict(fit.held),
                            "objective": fit.objective,
                            "reached": fit.reached,
                            "held_out": [vars(s) for s in size.scores[law]],
                            "exponent": vars(size.exponents[law]) if law in size.exponents else None,
                        }
                        for law, fit in size.fits.items()
                    },
                }
                for size in self.sizes
            ],
        }

    def __str__(self) -> str:
        """Parameters, errors on held-out schedules, and exponents."""
        laws: list[tuple[str, ...]] = [("model", "parameters", "L0", "A", "alpha", "B", "C", "beta", "gamma", "starts")]
        errors: list[tuple[str, ...]] = [("model", "parameters", "R2", "MAE", "RMSE", "worst R2", "at")]
        alphas: list[tuple[str, ...]] = [("model", "parameters", "alpha", "95 %", "without the first fifth")]
        for size in self.sizes:
            for law, fit in size.fits.items():
                p = fit.law
                numbers = (f"{v:.4g}" for v in (p.L0, p.A, p.alpha, p.B, p.C, p.beta, p.gamma))
                laws.append((size.name, law, *numbers, f"{fit.reached:.0%}"))
                if size.scores[law]:
                    worst = min(size.scores[law], key=lambda s: s.r2)
                    r2, mae, rmse = size.mean_score(law)
                    row = (f"{r2:.4f}", f"{mae:.5f}", f"{rmse:.5f}", f"{worst.r2:.4f}", worst.name)
                    errors.append((size.name, law, *row))
                if law in size.exponents:
                    found = size.exponents[law]
                    span = f"[{found.interval[0]:.3f}, {found.interval[1]:.3f}]"
                    alphas.append(
                        (size.name, law, f"{found.value:.3f}({1e3 * found.stderr:.0f})", span, f"{found.late:.3f}")
                    )
        lines = [f"Fitted to {', '.join(self.trained)}.", "", aligned(laws)]
        if len(errors) > 1:
            lines += ["", f"Held out: {', '.join(self.held_out)}; means over these.", "", aligned(errors)]
        if len(alphas) > 1:
            lines += [
                "",
                "Exponent of the part without annealing, all curves, jackknife over curves:",
                "",
                aligned(alphas),
            ]
        return "\n".join([*lines, "", self.sentence()])

    def sentence(self) -> str:
        """What the exponents say."""
        spans = [
            (min(e.interval[0] for e in s.exponents.values()), max(e.interval[1] for e in s.exponents.values()))
            for s in self.sizes
            if s.exponents
        ]
        if not spans:
            return "Fewer than three curves a model, so no interval of the exponent."
        if len(spans) == 1:
            return f"The exponent lies between {spans[0][0]:.3f} and {spans[0][1]:.3f} under both laws."
        shared = max(low for low, _ in spans), min(high for _, high in spans)
        if shared[0] <= shared[1]:
            return (
                f"An exponent shared by all models is not excluded: {shared[0]:.3f} to {shared[1]:.3f} lies in every "
                "interval. One run a curve: noise between seeds is not in these."
            )
        return "No exponent lies in the intervals of all models. One run a curve: noise between seeds is not in these."


def fit_curve_table(
    table: Any,
    roles: Mapping[str, Any] | None = None,
    *,
    train: Sequence[str] = (),
    warm_up: int = 0,
    drop: Sequence[str] = (),
    settings: CurveSettings | None = None,
) -> CurveTable:
    """Fit the Multi-Power Law to every model of a table, and predict the schedules that were not fitted.

    Args:
        table: a path or DataFrame with one row a record: step, learning rate, loss, and names of schedule and model.
        roles: loss, step, rate, curve (the schedule) or size (the model) to the name of its column.
        train: schedules to fit; empty for all.
        warm_up: steps over which the rate rises from 0 before the first record.
        drop: COLUMN or COLUMN=VALUE, rows to leave out.
        settings: Huber's delta, starts, and records a curve.

    Returns:
        Laws, errors on held-out schedules, and exponents.

    Raises:
        InputError: a column is missing, a schedule to train on is not in the table, or a loss is not positive.
    """
    roles = dict(roles or {})
    read = read_table(table, {k: v for k, v in roles.items() if k in ("loss", "step")})
    frame = read.frame[~dropped_rows(read, drop)]
    rate, curve, size = (_named(frame.columns, roles.get(k), k, tried) for k, tried in _TRIED.items())
    if rate is None or curve is None:
        lacking = "learning rate" if rate is None else "schedule's name"
        raise InputError(f"No column holds the {lacking}; name it with --{'rate' if rate is None else 'curve'}.")
    columns = {"loss": read.needed("loss"), "step": read.needed("step"), "rate": rate}
    if size is not None and size in (*columns.values(), curve):
        size = None
    labels = ["all curves"] * len(frame) if size is None else [_label(v) for v in frame[size]]
    found, names = [], list(dict.fromkeys(str(v) for v in frame[curve]))
    if missing := [name for name in train if name not in names]:
        raise InputError(f"No curve is called '{missing[0]}'; there are {', '.join(names)}.")
    for label in dict.fromkeys(labels):
        rows = frame[np.array(labels) == label]
        curves = [_curve(rows[rows[curve].astype(str) == name], name, columns, warm_up) for name in names]
        found.append(_size(label, [c for c in curves if c is not None], train, settings or CurveSettings()))
    trained = tuple(train) or tuple(names)
    return CurveTable(tuple(found), trained, tuple(name for name in names if name not in trained))


_TRIED = {"rate": _RATES, "curve": _CURVES, "size": _SIZES}


def _label(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _named(columns: Any, wanted: str | None, role: str, tried: Sequence[str]) -> str | None:
    if wanted is not None:
        if wanted not in columns:
            raise InputError(
                f"The table has no column '{wanted}' for the {role}; it has {', '.join(map(str, columns))}."
            )
        return wanted
    lower = {str(name).lower(): str(name) for name in columns}
    return next((lower[name] for name in tried if name in lower), None)


def _curve(rows: Any, name: str, columns: Mapping[str, str], warm_up: int) -> LossCurve | None:
    if not len(rows):
        return None
    rows = rows.sort_values(columns["step"])
    losses = np.asarray(rows[columns["loss"]], float)
    if not np.all(np.isfinite(losses)) or np.any(losses <= 0):
        raise InputError(f"Curve '{name}' has a loss that is no positive number; drop these rows first.")
    rates = np.asarray(rows[columns["rate"]], float)
    return LossCurve(name, Schedule.recorded(np.asarray(rows[columns["step"]]), rates, warm_up), losses)


def _size(name: str, curves: list[LossCurve], train: Sequence[str], settings: CurveSettings) -> SizeOfCurves:
    fitted = [curve for curve in curves if not train or curve.name in train]
    others = [curve for curve in curves if curve not in fitted]
    laws: dict[str, dict[str, float]] = {"seven": {}, "five": FIVE}
    fits = {law: fit_curves(fitted, settings, held=held) for law, held in laws.items()}
    scores = {law: tuple(fit.score(curve) for curve in others) for law, fit in fits.items()}
    fewer = replace(settings, records=max(settings.records // 2, 10))
    exponents = {law: _exponent(curves, fit, fewer) for law, fit in fits.items()} if len(curves) >= 3 else {}
    return SizeOfCurves(name, fits, scores, exponents)


def _exponent(curves: list[LossCurve], fit: CurveFit, settings: CurveSettings) -> Exponent:
    def alpha(chosen: list[LossCurve], near: CurveFit) -> CurveFit:
        return fit_curves(chosen, settings, held=fit.held, near=near.law)

    whole = alpha(curves, fit)
    value, count = whole.law.alpha, len(curves)
    parts = np.array([alpha([c for c in curves if c is not out], whole).law.alpha for out in curves])
    stderr = float(np.sqrt((count - 1) / count * np.sum((parts - parts.mean()) ** 2)))
    reach = float(stdtrit(count - 1, 0.975)) * stderr
    late = alpha([_late(curve) for curve in curves], whole).law.alpha
    return Exponent(value, stderr, (value - reach, value + reach), late)


def _late(curve: LossCurve) -> LossCurve:
    first = int(_EARLY * len(curve.losses))
    schedule = replace(curve.schedule, steps=curve.schedule.steps[first:], sums=curve.schedule.sums[first:])
    return replace(curve, schedule=schedule, losses=curve.losses[first:])
