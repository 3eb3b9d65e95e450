"""Forecasts of runs that are known: the largest are left out, twice, and predicted from the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..joint_laws import JointSettings, LatticeFit, RunData, fit_lattice
from .law_draws import LawDraws, draw_laws
from .settings import ForecastSettings

_MANY_SIZES = 12
_FEWEST_SIZES = 3  # E, A and alpha are three numbers


@dataclass(frozen=True, eq=False)
class BackTest:
    """Runs left out and predicted.

    Attributes:
        without: which runs.
        reach: largest compute left out over the largest that was fitted.
        optimizer, size, tokens, loss: of each run left out.
        predicted, low, high: median and 95 % interval of its loss.
    """

    without: str
    reach: float
    optimizer: tuple[str, ...]
    size: np.ndarray
    tokens: np.ndarray
    loss: np.ndarray
    predicted: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @property
    def inside(self) -> float:
        """Share of the runs inside their intervals."""
        return float(np.mean((self.low <= self.loss) & (self.loss <= self.high)))

    @property
    def error(self) -> float:
        """Mean absolute relative error of the loss."""
        return float(np.mean(np.abs(self.predicted / self.loss - 1)))

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        rows = zip(self.optimizer, self.size, self.tokens, self.loss, self.predicted, self.low, self.high, strict=True)
        names = ("optimizer", "size", "tokens", "loss", "predicted", "low", "high")
        return {
            "without": self.without,
            "reach": self.reach,
            "inside": self.inside,
            "error": self.error,
            "runs": [dict(zip(names, (row[0], *map(float, row[1:])), strict=True)) for row in rows],
        }


def left_out(data: RunData) -> list[tuple[str, np.ndarray]]:
    """Which runs are predicted from the rest: two choices, of which the second leaves more out.

    The largest size, then the two largest; where that would leave fewer than three sizes, of which no law of size is
    known, the runs of most tokens for their size instead. Where sizes are many, the top tenth and fifth of compute.
    """
    if data.tokens is None:
        return []
    sizes = np.unique(data.sizes)
    if sizes.size > _MANY_SIZES:
        compute = data.sizes * data.tokens
        return [
            (f"the largest {share:.0%} in compute", compute > np.quantile(compute, 1 - share)) for share in (0.1, 0.2)
        ]
    above = [data.sizes >= size for size in sizes]
    found = [(f"N >= {sizes[-k]:.3g}", above[-k]) for k in (1, 2) if sizes.size - k >= _FEWEST_SIZES]
    longest = _longest(data)
    if longest is not None and len(found) < 2:
        label = f"{found[0][0]} and the longest runs" if found else "the longest runs"
        found.append((label, above[-1] | longest if found else longest))
    return found


def _longest(data: RunData) -> np.ndarray | None:
    """The runs of each size with its most tokens, None where some size has fewer than three numbers of tokens."""
    if data.tokens is None:
        return None
    found = np.zeros(len(data.sizes), bool)
    for size in np.unique(data.sizes):
        here = data.sizes == size
        if np.unique(data.tokens[here]).size < _FEWEST_SIZES:
            return None
        found |= here & (data.tokens == data.tokens[here].max())
    return found


def predict_left_out(
    data: RunData, mask: np.ndarray, label: str, settings: ForecastSettings, joint: JointSettings | None = None
) -> BackTest | None:
    """Fit the rest and predict what is left out; None where the rest lacks the baseline or leaves a loss open."""
    rest = data.subset(~mask)
    wanted = mask & np.isin(np.array(data.names)[data.optimizer], rest.names)
    if rest.baseline != data.baseline or not wanted.any() or len(rest.y) < 8 or data.tokens is None:
        return None
    names = tuple(data.names[k] for k in data.optimizer[wanted])
    lattice = fit_lattice(rest, joint)
    if not all(
        fit.determines(name, data.sizes[mine], data.tokens[mine]).all()
        for fit in lattice.accounts
        for name in set(names)
        for mine in [wanted & (data.optimizer == data.names.index(name))]
    ):
        return None
    laws = draw_laws(lattice, settings.draws, settings.seed)
    rng = np.random.default_rng([settings.seed, 2])
    tail = (1 - settings.level) / 2
    found = []
    for name, size, tokens in zip(names, data.sizes[wanted], data.tokens[wanted], strict=True):
        log = laws.log_loss(laws.index(name), size, tokens)
        with_noise = log + laws.noise * rng.standard_normal(log.size)
        found.append([np.exp(np.median(log)), *np.exp(np.quantile(with_noise, [tail, 1 - tail]))])
    compute = data.sizes * data.tokens
    reach = float(compute[wanted].max() / compute[~mask].max())
    return BackTest(
        label, reach, names, data.sizes[wanted], data.tokens[wanted], data.losses[wanted], *np.array(found).T
    )


def back_tests(lattice: LatticeFit, settings: ForecastSettings) -> list[BackTest]:
    """One for each of `left_out` that the rest can answer."""
    data, joint = lattice.data, lattice.settings
    found = [predict_left_out(data, mask, label, settings, joint) for label, mask in left_out(data)]
    return [test for test in found if test is not None]


def carried_reach(tests: Sequence[BackTest], settings: ForecastSettings) -> float:
    """How far beyond the largest run, in compute, forecasts are carried: the reach of a test with most runs inside."""
    return max((test.reach for test in tests if test.inside >= settings.carried), default=1.0)


def widened(laws: LawDraws, tests: Sequence[BackTest]) -> LawDraws:
    """The laws with deviations as large as the back-tests found them, never smaller."""
    ratio = [
        np.log(test.loss / test.predicted) / np.maximum(np.log(test.high / test.low) / 3.92, 1e-9) for test in tests
    ]
    factor = float(np.sqrt(np.mean(np.concatenate(ratio) ** 2))) if ratio else 1.0
    return replace(laws, widened=max(1.0, factor))
