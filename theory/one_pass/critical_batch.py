"""The critical batch of an optimizer as a number, on a power law without end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..optimizers import Optimizer, one_pass_optimizer
from ..schedules import Schedule, parse_schedule
from .batches import BatchCurve, Risk, StepsAndTokens, batch_curve, steps_and_tokens, tuned_risk
from .endless_power_law import power_law_bins
from .scheduled_sgd import OnePassProblem
from .stochastic_power import stochastic_power


@dataclass(frozen=True)
class BatchNumber:
    """The critical batch at one D, with what it was read from.

    Args:
        curve: Risks at each batch.
        risk: Of (tokens, batch), with which the curve was made.
    """

    curve: BatchCurve
    risk: Risk

    def needed(self) -> StepsAndTokens:
        """The steps and samples of each batch to the curve's smallest risk. Cost: a few curves."""
        return steps_and_tokens(self.risk, self.curve)

    @property
    def sentence(self) -> str:
        """The critical batch with its interval, or why there is only a bound."""
        if not self.curve.complete:
            return (
                f"the critical batch is at least {self.curve.batches[-1]:.4g}, as every batch with "
                f"{self.curve.steps[-1]:g} steps and more costs less than the factor"
            )
        low, high = self.curve.interval
        return (
            f"the critical batch is {self.curve.critical:.4g} (30 % more risk; {low:.4g} at 20 % more, "
            f"{high:.4g} at 40 %)"
        )

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """B, steps, risk, and risk over the smallest, a row a batch."""
        least = float(self.curve.risks.min())
        columns = (self.curve.batches, self.curve.steps, self.curve.risks)
        return [(f"{b:g}", f"{t:g}", f"{risk:.4g}", f"{risk / least:.3f}") for b, t, risk in zip(*columns, strict=True)]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; batch.value is None where the curve gives a bound only."""
        whole = self.curve.complete
        return {
            "batch": {
                "value": self.curve.critical if whole else None,
                "interval": list(self.curve.interval) if whole else [float(self.curve.batches[-1]), None],
                "status": self.sentence,
            },
            "curve": [
                {"batch": float(b), "steps": float(t), "risk": float(risk)}
                for b, t, risk in zip(self.curve.batches, self.curve.steps, self.curve.risks, strict=True)
            ],
        }


def critical_batch_number(
    optimizer: Optimizer | str,
    s: float,
    r: float,
    schedule: Schedule | str,
    tokens: float,
    noise: float = 1.0,
) -> BatchNumber:
    """The critical batch after D = `tokens` samples of lambda_k = k^-(1+s), E_k = k^-(1+r), N and dim without limit.

    Cost: 0.2 s a batch.

    Args:
        optimizer: An object or its name: sgd, sgd-momentum, sgd-power:p, sgd-data-power:p.
        s: Spectral exponent, > 0.
        r: Source exponent, > 0.
        schedule: An object or its name.
        tokens: D, 64 to 1e13.
        noise: Label-noise variance over the target's variance.

    Returns:
        The curve with its critical batch.

    Raises:
        InputError: The optimizer is not covered, or a number is out of range.
    """
    rule = one_pass_optimizer(optimizer) if isinstance(optimizer, str) else optimizer
    shape = parse_schedule(schedule) if isinstance(schedule, str) else schedule
    problem = OnePassProblem(power_law_bins(s, r), noise=noise, power=stochastic_power(rule))
    return BatchNumber(batch_curve(shape, problem, tokens), tuned_risk(shape, problem))
