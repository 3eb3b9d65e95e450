"""Verdicts: whether a preconditioned optimizer pays on a data set, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

Word = Literal["pays", "does not pay", "cannot tell"]

GAP = 0.05  # in alpha: a smaller gain is hard to see in a fit over a decade of sizes
RATIO = 1.1  # of risks at the largest size: a smaller gain is not worth another optimizer
SURE = 0.975  # share of resamples that makes a verdict

RULE = (
    f"An optimizer pays where its alpha is above that of gd by {GAP:g} or more and its risk at the largest size is "
    f"lower by a factor of {RATIO:g} or more; a verdict needs {100 * SURE:g} % of the resamples on one side."
)


@dataclass(frozen=True)
class Verdict:
    """Whether an optimizer pays against gd.

    gap: predicted alpha minus that of gd. ratio: risk of gd over the optimizer's at the largest size. share: of
    resamples in which both are of practical size; None where nothing was predicted.
    """

    optimizer: str
    word: Word
    gap: float | None
    gap_interval: tuple[float, float] | None
    ratio: float | None
    share: float | None
    text: str

    def to_json(self) -> dict[str, Any]:
        """Plain values; None where something is not available."""
        return {
            "optimizer": self.optimizer,
            "word": self.word,
            "gap": self.gap,
            "gap_interval": None if self.gap_interval is None else list(self.gap_interval),
            "ratio": self.ratio,
            "share": self.share,
            "text": self.text,
        }


def simulated_only(optimizer: str) -> Verdict:
    """The verdict on an optimizer whose prediction is too rough for one."""
    text = (
        f"Cannot tell: {optimizer} descent is not a filter and its rough prediction decides nothing; "
        "simulate it on this file."
    )
    return Verdict(optimizer, "cannot tell", None, None, None, None, text)


def judge(
    optimizer: str,
    log_risk: tuple[np.ndarray, np.ndarray],
    resampled: tuple[np.ndarray, np.ndarray],
    slope: np.ndarray,
    sizes: Sequence[int],
    overfit: np.ndarray | None,
    doubt: str | None = None,
) -> Verdict:
    """One optimizer against gd.

    log_risk: of gd and of the optimizer, each of shape (s,); resampled: the same, shape (draws, s). slope: OLS
    weights of alpha. overfit: log of the factor by which finite samples can raise the optimizer's risk at most,
    shape (s,), inf where it has no bound; None for infinite samples.
    doubt: an assumption too weak to promise a gain on.
    """
    base, own = log_risk
    ahead, again = base - own, resampled[0] - resampled[1]
    gap, ratio = float(-(ahead @ slope)), math.exp(float(ahead[-1]))
    low, high = (float(q) for q in np.quantile(-(again @ slope), [0.025, 0.975]))
    share = _share(again, slope)
    word: Word = "pays" if share >= SURE else "does not pay" if share <= 1 - SURE else "cannot tell"
    last = sizes[-1]
    numbers = f"alpha is {gap:+.2f} [{low:+.2f}, {high:+.2f}] against gd and the risk at N = {last} {_times(ratio)}"
    if word == "pays" and doubt is not None:
        text = f"Cannot tell: {doubt}; so assumed, {numbers}."
        return Verdict(optimizer, "cannot tell", gap, (low, high), ratio, share, text)
    if word == "pays" and overfit is not None:
        held = _share(again - overfit, slope) if np.isfinite(overfit).all() else 0.0
        if held < SURE:
            text = (
                f"Cannot tell: with infinite samples {numbers}, but with these samples overfitting could undo that; "
                "give more samples or smaller models."
            )
            return Verdict(optimizer, "cannot tell", gap, (low, high), ratio, share, text)
    return Verdict(optimizer, word, gap, (low, high), ratio, share, f"{word.capitalize()}: {numbers}.")


def _share(ahead: np.ndarray, slope: np.ndarray) -> float:
    """Share of resamples, `ahead` = log of the risk ratio, shape (draws, s), in which the gain is of practical size."""
    return float(np.mean((-(ahead @ slope) >= GAP) & (ahead[:, -1] >= math.log(RATIO))))


def _times(ratio: float) -> str:
    if 0.995 < ratio < 1.005:
        return "is the same"
    return f"is lower by a factor of {ratio:.2f}" if ratio > 1 else f"is higher by a factor of {1 / ratio:.2f}"


def overall(verdicts: Sequence[Verdict], learned: float, sizes: Sequence[int], steps: int) -> str:
    """One sentence on all optimizers, and how sure it is."""
    known = [v for v in verdicts if v.share is not None and v.gap is not None]
    best = max(known, key=lambda v: (v.word == "pays", v.gap))
    assert best.share is not None
    assert best.ratio is not None
    reach = f"gd learns about {learned:.0f} modes in {steps} steps and N goes up to {sizes[-1]}"
    if best.word == "pays":
        names = _listed([v.optimizer for v in known if v.word == "pays"])
        share = _percent(best.share)
        return (
            f"Preconditioning pays ({names}): {reach}; in {share} of the resamples {best.optimizer} raises alpha by "
            f"{GAP:g} or more and lowers the risk at the largest size by a factor of {RATIO:g} or more."
        )
    if all(v.word == "does not pay" for v in known):
        share = _percent(min(1 - v.share for v in known if v.share is not None))
        return (
            f"Preconditioning does not pay: {reach}; in {share} of the resamples no optimizer gains as much as "
            f"{GAP:g} in alpha and a factor of {RATIO:g} in risk."
        )
    return (
        f"Cannot tell whether preconditioning pays: {reach}; as far as the assumptions go {best.optimizer} gains "
        f"{GAP:g} in alpha and a factor of {RATIO:g} in risk in {_percent(best.share)} of the resamples."
    )


def _percent(share: float) -> str:
    if share in (0.0, 1.0):
        return "all" if share else "none"
    return "over 99 %" if share > 0.99 else "under 1 %" if share < 0.01 else f"{100 * share:.0f} %"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
