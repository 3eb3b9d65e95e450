"""Verdicts: whether a preconditioned optimizer pays on a data set, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ...errors import CheckError

Word = Literal["pays", "does not pay", "cannot tell"]

GAP = 0.05  # in alpha: a smaller gain is hard to see in a fit over a decade of sizes
RATIO = 1.1  # of risks at the largest size: a smaller gain is not worth another optimizer
SURE = 0.975  # share of resamples that makes a verdict

RULE = (
    f"An optimizer pays where its alpha is above that of gd by {GAP:g} or more and its risk at the largest size is "
    f"lower by a factor of {RATIO:g} or more, after the same steps, or for the same compute where its cost was given; "
    f"a verdict needs {100 * SURE:g} % of the resamples on one side."
)


@dataclass(frozen=True)
class Gain:
    """A factor gained, None where there is none to give, with its 95 % interval (an end is None where it has none)."""

    value: float | None
    interval: tuple[float | None, float | None] | None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"value": self.value, "interval": None if self.interval is None else list(self.interval)}


@dataclass(frozen=True)
class Comparison:
    """An optimizer against a run of gd.

    gap: predicted alpha minus that of gd. risk: of gd over the optimizer's at the largest size. share: of resamples in
    which both are of practical size.
    """

    word: Word
    gap: float
    gap_interval: tuple[float, float]
    risk: Gain
    share: float

    @property
    def numbers(self) -> str:
        """In words."""
        low, high = self.gap_interval
        return f"alpha is {self.gap:+.2f} [{low:+.2f}, {high:+.2f}] against gd"


@dataclass(frozen=True)
class Verdict:
    """Whether an optimizer pays against gd.

    word: by the comparison after the same steps, or for the same compute where the user gave its cost (`basis`).
    steps, compute: of gd over the optimizer's, both until it has the risk of gd after T steps, at the largest size.
    """

    optimizer: str
    word: Word
    basis: Literal["steps", "compute"]
    same_steps: Comparison
    same_compute: Comparison
    steps: Gain
    compute: Gain
    text: str

    @property
    def decisive(self) -> Comparison:
        """The comparison that made the verdict."""
        return self.same_steps if self.basis == "steps" else self.same_compute

    def to_json(self) -> dict[str, Any]:
        """Plain values; None where something is not available."""
        used = self.decisive
        return {
            "optimizer": self.optimizer,
            "word": self.word,
            "basis": self.basis,
            "gap": used.gap,
            "gap_interval": list(used.gap_interval),
            "ratio": used.risk.value,
            "ratio_interval": list(used.risk.interval or (None, None)),
            "share": used.share,
            "same_steps": self.same_steps.word,
            "same_compute": self.same_compute.word,
            "steps_gain": self.steps.to_json(),
            "compute_gain": self.compute.to_json(),
            "text": self.text,
        }


def compare_runs(
    log_risk: tuple[np.ndarray, np.ndarray], resampled: tuple[np.ndarray, np.ndarray], slope: np.ndarray
) -> Comparison:
    """An optimizer against gd.

    log_risk: of gd and of the optimizer, each of shape (s,); resampled: the same, shape (draws, s). slope: OLS
    weights of alpha.
    """
    ahead, again = log_risk[0] - log_risk[1], resampled[0] - resampled[1]
    gap, ratio = float(-(ahead @ slope)), math.exp(float(ahead[-1]))
    low, high = (float(q) for q in np.quantile(-(again @ slope), [0.025, 0.975]))
    ends = [float(np.exp(q)) for q in np.quantile(again[:, -1], [0.025, 0.975])]
    share = _share(again, slope)
    word: Word = "pays" if share >= SURE else "does not pay" if share <= 1 - SURE else "cannot tell"
    return Comparison(word, gap, (low, high), Gain(ratio, (ends[0], ends[1])), share)


def judge(
    optimizer: str,
    same_steps: Comparison,
    same_compute: Comparison,
    basis: Literal["steps", "compute"],
    gains: tuple[Gain, Gain],
    told: str,
    why: Callable[[Word], str],
    last: int,
    doubt: str | None = None,
) -> Verdict:
    """One optimizer against gd.

    gains: in steps and in compute. told: where its cost is from. why: the reason of a verdict after the same steps.
    last: the largest size. doubt: an assumption too weak to promise a gain on.
    """
    used, other = (same_steps, same_compute) if basis == "steps" else (same_compute, same_steps)
    word = used.word
    reason = why(word) if basis == "steps" else f"with {told} and gd trained for the same compute"
    lead = "" if word != "pays" or doubt is None else f"{doubt}; so assumed, "
    if lead:
        word = "cannot tell"
    numbers = f"{used.numbers} and the risk at N = {last} {_times(used.risk)}"
    parts = [f"{word.capitalize()}: {lead}{numbers}, {reason}"]
    if gains[0].value is not None:
        parts.append(f"it has gd's risk after {_fewer(gains[0])} and {_cheaper(gains[1])}")
    elif optimizer != "sign":
        parts.append("it does not come to gd's risk by 1000 T")
    held = {"pays": "it pays", "does not pay": "it does not pay", "cannot tell": "one cannot tell"}[other.word]
    rest = f"for the same compute ({told})" if basis == "steps" else "after the same steps"
    parts.append(f"{rest} {held}")
    return Verdict(optimizer, word, basis, same_steps, same_compute, *gains, "; ".join(parts) + ".")


def _known(gain: Gain) -> float:
    """The factor gained. Raises CheckError where there is none."""
    if gain.value is None:
        raise CheckError("A verdict tells of a gain that is not known.")
    return gain.value


def _fewer(gain: Gain) -> str:
    value = _known(gain)
    return f"{_number(value)} times fewer steps" if value >= 1 else f"{_number(1 / value)} times more steps"


def _cheaper(gain: Gain) -> str:
    value = _known(gain)
    less = value >= 1
    return f"{_number(value if less else 1 / value)} times {'less' if less else 'more'} compute"


def _number(factor: float) -> str:
    return f"{factor:,.0f}" if factor >= 100 else f"{factor:.3g}"


def _share(ahead: np.ndarray, slope: np.ndarray) -> float:
    """Share of resamples, `ahead` = log of the risk ratio, shape (draws, s), in which the gain is of practical size."""
    return float(np.mean((-(ahead @ slope) >= GAP) & (ahead[:, -1] >= math.log(RATIO))))


def _times(gain: Gain) -> str:
    value = _known(gain)
    ends = "" if gain.interval is None else " [{:.2f}, {:.2f}]".format(*gain.interval)
    if 0.995 < value < 1.005:
        return "is the same"
    if value > 1:
        return f"is lower by a factor of {value:.2f}{ends}"
    if gain.interval is not None and all(gain.interval):
        ends = " [{:.2f}, {:.2f}]".format(*(1 / (end or 1.0) for end in gain.interval[::-1]))
    return f"is higher by a factor of {1 / value:.2f}{ends}"


def overall(verdicts: Sequence[Verdict], learned: float, sizes: Sequence[int], steps: int) -> str:
    """One sentence on all optimizers, and how sure it is.

    Sign descent, whose prediction is rough, takes part only where it pays.
    """
    known = [v for v in verdicts if v.optimizer != "sign" or v.word == "pays"]
    best = max(known, key=lambda v: (v.word == "pays", v.decisive.gap))
    reach = f"gd learns about {learned:.0f} modes in {steps} steps and N goes up to {sizes[-1]}"
    if best.word == "pays":
        names = _listed([v.optimizer for v in known if v.word == "pays"])
        share = _percent(best.decisive.share)
        return (
            f"Preconditioning pays ({names}): {reach}; in {share} of the resamples {best.optimizer} raises alpha by "
            f"{GAP:g} or more and lowers the risk at the largest size by a factor of {RATIO:g} or more."
        )
    if all(v.word == "does not pay" for v in known):
        share = _percent(min(1 - v.decisive.share for v in known))
        return (
            f"Preconditioning does not pay: {reach}; in {share} of the resamples no optimizer gains as much as "
            f"{GAP:g} in alpha and a factor of {RATIO:g} in risk."
        )
    return (
        f"Cannot tell whether preconditioning pays: {reach}; as far as the assumptions go {best.optimizer} gains "
        f"{GAP:g} in alpha and a factor of {RATIO:g} in risk in {_percent(best.decisive.share)} of the resamples."
    )


def _percent(share: float) -> str:
    if share in (0.0, 1.0):
        return "all" if share else "none"
    return "over 99 %" if share > 0.99 else "under 1 %" if share < 0.01 else f"{100 * share:.0f} %"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
