"""What a diagnosis holds, as text and as JSON."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ...theory.arrays import Reading
from ..spectra import SlopeFit
from ..text_table import aligned
from .verdict import Verdict


@dataclass(frozen=True)
class SizeSide:
    """The threshold at one size.

    Attributes:
        size: N.
        s_star: Where the optimizer begins to matter; None where there is no such s.
        side: Of s against s_star, "undecided" within its interval.
    """

    size: int
    s_star: float | None
    side: Literal["above", "below", "undecided"]


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """What a data set says about the optimizer.

    Attributes:
        source: Name of the data.
        reading: How they were read.
        features: Which random features see the inputs, "kernel", or None for bare eigenvalues.
        rows: n, None for bare eigenvalues.
        modes: Of the spectrum.
        s: Exponent of the spectrum.
        r: Exponent of the target's energies; None where there is no target, or no law with r > 0.
        sizes: N.
        steps: T.
        eta: Step size in units of 1/lambda_max.
        alpha: Predicted exponents over `sizes` after T steps, by optimizer; None where its risk follows none.
        alpha_intervals: At 95 %.
        risk: Predicted, by optimizer, one number for each size.
        threshold: s* by size.
        learned: Modes that gd learns in T steps at the largest size, counted on the spectrum.
        judged: A verdict for each optimizer but gd.
        verdict: One sentence overall.
        finite_samples: Factor that n samples put on the converged solution, by size; None for infinitely many.
        samples: n of the training.
        status: Sentences on how it was made.
        assumptions: What was taken for granted.
        ranks: The spectrum as bins.
        eigenvalues: On these.
        energies: On these; None where there is no target.
    """

    source: str
    reading: Reading
    features: str | None
    rows: int | None
    modes: int
    s: SlopeFit
    r: SlopeFit | None
    sizes: tuple[int, ...]
    steps: int
    eta: float
    alpha: dict[str, float | None]
    alpha_intervals: dict[str, tuple[float, float] | None]
    risk: dict[str, tuple[float, ...]]
    threshold: tuple[SizeSide, ...]
    learned: float
    judged: tuple[Verdict, ...]
    verdict: str
    finite_samples: tuple[float | None, ...] | None
    samples: float | None
    status: tuple[str, ...]
    assumptions: tuple[str, ...]
    ranks: np.ndarray
    eigenvalues: np.ndarray
    energies: np.ndarray | None

    @property
    def verdicts(self) -> dict[str, str]:
        """One sentence for each optimizer against gd."""
        return {v.optimizer: v.text for v in self.judged}

    def __str__(self) -> str:
        def pair(interval: tuple[float, float] | None) -> str:
            return "-" if interval is None else f"[{interval[0]:.2f}, {interval[1]:.2f}]"

        def row(name: str, fit: SlopeFit | None, law: str) -> tuple[str, ...]:
            if fit is None:
                return (name, "-", "-", f"{law}: not available")
            return (name, f"{fit.value:.2f}", pair(fit.reported), f"{law}, ranks {fit.window[0]} to {fit.window[1]}")

        kind = "kernel" if self.features == "kernel" else f"{self.features} features"
        rows = "" if self.rows is None else f", {self.rows} rows"
        what = "eigenvalues" if self.features is None else f"{kind}{rows}"
        exponents = aligned(
            [
                ("", "value", "95 %", ""),
                row("s", self.s, "eigenvalues ~ k^-(1+s)"),
                row("r", self.r, "target energies ~ k^-(1+r)"),
            ]
        )
        alphas = [("optimizer", "alpha", "95 %", f"risk at N = {self.sizes[-1]}")]
        for name, value in self.alpha.items():
            shown = ("-", "-", "-") if value is None else (f"{value:.3f}", pair(self.alpha_intervals[name]))
            alphas.append((name, *shown[:2], f"{self.risk[name][-1]:.4g}" if name in self.risk else "-"))
        sides = {"above": "yes", "below": "no", "undecided": "cannot tell"}
        stars = [
            ("N", *(str(t.size) for t in self.threshold)),
            ("s*", *("-" if t.s_star is None else f"{t.s_star:.2f}" for t in self.threshold)),
            ("s > s*", *(sides[t.side] for t in self.threshold)),
        ]
        parts = [
            f"{self.source}: {what}, {self.modes} modes",
            "",
            exponents,
            "",
            f"Predicted for N = {', '.join(map(str, self.sizes))} after T = {self.steps} steps of eta = {self.eta:g}",
            aligned(alphas),
            "",
            f"Threshold for the same steps (to leading order): alpha changes for s > s*; gd learns about "
            f"{self.learned:.0f} modes",
            aligned(stars),
            "",
            _wrapped(self.verdict),
            *(_wrapped(f"{v.optimizer}: {v.text}", "  ") for v in self.judged),
            "",
            *(_wrapped(note, "- ") for note in self.status),
        ]
        return "\n".join(parts)

    def to_json(self) -> dict[str, Any]:
        """Plain values; None where something is not available."""

        def pair(fit: SlopeFit | None) -> dict[str, Any]:
            if fit is None:
                return {"value": None, "interval": None}
            return {"value": fit.value, "interval": None if fit.reported is None else list(fit.reported)}

        intervals = self.alpha_intervals
        finite = None
        if self.finite_samples is not None:
            finite = {
                "samples": self.samples,
                "factors": [
                    {"size": size, "value": factor}
                    for size, factor in zip(self.sizes, self.finite_samples, strict=True)
                ],
            }
        return {
            "s": pair(self.s),
            "r": pair(self.r),
            "alpha": dict(self.alpha),
            "threshold": {
                "s_star": [{"size": t.size, "value": t.s_star, "side": t.side} for t in self.threshold],
                "learned": self.learned,
            },
            "verdicts": self.verdicts,
            "verdict": self.verdict,
            "alpha_intervals": {k: None if v is None else list(v) for k, v in intervals.items()},
            "risk": {name: list(values) for name, values in self.risk.items()},
            "gaps": [v.to_json() for v in self.judged],
            "steps": self.steps,
            "sizes": list(self.sizes),
            "eta": self.eta,
            "features": self.features,
            "rows": self.rows,
            "modes": self.modes,
            "window": {"s": list(self.s.window), "r": None if self.r is None else list(self.r.window)},
            "local_exponents": {
                "s": [each.to_json() for each in self.s.local or self.s.pieces],
                "r": [] if self.r is None else [each.to_json() for each in self.r.local or self.r.pieces],
            },
            "finite_samples": finite,
            "reading": self.reading.to_json(),
            "status": list(self.status),
            "assumptions": list(self.assumptions),
        }


def _wrapped(text: str, first: str = "") -> str:
    return textwrap.fill(text, 108, initial_indent=first, subsequent_indent=" " * len(first))
