"""One exponent for all optimizers, or one each? By prediction outside the window and by an information criterion.

    shared     log L_gk = a_g - alpha x_k   (+ mu_k)
    separate   log L_gk = a_g - alpha_g x_k (+ mu_k)

Where the optimizers have sizes in common, mu_k is a level of its own for each size: what the model's shape and token
count do to every optimizer alike. Then only differences between optimizers count, and both choices are sharp.
Criterion: AICc = n log(SSR/n) + 2k + 2k(k+1)/(n-k-1) on the differences (mu_k costs G - 1 of G rows at each size);
undefined for n <= k + 1, which counts as a vote for fewer parameters. Prediction: the largest size is left out, both
are fitted to the rest, and the root mean square error of log L there is compared.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from .loss_table import Series
from .paired_difference import common_sizes

Verdict = Literal["shared", "separate", "undecided"]
_CLEAR = 2.0  # difference of AICc below which the criterion has no opinion


@dataclass(frozen=True)
class ExponentChoice:
    """The choice for the optimizers of one stratum.

    aicc, error: of (shared, separate); error is the rms of log L at the size left out. at_common_sizes: with mu_k.
    """

    stratum: tuple[str, ...]
    optimizers: tuple[str, ...]
    verdict: Verdict
    aicc: tuple[float | None, float | None]
    error: tuple[float | None, float | None]
    at_common_sizes: bool
    status: str

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "stratum": list(self.stratum),
            "optimizers": list(self.optimizers),
            "verdict": self.verdict,
            "aicc": {"shared": self.aicc[0], "separate": self.aicc[1]},
            "prediction_error": {"shared": self.error[0], "separate": self.error[1]},
            "at_common_sizes": self.at_common_sizes,
            "status": self.status,
        }


def shared_sizes(series: list[Series]) -> list[np.ndarray] | None:
    """For each series, the indices into its curve of the sizes all have; None for fewer than three."""
    first = series[0].curve()[0]
    kept = np.arange(len(first))
    for other in series[1:]:
        kept = np.intersect1d(kept, common_sizes(first, other.curve()[0])[0])
    if len(kept) < 3:
        return None
    return [common_sizes(first[kept], each.curve()[0])[1] for each in series]


def choose_exponents(series: list[Series]) -> ExponentChoice | None:
    """The choice between one exponent and one each; None for fewer than two series of three sizes."""
    usable = [each for each in series if len(each.curve()[0]) >= 3]
    if len(usable) < 2:
        return None
    common = shared_sizes(usable)
    x, y, group, level = [], [], [], []
    for g, each in enumerate(usable):
        sizes, losses, _ = each.curve()
        kept = common[g] if common is not None else np.arange(len(sizes))
        # one x for all at a common size: their few different parameters are no size of their own
        x.append(np.log(usable[0].curve()[0][common[0]] if common is not None else sizes))
        y.append(np.log(losses[kept]))
        group.append(np.full(len(kept), g))
        level.append(np.arange(len(kept)))
    flat = [np.concatenate(each) for each in (x, y, group, level)]
    last = np.concatenate([np.arange(len(each)) == len(each) - 1 for each in x])
    if common is not None:
        last &= flat[2] > 0
    scores, errors = [], []
    for separate in (False, True):
        basis = _basis(flat[0], flat[2], flat[3] if common is not None else None, separate)
        scores.append(_aicc(basis, flat[1], int(flat[3].max()) + 1 if common is not None else 0))
        errors.append(_held_out(basis, flat[1], last))
    verdict = _verdict(scores, errors)
    return ExponentChoice(
        stratum=usable[0].stratum,
        optimizers=tuple(each.optimizer for each in usable),
        verdict=verdict,
        aicc=(scores[0], scores[1]),
        error=(errors[0], errors[1]),
        at_common_sizes=common is not None,
        status=_sentence(verdict, scores, errors),
    )


def _basis(x: np.ndarray, group: np.ndarray, level: np.ndarray | None, separate: bool) -> np.ndarray:
    """The design: a level for each size or one slope, a prefactor for each optimizer, and slopes of their own."""
    marks = (group[:, None] == np.arange(group.max() + 1)).astype(float)
    centred = (x - x.mean())[:, None]
    if level is None:
        return np.hstack([marks, marks * centred if separate else centred])
    sizes = (level[:, None] == np.arange(level.max() + 1)).astype(float)
    parts = [sizes, marks[:, 1:]]
    return np.hstack([*parts, marks[:, 1:] * centred] if separate else parts)


def _aicc(basis: np.ndarray, y: np.ndarray, levels: int) -> float | None:
    """AICc with the variance as a parameter; levels of sizes take as many rows as parameters out of the count."""
    residual = y - basis @ np.linalg.lstsq(basis, y, rcond=None)[0]
    rows = len(y) - levels
    count = basis.shape[1] - levels + 1
    if rows <= count + 1:
        return None
    squares = max(float(residual @ residual), 1e-300)
    return rows * math.log(squares / rows) + 2 * count + 2 * count * (count + 1) / (rows - count - 1)


def _held_out(basis: np.ndarray, y: np.ndarray, last: np.ndarray) -> float | None:
    """Root mean square error at the rows left out, fitted to the rest; None where the rest do not determine it."""
    rest = basis[~last]
    if np.linalg.matrix_rank(rest) < basis.shape[1]:
        return None
    solution = np.linalg.lstsq(rest, y[~last], rcond=None)[0]
    return math.sqrt(float(np.mean((y[last] - basis[last] @ solution) ** 2)))


def _verdict(scores: list[float | None], errors: list[float | None]) -> Verdict:
    first, second = scores
    if second is None:
        criterion = "shared"
    elif first is None or abs(second - first) < _CLEAR:
        criterion = "undecided"
    else:
        criterion = "separate" if second < first else "shared"
    if errors[0] is None or errors[1] is None:
        return "undecided"
    prediction = "separate" if errors[1] < errors[0] else "shared"
    return "undecided" if criterion != prediction else ("shared" if criterion == "shared" else "separate")


def _sentence(verdict: Verdict, scores: list[float | None], errors: list[float | None]) -> str:
    told = {
        "shared": "One exponent for all is preferred",
        "separate": "Separate exponents are preferred",
        "undecided": "The data cannot choose between one exponent and separate ones",
    }[verdict]
    parts = []
    if scores[0] is not None and scores[1] is not None:
        parts.append(f"AICc {scores[1] - scores[0]:+.1f} for separate")
    elif scores[1] is None:
        parts.append("too few sizes for the AICc of separate ones")
    if errors[0] is not None and errors[1] is not None:
        parts.append(f"error at the largest size {errors[0]:.2%} shared, {errors[1]:.2%} separate")
    return f"{told}: {'; '.join(parts)}."
