"""The threshold s*: beyond which spectral exponent preconditioning raises alpha, predicted and measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...errors import InputError
from ...theory.thresholds import threshold_at
from .paired_gap import ExponentGap
from .settings import SETTINGS


@dataclass(frozen=True)
class Threshold:
    """Where preconditioning starts to pay after T steps.

    Attributes:
        steps: T.
        optimizer: the preconditioned one; None where the run lacks a pair.
        baseline: the one it is held against.
        s_star: for each size the predicted s*, log(eta T)/log N - 1 for gradient descent: beyond it the baseline has
            not learned mode N.
        gaps: alpha(optimizer) - alpha(baseline) at each s of the run.
    """

    steps: int
    optimizer: str | None
    baseline: str
    s_star: tuple[tuple[int, float], ...]
    gaps: tuple[ExponentGap, ...]

    @property
    def measured(self) -> float | None:
        """The smallest s of the run whose gap reaches the margin and has its 95 % interval above zero."""
        return min((g.s for g in self.gaps if g.s is not None and g.sign == "above"), default=None)

    @property
    def status(self) -> str:
        """What the run says of the threshold, in one sentence."""
        if self.optimizer is None:
            return f"There is no measured threshold: it takes {self.baseline} and a preconditioned optimizer."
        known = [g for g in self.gaps if g.sign != "unknown"]
        if not known:
            return "There is no measured threshold: it takes two seeds and two sizes; run more of them."
        if known[0].s is None:
            return {
                "above": f"On this data alpha of {self.optimizer} is above that of {self.baseline}.",
                "below": f"On this data alpha of {self.optimizer} is below that of {self.baseline}.",
                "tie": f"On this data {self.optimizer} and {self.baseline} cannot be told apart.",
            }[known[0].sign]
        if self.measured is None:
            return (
                f"At T = {self.steps} no s of the run has alpha of {self.optimizer} above that of {self.baseline} "
                f"by {SETTINGS.margin:g} or more."
            )
        smallest = min(g.s for g in known if g.s is not None)
        text = f"At T = {self.steps} alpha of {self.optimizer} is above that of {self.baseline} "
        if self.measured > smallest:
            text += f"from s = {self.measured:g} on, the smallest s tried being {smallest:g}"
        else:
            text += f"at s = {smallest:g} already, the smallest s tried, so this bounds the threshold from above only"
        later = [g.s for g in known if g.s is not None and g.s > self.measured and g.sign != "above"]
        if later:
            text += f" (but not at s = {', '.join(f'{s:g}' for s in later)})"
        return text + "."

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "steps": self.steps,
            "optimizer": self.optimizer,
            "baseline": self.baseline,
            "s_star": [{"size": size, "value": value} for size, value in self.s_star],
            "measured": {"value": self.measured, "status": self.status},
            "margin": SETTINGS.margin,
            "gaps": [gap.to_json() for gap in self.gaps],
        }


def predicted_thresholds(
    optimizer: str, baseline: str, steps: int, sizes: tuple[int, ...], eta: float, r: float | None
) -> tuple[tuple[int, float], ...]:
    """The sizes that have a predicted s*, with it; see `theory.thresholds.threshold_at`.

    Args:
        optimizer: command-line name of the preconditioned one.
        baseline: command-line name of the other.
        steps: T.
        sizes: the sizes N.
        eta: step size in units of 1/lambda_max.
        r: source exponent; None is isotropic.

    Returns:
        Pairs (N, s*); empty outside the range that theory knows.
    """
    try:
        found = threshold_at(optimizer, baseline, steps, sizes, eta, r)
    except InputError:  # outside the range the theory knows, such as r <= 0: no threshold, not a failure
        return ()
    return tuple((each.size, each.s_star) for each in found.sizes if each.s_star is not None)
