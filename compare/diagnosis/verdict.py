"""Verdicts: whether a preconditioned optimizer pays on a data set, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from .break_even import BreakEven
from .costs import Price
from .settings import SETTINGS

Word = Literal["pays", "does not pay", "cannot tell"]

GAP, RATIO, SURE = SETTINGS.gap, SETTINGS.ratio, SETTINGS.sure

RULE = (
    f"An optimizer pays where its alpha is above that of gd by {GAP:g} or more and its risk at the largest size is "
    f"lower by a factor of {RATIO:g} or more, gd being trained for the same compute; a verdict needs {100 * SURE:g} % "
    "of the resamples on one side."
)


@dataclass(frozen=True)
class Gain:
    """A factor gained.

    Attributes:
        value: None where there is none to give.
        interval: At 95 %; an end is None where it has none.
    """

    value: float | None
    interval: tuple[float | None, float | None] | None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"value": self.value, "interval": None if self.interval is None else list(self.interval)}


@dataclass(frozen=True)
class Comparison:
    """An optimizer against a run of gd.

    Attributes:
        word: The verdict of this comparison.
        gap: Predicted alpha minus that of gd.
        gap_interval: At 95 %.
        ratio: Risk of gd over the optimizer's at the largest size.
        ratio_interval: At 95 %.
        share: Of resamples in which both are of practical size.
    """

    word: Word
    gap: float
    gap_interval: tuple[float, float]
    ratio: float
    ratio_interval: tuple[float, float]
    share: float

    def told(self, size: int) -> str:
        """In words, size: the largest N."""
        low, high = self.gap_interval
        return (
            f"alpha is {self.gap:+.2f} [{low:+.2f}, {high:+.2f}] against gd and the risk at N = {size} {self._factor}"
        )

    @property
    def _factor(self) -> str:
        low, high = self.ratio_interval
        if 0.995 < self.ratio < 1.005:
            return "is the same"
        if self.ratio > 1:
            return f"is lower by a factor of {_number(self.ratio)} [{_number(low)}, {_number(high)}]"
        return f"is higher by a factor of {_number(1 / self.ratio)} [{_number(1 / high)}, {_number(1 / low)}]"


@dataclass(frozen=True)
class Reach:
    """What explains a verdict.

    Attributes:
        learned: Modes that gd learns in T steps at the largest size.
        steps: T.
        size: The largest N.
        samples: n, infinite for the population.
        doubt: An assumption too weak to promise a gain on, None where there is none.
        blind: Whether nothing is known of the target although there is one, so that no verdict is given.
    """

    learned: float
    steps: int
    size: int
    samples: float
    doubt: str | None
    blind: bool = False


@dataclass(frozen=True)
class Verdict:
    """Whether an optimizer pays against gd, trained for the same compute.

    Attributes:
        optimizer: Its name.
        word: The verdict, for the same compute.
        same_steps: Against gd after as many steps.
        same_compute: Against gd for the same compute.
        price: The cost that was assumed.
        break_even: The cost up to which it pays.
        steps: Steps of gd over the optimizer's, both until it has the risk of gd after T steps, at the largest size.
        compute: The same in compute.
        text: All of it as a sentence.
    """

    optimizer: str
    word: Word
    same_steps: Comparison
    same_compute: Comparison
    price: Price
    break_even: BreakEven
    steps: Gain
    compute: Gain
    text: str

    def to_json(self) -> dict[str, Any]:
        """Plain values; None where something is not available."""
        used = self.same_compute
        return {
            "optimizer": self.optimizer,
            "word": self.word,
            "basis": "compute",
            "gap": used.gap,
            "gap_interval": list(used.gap_interval),
            "ratio": used.ratio,
            "ratio_interval": list(used.ratio_interval),
            "share": used.share,
            "same_steps": self.same_steps.word,
            "same_compute": self.same_compute.word,
            "cost": self.price.to_json(),
            "break_even": self.break_even.to_json(),
            "steps_gain": self.steps.to_json(),
            "compute_gain": self.compute.to_json(),
            "text": self.text,
        }


def compare_runs(
    log_risk: tuple[np.ndarray, np.ndarray], resampled: tuple[np.ndarray, np.ndarray], slope: np.ndarray
) -> Comparison:
    """An optimizer against gd.

    Args:
        log_risk: Of gd and of the optimizer, each of shape (s,).
        resampled: The same, shape (draws, s).
        slope: OLS weights of alpha, shape (s,).
    """
    ahead, again = log_risk[0] - log_risk[1], resampled[0] - resampled[1]
    gap, ratio = float(-(ahead @ slope)), math.exp(float(ahead[-1]))
    low, high = (float(q) for q in np.quantile(-(again @ slope), [0.025, 0.975]))
    ends = [float(np.exp(q)) for q in np.quantile(again[:, -1], [0.025, 0.975])]
    share = float(np.mean((-(again @ slope) >= GAP) & (again[:, -1] >= math.log(RATIO))))
    word: Word = "pays" if share >= SURE else "does not pay" if share <= 1 - SURE else "cannot tell"
    return Comparison(word, gap, (low, high), ratio, (ends[0], ends[1]), share)


def judge(
    price: Price, compared: tuple[Comparison, Comparison], even: BreakEven, gains: tuple[Gain, Gain], reach: Reach
) -> Verdict:
    """One optimizer against gd.

    Args:
        price: Of the optimizer.
        compared: After the same steps, and for the same compute.
        even: Where compute breaks even.
        gains: In steps and in compute.
        reach: What explains it.
    """
    same_steps, same_compute = compared
    word = same_compute.word
    lead = ""
    if reach.doubt is not None and (word == "pays" or reach.blind):
        word, lead = "cannot tell", f"{reach.doubt}; with {'r = s' if reach.blind else 'that'} assumed, "
    parts = [
        f"{word.capitalize()}: {lead}for the same compute ({price.told(reach.size)}) {same_compute.told(reach.size)}, "
        f"{_reason(price.optimizer, word, compared, reach)}",
        even.text,
    ]
    if gains[0].value is not None and gains[1].value is not None:
        fewer = _times(gains[0].value, "fewer", "more")
        parts.append(f"it has gd's risk after {fewer} steps and {_times(gains[1].value, 'less', 'more')} compute")
    elif price.optimizer != "sign":
        parts.append("it does not come to gd's risk by 1000 T")
    held = {"pays": "it pays", "does not pay": "it does not pay", "cannot tell": "one cannot tell"}[same_steps.word]
    parts.append(f"after the same steps {held} ({same_steps.told(reach.size)})")
    return Verdict(price.optimizer, word, same_steps, same_compute, price, even, *gains, "; ".join(parts) + ".")


def _reason(optimizer: str, word: Word, compared: tuple[Comparison, Comparison], reach: Reach) -> str:
    same_steps = compared[0]
    if reach.blind:
        return "which says nothing of this target"
    if word == "cannot tell" and reach.doubt is None:
        return "too near the margins for the errors of spectrum, theory and cost"
    if word == "pays" or (word == "cannot tell" and same_steps.word == "pays"):
        return f"as gd learns only about {reach.learned:.0f} modes in {reach.steps} steps"
    if same_steps.word == "pays":
        return "as gd makes up for it by the steps that the cost buys"
    if math.isfinite(reach.samples) and same_steps.ratio < 1:
        return f"as with n = {reach.samples:g} samples it fits noise and chance that gd leaves out"
    if optimizer in ("diagonal", "sign"):
        behind = same_steps.ratio < 1
        return f"as it learns {'fewer' if behind else 'about as many'} modes {'than' if behind else 'as'} gd"
    return f"as gd learns about {reach.learned:.0f} modes in {reach.steps} steps, which leaves little to gain"


def overall(verdicts: Sequence[Verdict], reach: Reach) -> str:
    """One sentence on all optimizers, for the same compute, and how sure it is.

    Sign descent, whose prediction is rough, takes part only where it pays.

    Args:
        verdicts: One for each optimizer.
        reach: What explains them.
    """
    known = [v for v in verdicts if v.optimizer != "sign" or v.word == "pays"]
    best = max(known, key=lambda v: (v.word == "pays", v.same_compute.share, v.same_compute.gap))
    if reach.blind:
        return f"Cannot tell whether preconditioning pays for the same compute: {reach.doubt}."
    learns = f"gd learns about {reach.learned:.0f} modes in {reach.steps} steps and N goes up to {reach.size}"
    margins = f"{GAP:g} in alpha and a factor of {RATIO:g} in risk"
    used = best.same_compute
    if best.word == "pays":
        names = _listed([v.optimizer for v in known if v.word == "pays"])
        return (
            f"Preconditioning pays for the same compute ({names}): {learns}; in {_percent(used.share)} of the "
            f"resamples {best.optimizer} gains {margins} or more, with {best.price.told(reach.size)}, and "
            f"{best.break_even.text}."
        )
    free = [v.optimizer for v in known if v.same_steps.word == "pays"]
    if all(v.word == "does not pay" for v in known):
        share = _percent(min(1 - v.same_compute.share for v in known))
        also = f"; after the same steps {_listed(free)} would" if free else ""
        return (
            f"Preconditioning does not pay for the same compute: {learns}; in {share} of the resamples no optimizer "
            f"gains as much as {margins}{also}."
        )
    also = f"; after the same steps {_listed(free)} would pay" if free else ""
    return (
        f"Cannot tell whether preconditioning pays for the same compute: {learns}; as far as the assumptions go "
        f"{best.optimizer} gains {margins} in {_percent(used.share)} of the resamples, with "
        f"{best.price.told(reach.size)}, and {best.break_even.text}{also}."
    )


def _times(factor: float, better: str, worse: str) -> str:
    """So many times fewer, or more."""
    return f"{_number(factor)} times {better}" if factor >= 1 else f"{_number(1 / factor)} times {worse}"


def _number(factor: float) -> str:
    return f"{factor:,.0f}" if factor >= 100 else f"{factor:.3g}"


def _percent(share: float) -> str:
    if share in (0.0, 1.0):
        return "all" if share else "none"
    return "over 99 %" if share > 0.99 else "under 1 %" if share < 0.01 else f"{100 * share:.0f} %"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
