"""Optimizers side by side: how much more of each resource the baseline needs for the same loss, and the gap in loss.

    tokens      L_b(N, D') = L_o(N, D),  S = D'/D
    parameters  L_b(N', D) = L_o(N, D),  S = N'/N
    compute     along D = ratio N:  L_b(N', ratio N') = L_o(N, ratio N),  S = (N'/N)^2
    time        compute over the cost of a step against the baseline's

A speed-up may change with scale though the gap in loss does not: with a gap g the baseline needs
log S ~ -g / (-d log L_b/d log C), and a baseline that flattens needs ever more for it. The change that a constant gap
gives is worked out beside, and what is left over is the optimizer's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from ..loss_laws import Interval
from .law_draws import LawDraws
from .settings import ForecastSettings

Trend = Literal["grows", "holds", "attenuates", "cannot tell"]
_ROUNDS = 60
_FARTHEST = 12.0  # of log N' beyond N


@dataclass(frozen=True)
class Speedup:
    """One resource of one optimizer.

    Attributes:
        optimizer: its name.
        resource: tokens, parameters, compute, time, or loss gap (log L_o/L_b).
        sizes: N at which it is given.
        values: medians; infinite where the baseline never reaches the loss.
        intervals: at 95 %.
        change: factor from the smallest to the largest size (difference for the loss gap), with its interval.
        trend: grows, holds, attenuates or cannot tell.
        by_flattening: whether a constant gap in loss gives the change; None where there is none to explain.
    """

    optimizer: str
    resource: str
    sizes: tuple[float, ...]
    values: tuple[float, ...]
    intervals: tuple[Interval, ...]
    change: tuple[float, float, float]
    trend: Trend
    by_flattening: bool | None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return vars(self) | {
            "intervals": [list(i) for i in self.intervals],
            "sizes": list(self.sizes),
            "values": list(self.values),
            "change": list(self.change),
        }


def speedups(
    laws: LawDraws,
    sizes: np.ndarray,
    ratio: float | None,
    settings: ForecastSettings,
    cost: Mapping[str, float] | None = None,
) -> list[Speedup]:
    """Every resource of every optimizer against the baseline.

    Args:
        laws: drawn laws.
        sizes: N, in rising order.
        ratio: D/N of the path; None for laws of size alone, whose path is the runs' own.
        settings: level, and what counts as holding.
        cost: time of a step at one size over the baseline's, by optimizer.

    Returns:
        One object for each optimizer and resource.
    """
    found = []
    for k, name in enumerate(laws.names[1:], start=1):
        made = _resources(laws, k, sizes, ratio)
        if cost and name in cost:
            made["time"] = made["compute"] - np.log(cost[name])
        flat = _compute(laws, sizes, ratio, _flat_target(laws, k, sizes, ratio))
        for resource, draws in made.items():
            found.append(_speedup(name, resource, sizes, draws, flat, settings))
    return found


def agreed(found: Sequence[Speedup], other: Sequence[Speedup]) -> list[Speedup]:
    """The first, with a trend only where the second, of one law alone, has the same."""
    return [
        one if one.trend == two.trend else replace(one, trend="cannot tell", by_flattening=None)
        for one, two in zip(found, other, strict=True)
    ]


def _path(laws: LawDraws, k: int, size: np.ndarray | float, ratio: float | None) -> np.ndarray:
    return laws.log_loss(k, size, 1.0 if ratio is None else np.asarray(size) * ratio)


def _flat_target(laws: LawDraws, k: int, sizes: np.ndarray, ratio: float | None) -> np.ndarray:
    """Log losses of an optimizer whose gap is its mean gap everywhere, shape (sizes, draws)."""
    base = np.stack([_path(laws, 0, size, ratio) for size in sizes])
    own = np.stack([_path(laws, k, size, ratio) for size in sizes])
    return np.asarray(base + (own - base).mean(axis=0))


def _resources(laws: LawDraws, k: int, sizes: np.ndarray, ratio: float | None) -> dict[str, np.ndarray]:
    """Log speed-ups and the gap, each of shape (sizes, draws)."""
    own = np.stack([_path(laws, k, size, ratio) for size in sizes])
    base = np.stack([_path(laws, 0, size, ratio) for size in sizes])
    made = {"loss gap": own - base}
    if ratio is not None:
        at = [(size, size * ratio, row) for size, row in zip(sizes, own, strict=True)]
        made["tokens"] = np.stack([_tokens(laws, *each) for each in at])
        made["parameters"] = np.stack([_parameters(laws, *each) for each in at])
    else:
        made["parameters"] = _compute(laws, sizes, None, own) / 2
    made["compute"] = _compute(laws, sizes, ratio, own)
    return made


def _tokens(laws: LawDraws, size: float, tokens: float, target: np.ndarray) -> np.ndarray:
    rest = np.exp(target) - laws.floor[0] - laws.size_amplitude[0] * (size / laws.units[0]) ** -laws.size_exponent[0]
    return _needed(rest, laws.token_amplitude[0], laws.token_exponent[0]) - np.log(tokens / laws.units[1])


def _parameters(laws: LawDraws, size: float, tokens: float, target: np.ndarray) -> np.ndarray:
    by_tokens = laws.token_amplitude[0] * (tokens / laws.units[1]) ** -laws.token_exponent[0]
    rest = np.exp(target) - laws.floor[0] - by_tokens
    return _needed(rest, laws.size_amplitude[0], laws.size_exponent[0]) - np.log(size / laws.units[0])


def _needed(rest: np.ndarray, amplitude: np.ndarray, exponent: np.ndarray) -> np.ndarray:
    """Log x at which amplitude x^-exponent = rest; infinite where rest is not positive."""
    reached = rest > 0
    return np.where(reached, (np.log(amplitude) - np.log(np.where(reached, rest, 1.0))) / exponent, np.inf)


def _compute(laws: LawDraws, sizes: np.ndarray, ratio: float | None, target: np.ndarray) -> np.ndarray:
    """2 log N'/N with L_b(N') = target on the path, by bisection over all draws."""
    start = np.log(sizes)[:, None]
    low, high = np.full_like(target, -_FARTHEST), np.full_like(target, _FARTHEST)
    for _ in range(_ROUNDS):
        middle = (low + high) / 2
        above = _path(laws, 0, np.exp(start + middle), ratio) > target
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return np.where(low > _FARTHEST * 0.999, np.inf, low + high)


def _speedup(
    name: str, resource: str, sizes: np.ndarray, draws: np.ndarray, flat: np.ndarray, settings: ForecastSettings
) -> Speedup:
    tail = (1 - settings.level) / 2
    ends = np.quantile(draws, [tail, 0.5, 1 - tail], axis=1, method="nearest")
    natural = (lambda v: v) if resource == "loss gap" else np.exp
    with np.errstate(invalid="ignore"):
        change = draws[-1] - draws[0]
    change = np.where(np.isfinite(change), change, np.inf)
    if resource == "loss gap":
        change = -change  # a growing advantage is a falling gap
    low, middle, high = np.quantile(change, [tail, 0.5, 1 - tail], method="nearest")
    held = np.log(settings.held)
    if resource == "loss gap":
        held *= float(np.abs(np.median(draws)))  # the same share of the gap itself
    trend: Trend = "cannot tell"
    if -held <= low and high <= held:
        trend = "holds"
    elif low > 0:
        trend = "grows"
    elif high < 0:
        trend = "attenuates"
    explained = None
    if trend in ("grows", "attenuates") and resource in ("compute", "parameters", "time"):
        scale = 0.5 if resource == "parameters" else 1.0
        left = change - scale * (flat[-1] - flat[0])
        bounds = np.quantile(left[np.isfinite(left)], [tail, 1 - tail]) if np.isfinite(left).any() else (0.0, 0.0)
        explained = bool(bounds[0] <= 0 <= bounds[1])
    sign = -1.0 if resource == "loss gap" else 1.0
    shown = [float(natural(sign * v)) for v in (middle, *((high, low) if sign < 0 else (low, high)))]
    return Speedup(
        name,
        resource,
        tuple(map(float, sizes)),
        tuple(float(natural(v)) for v in ends[1]),
        tuple((float(natural(a)), float(natural(b))) for a, b in zip(ends[0], ends[2], strict=True)),
        (shown[0], shown[1], shown[2]),
        trend,
        explained,
    )
