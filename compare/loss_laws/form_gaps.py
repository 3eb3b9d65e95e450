"""What each form says of two series: the difference of their exponents and the speed-up, at that form's own error.

Speed-up S(N) = N'/N with L_b(N') = L_a(N), both curves fitted. With theta_a, theta_b independent,
d log N' = (dL_a(N) - dL_b(N'))/(dL_b/dlog N) in log L, so var(log S) = (g_a' C_a g_a + g_b' C_b g_b)/slope^2 and
C = s^2 (J'J)^-1 with one s^2 for both, from residuals and replicates together. E enters as itself, not as its
logarithm, so that a floor that is best at zero keeps its error.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import stdtrit

from .form_choice import FormChoice, FormResult
from .forms import LawForm, moved
from .intervals import Interval, t_quantile
from .law_fit import FormName
from .loss_table import Series
from .settings import SETTINGS
from .speedup import SpeedupPoint, Trend

_REACH = 12.0  # log sizes beyond the baseline's runs at which a match is looked for


@dataclass(frozen=True)
class FormGap:
    """alpha(a) - alpha(b), and how many times the size of a the baseline b needs, by one form.

    clear: 1, -1 or 0: the sign of the difference where it is told from zero at the 1 % level. change: of log S from
    the smallest to the largest size, with its interval.
    """

    form: FormName
    difference: float
    error: float | None
    interval: Interval | None
    clear: int
    points: tuple[SpeedupPoint, ...]
    change: float | None
    change_interval: Interval | None
    trend: Trend

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "form": self.form,
            "difference": self.difference,
            "error": self.error,
            "interval": None if self.interval is None else list(self.interval),
            "points": [
                {"size": p.size, "value": p.value, "interval": None if p.interval is None else list(p.interval),
                 "beyond": p.beyond}
                for p in self.points
            ],
            "change": self.change,
            "change_interval": None if self.change_interval is None else list(self.change_interval),
            "trend": self.trend,
        }  # fmt: skip


def form_gaps(a: Series, b: Series, first: FormChoice, second: FormChoice) -> tuple[FormGap, ...]:
    """What each form says that neither series excludes."""
    made = []
    for one in first.standing:
        other = second.of(one.form)
        if other is not None and other.excluded is None:
            made.append(_gap(a, b, one, other))
    return tuple(made)


def _gap(a: Series, b: Series, one: FormResult, other: FormResult) -> FormGap:
    free = one.free + other.free
    variance = (one.squares + other.squares) / free if free > 0 else math.nan
    spread = [_covariance(each, series, variance) for each, series in ((one, a), (other, b))]
    value = one.fit.alpha - other.fit.alpha
    error = math.sqrt(sum(float(c[r.fit.law.main, r.fit.law.main]) for c, r in zip(spread, (one, other), strict=True)))
    if free < 1 or not math.isfinite(error):
        points, change, _ = _speedup(a, b, one, other, None, 1)
        return FormGap(one.form, value, None, None, 0, points, change, None, "cannot tell")
    reach, far = t_quantile(free) * error, float(stdtrit(free, (1 + SETTINGS.level) / 2)) * error
    clear = int(np.sign(value)) if abs(value) > far else 0
    points, change, deviation = _speedup(a, b, one, other, spread, free)
    ends, trend = None, "cannot tell"
    if change is not None and deviation is not None:
        ends = (change - t_quantile(free) * deviation, change + t_quantile(free) * deviation)
        trend = _trend(change, deviation, free)
    return FormGap(one.form, value, error, (value - reach, value + reach), clear, points, change, ends, trend)  # type: ignore[arg-type]


def _trend(change: float, deviation: float, free: int) -> Trend:
    limit = math.log(SETTINGS.held)
    reach, far = t_quantile(free) * deviation, float(stdtrit(free, (1 + SETTINGS.level) / 2)) * deviation
    if abs(change) + reach < limit:
        return "holds"
    if abs(change) <= far:
        return "cannot tell"
    return "grows" if change > 0 else "attenuates"


def _columns(law: LawForm, theta: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """Gradients with E as itself in place of its logarithm."""
    made = slope.copy()
    if "E" in law.names:
        k = law.names.index("E")
        made[..., k] /= np.exp(theta[k])
    return made


def _covariance(result: FormResult, series: Series, variance: float) -> np.ndarray:
    law, theta = result.fit.law, result.fit.theta
    slope = _columns(law, theta, law.evaluate(theta[None])[1][0])
    counts = series.curve()[2] if result.free > len(slope) - len(theta) else np.ones(len(slope))
    information = slope.T @ (slope * counts[:, None])
    scale = np.sqrt(np.maximum(np.diag(information), 1e-300))
    inverse = np.linalg.pinv(information / np.outer(scale, scale), rcond=1e-14, hermitian=True)
    return np.asarray(variance * inverse / np.outer(scale, scale))


def _speedup(
    a: Series, b: Series, one: FormResult, other: FormResult, spread: list[np.ndarray] | None, free: int
) -> tuple[tuple[SpeedupPoint, ...], float | None, float | None]:
    """S at a's sizes with intervals; the change of log S over them, and its standard error."""
    x, largest = np.log(a.curve()[0]), float(b.sizes.max())
    level, slope_a = (each[0] for each in moved(one.fit.law, x).evaluate(one.fit.theta[None]))
    law_b, theta_b = other.fit.law, other.fit.theta
    place = inverted(law_b, theta_b, level, np.log(b.curve()[0]))
    ok = np.isfinite(place)
    at = np.where(ok, place, x)
    slope_b = moved(law_b, at).evaluate(theta_b[None])[1][0]
    ahead, behind = (moved(law_b, at + h).evaluate(theta_b[None])[0][0] for h in (1e-4, -1e-4))
    steep = (ahead - behind) / 2e-4
    grad_a = _columns(one.fit.law, one.fit.theta, slope_a) / steep[:, None]
    grad_b = -_columns(law_b, theta_b, slope_b) / steep[:, None]
    gain = at - x
    points = []
    for k in np.flatnonzero(ok):
        interval = None
        if spread is not None:
            error = math.sqrt(grad_a[k] @ spread[0] @ grad_a[k] + grad_b[k] @ spread[1] @ grad_b[k])
            reach = t_quantile(free) * error
            if reach < 50:
                interval = (math.exp(gain[k] - reach), math.exp(gain[k] + reach))
        size = float(np.exp(x[k]))
        points.append(SpeedupPoint(size, math.exp(gain[k]), interval, bool(size * math.exp(gain[k]) > largest * 1.001)))
    if ok.sum() < 2:
        return tuple(points), None, None
    first, last = np.flatnonzero(ok)[[0, -1]]
    deviation = None
    if spread is not None:
        da, db = grad_a[last] - grad_a[first], grad_b[last] - grad_b[first]
        deviation = math.sqrt(da @ spread[0] @ da + db @ spread[1] @ db)
    return tuple(points), float(gain[last] - gain[first]), deviation


def inverted(law: LawForm, theta: np.ndarray, level: np.ndarray, x: np.ndarray) -> np.ndarray:
    """log N at which a falling law has each log loss, NaN where it has none within e^12 of the runs; by bisection."""
    low, high = np.full(len(level), x.min() - _REACH), np.full(len(level), x.max() + _REACH)

    def at(place: np.ndarray) -> np.ndarray:
        return np.asarray(moved(law, place).evaluate(theta[None])[0][0])

    inside = (at(low) >= level) & (at(high) <= level)
    for _ in range(60):
        middle = (low + high) / 2
        above = at(middle) > level
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return np.where(inside, (low + high) / 2, np.nan)


def interpolated_speedup(a: Series, b: Series) -> tuple[SpeedupPoint, ...]:
    """S at a's sizes by lines in log L and log N between b's points, without a law, where they enclose the loss."""
    (n_a, l_a, _), (n_b, l_b, _) = a.curve(), b.curve()
    x, y = np.log(n_b), np.log(l_b)
    points = []
    for size, loss in zip(n_a, np.log(l_a), strict=True):
        crossings = np.flatnonzero((y[:-1] >= loss) & (y[1:] <= loss) & (y[:-1] > y[1:]))
        if len(crossings) == 1 or (len(crossings) == 2 and y[crossings[1]] == loss):
            k = int(crossings[0])
            place = x[k] + (y[k] - loss) / (y[k] - y[k + 1]) * (x[k + 1] - x[k])
            points.append(SpeedupPoint(float(size), float(np.exp(place) / size), None, False))
    return tuple(points)


@dataclass(frozen=True)
class PairForms:
    """Two series by every form that stands, and what they agree on.

    exponents: the sign of alpha(a) - alpha(b) where every form tells it, else 0. trend: of the speed-up, likewise.
    untested: an offset could not be tried, so nothing is told. interpolated: the speed-up without a law.
    """

    a: str
    b: str
    stratum: tuple[str, ...]
    gaps: tuple[FormGap, ...]
    untested: bool
    interpolated: tuple[SpeedupPoint, ...]

    @property
    def exponents(self) -> int:
        """The sign that all forms tell, or 0."""
        signs = {gap.clear for gap in self.gaps}
        return signs.pop() if len(signs) == 1 and not self.untested else 0

    @property
    def trend(self) -> Trend:
        """What all forms say of the speed-up."""
        trends = {gap.trend for gap in self.gaps}
        return trends.pop() if len(trends) == 1 and not self.untested else "cannot tell"

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "a": self.a,
            "b": self.b,
            "stratum": list(self.stratum),
            "exponents": {1: "a is larger", -1: "a is smaller", 0: "cannot tell"}[self.exponents],
            "speedup": self.trend,
            "forms": [gap.to_json() for gap in self.gaps],
            "offset_untested": self.untested,
            "interpolated": [{"size": p.size, "value": p.value} for p in self.interpolated],
        }


def hull(intervals: list[Interval | None]) -> Interval | None:
    """The interval that holds all; None where one is missing."""
    if not intervals or any(each is None for each in intervals):
        return None
    ends = [each for each in intervals if each is not None]
    return min(low for low, _ in ends), max(high for _, high in ends)
