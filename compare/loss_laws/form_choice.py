"""Which forms of a law the data of one series exclude, and which of the rest describes them best.

A form is excluded at the 1 % level where one that holds it as a special case fits better (F test), where its residuals
run in one direction (a parabola through them), where it misses the largest sizes once they are left out (Chow's test),
or where it lies farther from the means than replicates lie apart. AICc ranks what is left; it excludes nothing, since
on few sizes it prefers what is simple to what is true.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from scipy.stats import f as fisher

from ...errors import InputError
from .forms import LawForm, moved
from .intervals import t_quantile
from .law_fit import LEAST, FormName, make_law
from .loss_table import Series
from .settings import SETTINGS
from .solver import minimise, objective
from .window import bends

Reason = Literal["richer", "direction", "largest", "replicates"]
WHY: dict[Reason, str] = {
    "richer": "a richer form fits better",
    "direction": "its residuals run in one direction",
    "largest": "it misses the largest sizes when they are left out",
    "replicates": "it lies farther from the means than replicates lie apart",
}
AUTO: tuple[FormName, ...] = ("power", "offset", "broken", "broken-offset")
_INSIDE: dict[FormName, tuple[FormName, ...]] = {
    "power": ("offset", "broken", "broken-offset"), "offset": ("broken-offset",), "broken": ("broken-offset",),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class SolvedForm:
    """A form with its least-squares parameters, without intervals."""

    form: FormName
    law: LawForm
    theta: np.ndarray

    @property
    def alpha(self) -> float:
        """The exponent of size."""
        return float(self.theta[self.law.main])

    def residual(self, y: np.ndarray) -> np.ndarray:
        """Log losses less the law."""
        return np.asarray(y - self.law.evaluate(self.theta[None])[0][0])


@dataclass(frozen=True, eq=False)
class FormResult:
    """One form on one series.

    error: standard error of alpha, None where nothing is left to measure one with. squares: summed over rows,
    replicates included; free: rows less parameters. aicc: None where it is undefined. held_out: relative error at the
    largest sizes when they are left out. excluded: why the data exclude it, or None.
    """

    form: FormName
    fit: SolvedForm
    error: float | None
    squares: float
    free: int
    aicc: float | None
    held_out: float | None
    excluded: Reason | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        interval = None
        if self.error is not None:
            reach = t_quantile(self.free) * self.error
            interval = [self.fit.alpha - reach, self.fit.alpha + reach]
        return {
            "form": self.form,
            "alpha": self.fit.alpha,
            "interval": interval,
            "error": self.error,
            "aicc": self.aicc,
            "held_out": self.held_out,
            "excluded": None if self.excluded is None else WHY[self.excluded],
        }


@dataclass(frozen=True, eq=False)
class FormChoice:
    """All forms that a series can hold, and the one that is shown. untested: forms that need more sizes."""

    results: tuple[FormResult, ...]
    chosen: FormResult
    untested: tuple[FormName, ...]

    @property
    def standing(self) -> tuple[FormResult, ...]:
        """Those that the data do not exclude."""
        return tuple(each for each in self.results if each.excluded is None)

    def of(self, form: FormName) -> FormResult | None:
        """The result of a form."""
        return next((each for each in self.results if each.form == form), None)


def choose_form(series: Series, floor: float | None = None) -> FormChoice:
    """Fit every form that the sizes can hold.

    Args:
        series: one optimizer's runs.
        floor: E where it is known; then only laws above it are tried.

    Raises:
        InputError: for fewer than two sizes.
    """
    sizes, losses, counts = series.curve()
    x, y = np.log(sizes), np.log(losses)
    spread, repeats = series.replicate_spread() if len(sizes) <= SETTINGS.most_sizes else (0.0, 0)
    rows = int(counts.sum()) if repeats else len(sizes)
    weight = counts if repeats else np.ones(len(sizes))
    fits, untested = [], []
    for form in ("power", "broken") if floor is not None else AUTO:
        if len(sizes) < LEAST[form]:
            untested.append(form)
            continue
        fit = solved(form, x, y, floor)
        residual = fit.residual(y)
        squares = float(np.sum(weight * residual**2)) + spread**2 * repeats
        fits.append((fit, residual, squares, rows - len(fit.theta)))
    if not fits:
        raise InputError(f"The form power needs at least 2 different sizes, but there are {len(sizes)}; add sizes.")
    by_form = {fit.form: (len(fit.theta), squares, free) for fit, _, squares, free in fits}
    results = []
    for fit, residual, squares, free in fits:
        lack = float(np.sum(weight * residual**2))
        missed, why = _largest_left_out(fit, x, y, floor)
        if _richer(fit.form, by_form):
            why = "richer"
        elif len(x) - len(fit.theta) > 2 and bends(x, residual, 1 - SETTINGS.directed):
            why = "direction"
        elif why is None and repeats > 1 and _far(lack, len(x) - len(fit.theta), spread**2, repeats):
            why = "replicates"
        error = _error(fit, y, squares, free)
        results.append(
            FormResult(fit.form, fit, error, squares, free, _aicc(squares, rows, len(fit.theta)), missed, why)
        )
    if all(each.excluded is not None for each in results):
        results = [_restored(each) for each in results]
    standing = [each for each in results if each.excluded is None] or results
    return FormChoice(tuple(results), min(standing, key=_order), tuple(untested))


def solved(form: FormName, x: np.ndarray, y: np.ndarray, floor: float | None = None) -> SolvedForm:
    """Least squares of log L for a form in size alone."""
    law = make_law(form, x, y, floor=floor)
    starts, ones = law.starts(y), np.ones_like(y)
    if len(starts) > SETTINGS.starts:
        starts = starts[np.argsort(objective(law, starts, y, ones, math.inf), kind="stable")[: SETTINGS.starts]]
    theta, value, _ = minimise(law, y, ones, starts, math.inf, most=100)
    return SolvedForm(form, law, theta[int(np.argmin(value))])


def _error(fit: SolvedForm, y: np.ndarray, squares: float, free: int) -> float | None:
    """The standard error of alpha, with the residuals' variance from rows."""
    inner = len(y) - len(fit.theta)
    if free < 1 or inner < 0:
        return None
    slope = fit.law.evaluate(fit.theta[None])[1][0]
    rows = (free + len(fit.theta)) / len(y)
    scale = np.sqrt(np.maximum(np.sum(slope**2, axis=0), 1e-300))
    inverse = np.linalg.pinv((slope / scale).T @ (slope / scale), rcond=1e-14, hermitian=True)
    main = fit.law.main
    return math.sqrt(squares / free / rows * float(inverse[main, main])) / float(scale[main])


def _order(result: FormResult) -> tuple[bool, float, int]:
    return (result.aicc is None, result.aicc or 0.0, len(result.fit.theta))


def _restored(result: FormResult) -> FormResult:
    """A form that is only farther from the means than replicates are apart: something else moves them all."""
    kept = None if result.excluded == "replicates" else result.excluded
    return replace(result, excluded=kept)


def _aicc(squares: float, rows: int, count: int) -> float | None:
    """n log(SSR/n) + 2k + 2k(k+1)/(n-k-1), the variance counted in k."""
    k = count + 1
    if rows <= k + 1:
        return None
    return rows * math.log(max(squares, 1e-300) / rows) + 2 * k + 2 * k * (k + 1) / (rows - k - 1)


def _far(squares: float, free: int, variance: float, other: int, level: float | None = None) -> bool:
    """Whether squares/free is larger than a variance with `other` degrees of freedom, by Fisher's F."""
    if free < 1 or other < 1:
        return False
    least = 1e-26
    ratio = (squares / free) / max(variance, least)
    return bool(squares / free > least and ratio > fisher.ppf(level or 1 - SETTINGS.directed, free, other))


def _richer(form: FormName, by_form: dict[FormName, tuple[int, float, int]]) -> bool:
    count, squares, _ = by_form[form]
    for richer in _INSIDE.get(form, ()):
        if richer in by_form:
            more, less, free = by_form[richer]
            if free > 0 and _far(squares - less, more - count, less / free, free):
                return True
    return False


def _largest_left_out(
    fit: SolvedForm, x: np.ndarray, y: np.ndarray, floor: float | None
) -> tuple[float | None, Reason | None]:
    """The relative error at the largest sizes, fitted to the rest, and whether it is more than the rest allow."""
    left = 1 if len(x) < 7 else 2
    rest = len(x) - left
    free = rest - len(fit.theta)
    if free < 1 or rest < LEAST[fit.form]:
        return None, None
    part = solved(fit.form, x[:rest], y[:rest], floor)
    inner = float(np.sum(part.residual(y[:rest]) ** 2))
    missed = y - moved(part.law, x).evaluate(part.theta[None])[0][0]
    whole = float(np.sum(fit.residual(y) ** 2))
    far = _far(whole - inner, left, inner / free, free)
    return float(np.expm1(np.sqrt(np.mean(missed[rest:] ** 2)))), "largest" if far else None
