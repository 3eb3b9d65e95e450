"""One point of a comparison: an optimizer at one s after T steps, measured, predicted and published."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..confidence import NORMAL, student_quantile
from ..exponent_fit import ExponentFit
from .predicted_exponent import PredictedAlpha
from .published import PublishedAlpha


@dataclass(frozen=True)
class RiskRatio:
    """Predicted over measured risk, size by size.

    Attributes:
        sizes: the sizes N.
        ratios: shape (N,), None where either is missing.
        mean: the geometric mean.
        worst: the ratio furthest from 1.
        worst_size: its size.
    """

    sizes: tuple[int, ...]
    ratios: tuple[float | None, ...]
    mean: float | None
    worst: float | None
    worst_size: int | None

    @classmethod
    def of(cls, sizes: tuple[int, ...], predicted: np.ndarray, measured: np.ndarray) -> RiskRatio:
        """The ratios of two curves.

        Args:
            sizes: the sizes N.
            predicted: risks, shape (N,), NaN where there is none.
            measured: risks, shape (N,), NaN where there is none.

        Returns:
            The ratios, their mean and the worst of them.
        """
        fine = np.isfinite(predicted) & np.isfinite(measured) & (predicted > 0) & (measured > 0)
        ratio = np.where(fine, predicted, 1.0) / np.where(fine, measured, 1.0)
        shown = tuple(float(q) if ok else None for q, ok in zip(ratio, fine, strict=True))
        if not fine.any():
            return cls(sizes, shown, None, None, None)
        logs = np.where(fine, np.log(ratio), 0.0)
        at = int(np.argmax(np.abs(logs)))
        return cls(sizes, shown, math.exp(float(logs[fine].mean())), float(ratio[at]), sizes[at])

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "sizes": list(self.sizes),
            "ratios": list(self.ratios),
            "mean": self.mean,
            "worst": self.worst,
            "worst_size": self.worst_size,
        }


@dataclass(frozen=True)
class ScalingPoint:
    """Measured, predicted and published alpha of one optimizer at one s and T, under the same fit.

    Three errors are named. monte_carlo: standard error over seeds of the measured alpha. one_draw: how far alpha
    of a single draw scatters. theory: the prediction's own finite-size error. The difference predicted - measured
    is judged against error = sqrt(monte_carlo^2 + theory^2), with a t quantile whose degrees of freedom are
    Welch and Satterthwaite's (K - 1 for the K seeds, infinitely many for the theory).

    Attributes:
        optimizer: command-line name.
        s: spectral exponent; None for data.
        steps: T.
        measured: the fit of the run's risks.
        predicted: the same fit of theory's risks; None without a prediction.
        published: what a paper printed; None where its set-up is another.
        comparable: the fit uses the published sizes.
        risk: predicted over measured risk; None without a prediction.
    """

    optimizer: str
    s: float | None
    steps: int
    measured: ExponentFit
    predicted: PredictedAlpha | None = None
    published: PublishedAlpha | None = None
    comparable: bool = False
    risk: RiskRatio | None = None

    @property
    def monte_carlo(self) -> float | None:
        """Standard error of the measured alpha over seeds."""
        return self.measured.stderr_seeds

    @property
    def one_draw(self) -> float | None:
        """Standard deviation of alpha from a single draw."""
        return self.measured.spread

    @property
    def theory(self) -> float | None:
        """Standard error the theory gives its own alpha."""
        return None if self.predicted is None else self.predicted.stderr

    @property
    def difference(self) -> float | None:
        """Predicted minus measured alpha."""
        if self.predicted is None or self.predicted.value is None or self.measured.value is None:
            return None
        return self.predicted.value - self.measured.value

    @property
    def error(self) -> float | None:
        """One standard deviation of the difference; None where the measured value has no Monte Carlo error."""
        if self.difference is None or self.monte_carlo is None:
            return None
        return math.hypot(self.monte_carlo, self.theory or 0.0)

    @property
    def z(self) -> float | None:
        """The difference in units of its error."""
        return None if self.difference is None or not self.error else self.difference / self.error

    @property
    def critical(self) -> float | None:
        """|z| that 95 % of right predictions stay below."""
        if self.z is None or self.error is None or self.monte_carlo is None:
            return None
        if self.monte_carlo == 0:
            return NORMAL
        dof = (self.measured.seeds - 1) * (self.error / self.monte_carlo) ** 4
        return student_quantile(dof)

    @property
    def agrees(self) -> bool | None:
        """True where prediction and measurement agree within 95 %; None where it cannot be judged."""
        return None if self.z is None or self.critical is None else abs(self.z) <= self.critical

    @property
    def inside_printed(self) -> bool | None:
        """True where the measured alpha lies in the published interval as printed."""
        if self.published is None or self.measured.value is None:
            return None
        return self.published.inside_printed(self.measured.value)

    @property
    def inside_widened(self) -> bool | None:
        """True where the measured alpha lies in the published interval widened to a t interval."""
        if self.published is None or self.measured.value is None:
            return None
        return self.published.inside_widened(self.measured.value)

    @property
    def inside(self) -> str:
        """Which published interval holds the measured alpha: printed, widened, outside; empty for neither.

        A star marks a fit on other sizes than the published one, which is another exponent where the curve bends.
        """
        if self.published is None or self.measured.value is None:
            return ""
        place = "printed" if self.inside_printed else "widened" if self.inside_widened else "outside"
        return place if self.comparable else place + "*"

    @property
    def verdict(self) -> str:
        """One sentence on prediction against measurement."""
        if self.measured.value is None:
            return self.measured.status
        if self.predicted is None:
            return "No prediction was given."
        if self.predicted.value is None:
            return self.predicted.status
        apart = f"Predicted {self.predicted.value:.3f} and measured {self.measured.value:.3f}"
        if self.error is None:
            return f"{apart} cannot be judged, because one seed has no Monte Carlo error; run two seeds or more."
        scatter = "" if self.one_draw is None else f"; a single draw scatters by {self.one_draw:.4f}"
        theory = "none stated" if self.theory is None else f"{self.theory:.4f}"
        parts = f"Monte Carlo {self.monte_carlo:.4f}, theory {theory}{scatter}"
        if self.z is None:
            return f"{apart} cannot be judged, because neither side has an error ({parts})."
        word = "agree" if self.agrees else "disagree"
        return f"{apart} {word}: {abs(self.z):.1f} combined errors apart ({parts})."

    def to_json(self) -> dict[str, Any]:
        """Plain values; None where something is not available."""
        published = None
        if self.published is not None:
            published = self.published.to_json() | {
                "inside_printed": self.inside_printed,
                "inside_widened": self.inside_widened,
                "same_sizes": self.comparable,
            }
        return {
            "optimizer": self.optimizer,
            "s": self.s,
            "steps": self.steps,
            "measured": self.measured.to_json(),
            "predicted": None if self.predicted is None else self.predicted.to_json(),
            "published": published,
            "risk_ratio": None if self.risk is None else self.risk.to_json(),
            "errors": {"monte_carlo": self.monte_carlo, "one_draw": self.one_draw, "theory": self.theory},
            "difference": self.difference,
            "error": self.error,
            "z": self.z,
            "agrees": self.agrees,
            "verdict": self.verdict,
        }
