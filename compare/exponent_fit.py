"""Measured exponents: alpha = minus the slope of log mean risk on log N, with errors that mean something."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..errors import InputError
from .confidence import LEVEL, NORMAL, TAIL, student_quantile

_BENT = 0.98  # of R squared: below it the points bend or scatter visibly


@dataclass(frozen=True)
class ExponentFit:
    """alpha measured over a window of sizes: log risk = log_prefactor - alpha log N.

    Attributes:
        value: minus the OLS slope of log(seed-mean risk) on log N; None with fewer than two usable sizes.
        interval: 95 % t interval with K - 2 degrees of freedom for K sizes. It measures how far the points lie from
            one straight line, so a bend widens it as much as noise does. None for K < 3.
        normal_interval: value -/+ 1.96 SE, too narrow for few sizes; it is the form Ramani and Jain (2026) print.
        bootstrap: 95 % interval over seeds, resampled jointly at all sizes because a seed is one teacher.
        stderr_seeds: Monte Carlo standard error of the value.
        spread: standard deviation of alpha of a single draw.
        r_squared: of the fit; None for K < 3.
        log_prefactor: natural logarithm of the prefactor.
        sizes: the sizes used, ascending.
        seeds: how many seeds have at least one usable risk.
        status: what the fit rests on, and what is missing, in one sentence or several.
        assumptions: what the intervals take for granted.
    """

    value: float | None
    interval: tuple[float, float] | None
    normal_interval: tuple[float, float] | None
    bootstrap: tuple[float, float] | None
    stderr_seeds: float | None
    spread: float | None
    r_squared: float | None
    log_prefactor: float | None
    sizes: tuple[int | float, ...]
    seeds: int
    status: str
    assumptions: tuple[str, ...] = (
        "one power law over the window, no offset",
        "independent deviations from the line (t interval)",
        "seeds are independent draws (bootstrap)",
    )

    @property
    def window(self) -> tuple[float, float] | None:
        """Smallest and largest size used."""
        return (self.sizes[0], self.sizes[-1]) if self.sizes else None

    def __str__(self) -> str:
        def show(value: float | None) -> str:
            return "-" if value is None else f"{value:.4f}"

        def pair(interval: tuple[float, float] | None) -> str:
            return "-" if interval is None else f"[{interval[0]:.4f}, {interval[1]:.4f}]"

        window = "-" if self.window is None else f"N = {self.window[0]:g} to {self.window[1]:g}"
        return "\n".join(
            f"{name:<20}{text}"
            for name, text in (
                ("alpha (measured)", show(self.value)),
                ("95 % t interval", pair(self.interval)),
                ("1.96 SE interval", pair(self.normal_interval)),
                ("95 % over seeds", pair(self.bootstrap)),
                ("SE over seeds", show(self.stderr_seeds)),
                ("sd of one draw", show(self.spread)),
                ("R squared", show(self.r_squared)),
                ("window", f"{window}, {len(self.sizes)} sizes, {self.seeds} seeds"),
                ("status", self.status),
            )
        )

    def to_json(self) -> dict[str, Any]:
        """Plain values for JSON; None where something is not available."""

        def pair(interval: tuple[float, float] | None) -> list[float] | None:
            return None if interval is None else list(interval)

        return {
            "value": self.value,
            "interval": pair(self.interval),
            "normal_interval": pair(self.normal_interval),
            "bootstrap": pair(self.bootstrap),
            "stderr_seeds": self.stderr_seeds,
            "spread": self.spread,
            "r_squared": self.r_squared,
            "window": pair(self.window),
            "sizes": list(self.sizes),
            "seeds": self.seeds,
            "status": self.status,
            "assumptions": list(self.assumptions),
        }


def slope_weights(sizes: ArrayLike) -> np.ndarray:
    """The OLS weights of alpha = sum_N w_N log risk_N.

    With x = log N they are w = -(x - mean x) / sum (x - mean x)^2.

    Args:
        sizes: shape (K,), K >= 2, positive and distinct.

    Returns:
        The weights, shape (K,); they sum to 0.

    Example:
        >>> slope_weights([10, 100]).round(4).tolist()
        [0.4343, -0.4343]
    """
    x = np.log(np.asarray(sizes, dtype=float))
    centred = x - x.mean()
    return -centred / np.sum(centred**2)


def resampled_exponents(sizes: ArrayLike, risk: np.ndarray, *, draws: int = 1000, seed: int = 0) -> np.ndarray:
    """alpha refitted on resampled seeds.

    The resampling depends on the number of seeds and `seed` alone, so two optimizers with the same seeds are
    resampled alike (paired).

    Args:
        sizes: shape (N,), positive and distinct.
        risk: shape (seed, N); entries that are not positive and finite count as missing.
        draws: how many resamples.
        seed: of the random numbers.

    Returns:
        Shape (draws,); NaN where a resample leaves a size empty.
    """
    count = risk.shape[0]
    picks = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=draws).astype(float)
    usable = np.isfinite(risk) & (risk > 0)
    total = picks @ np.where(usable, risk, 0.0)
    hits = picks @ usable
    mean = np.where(hits > 0, total / np.maximum(hits, 1), np.nan)
    return np.asarray(np.log(mean) @ slope_weights(sizes))


def seed_interval(resampled: np.ndarray, value: float, seeds: int) -> tuple[float, float] | None:
    """95 % interval of bootstrap values over K = `seeds` seeds, around the value of all seeds.

    Plain percentiles are too narrow for few seeds, by the sqrt(K/(K-1)) of the resampled variance and by the t
    quantile. So each percentile's distance from the value is stretched by sqrt(K/(K-1)) t_{.975,K-1} / 1.96, which
    keeps skewness and is the t interval where the resamples are normal. Hesterberg (2015), The American
    Statistician 69(4), makes the same two corrections to the levels, which cannot reach far enough for K < 8.

    Args:
        resampled: values of the resamples, shape (draws,); those that are not finite are left out.
        value: of all seeds.
        seeds: how many seeds were resampled.

    Returns:
        Both ends; None for fewer than two seeds or without a finite resample.
    """
    finite = resampled[np.isfinite(resampled)]
    if seeds < 2 or not finite.size:
        return None
    low, high = np.quantile(finite, [TAIL, (1 + LEVEL) / 2])
    stretch = math.sqrt(seeds / (seeds - 1)) * student_quantile(seeds - 1) / NORMAL
    return value - stretch * max(value - float(low), 0.0), value + stretch * max(float(high) - value, 0.0)


def fit_exponent(
    sizes: Sequence[float] | np.ndarray,
    risk: ArrayLike,
    *,
    window: tuple[float, float] | None = None,
    draws: int = 1000,
    seed: int = 0,
) -> ExponentFit:
    """alpha by ordinary least squares of log(seed-mean risk) on log N.

    Args:
        sizes: shape (N,), positive and distinct, in any order.
        risk: shape (seed, N), or (N,) for one seed; what is not positive and finite counts as not measured.
        window: smallest and largest size, both included; None takes all.
        draws: resamples of the seeds; 0 for no bootstrap.
        seed: of the bootstrap's random numbers.

    Returns:
        The exponent with its intervals; without a value where fewer than two sizes can be used.

    Raises:
        InputError: for shapes that do not match, sizes that are not positive and distinct, an empty window.

    Example:
        >>> round(fit_exponent([100, 200, 400, 800], [1.0, 0.5, 0.25, 0.125]).value, 9)
        1.0
    """
    points = _usable_points(sizes, risk, window)
    notes, count = points.notes(), len(points.risk)
    if len(points.sizes) < 2:
        found = f"{len(points.sizes)} usable size{'' if len(points.sizes) == 1 else 's'} in the window"
        notes.insert(0, f"Only {found}, and a slope needs two; add sizes or widen the window.")
        return ExponentFit(None, None, None, None, None, None, None, None, points.names, count, " ".join(notes))
    weights, x, y = slope_weights(points.sizes), np.log(points.sizes), np.log(points.mean())
    value = float(weights @ y)
    constant = float(y.mean() + value * x.mean())
    interval = normal = r_squared = None
    if len(x) > 2:
        squares = float(np.sum((y - constant + value * x) ** 2))
        total = float(np.sum((y - y.mean()) ** 2))
        stderr = math.sqrt(squares / (len(x) - 2) * float(np.sum(weights**2)))
        reach = stderr * student_quantile(len(x) - 2)
        interval, normal = (value - reach, value + reach), (value - NORMAL * stderr, value + NORMAL * stderr)
        r_squared = 1 - squares / total if total > 0 else None
    else:
        notes.insert(0, "Two sizes give a slope but no interval; add a third size.")
    bootstrap, stderr_seeds, spread = _over_seeds(points, value, draws, seed)
    if count == 1:
        notes.append("One seed has no Monte Carlo error; run two seeds or more for one.")
    if r_squared is not None and r_squared < _BENT:
        notes.append(
            f"R squared is {r_squared:.2f}: the points bend or scatter, so alpha is a mean slope of this window."
        )
    status = " ".join(notes) or f"A straight line through {len(x)} sizes, the mean of {count} seeds."
    return ExponentFit(
        value, interval, normal, bootstrap, stderr_seeds, spread, r_squared, constant, points.names, count, status
    )


@dataclass(frozen=True, eq=False)
class _Points:
    """What a fit uses: sizes of shape (K,) and risks of shape (seed, K), NaN where a risk is not usable.

    left_out: sizes of the window without a usable risk.
    """

    sizes: np.ndarray
    risk: np.ndarray
    left_out: list[float]

    @property
    def names(self) -> tuple[int | float, ...]:
        """The sizes, as whole numbers where they are."""
        return tuple(int(size) if size.is_integer() else size for size in self.sizes.tolist())

    def mean(self) -> np.ndarray:
        """Mean over the seeds that have a risk, shape (K,)."""
        usable = np.isfinite(self.risk)
        return np.asarray(np.where(usable, self.risk, 0.0).sum(axis=0) / usable.sum(axis=0))

    def notes(self) -> list[str]:
        """What was left out, in sentences."""
        notes = []
        if self.left_out:
            notes.append(f"No positive, finite risk at N = {', '.join(f'{n:g}' for n in self.left_out)}, left out.")
        missing = int((~np.isfinite(self.risk)).sum())
        if missing:
            notes.append(f"{missing} single risks are missing or not positive and were left out of the means.")
        return notes


def _usable_points(sizes: ArrayLike, risk: ArrayLike, window: tuple[float, float] | None) -> _Points:
    grid = np.asarray(sizes, dtype=float)
    table = np.atleast_2d(np.asarray(risk, dtype=float))
    if grid.ndim != 1 or table.ndim != 2 or table.shape[1] != grid.size:
        raise InputError(
            f"Argument `risk` must have shape (seed, {grid.size}) or ({grid.size},), but has shape {np.shape(risk)}."
        )
    if not np.all(np.isfinite(grid)) or np.any(grid <= 0) or np.unique(grid).size != grid.size:
        raise InputError("Sizes must be positive, finite and distinct; remove the ones that are not.")
    if window is not None and not window[0] <= window[1]:
        raise InputError(f"The window {window} is empty; give the smaller size first.")
    low, high = window or (0.0, math.inf)
    table = np.where(np.isfinite(table) & (table > 0), table, np.nan)
    inside = [int(i) for i in np.argsort(grid) if low <= grid[i] <= high]
    kept = [i for i in inside if np.isfinite(table[:, i]).any()]
    left_out = [float(grid[i]) for i in inside if i not in kept]
    table = table[:, kept]
    return _Points(grid[kept], table[np.isfinite(table).any(axis=1)], left_out)


def _over_seeds(
    points: _Points, value: float, draws: int, seed: int
) -> tuple[tuple[float, float] | None, float | None, float | None]:
    """Bootstrap interval, standard error over seeds, and standard deviation of one draw; None where not available."""
    count = len(points.risk)
    bootstrap = stderr = spread = None
    if count > 1 and draws > 0:
        resampled = resampled_exponents(points.sizes, points.risk, draws=draws, seed=seed)
        bootstrap = seed_interval(resampled, value, count)
        if np.isfinite(resampled).sum() > 1:
            # resampling K seeds has (K-1)/K of the variance
            stderr = float(np.nanstd(resampled, ddof=1)) * math.sqrt(count / (count - 1))
    complete = points.risk[np.isfinite(points.risk).all(axis=1)]
    if len(complete) > 1:
        spread = float(np.std(np.log(complete) @ slope_weights(points.sizes), ddof=1))
    return bootstrap, stderr, spread
