"""The order of the optimizers: gd < diagonal < matrix-sign and natural gradient, checked at each s."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from .measurement import Measurement
from .paired_gap import ExponentGap, exponent_gap
from .settings import SETTINGS, ComparisonSettings

CHAIN = ("gd", "diagonal", "matrix-sign")
TOP = ("matrix-sign", "natural-gradient")


@dataclass(frozen=True)
class Ordering:
    """The expected order at one s and T.

    Attributes:
        s: spectral exponent; None for data.
        steps: T.
        measured: optimizers with their measured exponents, ascending.
        steps_up: neighbours of the chain, each higher one minus the lower.
        top: natural gradient minus matrix-sign; None where the run lacks one.
    """

    s: float | None
    steps: int
    measured: tuple[tuple[str, float], ...]
    steps_up: tuple[ExponentGap, ...]
    top: ExponentGap | None

    @property
    def holds(self) -> bool | None:
        """Whether no neighbour is reversed, beyond its interval and the margin; None with nothing to compare."""
        known = [gap for gap in self.steps_up if gap.sign != "unknown"]
        return all(gap.sign != "below" for gap in known) if known else None

    @property
    def sentence(self) -> str:
        """What was found, in one sentence."""
        where = "On this data" if self.s is None else f"At s = {self.s:g}"
        if self.holds is None:
            return f"{where} the order cannot be checked; it takes two seeds and two of {', '.join(CHAIN)}."
        reversed_ = [
            f"{g.baseline} is above {g.optimizer} by {-(g.value or 0):.2f}" for g in self.steps_up if g.sign == "below"
        ]
        tied = [f"{g.baseline} and {g.optimizer} tie" for g in self.steps_up if g.sign == "tie"]
        names = [self.steps_up[0].baseline, *(g.optimizer for g in self.steps_up)]
        if len(tied) == len(self.steps_up):
            text = f"{where} {', '.join(names[:-1])} and {names[-1]} tie"
        else:
            text = f"{where} {' < '.join(names)} "
            text += f"fails ({'; '.join(reversed_)})" if reversed_ else "holds"
            if tied:
                text += f"{'' if reversed_ else ' within error'} ({'; '.join(tied)})"
        if self.top is not None and self.top.value is not None and self.top.sign != "unknown":
            if self.top.sign == "tie":
                text += f"; {self.top.optimizer} and {self.top.baseline} tie"
            else:
                lead = self.top.optimizer if self.top.value > 0 else self.top.baseline
                text += f"; {lead} leads the top two by {abs(self.top.value):.3f}"
        return text + "."

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "s": self.s,
            "steps": self.steps,
            "measured": [{"optimizer": name, "alpha": alpha} for name, alpha in self.measured],
            "holds": self.holds,
            "gaps": [gap.to_json() for gap in self.steps_up],
            "top": None if self.top is None else self.top.to_json(),
            "status": self.sentence,
        }


def check_ordering(
    measurement: Measurement,
    s: float | None,
    steps: int,
    *,
    window: tuple[float, float],
    alphas: dict[str, float | None],
    settings: ComparisonSettings = SETTINGS,
) -> Ordering:
    """The order of the optimizers at one s and T.

    Args:
        measurement: the run.
        s: spectral exponent; None for data.
        steps: T.
        window: smallest and largest size of the fits.
        alphas: measured exponents by optimizer; None where there is none.
        settings: draws and seed of the resampling.

    Returns:
        The order that was found, with the difference of each pair of neighbours.
    """
    # without matrix-sign the natural gradient stands at the top of the chain
    names = [n for n in CHAIN if n in measurement.optimizers]
    if TOP[0] not in names and TOP[1] in measurement.optimizers:
        names.append(TOP[1])

    def gap(high: str, low: str) -> ExponentGap:
        return exponent_gap(measurement, high, low, s, steps, window=window, settings=settings)

    ranked = sorted(((n, a) for n, a in alphas.items() if a is not None), key=lambda item: item[1])
    return Ordering(
        s=s,
        steps=steps,
        measured=tuple(ranked),
        steps_up=tuple(gap(high, low) for low, high in pairwise(names)),
        top=gap(TOP[1], TOP[0]) if all(n in measurement.optimizers for n in TOP) else None,
    )
